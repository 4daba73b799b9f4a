package tools_test

import (
	"strconv"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// grown is by how much a tally of one answer is beyond that of another.
func grown(after, before result, name string) (count int, pesos string) {
	amount := func(r result) (int, decimal.Decimal) {
		count, _ := r.get("data", name, "count").(float64)
		pesos, _ := r.get("data", name, "sums", "MXN").(float64)
		return int(count), decimal.NewFromFloat(pesos)
	}
	n, sum := amount(after)
	m, rest := amount(before)
	return n - m, sum.Sub(rest).String()
}

func TestReconcileMonth(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		var made november
		s := newStand(t, setting{upstream: altered("/v2/invoices/sat", func(v []map[string]any) []map[string]any { return satWithout(&made)(v) })})
		a := s.agent(t, era, nil)
		before := a.call(t, "reconcile_month", nil)
		made = s.november(t, s.behind(t))
		after := a.call(t, "reconcile_month", args{"period": "2026-11"})
		require.Equal(t, true, after.get("complete"), after.text)
		assert.Equal(t, false, after.get("data", "agrees"))
		for name, want := range map[string]struct {
			count int
			pesos string
		}{
			"collected":          {9, "2436"}, // 232 + 348 + 464 + 696 + 464 + 92.80 + 104.40 + 34.80, and dollars
			"with_invoice":       {4, "1357.2"},
			"with_receipt":       {1, "34.8"},
			"refunded":           {2, "564"},
			"invoiced":           {5, "1543.96"}, // 1160 + 81.20 + 92.80 + 104.40 + 105.56
			"invoiced_and_paid":  {3, "302.76"},
			"invoiced_on_credit": {1, "1160"},
			"credit_notes":       {0, "0"},
			"in_sat_mirror":      {7, "1532.36"}, // those but the one that vanished, the cancelled one, and two complements
		} {
			count, pesos := grown(after, before, name)
			assert.Equal(t, want.count, count, name)
			assert.Equal(t, want.pesos, pesos, name)
		}
		assert.EqualValues(t, 1, after.get("data", "complements").(float64)-before.get("data", "complements").(float64))
		for item, want := range map[string]struct {
			count int
			pesos string
		}{
			"payments_without_document":   {3, "480"},
			"complements_missing":         {1, "696"},
			"pue_unpaid":                  {1, "81.2"},
			"not_in_sat_mirror":           {1, "81.2"},
			"cancelled_on_one_side":       {1, "69.6"},
			"only_in_sat_mirror":          {1, "999.5"},
			"refunds_without_credit_note": {0, "0"},
			"amount_differs":              {0, "0"},
		} {
			count, pesos := more(t, after, before, "differences", item)
			assert.Equal(t, want.count, count, item)
			assert.Equal(t, want.pesos, pesos, item)
		}
	})
}

// TestReconcileRefundsAndAmounts finds refunds whose invoice stands undiminished, and
// amounts that differ.
func TestReconcileRefundsAndAmounts(t *testing.T) {
	s := newStand(t, setting{upstream: altered("/v2/payments", func(records []map[string]any) []map[string]any {
		for _, v := range records {
			if v["subtotal"] == 777.0 {
				v["total"] = 900.01
			}
		}
		return records
	})})
	c := s.behind(t)
	client := s.clientOf(t, c, "FUNK671228PH6")
	a := s.agent(t, "modern", nil)
	before := a.call(t, "reconcile_month", nil)
	s.at("2026-11-05 10:00", func() {
		for _, price := range []string{"510", "520"} {
			p := s.receives(t, c, client, price, "pue_invoice", nil)
			_, err := gigstack.RefundPayment.Call(t.Context(), c, gigstack.RefundPaymentInput{ID: p.ID, Amount: gigstack.Dec("116"), Reason: "Prueba"})
			require.NoError(t, err)
			if price == "520" {
				_, err = gigstack.CreateEgressInvoice.Call(t.Context(), c, gigstack.CreateEgressInvoiceInput{InvoiceFields: gigstack.InvoiceFields{
					Client: gigstack.ClientInput{ID: &client}, Items: lineOf("100"), PaymentForm: "03",
					InvoiceOptions: gigstack.InvoiceOptions{Use: new(gigstack.CFDIUse("G02")), RelatedDocuments: []gigstack.DocumentRelation{{Relationship: "01", Documents: p.Invoices}}},
				}})
				require.NoError(t, err)
			}
		}
		s.receives(t, c, client, "777", "pue_invoice", nil)
	})
	after := a.call(t, "reconcile_month", nil)
	count, pesos := more(t, after, before, "differences", "refunds_without_credit_note")
	assert.Equal(t, 1, count, after.text)
	assert.Equal(t, "116", pesos)
	count, pesos = more(t, after, before, "differences", "amount_differs")
	assert.Equal(t, 1, count, after.text)
	assert.Equal(t, "900.01", pesos)
	assert.Contains(t, after.text, "901.32 MXN")
	count, pesos = grown(after, before, "credit_notes")
	assert.Equal(t, 1, count)
	assert.Equal(t, "116", pesos)
}

// TestReconcileAllPages adds up more payments than one page has, and does not compare
// with half of them.
func TestReconcileAllPages(t *testing.T) {
	for whole, upstream := range map[bool]setting{true: {}, false: {upstream: breaks("/v2/payments")}} {
		s := newStand(t, upstream)
		c := s.behind(t)
		client := s.clientOf(t, c, "FUNK671228PH6")
		s.at("2026-09-15 10:00", func() {
			for i := range 120 {
				s.receives(t, c, client, strconv.Itoa(1000+i), "pue_invoice", nil)
			}
		})
		r := s.agent(t, "modern", nil).call(t, "reconcile_month", args{"period": "septiembre"})
		require.Equal(t, whole, r.get("complete"), r.text)
		if whole {
			assert.EqualValues(t, 120, r.get("data", "collected", "count"))
			// 1.16 × (120 × 1000 + 119 × 60)
			assert.EqualValues(t, 147482.4, r.get("data", "collected", "sums", "MXN"))
			assert.EqualValues(t, 120, r.get("data", "with_invoice", "count"))
			continue
		}
		assert.Equal(t, "unknown", r.item(t, "differences", "pue_unpaid")["state"], r.text)
		assert.EqualValues(t, 0, r.item(t, "differences", "pue_unpaid")["count"])
	}
}
