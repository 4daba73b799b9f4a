package sandbox_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// course is a line of an older payment, of 1160 with its taxes.
func course() gigstack.LegacyPaymentLine {
	return gigstack.LegacyPaymentLine{
		Name: "Curso", Quantity: gigstack.Dec("1"), Total: gigstack.Dec("1160"),
		Taxes: []gigstack.LegacyTax{{Type: "IVA", Rate: gigstack.Dec("0.16"), Factor: "Tasa"}},
	}
}

// firstClient is the id of a client that can be invoiced.
func firstClient(t *testing.T, c *gigstack.Caller) string {
	t.Helper()
	for client, err := range gigstack.Each(t.Context(), c, gigstack.ListClients, gigstack.ListClientsInput{}) {
		require.NoError(t, err)
		if client.TaxID == "FUNK671228PH6" {
			return client.ID
		}
	}
	t.Fatal("no such client")
	return ""
}

func TestLegacyPing(t *testing.T) {
	b := start(t, sandbox.Options{})
	key := b.NewKey(sandbox.TeamXenon, true, "viewer")
	status, answer := b.raw(t, key, http.MethodGet, "/ping", "")
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"message":"Operation completed successfully","data":{"message":"pong","timestamp":"2026-11-21T18:00:00.000Z","version":"2.0.0"}}`, answer)
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		_, answer = b.raw(t, key, method, "/ping", `{"hello":"world"}`)
		assert.Contains(t, answer, `"method":"`+method+`","echo":{"hello":"world"}`)
	}
	status, answer = b.raw(t, "nobody", http.MethodGet, "/ping", "")
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.Contains(t, answer, `"error":"unauthorized"`)
}

func TestLegacyCatalogs(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "viewer")
	list, err := gigstack.LegacyListCatalogs.Call(t.Context(), c, struct{}{})
	require.NoError(t, err)
	require.NotEmpty(t, list.Data)
	assert.Len(t, list.Data, *list.TotalResults)
	for _, one := range list.Data {
		catalog, err := gigstack.LegacyGetCatalog.Call(t.Context(), c, gigstack.LegacyCatalogRef{ID: one.ID})
		require.NoError(t, err)
		assert.Equal(t, one.Name, catalog.Name)
		assert.NotEmpty(t, catalog.Values)
	}
	_, err = gigstack.LegacyGetCatalog.Call(t.Context(), c, gigstack.LegacyCatalogRef{ID: "nothing"})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
}

func TestLegacyPayment(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	made, err := gigstack.LegacyCreatePayment.Call(t.Context(), c, gigstack.LegacyCreatePaymentInput{
		ClientID: new(firstClient(t, c)), Items: []gigstack.LegacyPaymentLine{course()}, AutomaticInvoice: new(true),
	})
	require.NoError(t, err)
	assert.Equal(t, []any{int64(116000), "requires_payment_method"}, []any{made.Amount, made.Status}, "cents, unlike what was sent")
	assert.Equal(t, "1160", made.Items[0].Total.String())

	payment, err := gigstack.MarkPaymentPaid.Call(t.Context(), c, gigstack.MarkPaymentPaidInput{ID: made.ID, PaymentForm: "03"})
	require.NoError(t, err, "it is one of today's payments")
	assert.Equal(t, []string{"1000", "160", "1160"}, []string{payment.Subtotal.String(), payment.Taxes.String(), payment.Total.String()})
	b.advance(time.Second)
	payment, err = gigstack.GetPayment.Call(t.Context(), c, gigstack.PaymentRef{ID: made.ID})
	require.NoError(t, err)
	assert.Len(t, payment.Invoices, 1, "automaticInvoice")

	over, err := gigstack.LegacyCreatePayment.Call(t.Context(), c, gigstack.LegacyCreatePaymentInput{
		Client: &gigstack.LegacyClientInput{Name: new("Ana")}, Items: []gigstack.LegacyPaymentLine{course()}, Team: new(sandbox.TeamXenon),
	})
	require.NoError(t, err)
	assert.Equal(t, sandbox.TeamXenon, over.Team, "the team of the body")
	_, err = gigstack.GetPayment.Call(t.Context(), c, gigstack.PaymentRef{ID: over.ID})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
	_, err = gigstack.GetPayment.Call(t.Context(), c.As(sandbox.TeamXenon), gigstack.PaymentRef{ID: over.ID})
	require.NoError(t, err)
}

func TestLegacyPaymentRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	client, ana := new(firstClient(t, c)), &gigstack.LegacyClientInput{Name: new("Ana")}
	line := func(change func(*gigstack.LegacyPaymentLine)) []gigstack.LegacyPaymentLine {
		v := course()
		change(&v)
		return []gigstack.LegacyPaymentLine{v}
	}
	good := line(func(*gigstack.LegacyPaymentLine) {})
	for name, tt := range map[string]struct {
		in     gigstack.LegacyCreatePaymentInput
		status int
		code   string
	}{
		"nobody pays":        {gigstack.LegacyCreatePaymentInput{Items: good}, 400, "validation_failed"},
		"two pay":            {gigstack.LegacyCreatePaymentInput{ClientID: client, Client: ana, Items: good}, 400, "validation_failed"},
		"no such client":     {gigstack.LegacyCreatePaymentInput{ClientID: new("client_none"), Items: good}, 404, "resource_not_found"},
		"nothing to pay for": {gigstack.LegacyCreatePaymentInput{ClientID: client}, 400, "validation_failed"},
		"another mode":       {gigstack.LegacyCreatePaymentInput{ClientID: client, Items: good, Livemode: new(true)}, 400, "validation_failed"},
		"no rate":            {gigstack.LegacyCreatePaymentInput{ClientID: client, Items: good, Currency: new(gigstack.Currency("USD"))}, 400, "validation_failed"},
		"not quantity × unitPrice": {gigstack.LegacyCreatePaymentInput{ClientID: client, Items: line(func(v *gigstack.LegacyPaymentLine) {
			v.Quantity, v.UnitPrice = gigstack.Dec("2"), new(gigstack.Dec("1160"))
		})}, 400, "validation_failed"},
		"a line in dollars": {gigstack.LegacyCreatePaymentInput{ClientID: client, Items: line(func(v *gigstack.LegacyPaymentLine) {
			v.Currency = new(gigstack.Currency("USD"))
		})}, 400, "validation_failed"},
		"another account's team": {gigstack.LegacyCreatePaymentInput{ClientID: client, Items: good, Team: new(sandbox.TeamStranger)}, 401, gigstack.CodeNoMatchedTeams},
		"no team":                {gigstack.LegacyCreatePaymentInput{ClientID: client, Items: good, Team: new("team_none")}, 404, gigstack.CodeTeamNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gigstack.LegacyCreatePayment.Call(t.Context(), c, tt.in)
			requireRefusal(t, err, tt.status, tt.code)
		})
	}
	_, err := gigstack.LegacyCreatePayment.Call(t.Context(), b.client(t, sandbox.TeamXenon, false, "owner"), gigstack.LegacyCreatePaymentInput{Client: ana, Items: good, Team: new(sandbox.TeamKemper)})
	requireRefusal(t, err, http.StatusUnauthorized, gigstack.CodeNotMasterTeam)
}

func TestLegacyLinesAddUp(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	for name, tt := range map[string]struct {
		line  gigstack.LegacyPaymentLine
		cents int64
	}{
		"thirds":           {gigstack.LegacyPaymentLine{Name: "x", Quantity: gigstack.Dec("3"), Total: gigstack.Dec("100"), Taxes: course().Taxes}, 10000},
		"discount":         {gigstack.LegacyPaymentLine{Name: "x", Quantity: gigstack.Dec("1"), Total: gigstack.Dec("1160"), Discount: new(gigstack.Dec("500")), Taxes: course().Taxes}, 58000},
		"withheld":         {gigstack.LegacyPaymentLine{Name: "x", Quantity: gigstack.Dec("1"), Total: gigstack.Dec("1160"), Taxes: append(course().Taxes, gigstack.LegacyTax{Type: "ISR", Rate: gigstack.Dec("0.10"), Factor: "Tasa", Retained: new(true)})}, 106000},
		"the team's taxes": {gigstack.LegacyPaymentLine{Name: "x", Quantity: gigstack.Dec("1"), Total: gigstack.Dec("99.99")}, 9999},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := gigstack.LegacyCreatePayment.Call(t.Context(), c, gigstack.LegacyCreatePaymentInput{Client: &gigstack.LegacyClientInput{Name: new("Ana")}, Items: []gigstack.LegacyPaymentLine{tt.line}})
			require.NoError(t, err)
			assert.Equal(t, tt.cents, made.Amount)
		})
	}
}

func TestLegacyInvoices(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	client := firstClient(t, c)
	made, err := gigstack.LegacyCreateInvoice.Call(t.Context(), c, gigstack.LegacyCreateInvoiceInput{ClientID: client, Amount: gigstack.Dec("500"), Series: new("Q"), DueDate: new(gigstack.Moment("2026-12-01T00:00:00-06:00"))})
	require.NoError(t, err)
	assert.Equal(t, []string{"draft", "Q001", "FUNK671228PH6"}, []string{made.Status, made.Invoice.FolioNumber, made.Client.RFC})
	read, err := gigstack.LegacyGetInvoice.Call(t.Context(), c, gigstack.LegacyInvoiceRef{ID: made.ID})
	require.NoError(t, err)
	assert.Equal(t, made, read)

	all := func(c *gigstack.Caller, in gigstack.LegacyListInvoicesInput) (ids []string) {
		for v, err := range gigstack.Each(t.Context(), c, gigstack.LegacyListInvoices, in) {
			require.NoError(t, err)
			ids = append(ids, v.ID)
		}
		return ids
	}
	everything := all(c, gigstack.LegacyListInvoicesInput{})
	assert.Greater(t, len(everything), 20, "today's documents too")
	assert.Equal(t, everything, all(c, gigstack.LegacyListInvoicesInput{OffsetPaging: gigstack.OffsetPaging{Limit: new(7)}}), "page by page")
	drafts := all(c, gigstack.LegacyListInvoicesInput{Status: new("draft")})
	assert.Equal(t, made.ID, drafts[0])
	assert.Len(t, drafts, 4, "today's drafts too")
	assert.Equal(t, []string{made.ID}, all(c, gigstack.LegacyListInvoicesInput{Series: new("Q"), ClientID: &client, IssuedFrom: new(gigstack.Moment("2026-11-21T00:00:00Z"))}))
	assert.Empty(t, all(c, gigstack.LegacyListInvoicesInput{Series: new("Q"), IssuedTo: new(gigstack.Moment("2026-11-20T00:00:00Z"))}))
	for name, other := range map[string]*gigstack.Caller{"live": b.client(t, sandbox.TeamKemper, true, "editor"), "another team": b.client(t, sandbox.TeamXenon, false, "editor")} {
		assert.Empty(t, all(other, gigstack.LegacyListInvoicesInput{Status: new("draft")}), name)
		_, err := gigstack.LegacyGetInvoice.Call(t.Context(), other, gigstack.LegacyInvoiceRef{ID: made.ID})
		requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
	}
}

// An older invoice is one of today's drafts, and keeps its folio when it is stamped.
func TestLegacyInvoiceIsADraft(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	made, err := gigstack.LegacyCreateInvoice.Call(t.Context(), c, gigstack.LegacyCreateInvoiceInput{ClientID: firstClient(t, c), Amount: gigstack.Dec("1160"), Description: new("Renta")})
	require.NoError(t, err)
	draft, err := gigstack.GetDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: made.ID})
	require.NoError(t, err)
	assert.Equal(t, []string{"1000", "1160", "Renta"}, []string{draft.Subtotal.String(), draft.Total.String(), draft.Items[0].Description}, "the team's taxes are in the amount")
	_, err = gigstack.StampDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: made.ID})
	requireRefusal(t, err, http.StatusBadRequest, "validation_failed")
	_, err = gigstack.UpdateDraftInvoice.Call(t.Context(), c, gigstack.UpdateDraftInput{ID: made.ID, DraftFields: gigstack.DraftFields{PaymentForm: new(gigstack.PaymentForm("03"))}})
	require.NoError(t, err)
	other, err := gigstack.LegacyCreateInvoice.Call(t.Context(), c, gigstack.LegacyCreateInvoiceInput{ClientID: firstClient(t, c), Amount: gigstack.Dec("1")})
	require.NoError(t, err)
	assert.NotEqual(t, made.Invoice, other.Invoice)
	stamped, err := gigstack.StampDraftInvoice.Call(t.Context(), c, gigstack.DraftRef{ID: made.ID})
	require.NoError(t, err)
	read, err := gigstack.LegacyGetInvoice.Call(t.Context(), c, gigstack.LegacyInvoiceRef{ID: made.ID})
	require.NoError(t, err)
	assert.Equal(t, []any{stamped.UUID, "valid", made.Invoice}, []any{read.ID, read.Status, read.Invoice})
}

func TestLegacyInvoiceRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	key := b.NewKey(sandbox.TeamKemper, false, "editor")
	client := firstClient(t, b.client(t, sandbox.TeamKemper, false, "editor"))
	for body, status := range map[string]int{
		`"amount":100,"items":[{"unitPrice":40,"quantity":2},{"amount":20}]`: 201,
		`"amount":100,"items":[{"unitPrice":40,"quantity":2}]`:               400,
		`"amount":80,"items":[{"unitPrice":40,"quantity":2,"amount":40}]`:    400,
		`"amount":80,"items":[{"description":"x"}]`:                          400,
		`"amount":0`:                        400,
		`"amount":10,"dueDate":"tomorrow"`:  400,
		`"amount":10,"currency":"pesos"`:    400,
		`"amount":10,"clientId":"client_x"`: 404,
	} {
		got, answer := b.raw(t, key, http.MethodPost, "/invoices", fmt.Sprintf(`{"clientId":%q,%s}`, client, body))
		assert.Equal(t, status, got, "%s: %s", body, answer)
	}
}

func TestLegacyUpdateReceipt(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	client := firstClient(t, c)
	receipt, err := gigstack.CreateReceipt.Call(t.Context(), c, gigstack.CreateReceiptInput{
		Client: gigstack.ClientInput{ID: &client}, Items: []gigstack.ItemInput{{Description: new("Curso"), UnitPrice: new(gigstack.Dec("100")), Taxes: []gigstack.TaxInput{{Type: "IVA", Rate: gigstack.Dec("0.16")}}}},
		Metadata: gigstack.Metadata{"a": "1"},
	})
	require.NoError(t, err)
	update := func(in gigstack.LegacyUpdateReceiptInput) (gigstack.LegacyReceipt, error) {
		in.ID = receipt.ID
		return gigstack.LegacyUpdateReceipt.Call(t.Context(), c, in)
	}
	v, err := update(gigstack.LegacyUpdateReceiptInput{ReceiptNumber: new("R-1"), PaymentMethod: new("transfer")})
	require.NoError(t, err)
	assert.Equal(t, []any{"issued", "116", gigstack.Metadata{"a": "1"}}, []any{v.Status, v.Amount.String(), v.Metadata}, "what is left out stays")
	v, err = update(gigstack.LegacyUpdateReceiptInput{Amount: new(gigstack.Dec("580")), Items: []gigstack.LegacyItem{{Description: new("Taller"), Quantity: new(gigstack.Dec("2")), UnitPrice: new(gigstack.Dec("290"))}}})
	require.NoError(t, err)
	assert.Equal(t, []string{"580", "R-1", "transfer"}, []string{v.Amount.String(), v.ReceiptNumber, v.PaymentMethod})
	today, err := gigstack.GetReceipt.Call(t.Context(), c, gigstack.ReceiptRef{ID: receipt.ID})
	require.NoError(t, err)
	assert.Equal(t, []string{"500", "80", "03"}, []string{today.Subtotal.String(), today.Taxes.String(), today.PaymentForm}, "the team's taxes are in the price")

	for name, in := range map[string]gigstack.LegacyUpdateReceiptInput{
		"another amount":   {Amount: new(gigstack.Dec("1"))},
		"another currency": {Currency: new(gigstack.Currency("USD"))},
		"no time":          {IssueDate: new(gigstack.Moment("2026-01-01T99:00"))},
		"a line of none":   {Items: []gigstack.LegacyItem{{Description: new("x"), Quantity: new(gigstack.Dec("0")), Amount: new(gigstack.Dec("1"))}}},
	} {
		_, err := update(in)
		t.Run(name, func(t *testing.T) { requireRefusal(t, err, http.StatusBadRequest, "validation_failed") })
	}
	_, err = gigstack.CancelReceipt.Call(t.Context(), b.client(t, sandbox.TeamKemper, false, "admin"), gigstack.ReceiptRef{ID: receipt.ID})
	require.NoError(t, err)
	_, err = update(gigstack.LegacyUpdateReceiptInput{ReceiptNumber: new("R-2")})
	requireRefusal(t, err, http.StatusConflict, "resource_conflict")
}
