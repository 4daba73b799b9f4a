package sandbox_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// What an accountant would look at first in the demonstration company's books.
func TestTheBooksAreInOrder(t *testing.T) {
	b := start(t, sandbox.Options{})
	now := time.Unix(0, b.clock.Load())
	for _, team := range []string{sandbox.TeamKemper, sandbox.TeamXenon, sandbox.TeamRobotica} {
		for _, live := range []bool{false, true} {
			t.Run(fmt.Sprint(team, " live ", live), func(t *testing.T) {
				c := b.client(t, team, live, "viewer")
				folios := map[string][]gigstack.Invoice{}
				for _, list := range []gigstack.Endpoint[gigstack.ListInvoicesInput, gigstack.Page[gigstack.Invoice]]{gigstack.ListIncomeInvoices, gigstack.ListEgressInvoices} {
					for v, err := range gigstack.Each(t.Context(), c, list, gigstack.ListInvoicesInput{}) {
						require.NoError(t, err)
						checkInvoice(t, v, now)
						folios[v.Series] = append(folios[v.Series], v)
					}
				}
				for series, invoices := range folios {
					slices.SortFunc(invoices, func(a, b gigstack.Invoice) int { return a.FolioNumber - b.FolioNumber })
					for i, v := range invoices {
						assert.Equal(t, invoices[0].FolioNumber+i, v.FolioNumber, "series %s has no gaps", series)
						assert.LessOrEqual(t, invoices[max(0, i-1)].CreatedAt, v.CreatedAt, "series %s is numbered as time goes by", series)
					}
				}
				services, err := gigstack.ListServices.Call(t.Context(), c, gigstack.ListServicesInput{})
				require.NoError(t, err)
				assert.Len(t, services.Data, 3)
			})
		}
	}
}

// checkInvoice is about one document by itself.
func checkInvoice(t *testing.T, v gigstack.Invoice, now time.Time) {
	t.Helper()
	assert.False(t, v.CreatedAt.Time().After(now))
	assert.Equal(t, v.PaymentMethod == "PPD", v.PaymentForm == "99", "99 and PPD go together")
	assert.Equal(t, v.Currency == "MXN", v.ExchangeRate.Equal(gigstack.Dec("1").Decimal))
	assert.True(t, *v.Client.IsValid, v.Client.TaxID)
	rfc, person := cfdi.RFC(v.Client.TaxID), catalogs.Natural
	if rfc.Person() == cfdi.Company {
		person = catalogs.Legal
	}
	assert.True(t, catalogs.UseAllowed(v.Use, v.Client.TaxSystem, person), "%s for %s", v.Use, v.Client.TaxSystem)
	var lines []cfdi.Line
	for _, item := range v.Items {
		goods := item.ProductKey > "02" && item.ProductKey < "70"
		assert.Equal(t, goods, item.UnitKey == "H87", "%s by %s", item.Description, item.UnitKey)
		assert.NotContains(t, item.Description, "{")
		line := cfdi.Line{Quantity: item.Quantity.Decimal, UnitPrice: item.UnitPrice.Decimal}
		for _, tax := range item.Taxes {
			line.Taxes = append(line.Taxes, cfdi.Tax{Type: tax.Type, Factor: tax.Factor, Rate: tax.Rate.Decimal, Inclusive: tax.Inclusive, Withholding: tax.Withholding})
		}
		lines = append(lines, line)
	}
	amount(t, cfdi.Sum(lines).Total.String(), v.Total)
	amount(t, v.Subtotal.Sub(v.Discount.Decimal).Add(v.Taxes.Decimal).Sub(v.WithholdingTaxes.Decimal).String(), v.Total)
	assert.False(t, v.LastBalance.IsNegative())
	if v.PaymentMethod == "PUE" {
		assert.True(t, v.LastBalance.IsZero())
	}
}
