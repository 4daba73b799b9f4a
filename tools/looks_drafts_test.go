package tools_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// TestStampOfADraft shows a draft as the invoice it becomes, and stamps what was
// shown and nothing else.
func TestStampOfADraft(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	sale := invoiceFor(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]).with("invoice_type", "I")
	created := a.call(t, "create_draft_invoice", sale.with("items", []any{
		args{"description": "Curso", "unit_price": 1000, "taxes": iva}, args{"description": "Libro", "quantity": 3, "unit_price": 33.33, "discount": 9.99, "taxability": "01"},
	}))
	require.False(t, created.isError, created.text)
	draft := args{"id": created.get("data", "id")}

	planned := a.call(t, "stamp_draft_invoice", draft)
	require.Equal(t, "confirmation_required", planned.get("status"), planned.text)
	assert.Contains(t, planned.get("preview", "subject"), "KARLA FUENTE NOLASCO")
	assert.Contains(t, jsonOf(t, planned.get("preview", "facts")), "method PUE")
	assert.Contains(t, jsonOf(t, planned.get("preview", "lines")), "3 × Libro at 33.33, discount 9.99")
	assert.InDelta(t, 1250, planned.get("preview", "totals", "total"), 0)
	assert.Equal(t, "MXN", planned.get("preview", "totals", "currency"))
	assert.Nil(t, planned.get("preview", "warnings"))
	assert.Contains(t, planned.get("preview", "reversal"), "cancel_invoice")

	require.False(t, a.call(t, "preview_draft_invoice", draft).isError)
	require.False(t, a.call(t, "update_draft_invoice", draft.with("invoice_pdf_notes", "Otra nota")).isError)
	s.reached()
	stale := a.call(t, "stamp_draft_invoice", draft.with("plan", planned.get("plan")))
	assert.Equal(t, "plan_stale", stale.code(), stale.text)
	assert.Empty(t, s.writes())

	again := a.call(t, "stamp_draft_invoice", draft)
	require.False(t, a.call(t, "preview_draft_invoice", draft).isError)
	stamped := a.call(t, "stamp_draft_invoice", draft.with("plan", again.get("plan")))
	require.False(t, stamped.isError, "a preview changes nothing: %s", stamped.text)
	assert.InDelta(t, 1250, stamped.get("data", "total"), 0)
	assert.Equal(t, "would_be_refused", a.call(t, "stamp_draft_invoice", draft).code())
}

// TestDraftsNotToBeStamped names what a draft lacks before anybody is asked.
func TestDraftsNotToBeStamped(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	sale := invoiceFor(client).with("invoice_type", "I")
	for name, c := range map[string]struct {
		draft args
		says  string
	}{
		"only its type":          {args{"invoice_type": "E"}, "lacks client, items, payment_form"},
		"without form":           {args{"invoice_type": "I", "client": sale["client"], "items": sale["items"]}, "lacks payment_form"},
		"dollars without a rate": {sale.with("currency", "USD"), "exchange_rate is needed for USD"},
	} {
		t.Run(name, func(t *testing.T) {
			created := a.call(t, "create_draft_invoice", c.draft)
			require.False(t, created.isError, created.text)
			s.reached()
			r := a.call(t, "stamp_draft_invoice", args{"id": created.get("data", "id")})
			assert.Equal(t, "would_be_refused", r.code(), r.text)
			assert.Contains(t, r.get("error", "message"), c.says)
			assert.NotEmpty(t, r.get("error", "next"))
			assert.Empty(t, s.writes())
		})
	}
	none := a.call(t, "stamp_draft_invoice", args{"id": "none"})
	assert.Equal(t, "would_be_refused", none.code(), none.text)
}

// TestDraftOfAnotherTotal tells when gigstack adds a draft up differently.
func TestDraftOfAnotherTotal(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	id := "5b1d9c4ea07f3826d4c1"
	s.Fail(sandbox.Fault{Method: http.MethodGet, Status: 200, Body: `{"data":{"id":"` + id + `","draft":true,"invoice_type":"I","status":"draft","currency":"MXN","total":999,
		"client":` + jsonOf(t, a.first(t, "list_clients", nil, "name", "Karla Fuente")) + `,"payment_form":"03","items":[{"description":"Curso","quantity":1,"unit_price":100,"taxability":"01"}]}}`})
	r := a.call(t, "stamp_draft_invoice", args{"id": id})
	assert.InDelta(t, 100, r.get("preview", "totals", "total"), 0, r.text)
	assert.Contains(t, jsonOf(t, r.get("preview", "warnings")), "comes to 999.00 MXN")
}

// TestDeletionOfADraft shows the draft that would go.
func TestDeletionOfADraft(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	draft := args{"id": "5b1d9c4ea07f3826d4c1"}
	r := a.call(t, "delete_draft_invoice", draft)
	require.Equal(t, "confirmation_required", r.get("status"), r.text)
	assert.Contains(t, r.get("preview", "subject"), "INMOBILIARIA CVA")
	done := a.call(t, "delete_draft_invoice", draft.with("plan", r.get("plan")))
	require.False(t, done.isError, done.text)
	assert.Equal(t, "would_be_refused", a.call(t, "delete_draft_invoice", draft).code())
}
