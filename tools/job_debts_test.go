package tools_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// owedIn adds up what a team is owed, past the tools.
func owedIn(t *testing.T, c *gigstack.Caller) map[string]decimal.Decimal {
	t.Helper()
	sums := map[string]decimal.Decimal{}
	for v, err := range gigstack.Each(t.Context(), c, gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{}) {
		require.NoError(t, err)
		if v.PaymentMethod == "PPD" && v.Status == "valid" {
			sums[v.Currency] = sums[v.Currency].Add(v.LastBalance.Decimal)
		}
	}
	return sums
}

// many gives a client 100 PPD invoices of 116.12 pesos and 30 of 11.61 dollars; the
// clock was at four ages. One of the oldest was paid in part.
func (s *stand) many(t *testing.T, c *gigstack.Caller, client string) {
	t.Helper()
	for _, sale := range []struct {
		when  string
		count int
		with  func(*gigstack.CreateIncomeInvoiceInput)
		price string
	}{
		{"2026-08-18 12:00", 40, onCredit, "100.10"}, // 95 days
		{"2026-09-12 12:00", 30, onCredit, "100.10"}, // 70
		{"2026-10-07 12:00", 20, onCredit, "100.10"}, // 45
		{"2026-11-01 12:00", 30, inDollars, "10.01"}, // 20
		{"2026-11-16 12:00", 10, onCredit, "100.10"}, // 5
	} {
		s.at(sale.when, func() {
			for i := range sale.count {
				v := s.sells(t, c, client, sale.price, sale.with)
				if sale.when == "2026-08-18 12:00" && i == 0 {
					s.receives(t, c, client, "50", "ppd_invoice_and_complement", func(in *gigstack.RegisterPaymentInput) { in.PPDInvoiceID = &v.UUID })
				}
			}
		})
	}
}

func TestWhoOwesUs(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		c := s.behind(t)
		client := s.clientOf(t, c, "MISC491214B86")
		a := s.agent(t, era, nil)
		require.Empty(t, a.call(t, "who_owes_us", args{"client": client}).get("data", "clients"))
		s.many(t, c, client)
		s.reached()

		r := a.call(t, "who_owes_us", args{"client": "miranda sánchez"})
		require.False(t, r.isError, r.text)
		assert.Equal(t, true, r.get("complete"))
		assert.GreaterOrEqual(t, s.pages(s.reached(), "/invoices/income"), 2)
		pesos, dollars := r.get("data", "total_per_currency").([]any)[0], r.get("data", "total_per_currency").([]any)[1]
		// 100 × 116.12 − 58; 40 × 116.12 − 58, 30 ×, 20 ×, 10 ×; 30 × 11.61
		assert.JSONEq(t, `{"currency":"MXN","owed":11554,"clients":1,"invoices":100,"oldest":"2026-08-18",
			"aging":{"days_0_30":1161.2,"days_31_60":2322.4,"days_61_90":3483.6,"days_over_90":4586.8}}`, jsonOf(t, pesos))
		assert.JSONEq(t, `{"currency":"USD","owed":348.3,"clients":1,"invoices":30,"oldest":"2026-11-01",
			"aging":{"days_0_30":348.3,"days_31_60":0,"days_61_90":0,"days_over_90":0}}`, jsonOf(t, dollars))
		first := r.get("data", "clients").([]any)[0].(map[string]any)
		assert.Equal(t, client, first["client_id"])
		oldest := first["oldest_invoices"].([]any)
		require.Len(t, oldest, 3)
		assert.EqualValues(t, 95, oldest[0].(map[string]any)["days"])

		all := a.call(t, "who_owes_us", args{"limit": 1})
		want, got := owedIn(t, c), map[string]decimal.Decimal{}
		for _, sum := range all.get("data", "total_per_currency").([]any) {
			sum := sum.(map[string]any)
			got[sum["currency"].(string)] = decimal.NewFromFloat(sum["owed"].(float64))
		}
		assert.Len(t, got, len(want))
		for currency, amount := range want {
			assert.True(t, amount.Equal(got[currency]), "%s: %s is not %s", currency, got[currency], amount)
		}
		require.Len(t, all.get("data", "clients"), 1)
		shown, rest := all.get("data", "clients").([]any)[0].(map[string]any), decimal.Zero
		for _, sum := range all.get("data", "other_clients").([]any) {
			if sum := sum.(map[string]any); sum["currency"] == "MXN" {
				rest = decimal.NewFromFloat(sum["owed"].(float64))
			}
		}
		assert.Equal(t, client, shown["client_id"], "the oldest debt comes first")
		assert.True(t, rest.Add(decimal.NewFromFloat(shown["owed"].(float64))).Equal(want["MXN"]), all.text)
	})
}

// TestDebtsSinceTheyAreDue counts from the day that the team's limit gives.
func TestDebtsSinceTheyAreDue(t *testing.T) {
	s := newStand(t, setting{})
	c := s.behind(t)
	client := s.clientOf(t, c, "MISC491214B86")
	s.many(t, c, client)
	_, err := gigstack.UpdateTeamSettings.Call(t.Context(), c, gigstack.UpdateTeamSettingsInput{ID: "team_kemper", TeamSettings: gigstack.TeamSettings{LimitDaysToPay: gigstack.SetTo(15)}})
	require.NoError(t, err)
	r := s.agent(t, "modern", nil).call(t, "who_owes_us", args{"client": "MISC491214B86"})
	assert.Contains(t, r.get("data", "aged"), "15 days")
	pesos := r.get("data", "total_per_currency").([]any)[0].(map[string]any)["aging"]
	assert.JSONEq(t, `{"not_due":1161.2,"days_0_30":2322.4,"days_31_60":3483.6,"days_61_90":4586.8,"days_over_90":0}`, jsonOf(t, pesos))
}

// TestDebtsOfHalfAList says that sums are of what was read.
func TestDebtsOfHalfAList(t *testing.T) {
	s := newStand(t, setting{upstream: breaks("/v2/invoices/income")})
	c := s.behind(t)
	s.many(t, c, s.clientOf(t, c, "MISC491214B86"))
	r := s.agent(t, "modern", nil).call(t, "who_owes_us", nil)
	require.False(t, r.isError, r.text)
	assert.Equal(t, false, r.get("complete"))
	for _, list := range r.get("read").([]any) {
		if list := list.(map[string]any); list["tool"] == "list_income_invoices" {
			assert.EqualValues(t, 100, list["records"])
			assert.NotEmpty(t, list["missing"])
		}
	}
	assert.Contains(t, r.get("notes").([]any)[0], "Not everything could be read")
}

// TestNotDebt keeps links and receipts out of the debt.
func TestNotDebt(t *testing.T) {
	s := newStand(t, setting{})
	c := s.behind(t)
	client := s.clientOf(t, c, "WATM640917J45")
	for range 3 {
		_, err := gigstack.RequestPayment.Call(t.Context(), c, gigstack.RequestPaymentInput{PaymentFields: gigstack.PaymentFields{Client: gigstack.ClientInput{ID: &client}, Items: lineOf("33.33")}})
		require.NoError(t, err)
	}
	_, err := gigstack.CreateReceipt.Call(t.Context(), c, gigstack.CreateReceiptInput{Client: gigstack.ClientInput{ID: &client}, Items: lineOf("7")})
	require.NoError(t, err)
	r := s.agent(t, "modern", nil).call(t, "who_owes_us", args{"client": client})
	assert.Empty(t, r.get("data", "total_per_currency"))
	links, receipts := r.get("data", "not_debt").([]any)[0].(map[string]any), r.get("data", "not_debt").([]any)[1].(map[string]any)
	assert.JSONEq(t, `{"MXN":115.98}`, jsonOf(t, links["sums"]))
	assert.JSONEq(t, `{"MXN":8.12}`, jsonOf(t, receipts["sums"]))
}
