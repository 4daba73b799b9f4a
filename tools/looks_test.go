package tools_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// TestSureRefusals says at once what would be refused after the person had said
// yes, and sends nothing.
func TestSureRefusals(t *testing.T) {
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	collected := a.first(t, "list_payments", nil, "status", "succeeded")
	open := a.first(t, "list_payments", nil, "status", "requires_payment_method")
	pue := a.first(t, "list_income_invoices", args{"status": "valid"}, "payment_method", "PUE")
	ppd := a.first(t, "list_income_invoices", args{"status": "valid"}, "payment_method", "PPD")
	line := func(more args) []any {
		return []any{args{"description": "Curso", "unit_price": 100, "quantity": 2, "taxes": iva}.with2(more)}
	}
	pays := func(invoice map[string]any, price any) args {
		return args{"client": args{"id": invoice["client"].(map[string]any)["id"]}, "payment_form": "03", "automation_type": "ppd_invoice_and_complement",
			"ppd_invoice_id": invoice["uuid"], "items": []any{args{"description": "Abono", "unit_price": price, "taxes": iva}}}
	}
	sale := invoiceFor(client)
	for name, c := range map[string]struct {
		tool string
		args args
		says string
	}{
		"16 for 16 %":               {"create_income_invoice", sale.with("items", line(args{"taxes": []any{args{"type": "IVA", "rate": 16}}})), "1600 %"},
		"discount above the line":   {"create_income_invoice", sale.with("items", line(args{"discount": 500})), "above the line's amount of 200"},
		"nothing of it":             {"create_income_invoice", sale.with("items", line(args{"quantity": 0})), "quantity must be above 0"},
		"dollars without a rate":    {"create_income_invoice", sale.with("currency", "USD"), "exchange_rate is needed for USD"},
		"no substitute":             {"cancel_invoice", args{"id": pue["uuid"], "motive": "01"}, "motive 01 needs substitution_uuid"},
		"substitute for nothing":    {"cancel_invoice", args{"id": pue["uuid"], "motive": "02", "substitution_uuid": "x"}, "goes with motive 01 only"},
		"collected, to be voided":   {"cancel_payment", args{"id": collected["id"]}, "cannot be cancelled"},
		"collected, to be paid":     {"mark_payment_paid", args{"id": collected["id"], "payment_form": "03"}, "count twice"},
		"refund of all and more":    {"refund_payment", args{"id": collected["id"], "amount": 9999999, "reason": "x"}, "is left to give back"},
		"refund of nothing":         {"refund_payment", args{"id": open["id"], "amount": 1, "reason": "x"}, "requires_payment_method"},
		"paying what is paid":       {"register_payment", pays(pue, 1), "is PUE"},
		"paying too much":           {"register_payment", pays(ppd, 9999999), "above the balance"},
		"paying another's":          {"register_payment", pays(ppd, 1).with("client", args{"id": client}), "is of"},
		"paying nothing there is":   {"register_payment", pays(ppd, 1).with("ppd_invoice_id", "76C6D35F-nope"), "is no income invoice"},
		"no receipts to be stamped": {"stamp_client_pending_receipts", args{"id": client}, "has no pending receipt"},
	} {
		t.Run(name, func(t *testing.T) {
			s.reached()
			r := a.call(t, c.tool, c.args)
			assert.Equal(t, "would_be_refused", r.code(), r.text)
			assert.Contains(t, r.get("error", "message"), c.says)
			assert.NotEmpty(t, r.get("error", "next"))
			assert.Equal(t, "not_sent", r.get("error", "outcome"))
			assert.Empty(t, s.writes())
		})
	}
}

func (a args) with2(more args) args {
	for name, value := range more {
		a = a.with(name, value)
	}
	return a
}

// TestPreviewSaysWhatDecides names the facts that a person decides by.
func TestPreviewSaysWhatDecides(t *testing.T) {
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	payment := a.first(t, "list_payments", nil, "status", "succeeded")
	relation := []any{args{"relationship": "04", "documents": []string{"76C6D35F"}}}
	for tool, c := range map[string]struct {
		args  args
		facts []string
		undo  string
	}{
		"create_income_invoice": {invoiceFor(client).with("related_documents", relation), []string{"method PUE", "form 03", "relation 04 to 76C6D35F"}, "cancel_invoice"},
		"refund_payment":        {args{"id": payment["id"], "amount": 10, "reason": "x"}, []string{"gives back 10.00 of"}, "pay again"},
		"add_team_member":       {args{"id": "team_kemper", "user_id": "user_pedro", "role": "admin"}, []string{"role admin"}, "remove_team_member"},
		"update_team_series":    {args{"id": "team_kemper", "seriesId": "A", "live": 1}, []string{"becomes 1, also with a test key"}, "stay used"},
		"request_payment":       {args{"client": args{"id": client}, "items": []any{args{"description": "Liga", "unit_price": 100, "taxes": iva}}}, nil, "cancel_payment"},
	} {
		t.Run(tool, func(t *testing.T) {
			r := a.call(t, tool, c.args)
			require.True(t, r.planned(), r.text)
			for _, fact := range c.facts {
				assert.Contains(t, jsonOf(t, r.get("preview", "facts")), fact)
			}
			assert.NotEmpty(t, r.get("preview", "subject"))
			assert.Contains(t, r.get("preview", "reversal"), c.undo)
		})
	}
	lowered := a.call(t, "update_team_series", args{"id": "team_kemper", "seriesId": "A", "live": 1})
	assert.Equal(t, "fiscal", lowered.get("preview", "tier"))
	assert.Contains(t, jsonOf(t, lowered.get("preview", "warnings")), "folios may be used twice")
	assert.Nil(t, a.call(t, "update_team_series", args{"id": "team_kemper", "seriesId": "A", "test": 5}).get("status"), "a test counter is nothing")
}

// TestSearchedLine shows the price of a line that is looked up, and asks nobody to
// confirm a search.
func TestSearchedLine(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	sale := invoiceFor(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"])
	searched := sale.with("items", []any{args{"search": args{"on_key": "sku", "on_value": "X1"}, "quantity": 2}})
	assert.Equal(t, "would_be_refused", a.call(t, "create_income_invoice", searched).code())

	service := args{"description": "Curso intensivo", "unit_price": 29000, "sku": "X1", "taxes": iva}
	require.False(t, a.call(t, "create_service", service).isError)
	r := a.call(t, "create_income_invoice", searched)
	assert.Contains(t, jsonOf(t, r.get("preview", "lines")), "2 × Curso intensivo at 29000, IVA 16 %")
	assert.InDelta(t, 67280, r.get("preview", "totals", "total"), 0)

	require.False(t, a.call(t, "create_service", service.with("description", "Otro")).isError)
	again := a.call(t, "create_income_invoice", searched)
	assert.Equal(t, "would_be_refused", again.code())
	assert.Contains(t, again.get("error", "message"), "several services")
}

// TestNothingIsReadTwice has a catalogue read once for all lines that search it,
// and a confirmation read only what decides.
func TestNothingIsReadTwice(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	require.False(t, a.call(t, "create_service", args{"description": "Curso", "unit_price": 100, "sku": "X1", "taxes": iva}).isError)
	line := args{"search": args{"on_key": "sku", "on_value": "X1"}}
	sale := invoiceFor(client).with("items", []any{line, line})
	paths := func() (paths []string) {
		for _, r := range s.reached() {
			paths = append(paths, r.method+" "+r.path)
		}
		return paths
	}
	paths()
	planned := a.call(t, "create_income_invoice", sale)
	decides := []string{"GET /clients/" + client.(string), "GET /services", "GET /invoices/income"}
	forTheEye := []string{"GET /teams/team_kemper", "GET /payments", "GET /receipts", "GET /invoices/draft"}
	assert.ElementsMatch(t, slices.Concat(decides, forTheEye), paths(), planned.text)
	r := a.call(t, "create_income_invoice", sale.with("plan", planned.get("plan")))
	require.False(t, r.isError, r.text)
	assert.ElementsMatch(t, append(decides, "POST /invoices/income"), paths())
}

// TestPartsAreShown shows what gigstack says of a call that it carried out in part.
func TestPartsAreShown(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	require.False(t, a.call(t, "create_receipt", args{"client": args{"id": client}, "items": []any{args{"description": "Curso", "unit_price": 100, "taxes": iva}}}).isError)
	plan := a.call(t, "stamp_client_pending_receipts", args{"id": client})
	s.Fail(sandbox.Fault{Method: http.MethodPost, Status: 200, Body: `{"success":false,"message":"Some failed","data":{"stamped":1,"failed":1,"remaining":0}}`})
	r := a.call(t, "stamp_client_pending_receipts", args{"id": client, "plan": plan.get("plan")})
	assert.True(t, r.isError)
	assert.Equal(t, "unknown", r.get("error", "outcome"))
	assert.InDelta(t, 1, r.get("data", "failed"), 0)
}

// TestBulkPlanIsForWhatItShowed stamps the receipts of the preview and no others.
func TestBulkPlanIsForWhatItShowed(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	sale := args{"client": args{"id": client}, "items": []any{args{"description": "Curso", "unit_price": 100, "taxes": iva}}}
	require.False(t, a.call(t, "create_receipt", sale).isError)
	bulk := args{"id": client}
	plan := a.call(t, "stamp_client_pending_receipts", bulk)
	assert.Len(t, plan.get("preview", "lines"), 1, plan.text)
	assert.Contains(t, jsonOf(t, plan.get("preview", "facts")), "116.00 MXN")

	require.False(t, a.call(t, "create_receipt", sale.with("items", []any{args{"description": "Otro", "unit_price": 90000, "taxes": iva}})).isError)
	s.reached()
	r := a.call(t, "stamp_client_pending_receipts", bulk.with("plan", plan.get("plan")))
	assert.Equal(t, "plan_stale", r.code(), r.text)
	assert.Empty(t, s.writes())

	again := a.call(t, "stamp_client_pending_receipts", bulk)
	done := a.call(t, "stamp_client_pending_receipts", bulk.with("plan", again.get("plan")))
	require.False(t, done.isError, done.text)
	assert.InDelta(t, 2, done.get("data", "stamped"), 0)
}
