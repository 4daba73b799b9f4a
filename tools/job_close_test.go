package tools_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// more is what an item has in one answer beyond another: how many, and pesos.
func more(t *testing.T, after, before result, list, item string) (count int, pesos string) {
	t.Helper()
	amount := func(r result) (int, decimal.Decimal) {
		v := r.item(t, list, item)
		if v == nil {
			return 0, decimal.Zero
		}
		sums, _ := v["sums"].(map[string]any)
		pesos, _ := sums["MXN"].(float64)
		return int(v["count"].(float64)), decimal.NewFromFloat(pesos)
	}
	n, sum := amount(after)
	m, rest := amount(before)
	return n - m, sum.Sub(rest).String()
}

// november is a month with one of everything that keeps it from being closed.
type november struct{ vanished, revived string }

func (s *stand) november(t *testing.T, c *gigstack.Caller) (made november) {
	t.Helper()
	client := s.clientOf(t, c, "FUNK671228PH6")
	s.at("2026-11-02 10:00", func() {
		for range 3 {
			_, err := gigstack.CreateReceipt.Call(t.Context(), c, gigstack.CreateReceiptInput{Client: gigstack.ClientInput{ID: &client}, Items: lineOf("100")})
			require.NoError(t, err)
		}
		s.receives(t, c, client, "200", "none", nil)
		for price, back := range map[string]string{"300": "100", "400": "464"} {
			p := s.receives(t, c, client, price, "none", nil)
			_, err := gigstack.RefundPayment.Call(t.Context(), c, gigstack.RefundPaymentInput{ID: p.ID, Amount: gigstack.Dec(back), Reason: "Prueba"})
			require.NoError(t, err)
		}
		s.receives(t, c, client, "150", "none", func(in *gigstack.RegisterPaymentInput) {
			in.Currency, in.ExchangeRate = new(gigstack.Currency("USD")), new(gigstack.Dec("18"))
		})
		_, err := gigstack.CreateDraftInvoice.Call(t.Context(), c, gigstack.CreateDraftInput{InvoiceType: "I", DraftFields: gigstack.DraftFields{Items: lineOf("50")}})
		require.NoError(t, err)
		credit := s.sells(t, c, client, "1000", onCredit)
		paid := s.receives(t, c, client, "600", "ppd_invoice_and_complement", func(in *gigstack.RegisterPaymentInput) { in.PPDInvoiceID = &credit.UUID })
		_, err = gigstack.CancelInvoice.Call(t.Context(), c, gigstack.CancelInvoiceInput{ID: paid.Invoices[0], Motive: "02"})
		require.NoError(t, err)
		s.receives(t, c, client, "400", "ppd_invoice_and_complement", func(in *gigstack.RegisterPaymentInput) { in.PPDInvoiceID = &credit.UUID })
		made.vanished = s.sells(t, c, client, "70", func(in *gigstack.CreateIncomeInvoiceInput) { in.PaymentForm = "99" }).UUID
		s.sells(t, c, client, "80", func(in *gigstack.CreateIncomeInvoiceInput) {
			in.AutomationType = new(gigstack.InvoiceAutomation("payment"))
		})
		old := s.receives(t, c, client, "90", "pue_invoice", nil).Invoices[0]
		s.sells(t, c, client, "91", func(in *gigstack.CreateIncomeInvoiceInput) {
			in.RelatedDocuments = []gigstack.DocumentRelation{{Relationship: "04", Documents: []string{old}}}
		})
		made.revived = s.sells(t, c, client, "60", nil).UUID
		_, err = gigstack.CancelInvoice.Call(t.Context(), c, gigstack.CancelInvoiceInput{ID: made.revived, Motive: "02"})
		require.NoError(t, err)
		wrong, err := gigstack.CreateClient.Call(t.Context(), c, gigstack.CreateClientInput{ClientFields: gigstack.ClientFields{Name: new("Mal"), LegalName: new("mal escrito"), TaxID: new(gigstack.RFC("KICR630120NX3")), TaxSystem: new(gigstack.TaxSystem("612")), Address: &gigstack.Address{Zip: new("36246")}}})
		require.NoError(t, err)
		s.receives(t, c, wrong.ID, "30", "pue_invoice", nil)
	})
	return made
}

// satWithout has the SAT's mirror lack one document and hold one that was cancelled, and
// one of somebody else's making.
func satWithout(made *november) func([]map[string]any) []map[string]any {
	return func(records []map[string]any) (kept []map[string]any) {
		for _, v := range records {
			if v["uuid"] == made.revived {
				v["status"] = "Vigente"
			}
			if v["uuid"] != made.vanished {
				kept = append(kept, v)
			}
		}
		if made.vanished != "" {
			kept = append(kept, map[string]any{"uuid": "0A0A0A0A-1111-4222-A333-444455556666", "direction": "issued", "invoice_type": "I", "status": "Vigente", "total": 999.5, "currency": "MXN", "issue_date": "2026-11-03T10:00:00"})
		}
		return kept
	}
}

func TestMonthCloseCheck(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		var made november
		s := newStand(t, setting{upstream: altered("/v2/invoices/sat", func(v []map[string]any) []map[string]any { return satWithout(&made)(v) })})
		a := s.agent(t, era, nil)
		before := a.call(t, "month_close_check", nil)
		require.Equal(t, true, before.get("complete"), before.text)
		made = s.november(t, s.behind(t))
		after := a.call(t, "month_close_check", args{"period": "noviembre"})
		require.Equal(t, true, after.get("complete"), after.text)
		assert.Equal(t, "2026-11-01..2026-11-30", after.get("data", "period"))
		assert.Equal(t, false, after.get("data", "over"))
		assert.Empty(t, after.get("data", "unknown"))
		for item, want := range map[string]struct {
			count int
			pesos string
		}{
			"receipts_pending":          {4, "382.8"}, // 3 × 116 + 34.80 that failed
			"payments_without_document": {3, "480"},   // 232 + 348 − 100, and dollars
			"drafts_unstamped":          {1, "58"},
			"complements_missing":       {1, "696"},
			"pue_with_form_99":          {1, "81.2"},
			"pue_unpaid":                {1, "81.2"},
			"cancellations_pending":     {0, "0"},
			"replacements_half_done":    {1, "104.4"},
			"failed_stamps":             {1, "34.8"},
			"not_in_sat_mirror":         {1, "81.2"},
			"cancelled_on_one_side":     {1, "69.6"},
			"csd":                       {0, "0"},
		} {
			count, pesos := more(t, after, before, "items", item)
			assert.Equal(t, want.count, count, item)
			assert.Equal(t, want.pesos, pesos, item)
		}
		assert.JSONEq(t, `{"MXN":480,"USD":174}`, jsonOf(t, after.item(t, "items", "payments_without_document")["sums"]))
		assert.Contains(t, after.text, "due 2026-12-05")
		for _, v := range after.get("data", "items").([]any) {
			item := v.(map[string]any)
			examples, _ := item["examples"].([]any)
			assert.LessOrEqual(t, len(examples), 5)
			assert.Equal(t, item["state"] != "ok", item["next"] != nil, item["item"])
		}
	})
}

// TestMonthCloseKnowsWhatItDoesNot has every item unknown that rests on a list which
// failed, and no other.
func TestMonthCloseKnowsWhatItDoesNot(t *testing.T) {
	for path, want := range map[string][]any{
		"/v2/receipts":                          {"receipts_pending", "payments_without_document", "pue_unpaid", "failed_stamps"},
		"/v2/invoices/draft":                    {"drafts_unstamped"},
		"/v2/invoices/sat":                      {"not_in_sat_mirror", "cancelled_on_one_side"},
		"/v2/invoices/download/activate/status": {"not_in_sat_mirror", "cancelled_on_one_side"},
		"/v2/teams/team_kemper":                 {"csd"},
	} {
		s := newStand(t, setting{upstream: refuses(path)})
		r := s.agent(t, "modern", nil).call(t, "month_close_check", nil)
		require.False(t, r.isError, r.text)
		assert.Equal(t, false, r.get("complete"), path)
		assert.Equal(t, want, r.get("data", "unknown"), path)
		for _, item := range want {
			assert.EqualValues(t, 0, r.item(t, "items", item.(string))["count"], path)
		}
	}
}

// TestMonthCloseElsewhere knows a certificate near its end, and a team without a mirror.
func TestMonthCloseElsewhere(t *testing.T) {
	s := newStand(t, setting{})
	r := s.agent(t, "modern", nil).call(t, "month_close_check", args{"team": sandbox.TeamRobotica, "period": "last month"})
	require.False(t, r.isError, r.text)
	assert.Equal(t, true, r.get("data", "over"))
	assert.Contains(t, r.item(t, "items", "csd")["about"], "2026-12-03, in 12 days")
	assert.Contains(t, r.get("data", "open"), "csd")
	assert.Nil(t, r.item(t, "items", "not_in_sat_mirror"))
	assert.Contains(t, jsonOf(t, r.get("notes")), "nothing was compared")
}

// TestMonthCloseFollowsReplacements takes the money of a replaced invoice for that of
// its substitute.
func TestMonthCloseFollowsReplacements(t *testing.T) {
	s := newStand(t, setting{})
	c := s.behind(t)
	client := s.clientOf(t, c, "FUNK671228PH6")
	a := s.agent(t, "modern", nil)
	before := a.call(t, "month_close_check", nil)
	s.at("2026-11-10 10:00", func() {
		old := s.receives(t, c, client, "840", "pue_invoice", nil).Invoices[0]
		for range 2 {
			next := s.sells(t, c, client, "840", func(in *gigstack.CreateIncomeInvoiceInput) {
				in.RelatedDocuments = []gigstack.DocumentRelation{{Relationship: "04", Documents: []string{old}}}
			}).UUID
			_, err := gigstack.CancelInvoice.Call(t.Context(), c, gigstack.CancelInvoiceInput{ID: old, Motive: "01", SubstitutionUUID: &next})
			require.NoError(t, err)
			old = next
		}
	})
	after := a.call(t, "month_close_check", nil)
	for _, item := range []string{"payments_without_document", "pue_unpaid", "replacements_half_done", "cancellations_pending"} {
		count, _ := more(t, after, before, "items", item)
		assert.Zero(t, count, item)
	}
	assert.Empty(t, a.call(t, "find_duplicates", args{"period": "2026-11"}).groups())
}
