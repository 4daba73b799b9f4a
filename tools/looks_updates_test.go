package tools_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPaymentUpdateIsShown says what changes of a payment before it does.
func TestPaymentUpdateIsShown(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	find := func(status, automation string) map[string]any {
		return a.first(t, "list_payments", args{"status": status, "limit": 100}, "automation_type", automation)
	}
	collected, open, invoiced, refunded := find("succeeded", "none"), find("requires_payment_method", "pue_invoice"), find("succeeded", "ppd_invoice_and_complement"), find("refunded", "none")
	line := collected["items"].([]any)[0].(map[string]any)
	for name, c := range map[string]struct {
		args                   args
		facts, lines, warnings string
	}{
		"a text": {args{"id": collected["id"], "items": []any{args{"id": line["id"], "description": "Otro texto"}}},
			"", line["description"].(string) + `\" becomes \"Otro texto`, ""},
		"a text of what is invoiced": {args{"id": invoiced["id"], "items": []any{args{"id": invoiced["items"].([]any)[0].(map[string]any)["id"], "description": "Otro texto"}}},
			"", "Otro texto", "keeps the old text"},
		"the client": {args{"id": open["id"], "client": args{"legal_name": "OTRA", "company": "Otra"}},
			`client legal_name: \"INMOBILIARIA CVA\" becomes \"OTRA\"`, "", "the SAT is not asked"},
		"an automation":             {args{"id": collected["id"], "automation_type": "pue_invoice"}, "stamps a PUE invoice: at once", "", ""},
		"an automation that is not": {args{"id": refunded["id"], "automation_type": "ppd_invoice_and_complement"}, "never, as it is refunded", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s.reached()
			r := a.call(t, "update_payment", c.args)
			require.Equal(t, "confirmation_required", r.get("status"), r.text)
			assert.Contains(t, r.get("preview", "subject"), c.args["id"])
			assert.Contains(t, jsonOf(t, r.get("preview")), c.facts)
			assert.Contains(t, jsonOf(t, r.get("preview", "lines")), c.lines)
			assert.Contains(t, jsonOf(t, r.get("preview", "warnings")), c.warnings)
			assert.Contains(t, r.get("preview", "reversal"), "cannot be taken off")
			assert.Empty(t, s.writes())
		})
	}
	for name, c := range map[string]struct {
		args args
		says string
	}{
		"nothing":             {args{"id": open["id"]}, "none of items"},
		"a second automation": {args{"id": open["id"], "automation_type": "none"}, "has the automation pue_invoice already"},
		"no such line":        {args{"id": open["id"], "items": []any{args{"id": "item_x", "description": "x"}}}, "no line"},
	} {
		t.Run(name, func(t *testing.T) {
			r := a.call(t, "update_payment", c.args)
			assert.Equal(t, "would_be_refused", r.code(), r.text)
			assert.Contains(t, r.get("error", "message"), c.says)
		})
	}
}

// A plan is for the payment as it was shown.
func TestPaymentUpdateGoesStale(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	payment := a.first(t, "list_payments", args{"status": "succeeded"}, "automation_type", "none")
	texts := func(to string) args {
		return args{"id": payment["id"], "items": []any{args{"id": payment["items"].([]any)[0].(map[string]any)["id"], "description": to}}}
	}
	plan := a.call(t, "update_payment", texts("Uno"))
	other := a.call(t, "update_payment", texts("Dos"))
	done := a.call(t, "update_payment", texts("Dos").with("plan", other.get("plan")))
	require.False(t, done.isError, done.text)
	assert.Equal(t, "plan_stale", a.call(t, "update_payment", texts("Uno").with("plan", plan.get("plan"))).code())
}

// TestResendingIsShown names everybody who gets the mail.
func TestResendingIsShown(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	for name, list := range map[string]string{"an income invoice": "list_income_invoices", "a credit note": "list_egress_invoices", "a complement": "list_payment_complements"} {
		t.Run(name, func(t *testing.T) {
			invoice := a.first(t, list, nil, "status", "valid")
			with := args{"id": invoice["uuid"], "emails": []any{"contador@example.mx"}}
			r := a.call(t, "resend_invoice_email", with)
			require.Equal(t, "confirmation_required", r.get("status"), r.text)
			assert.Equal(t, "outward", r.get("preview", "tier"))
			assert.Contains(t, r.get("preview", "subject"), invoice["uuid"])
			facts := jsonOf(t, r.get("preview", "facts"))
			assert.Contains(t, facts, invoice["client"].(map[string]any)["email"].(string)+" (the client), contador@example.mx")
			before := len(s.Outbox("team_kemper"))
			r = a.call(t, "resend_invoice_email", with.with("plan", r.get("plan")))
			require.False(t, r.isError, r.text)
			assert.Len(t, s.Outbox("team_kemper"), before+1)
		})
	}
	canceled := a.first(t, "list_income_invoices", args{"status": "canceled"}, "status", "canceled")
	r := a.call(t, "resend_invoice_email", args{"id": canceled["uuid"]})
	assert.Contains(t, jsonOf(t, r.get("preview", "warnings")), "It is cancelled")
	assert.Equal(t, "resource_not_found", a.call(t, "resend_invoice_email", args{"id": "5F0C7A1E"}).code())
}

// A complement that is to be cancelled is shown like any other document.
func TestCancellationOfAComplementIsShown(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	complement := a.first(t, "list_payment_complements", nil, "status", "valid")
	r := a.call(t, "cancel_invoice", args{"id": complement["uuid"], "motive": "02"})
	require.Equal(t, "confirmation_required", r.get("status"), r.text)
	assert.Contains(t, r.get("preview", "subject"), complement["uuid"])
}
