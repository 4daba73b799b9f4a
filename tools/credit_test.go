package tools_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// mayRefund is a server that may give money back.
var mayRefund = setting{policy: guard.Policy{AllowCritical: true}}

// paidInvoice is a payment that was invoiced, by lines of several taxes.
func paidInvoice(t *testing.T, a *agent, items ...any) (payment, invoice string) {
	t.Helper()
	if items == nil {
		items = []any{args{"description": "Curso", "unit_price": 1500, "taxes": iva}}
	}
	sale := invoiceFor(a.first(t, "list_clients", args{}, "tax_id", "FUNK671228PH6")["id"]).with("automation_type", "pue_invoice").with("items", items)
	r := a.confirmed(t, "register_payment", sale)
	require.False(t, r.isError, r.text)
	a.stand.advance(time.Second)
	invoices := a.call(t, "get_payment", args{"id": r.id()}).get("data", "invoices").([]any)
	require.Len(t, invoices, 1)
	return r.id(), invoices[0].(string)
}

// isCredited has a payment have refunds, and its invoice credit notes, of these totals.
func isCredited(t *testing.T, a *agent, payment, invoice string, refunds []any, notes []any) {
	t.Helper()
	var gave, credited []any
	for _, refund := range a.call(t, "get_payment", args{"id": payment}).get("data", "refunds").([]any) {
		gave = append(gave, refund.(map[string]any)["amount"])
	}
	for _, uuid := range a.relatedBy(t, "list_egress_invoices", "01", invoice) {
		credited = append(credited, a.call(t, "get_egress_invoice", args{"id": uuid}).get("data", "total"))
	}
	assert.Equal(t, refunds, gave, "refunds")
	assert.Equal(t, notes, credited, "credit notes")
}

// One plan gives money back and stamps the credit note for it, with the invoice's taxes.
func TestCreditNoteForRefund(t *testing.T) {
	for who, p := range map[string]person{"nobody": nil, "accepts": agrees} {
		t.Run(who, func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				s := newStand(t, mayRefund)
				payment, invoice := paidInvoice(t, s.agent(t, era, nil))
				a := s.agent(t, era, p)
				s.reached()
				with := args{"payment_id": payment, "refund_amount": 500, "reason": "Devuelve un curso"}
				asked := a.call(t, "credit_note_for_refund", with)
				require.Equal(t, "waiting_for_approval", asked.get("status"), "money goes out: %s", asked.text)
				shown := s.decide(t, asked, guard.Approved).Shown
				for _, part := range []string{"Step: 1. Refund a payment", "Step: 2. Stamp an egress invoice", "total 500.00 MXN", "relation 01", "Cannot be taken back"} {
					assert.Contains(t, shown, part)
				}
				done := a.call(t, "credit_note_for_refund", with)
				require.Equal(t, "done", done.get("status"), done.text)
				isCredited(t, a, payment, invoice, []any{500.0}, []any{500.0})
				note := a.call(t, "get_egress_invoice", args{"id": done.get("data", "credit_note")})
				assert.EqualValues(t, 431.03, note.get("data", "subtotal"))
				assert.EqualValues(t, 68.97, note.get("data", "taxes"))
				require.Len(t, s.writes(), 2)
				assert.Equal(t, "would_be_refused", a.call(t, "credit_note_for_refund", args{"payment_id": payment}).code(), "nothing is left")
			})
		})
	}
}

// Whatever amount of whatever taxes is credited to the cent.
func TestCreditInProportion(t *testing.T) {
	line := func(price any, taxes ...any) args {
		item := args{"description": "Curso", "unit_price": price}
		if taxes == nil {
			return item.with("taxability", "01")
		}
		return item.with("taxes", taxes)
	}
	tax := func(kind string, rate any, more args) args {
		with := args{"type": kind, "rate": rate}
		for name, value := range more {
			with[name] = value
		}
		return with
	}
	at16, at8 := tax("IVA", 0.16, nil), tax("IVA", 0.08, nil)
	for name, items := range map[string][]any{
		"one rate":     {line(1500, at16)},
		"included":     {line(999, tax("IVA", 0.16, args{"inclusive": true}))},
		"two rates":    {line(1500, at16), line(333.33, at8), line(77.77, at16)},
		"exempt":       {line(1500, tax("IVA", 0, args{"factor": "Exento"})), line(250.5, at16)},
		"no tax":       {line(1500), line(250.5, at16)},
		"withheld":     {line(1500, at16, tax("ISR", 0.1, args{"withholding": true}), tax("IVA", 0.106667, args{"withholding": true}))},
		"a discount":   {line(1500, at16).with("discount", 123.45)},
		"IEPS and IVA": {line(1500, tax("IEPS", 0.08, nil), at16)},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, mayRefund)
			a := s.agent(t, "modern", nil)
			payment, invoice := paidInvoice(t, a, items...)
			var refunds, notes []any
			left := a.call(t, "get_payment", args{"id": payment}).get("data", "total").(float64)
			for _, amount := range []float64{0.5, 333.33, 100.01} {
				left -= amount
				done := a.confirmed(t, "credit_note_for_refund", args{"payment_id": payment, "refund_amount": amount, "reason": "Devolución"})
				require.Equal(t, "done", done.get("status"), done.text)
				refunds, notes = append(refunds, amount), append([]any{amount}, notes...)
				s.advance(time.Second)
			}
			isCredited(t, a, payment, invoice, refunds, notes)
			rest := float64(int(left*100+0.5)) / 100
			done := a.confirmed(t, "credit_note_for_refund", args{"payment_id": payment, "refund_amount": rest, "reason": "Devolución"})
			require.Equal(t, "done", done.get("status"), done.text)
		})
	}
}

// What was given back already, or credited already by whomever, is not done again.
func TestCreditFindsWhatIsDone(t *testing.T) {
	refund := func(t *testing.T, a *agent, payment string, amount any) {
		require.False(t, a.confirmed(t, "refund_payment", args{"id": payment, "amount": amount, "reason": "Prueba"}).isError)
		a.stand.advance(time.Second)
	}
	note := func(t *testing.T, a *agent, invoice string, price any) {
		with := invoiceFor(a.first(t, "list_clients", args{}, "tax_id", "FUNK671228PH6")["id"]).with("use", "G02").
			with("related_documents", []any{args{"relationship": "01", "documents": []any{invoice}}}).with("items", []any{args{"description": "Devolución", "unit_price": price, "taxes": iva}})
		require.False(t, a.confirmed(t, "create_egress_invoice", with).isError)
	}
	automatic := func(t *testing.T, a *agent) {
		r := a.confirmed(t, "update_team_settings", args{"id": sandbox.TeamKemper, "refunds": args{"automatic_refunds": true, "current_month_handler": "credit_note"}})
		require.False(t, r.isError, r.text)
	}
	for name, c := range map[string]struct {
		before func(t *testing.T, a *agent, payment, invoice string)
		with   args
		want   string
		steps  []string
	}{
		"given back before":        {func(t *testing.T, a *agent, p, _ string) { refund(t, a, p, 500) }, args{}, "", []string{"create_egress_invoice"}},
		"the same asked for again": {func(t *testing.T, a *agent, p, _ string) { refund(t, a, p, 500) }, args{"refund_amount": 500, "reason": "x"}, "", []string{"create_egress_invoice"}},
		"another asked for":        {func(t *testing.T, a *agent, p, _ string) { refund(t, a, p, 500) }, args{"refund_amount": 20, "reason": "x"}, "would_be_refused", nil},
		"two given back":           {func(t *testing.T, a *agent, p, _ string) { refund(t, a, p, 500); refund(t, a, p, 80) }, args{}, "", []string{"create_egress_invoice"}},
		"credited by hand":         {func(t *testing.T, a *agent, p, i string) { refund(t, a, p, 580); note(t, a, i, 500) }, args{}, "would_be_refused", nil},
		"of two one credited": {func(t *testing.T, a *agent, p, i string) {
			refund(t, a, p, 580)
			note(t, a, i, 500)
			refund(t, a, p, 580)
		}, args{}, "", []string{"create_egress_invoice"}},
		"a note of another amount": {func(t *testing.T, a *agent, p, i string) { refund(t, a, p, 580); note(t, a, i, 400) }, args{}, "would_be_refused", nil},
		"an older note": {func(t *testing.T, a *agent, p, i string) {
			note(t, a, i, 100)
			a.stand.advance(time.Hour)
			refund(t, a, p, 580)
		}, args{}, "", []string{"create_egress_invoice"}},
		"nothing given back":  {nil, args{}, "would_be_refused", nil},
		"more than is left":   {func(t *testing.T, a *agent, _, i string) { note(t, a, i, 1400) }, args{"refund_amount": 500, "reason": "x"}, "would_be_refused", nil},
		"without a reason":    {nil, args{"refund_amount": 500}, "would_be_refused", nil},
		"the team's handler":  {func(t *testing.T, a *agent, _, _ string) { automatic(t, a) }, args{"refund_amount": 500, "reason": "x"}, "", []string{"refund_payment"}},
		"the handler may yet": {func(t *testing.T, a *agent, p, _ string) { automatic(t, a); refund(t, a, p, 500) }, args{}, "would_be_refused", nil},
		"the handler did not": {func(t *testing.T, a *agent, p, _ string) {
			automatic(t, a)
			refund(t, a, p, 500)
			a.stand.advance(time.Hour)
		}, args{}, "", []string{"create_egress_invoice"}},
		"the handler did": {func(t *testing.T, a *agent, p, i string) { automatic(t, a); refund(t, a, p, 580); note(t, a, i, 500) }, args{}, "would_be_refused", nil},
		"its invoice was cancelled": {func(t *testing.T, a *agent, _, i string) {
			require.False(t, a.confirmed(t, "cancel_invoice", args{"id": i, "motive": "02"}).isError)
		}, args{"refund_amount": 5, "reason": "x"}, "would_be_refused", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, mayRefund)
			a := s.agent(t, "modern", nil)
			payment, invoice := paidInvoice(t, a)
			if c.before != nil {
				c.before(t, a, payment, invoice)
			}
			s.reached()
			planned := a.call(t, "credit_note_for_refund", c.with.with("payment_id", payment))
			assert.Equal(t, c.want, planned.code(), planned.text)
			assert.Empty(t, s.writes())
			if c.want != "" {
				return
			}
			done := a.call(t, "credit_note_for_refund", c.with.with("payment_id", payment).with("plan", a.settled(t, planned)))
			require.Equal(t, "done", done.get("status"), done.text)
			var steps []string
			for _, step := range done.get("steps").([]any) {
				steps = append(steps, step.(map[string]any)["tool"].(string))
			}
			assert.Equal(t, c.steps, steps)
		})
	}
}

// However a run ends, money is given back once and credited once.
func TestCreditSurvives(t *testing.T) {
	for after := range 5 { // with the sixth record all was done
		t.Run("death "+string(rune('0'+after)), func(t *testing.T) {
			var payment, invoice string
			first, second, tool, with := killed(t, after, func(t *testing.T, a *agent) (string, args) {
				payment, invoice = paidInvoice(t, a)
				return "credit_note_for_refund", args{"payment_id": payment, "refund_amount": 500, "reason": "Devolución"}
			})
			isResumed(t, first, second, tool, with, payment, invoice)
		})
	}
	for name, fault := range map[string]sandbox.Fault{
		"refund, lost answer": {Method: http.MethodPost, Path: "/v2/payments/", Drop: true},
		"refund, gateway":     {Method: http.MethodPost, Path: "/v2/payments/", Status: 502},
		"note, lost answer":   {Method: http.MethodPost, Path: "/v2/invoices/egress", Drop: true},
		"note, gateway":       {Method: http.MethodPost, Path: "/v2/invoices/egress", Status: 502},
		"note, refused":       {Method: http.MethodPost, Path: "/v2/invoices/egress", Status: 422, Body: `{"message":"no","error":"cfdi_service_error"}`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first := newStand(t, setting{ledger: dir, policy: mayRefund.policy})
			second := newStand(t, setting{ledger: dir, policy: mayRefund.policy, beside: first})
			a := first.agent(t, "modern", nil)
			payment, invoice := paidInvoice(t, a)
			with := args{"payment_id": payment, "refund_amount": 500, "reason": "Devolución"}
			plan := a.plan(t, "credit_note_for_refund", with)
			first.Fail(fault)
			require.True(t, a.call(t, "credit_note_for_refund", with.with("plan", plan)).isError)
			second.advance(time.Second)
			isResumed(t, first, second, "credit_note_for_refund", with, payment, invoice)
		})
	}
}

// Only the answer was lost: as with any call that succeeded, a repetition is a new one,
// and says so to whoever confirms it.
func TestCreditWarnsOfRepetition(t *testing.T) {
	s := newStand(t, mayRefund)
	a := s.agent(t, "modern", nil)
	payment, _ := paidInvoice(t, a)
	with := args{"payment_id": payment, "refund_amount": 500, "reason": "Devolución"}
	require.False(t, a.confirmed(t, "credit_note_for_refund", with).isError)
	assert.Contains(t, a.waits(t, "credit_note_for_refund", with).Shown, "and succeeded. Make sure that this is not a repetition")
}

// isResumed has another server end what one began: the same call until nothing of the
// first run is left open.
func isResumed(t *testing.T, first, second *stand, tool string, with args, payment, invoice string) {
	t.Helper()
	a := second.agent(t, "modern", nil)
	for range 4 {
		first.advance(5 * time.Minute)
		second.advance(5 * time.Minute)
		r := a.confirmed(t, tool, with)
		if !r.isError || r.code() == "would_be_refused" {
			break
		}
		assert.Equal(t, guard.CodeOutcomeUnknown, r.code(), r.text)
	}
	isCredited(t, a, payment, invoice, []any{500.0}, []any{500.0})
}
