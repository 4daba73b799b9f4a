package tools_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// TestTotalsByTax shows each tax of a document, by the SAT's rounding.
func TestTotalsByTax(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	fee := args{"description": "Honorarios", "unit_price": 2000, "taxes": []any{args{"type": "IVA", "rate": 0.16},
		args{"type": "ISR", "rate": 0.1, "withholding": true}, args{"type": "IVA", "rate": 0.106667, "withholding": true}}}
	exempt := args{"description": "Libro", "unit_price": 50, "taxes": []any{args{"type": "IVA", "rate": 0, "factor": "Exento"}}}
	r := a.call(t, "create_income_invoice", invoiceFor(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]).with("items", []any{fee, exempt}))
	assert.InDelta(t, 1956.67, r.get("preview", "totals", "total"), 0, r.text)
	assert.JSONEq(t, `[
		{"tax":"IVA","factor":"Exento","withheld":false,"base":50,"amount":0},
		{"tax":"IVA","factor":"Tasa","rate":0.16,"withheld":false,"base":2000,"amount":320},
		{"tax":"ISR","withheld":true,"base":2000,"amount":200},
		{"tax":"IVA","withheld":true,"base":2000,"amount":213.33}]`, jsonOf(t, r.get("preview", "totals", "by_tax")))
}

// TestSequels says what follows of a call: collections, automations, mail, and for
// how long it can be taken back.
func TestSequels(t *testing.T) {
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
	a := s.agent(t, "modern", nil)
	karla := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	public := a.first(t, "list_clients", nil, "name", "Lone Star Learning")["id"]
	ppd := a.first(t, "list_income_invoices", args{"status": "valid"}, "payment_method", "PPD")
	receipt := a.first(t, "list_receipts", args{"status": "pending"}, "", nil)
	line := func(price any) []any { return []any{args{"description": "Curso", "unit_price": price, "taxes": iva}} }
	sale := invoiceFor(karla).with("items", line(5432.1))
	money := args{"client": args{"id": karla}, "items": line(77)}
	paid := money.with("payment_form", "03")
	for name, c := range map[string]struct {
		tool           string
		args           args
		says, saysNone []string
	}{
		"PUE":       {"create_income_invoice", sale, []string{"paid in full now (form 03, ", "until 2027-03-31", "after 2026-11-23 the receiver must accept", "1312 of 5000"}, []string{"collected"}},
		"PPD":       {"create_income_invoice", sale.with("payment_method", "PPD").with("payment_form", "99"), []string{"6301.24 MXN stays to be collected", "by the 5th of the following month"}, []string{"paid in full"}},
		"PPD by 03": {"create_income_invoice", sale.with("payment_method", "PPD"), []string{"PPD goes with payment form 99"}, nil},
		"PUE by 99": {"create_income_invoice", sale.with("payment_form", "99"), []string{"Form 99 goes with PPD only"}, nil},
		"a little":  {"create_income_invoice", sale.with("items", line(10)), []string{"need not accept it (up to 1,000 MXN)"}, nil},
		"foreign":   {"create_income_invoice", sale.with("client", args{"id": public}), []string{"need not accept it (a generic receiver)"}, nil},
		"a credit note": {"create_egress_invoice", sale.with("use", "G02").with("related_documents", []any{args{"relationship": "01", "documents": []any{ppd["uuid"]}}}),
			[]string{"need not accept it (type E)"}, []string{"paid in full", "names none"}},
		"with a payment":    {"create_income_invoice", sale.with("automation_type", "payment"), []string{"a payment of 6301.24 MXN is recorded too"}, nil},
		"invoiced at once":  {"register_payment", paid.with("automation_type", "pue_invoice"), []string{"stamps a PUE invoice: at once"}, nil},
		"a PPD invoice":     {"register_payment", paid.with("automation_type", "ppd_invoice_and_complement"), []string{"stamps a PPD invoice and its payment complement: at once"}, nil},
		"nobody's RFC":      {"register_payment", paid.with("automation_type", "pue_invoice").with("client", args{"name": "Ana"}), []string{"makes a receipt, for the client has no RFC"}, nil},
		"nothing":           {"register_payment", paid.with("automation_type", "none"), nil, []string{"stamps a", "each stamp"}},
		"once it is paid":   {"request_payment", money.with("automation_type", "pue_invoice"), []string{"stamps a PUE invoice: once the link is paid"}, nil},
		"its complement":    {"register_payment", paid.with("automation_type", "ppd_invoice_and_complement").with("ppd_invoice_id", ppd["uuid"]).with("client", args{"id": ppd["client"].(map[string]any)["id"]}), []string{"stamps a payment complement to " + ppd["uuid"].(string)}, nil},
		"a receipt":         {"stamp_receipt", args{"id": receipt["id"], "stamp_to": "client"}, []string{"the buyer may invoice it until", "stamps a PUE invoice of", "possible until 2027-03-31"}, nil},
		"an old invoice":    {"cancel_invoice", args{"id": ppd["uuid"], "motive": "02"}, []string{"can be cancelled until", "Cancelling does not give money back"}, nil},
		"who is not mailed": {"create_income_invoice", sale.with("ignore_emails", true), []string{`"mails":["nobody (ignore_emails)"]`}, nil},
		"who is mailed": {"create_income_invoice", sale.with("send_email", true).with("emails", []any{"conta@example.mx"}),
			[]string{`"mails":["karla.fuente@example.mx (the client)","conta@example.mx","archivo@example.mx (blind copy)","contabilidad@kemper.example.mx (blind copy)"]`}, nil},
		"who may be mailed": {"create_income_invoice", sale, []string{"gigstack may mail karla.fuente@example.mx, by the team's settings"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s.reached()
			r := a.call(t, c.tool, c.args)
			require.Equal(t, "confirmation_required", r.get("status"), r.text)
			preview := jsonOf(t, r.get("preview"))
			for _, part := range c.says {
				assert.Contains(t, preview, part)
			}
			for _, part := range c.saysNone {
				assert.NotContains(t, preview, part)
			}
			assert.Empty(t, s.writes())
		})
	}
	off := args{"id": "team_kemper", "emails": args{"avoid_test_invoice_emails": true}, "avoid_automations_on_currencies": []string{"USD"}, "refunds": args{"automatic_refunds": true, "current_month_handler": "credit_note"}}
	require.False(t, a.call(t, "update_team_settings", off).isError)
	assert.JSONEq(t, `["nobody (the team's settings)"]`, jsonOf(t, a.call(t, "create_income_invoice", sale).get("preview", "mails")))
	dollars := a.call(t, "register_payment", paid.with("automation_type", "pue_invoice").with("currency", "USD").with("exchange_rate", 18))
	assert.Contains(t, jsonOf(t, dollars.get("preview", "warnings")), "no automation on USD")
	var invoiced map[string]any
	for _, p := range a.call(t, "list_payments", args{"status": "succeeded", "limit": 100}).get("data").([]any) {
		if p := p.(map[string]any); len(p["invoices"].([]any)) > 0 {
			invoiced = p
		}
	}
	refund := a.call(t, "refund_payment", args{"id": invoiced["id"], "amount": 1, "reason": "x"})
	assert.Contains(t, jsonOf(t, refund.get("preview", "then")), "react to refunds: a credit note is stamped", refund.text)
}

// TestSequelsAreRead has the person read them in the dialog, a fact a line.
func TestSequelsAreRead(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		var asked string
		a := s.agent(t, era, func(_ context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
			asked = r.Params.Message
			return people["declines"](context.Background(), r)
		})
		a.call(t, "create_income_invoice", invoiceFor(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]).with("payment_method", "PPD").with("payment_form", "99"))
		for _, line := range []string{"\nTax: IVA 16 %: 240.00 of 1500.00\n", "\nThen: 1740.00 MXN stays to be collected", "\nMail: gigstack may mail karla.fuente@example.mx", "cancelled by the SAT's rules (cancel_invoice). That is possible until 2027-03-31"} {
			assert.Contains(t, asked, line)
		}
	})
}

// TestDraftIsPrinted links the PDF of a draft that was printed, and prints none.
func TestDraftIsPrinted(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		created := a.call(t, "create_draft_invoice", invoiceFor(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]).with("invoice_type", "I"))
		draft := args{"id": created.get("data", "id")}
		s.reached()
		r := a.call(t, "stamp_draft_invoice", draft)
		assert.Nil(t, r.get("preview", "pdf"))
		assert.Contains(t, jsonOf(t, r.get("preview", "facts")), "preview_draft_invoice makes a PDF")
		require.False(t, a.call(t, "preview_draft_invoice", draft).isError)
		require.Len(t, s.writes(), 1)
		got, err := a.try(t.Context(), "stamp_draft_invoice", draft)
		require.NoError(t, err)
		link, ok := got.Content[1].(mcp.ResourceLink)
		require.True(t, ok, "the client can open it")
		request := mcp.ReadResourceRequest{}
		request.Params.URI = link.URI
		file, err := a.ReadResource(session.WithCaller(t.Context(), a.caller), request)
		require.NoError(t, err)
		assert.Equal(t, "application/pdf", file.Contents[0].(mcp.BlobResourceContents).MIMEType)
		assert.Empty(t, s.writes())
	})
}

// TestPreviewsAreQuick bounds what a preview reads, and how long it takes where
// gigstack is 20 ms away.
func TestPreviewsAreQuick(t *testing.T) {
	far := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(20 * time.Millisecond)
			next.ServeHTTP(w, r)
		})
	}
	s := newStand(t, setting{upstream: far, policy: guard.Policy{AllowCritical: true}})
	a := s.agent(t, "modern", nil)
	sale := invoiceFor(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"])
	money := args{"client": sale["client"], "items": sale["items"]}
	collected := a.first(t, "list_payments", nil, "status", "succeeded")["id"]
	for tool, with := range map[string]args{
		"create_income_invoice": sale,
		"create_egress_invoice": sale,
		"stamp_draft_invoice":   {"id": a.call(t, "create_draft_invoice", sale.with("invoice_type", "I")).get("data", "id")},
		"register_payment":      money.with("payment_form", "03").with("automation_type", "pue_invoice"),
		"request_payment":       money,
		"refund_payment":        {"id": collected, "amount": 1, "reason": "x"},
		"cancel_invoice":        {"id": a.first(t, "list_payment_complements", nil, "status", "valid")["uuid"], "motive": "02"},
		"stamp_receipt":         {"id": a.first(t, "list_receipts", args{"status": "pending"}, "", nil)["id"], "stamp_to": "client"},
	} {
		t.Run(tool, func(t *testing.T) {
			s.reached()
			began := time.Now()
			r := a.call(t, tool, with)
			took := time.Since(began)
			require.True(t, r.planned(), r.text)
			reads := s.reached()
			assert.LessOrEqual(t, len(reads), 6, "%v", reads)
			assert.False(t, slices.ContainsFunc(reads, func(r sent) bool { return r.method != http.MethodGet }))
			assert.Less(t, took, 400*time.Millisecond, "%s", strings.Repeat("·", len(reads)))
		})
	}
}
