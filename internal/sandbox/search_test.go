package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

func TestSearchClients(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "viewer")
	for name, s := range map[string]struct {
		q, fields string
		want      []string
	}{
		"a word":                  {"inmobiliaria", "", []string{"Inmobiliaria CVA"}},
		"its beginning":           {"inmo", "", []string{"Inmobiliaria CVA"}},
		"without case or accents": {"ORGANICOS navez", "", []string{"Orgánicos Ñavez"}},
		"words in any order":      {"chavez xochilt", "", []string{"Xóchilt Casas"}},
		"a letter missing":        {"inmobilaria", "", []string{"Inmobiliaria CVA"}},
		"a letter too many":       {"kerrnel", "", []string{"Kernel Juguetes"}},
		"two letters swapped":     {"mirnada", "", []string{"Cecilia Miranda"}},
		"two typos":               {"inmbilaria", "", nil},
		"a typo in a short word":  {"casos", "tax_id", nil},
		"an RFC":                  {"H&E951128469", "", []string{"Herrería y Eléctricos"}},
		"an e-mail":               {"karla.fuente@example.mx", "", []string{"Karla Fuente"}},
		"exact matches first":     {"fuente", "name", []string{"Karla Fuente"}},
		"only in a field":         {"karla", "tax_id,email", []string{"Karla Fuente"}},
		"not in that field":       {"karla", "tax_id", nil},
		"one word of two":         {"karla nowhere", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			in := gigstack.Search{Q: s.q}
			if s.fields != "" {
				in.Fields = &s.fields
			}
			page, err := gigstack.SearchClients.Call(t.Context(), c, in)
			require.NoError(t, err)
			var names []string
			for _, client := range page.Data {
				names = append(names, client.Name)
			}
			assert.Equal(t, s.want, names)
			assert.Equal(t, len(s.want), *page.TotalResults)
			assert.False(t, page.HasMore)
		})
	}
}

// A closer match comes first, however old it is.
func TestSearchRanks(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	for _, name := range []string{"Torre", "Torres", "Torreón", "Tores"} {
		_, err := gigstack.CreateClient.Call(t.Context(), c, gigstack.CreateClientInput{ClientFields: gigstack.ClientFields{Name: &name}})
		require.NoError(t, err)
		b.advance(time.Second)
	}
	page, err := gigstack.SearchClients.Call(t.Context(), c, gigstack.Search{Q: "torre", Fields: new("name")})
	require.NoError(t, err)
	var names []string
	for _, client := range page.Data {
		names = append(names, client.Name)
	}
	assert.Equal(t, []string{"Torre", "Torreón", "Torres"}, names)
}

func TestSearchIsFedAMomentLater(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	_, err := gigstack.CreateClient.Call(t.Context(), c, gigstack.CreateClientInput{ClientFields: gigstack.ClientFields{Name: new("Zapatería Luz")}})
	require.NoError(t, err)
	found := func() int {
		page, err := gigstack.SearchClients.Call(t.Context(), c, gigstack.Search{Q: "zapateria"})
		require.NoError(t, err)
		return len(page.Data)
	}
	assert.Zero(t, found())
	b.advance(time.Second)
	assert.Equal(t, 1, found())
}

func TestSearchStaysInTeamAndMode(t *testing.T) {
	b := start(t, sandbox.Options{})
	for _, live := range []bool{false, true} {
		for _, team := range []string{sandbox.TeamKemper, sandbox.TeamXenon} {
			c := b.client(t, team, live, "viewer")
			for v, err := range gigstack.Each(t.Context(), c, gigstack.SearchInvoices, gigstack.Search{Q: "inmobiliaria"}) {
				require.NoError(t, err)
				assert.Equal(t, team, v.Team)
				assert.Equal(t, live, v.Livemode)
			}
		}
	}
}

func TestSearchInvoices(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "viewer")
	complements, err := gigstack.ListPaymentComplements.Call(t.Context(), c, gigstack.ListPaymentComplementsInput{})
	require.NoError(t, err)
	complement := complements.Data[0]
	for name, in := range map[string]gigstack.Search{
		"by UUID":              {Q: complement.UUID},
		"by UUID, lower case":  {Q: strings.ToLower(complement.UUID)},
		"by UUID in its field": {Q: complement.UUID, Fields: new("uuid")},
		"by series and folio":  {Q: fmt.Sprintf("%s%d %s", complement.Series, complement.FolioNumber, complement.Client.TaxID)},
		"with a hyphen":        {Q: "p-1", Fields: new("series, folio_number")},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := gigstack.SearchInvoices.Call(t.Context(), c, in)
			require.NoError(t, err)
			require.NotEmpty(t, page.Data)
			assert.Equal(t, "P", page.Data[0].InvoiceType, "complements are found too")
		})
	}
	byName, err := gigstack.SearchInvoices.Call(t.Context(), c, gigstack.Search{Q: "inmobiliaria", Fields: new("client.name")})
	require.NoError(t, err)
	assert.NotEmpty(t, byName.Data)
}

func TestSearchPayments(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "viewer")
	for name, s := range map[string]struct {
		status   *gigstack.PaymentStatus
		currency *gigstack.Currency
		many     int
	}{
		"all":          {nil, nil, 4},
		"one state":    {new(gigstack.PaymentStatus("refunded")), nil, 1},
		"other script": {new(gigstack.PaymentStatus("cancelled")), nil, 0},
		"currency":     {nil, new(gigstack.Currency("USD")), 0},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := gigstack.SearchPayments.Call(t.Context(), c, gigstack.SearchPaymentsInput{Search: gigstack.Search{Q: "karla"}, Status: s.status, Currency: s.currency})
			require.NoError(t, err)
			assert.Len(t, page.Data, s.many)
		})
	}
	receipts, err := gigstack.SearchReceipts.Call(t.Context(), c, gigstack.Search{Q: "mostrador"})
	require.NoError(t, err)
	assert.Len(t, receipts.Data, 3)
}

func TestSearchPages(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "viewer")
	in := gigstack.Search{Q: "example"}
	in.Limit = new(5)
	seen := map[string]bool{}
	for v, err := range gigstack.Each(t.Context(), c, gigstack.SearchClients, in) {
		require.NoError(t, err)
		assert.False(t, seen[v.ID], "%s stands on two pages", v.ID)
		seen[v.ID] = true
	}
	assert.Len(t, seen, 13, "every client has an address at example")

	secret := b.NewKey(sandbox.TeamKemper, false, "viewer")
	status, answer := b.raw(t, secret, http.MethodGet, "/clients/search?q=example&limit=5&page=3", "")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, answer, `"found":13`)
	assert.Contains(t, answer, `"page":3,"per_page":5`)
	assert.NotContains(t, answer, "has_more")
	for _, query := range []string{"", "q=", "q=%20-%20", "q=a&fields=nothing", "q=a&page=0", "q=a&page=x", "q=a&limit=0", "q=a&limit=101", "q=a&next=" + url.QueryEscape("YWZ0ZXI6eA")} {
		status, answer := b.raw(t, secret, http.MethodGet, "/clients/search?"+query, "")
		assert.Equal(t, http.StatusBadRequest, status, "%s: %s", query, answer)
		assert.Contains(t, answer, "validation_failed")
	}
}

func TestCFDIErrors(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamNueva, false, "viewer")
	one, err := gigstack.ListCFDIErrors.Call(t.Context(), c, gigstack.ListCFDIErrorsInput{Code: new("CFDI40145")})
	require.NoError(t, err)
	require.Len(t, one.Data, 1)
	assert.Equal(t, "receiver", one.Data[0].Type)
	assert.Contains(t, one.Data[0].Description, "nombre no corresponde")
	assert.Contains(t, one.Data[0].Solution, "legal_name")

	first, err := gigstack.ListCFDIErrors.Call(t.Context(), c, gigstack.ListCFDIErrorsInput{})
	require.NoError(t, err)
	assert.Len(t, first.Data, 50)
	assert.True(t, first.HasMore)
	all := 0
	for _, err := range gigstack.Each(t.Context(), c, gigstack.ListCFDIErrors, gigstack.ListCFDIErrorsInput{}) {
		require.NoError(t, err)
		all++
	}
	assert.Equal(t, *first.TotalResults, all)

	in := gigstack.ListCFDIErrorsInput{Q: new("código postal"), Type: new(gigstack.CFDIErrorType("receiver"))}
	for v, err := range gigstack.Each(t.Context(), c, gigstack.ListCFDIErrors, in) {
		require.NoError(t, err)
		assert.Equal(t, "CFDI40148", v.Code)
	}
	_, answer := b.raw(t, b.NewKey(sandbox.TeamNueva, false, "viewer"), http.MethodGet, "/invoices/errors?limit=1&code=none", "")
	assert.Contains(t, answer, `"data":[]`)
	assert.Contains(t, answer, `"total":0`)
	assert.Contains(t, answer, `"timestamp":"2026-11-21T18:00:00.000Z"`)
	status, _ := b.raw(t, b.NewKey(sandbox.TeamNueva, false, "viewer"), http.MethodGet, "/invoices/errors?type=other", "")
	assert.Equal(t, http.StatusBadRequest, status)
}
