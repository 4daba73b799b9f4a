package tools_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// sold is totals of invoices at the times they are stamped, and what is done with them.
func (s *stand) sold(t *testing.T, c *gigstack.Caller, client, price string, times ...string) (made []gigstack.Invoice) {
	t.Helper()
	for _, when := range times {
		s.at(when, func() { made = append(made, s.sells(t, c, client, price, nil)) })
	}
	return made
}

// ids is the ids of each group, sorted within.
func (r result) groups() (groups [][]string) {
	for _, g := range r.get("data", "groups").([]any) {
		var ids []string
		for _, v := range g.(map[string]any)["documents"].([]any) {
			ids = append(ids, v.(map[string]any)["id"].(string))
		}
		slices.Sort(ids)
		groups = append(groups, ids)
	}
	return groups
}

func idsOf(invoices ...gigstack.Invoice) (ids []string) {
	for _, v := range invoices {
		ids = append(ids, v.UUID)
	}
	slices.Sort(ids)
	return ids
}

func TestFindDuplicates(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		c := s.behind(t)
		client := s.clientOf(t, c, "FUNK671228PH6")
		twins := s.sold(t, c, client, "500", "2026-10-10 09:00")
		for i := range 110 { // the next page is needed to see both
			s.sold(t, c, client, strconv.Itoa(2000+i), "2026-10-11 09:00")
		}
		twins = append(twins, s.sold(t, c, client, "500", "2026-10-12 09:00")...)
		s.sold(t, c, client, "500", "2026-10-20 09:00") // beyond the window
		midnight := s.sold(t, c, client, "650", "2026-10-31 23:58", "2026-11-01 00:01")
		s.sold(t, c, client, "700", "2026-08-31 12:00", "2026-09-01 12:00", "2026-10-01 12:00", "2026-11-01 12:00") // a retainer
		old := s.sold(t, c, client, "900", "2026-10-14 09:00")[0]
		s.at("2026-10-15 09:00", func() {
			s.sells(t, c, client, "900", func(in *gigstack.CreateIncomeInvoiceInput) {
				in.RelatedDocuments = []gigstack.DocumentRelation{{Relationship: "04", Documents: []string{old.UUID}}}
			})
			v := s.sells(t, c, client, "1100", nil)
			s.sells(t, c, client, "1100", nil)
			_, err := gigstack.CancelInvoice.Call(t.Context(), c, gigstack.CancelInvoiceInput{ID: v.UUID, Motive: "02"})
			require.NoError(t, err)
			s.sells(t, c, client, "1300", onCredit)
			s.sells(t, c, client, "1300", inDollars)
		})
		a := s.agent(t, era, nil)
		r := a.call(t, "find_duplicates", nil)
		require.False(t, r.isError, r.text)
		assert.Equal(t, true, r.get("complete"))
		assert.Equal(t, [][]string{idsOf(midnight...), idsOf(twins...)}, r.groups())
		assert.JSONEq(t, `{"MXN":1334}`, jsonOf(t, r.get("data", "excess"))) // 580 + 754
		first := r.get("data", "groups").([]any)[1].(map[string]any)
		assert.Equal(t, []any{"same_sale"}, first["why"])
		assert.Equal(t, true, first["same_lines"])
		assert.NotEmpty(t, first["look"])

		wide := a.call(t, "find_duplicates", args{"window_days": 10, "period": "2026-10"})
		assert.Len(t, wide.groups(), 2)
		assert.Len(t, wide.groups()[1], 3, "by way of the second, the third")
		assert.Empty(t, a.call(t, "find_duplicates", args{"period": "2026-09"}).groups())
	})
}

// TestDuplicatesByPaymentAndKey finds what is the same for another reason than looks.
func TestDuplicatesByPaymentAndKey(t *testing.T) {
	wrong := altered("/v2/invoices/income", func(records []map[string]any) []map[string]any {
		for _, v := range records {
			switch v["subtotal"] {
			case 410.0, 420.0:
				v["payments"] = []string{"payment_one"}
			case 430.0, 440.0:
				v["idempotency_key"] = "order-7"
			}
		}
		return records
	})
	s := newStand(t, setting{upstream: wrong})
	c := s.behind(t)
	client := s.clientOf(t, c, "FUNK671228PH6")
	paid := append(s.sold(t, c, client, "410", "2026-09-05 10:00"), s.sold(t, c, client, "420", "2026-10-25 10:00")...)
	keyed := append(s.sold(t, c, client, "430", "2026-11-02 10:00"), s.sold(t, c, client, "440", "2026-11-12 10:00")...)
	r := s.agent(t, "modern", nil).call(t, "find_duplicates", nil)
	assert.Equal(t, [][]string{idsOf(keyed...), idsOf(paid...)}, r.groups(), r.text)
	assert.Equal(t, []any{"same_key"}, r.get("data", "groups").([]any)[0].(map[string]any)["why"])
	assert.Equal(t, []any{"same_payment"}, r.get("data", "groups").([]any)[1].(map[string]any)["why"])
	assert.Equal(t, false, r.get("data", "groups").([]any)[0].(map[string]any)["same_lines"])
}

// TestDuplicatePayments finds money that may be there twice, also as an open link.
func TestDuplicatePayments(t *testing.T) {
	s := newStand(t, setting{})
	c := s.behind(t)
	client := s.clientOf(t, c, "WATM640917J45")
	var ids []string
	s.at("2026-11-03 10:00", func() { ids = append(ids, s.receives(t, c, client, "250", "none", nil).ID) })
	s.at("2026-11-04 10:00", func() {
		link, err := gigstack.RequestPayment.Call(t.Context(), c, gigstack.RequestPaymentInput{PaymentFields: gigstack.PaymentFields{Client: gigstack.ClientInput{ID: &client}, Items: lineOf("250")}})
		require.NoError(t, err)
		ids = append(ids, link.ID)
		gone := s.receives(t, c, client, "250", "none", nil)
		_, err = gigstack.RefundPayment.Call(t.Context(), c, gigstack.RefundPaymentInput{ID: gone.ID, Amount: gone.Total, Reason: "Prueba"})
		require.NoError(t, err)
	})
	slices.Sort(ids)
	r := s.agent(t, "modern", nil).call(t, "find_duplicates", args{"period": "2026-11"})
	assert.Equal(t, [][]string{ids}, r.groups(), r.text)
	group := r.get("data", "groups").([]any)[0].(map[string]any)
	assert.Equal(t, "payments", group["kind"])
	assert.Contains(t, jsonOf(t, group["look"]), "cancel_payment")
}

// TestDuplicatesOfHalfAList says what it has not compared.
func TestDuplicatesOfHalfAList(t *testing.T) {
	s := newStand(t, setting{upstream: func(next http.Handler) http.Handler { return refuses("/v2/payments")(next) }})
	r := s.agent(t, "modern", nil).call(t, "find_duplicates", nil)
	require.False(t, r.isError, r.text)
	assert.Equal(t, false, r.get("complete"))
	assert.Contains(t, r.text, `"tool":"list_payments","records":0,"missing"`)
}
