package sandbox

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// owed stamps a PPD invoice of 1,160 pesos and returns it as stored.
func owed(t *testing.T, c *call) *gigstack.Invoice {
	t.Helper()
	client, err := c.addClient(gigstack.ClientFields{
		LegalName: new("HERRERIA & ELECTRICOS"), TaxID: new(gigstack.RFC("H&E951128469")), TaxSystem: new(gigstack.TaxSystem("601")),
		Address: &gigstack.Address{Zip: new("06002")},
	})
	require.NoError(t, err)
	items, totals, err := c.resolveItems([]gigstack.ItemInput{{Description: new("Curso"), UnitPrice: new(gigstack.Dec("1000")), Taxes: seedTaxes("16")}})
	require.NoError(t, err)
	uuid, err := c.world().issueIncome(c.sandbox, order{client: client, items: items, totals: totals, method: "PPD", form: "99"})
	require.NoError(t, err)
	v, ok := c.world().document(uuid)
	require.True(t, ok)
	return v
}

func TestComplements(t *testing.T) {
	c := aCall()
	w, v := c.world(), owed(t, c)
	first, err := w.complement(c.sandbox, c.now, v.UUID, gigstack.Dec("500"), "03", "payment_1")
	require.NoError(t, err)
	assert.Equal(t, "660", v.LastBalance.String())
	second, err := w.complement(c.sandbox, c.now, v.UUID, gigstack.Dec("660"), "01", "payment_2")
	require.NoError(t, err)
	assert.Equal(t, "0", v.LastBalance.String())
	assert.Equal(t, "1160", v.PaidByComplements.String())
	assert.Equal(t, 2, v.Installments)
	assert.Equal(t, []string{"payment_1", "payment_2"}, v.Payments)
	assert.Equal(t, []string{first, second}, v.Invoices)

	p, ok := w.document(second)
	require.True(t, ok)
	assert.Equal(t, "P", p.InvoiceType)
	assert.Equal(t, "XXX", p.Currency)
	assert.Equal(t, "CP01", p.Use)
	assert.Equal(t, 2, p.FolioNumber)
	assert.Equal(t, []string{v.UUID}, p.Invoices)
	assert.Len(t, w.invoices.rows, 1, "complements are no income")

	refused := w.cancellable(v, gigstack.CancelInvoiceInput{ID: v.UUID, Motive: "03"}, c.now)
	requireRefusal(t, refused, 409, first)
	w.requestCancellation(c.sandbox, p, "03", "", c.now)
	assert.Equal(t, "canceled", p.Status)
	assert.Equal(t, "660", v.LastBalance.String(), "owed again")
	assert.Equal(t, "500", v.PaidByComplements.String())
	assert.Equal(t, 1, v.Installments)
}

func TestComplementRefusals(t *testing.T) {
	c := aCall()
	w, v := c.world(), owed(t, c)
	for name, refusal := range map[string]struct {
		amount string
		form   gigstack.PaymentForm
		status int
		words  string
	}{
		"more than is owed": {"1160.01", "03", 422, "CRP20244"},
		"nothing":           {"0", "03", 422, "CRP20217"},
		"form to be told":   {"10", "99", 422, "CRP20212"},
		"no form":           {"10", "", 422, "CRP20212"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.complement(c.sandbox, c.now, v.UUID, gigstack.Dec(refusal.amount), refusal.form, "")
			requireRefusal(t, err, refusal.status, refusal.words)
		})
	}
	_, err := w.complement(c.sandbox, c.now, "unknown", gigstack.Dec("1"), "03", "")
	requireRefusal(t, err, 404, "unknown")
	assert.Equal(t, "1160", v.LastBalance.String())

	w.requestCancellation(c.sandbox, v, "03", "", c.now.Add(9*24*time.Hour))
	_, err = w.complement(c.sandbox, c.now, v.UUID, gigstack.Dec("1"), "03", "")
	requireRefusal(t, err, 409, "being canceled")
}
