package tools_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// feesOf is a retention on a client's fees of one month.
func feesOf(client any) args {
	return args{"retention_key": "01", "client": args{"id": client}, "period_start": 7, "period_end": 7, "period_year": 2026, "total_operation": 10000,
		"taxes": []any{args{"tax": "ISR", "base": 10000, "amount": 1000, "payment_type": "04"}, args{"tax": "IVA", "base": 10000, "amount": 1066.67}}}
}

func TestRetentionIsShown(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	fees := feesOf(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"])
	planned := a.call(t, "create_retention", fees)
	require.Equal(t, "confirmation_required", planned.get("status"), planned.text)
	assert.Equal(t, "fiscal", planned.get("preview", "tier"))
	assert.Contains(t, planned.get("preview", "subject"), "KARLA FUENTE NOLASCO")
	assert.Equal(t, `["ISR 1000.00 withheld of 10000.00 (10 %), payment type 04","IVA 1066.67 withheld of 10000.00 (10.67 %)"]`, jsonOf(t, planned.get("preview", "lines")))
	facts := jsonOf(t, planned.get("preview", "facts"))
	for _, fact := range []string{"key 01 Professional services", "period 2026-07", "taxable 10000.00 and exempt 0.00", "withheld in all 2066.67 MXN"} {
		assert.Contains(t, facts, fact)
	}
	assert.Nil(t, planned.get("preview", "warnings"))

	made := a.call(t, "create_retention", fees.with("plan", planned.get("plan")))
	require.False(t, made.isError, made.text)
	assert.InDelta(t, 2066.67, made.get("data", "totals", "total_retained"), 0)
	twin := a.call(t, "create_retention", fees.with("series", "H"))
	assert.Contains(t, jsonOf(t, twin.get("preview", "warnings")), made.get("data", "uuid"))
	other := a.call(t, "create_retention", fees.with("period_end", 8))
	assert.Nil(t, other.get("preview", "warnings"))
	assert.Contains(t, jsonOf(t, other.get("preview", "facts")), "period 2026-07 to 2026-08")

	odd := fees.with("retention_key", "14").with("taxes", []any{args{"tax": "ISR", "base": 100, "amount": 1000}})
	warnings := jsonOf(t, a.call(t, "create_retention", odd).get("preview", "warnings"))
	assert.Contains(t, warnings, "complement with key 14")
	assert.Contains(t, warnings, "More ISR is withheld than its base")
}

func TestSureRefusalsOfRetentions(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	fees := feesOf(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"])
	canceled := a.first(t, "list_retentions", nil, "status", "canceled")["uuid"]
	valid := a.first(t, "list_retentions", nil, "status", "valid")["uuid"]
	sale := args{"payment_form": "02", "service_type": "01", "service_date": "2026-07-10", "price_without_tax": 9999, "tax_rate": 0.16}
	platform := fees.with("retention_key", "26").with("platform_services", args{"periodicity": "02", "services": []any{sale}})
	for name, c := range map[string]struct {
		tool string
		args args
		says string
	}{
		"months out of order":    {"create_retention", fees.with("period_end", 6), "before period_start"},
		"more exempt than all":   {"create_retention", fees.with("total_exempt", 10001), "above total_operation"},
		"26 without sales":       {"create_retention", fees.with("retention_key", "26"), "needs platform_services"},
		"sales without 26":       {"create_retention", platform.with("retention_key", "01"), "retention_key 26 only"},
		"26 for two months":      {"create_retention", platform.with("period_end", 8), "one month"},
		"26 with another total":  {"create_retention", platform, "add up to 9999"},
		"a year long past":       {"create_retention", fees.with("period_year", 2019), "the SAT takes 2025 or 2026"},
		"a month to come":        {"create_retention", fees.with("period_end", 12), "has not begun"},
		"IVA as ISR":             {"create_retention", fees.with("taxes", []any{args{"tax": "IVA", "base": 100, "amount": 10, "payment_type": "03"}}), "payment_type 03 is not for IVA"},
		"canceled already":       {"cancel_retention", args{"id": canceled, "motive": "02"}, "already cancelled"},
		"no substitute":          {"cancel_retention", args{"id": valid, "motive": "01"}, "motive 01 needs substitution_uuid"},
		"substitute for nothing": {"cancel_retention", args{"id": valid, "motive": "02", "substitution_uuid": canceled}, "goes with motive 01 only"},
		"replaced by a canceled": {"cancel_retention", args{"id": valid, "motive": "01", "substitution_uuid": canceled}, "cannot replace it"},
		"replaced by itself":     {"cancel_retention", args{"id": valid, "motive": "01", "substitution_uuid": valid}, "cannot replace it"},
		"replaced by nothing":    {"cancel_retention", args{"id": valid, "motive": "01", "substitution_uuid": "12345678-1234-1234-1234-123456789012"}, "no retention of this team"},
		"as of a global invoice": {"cancel_retention", args{"id": valid, "motive": "04"}, "not for retentions"},
	} {
		t.Run(name, func(t *testing.T) {
			s.reached()
			r := a.call(t, c.tool, c.args)
			assert.Equal(t, "would_be_refused", r.code(), r.text)
			assert.Contains(t, r.get("error", "message"), c.says)
			assert.NotEmpty(t, r.get("error", "next"))
			assert.Empty(t, s.writes())
		})
	}
}

func TestRetentionCancellationIsShown(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	old := a.first(t, "list_retentions", nil, "status", "valid")["uuid"]
	by := a.first(t, "list_retentions", args{"retention_key": "01"}, "status", "valid")["uuid"]
	call := args{"id": old, "motive": "01", "substitution_uuid": by}
	planned := a.call(t, "cancel_retention", call)
	require.Equal(t, "confirmation_required", planned.get("status"), planned.text)
	assert.Contains(t, planned.get("preview", "subject"), "LONE STAR LEARNING LLC")
	assert.Contains(t, planned.get("preview", "subject"), "withheld 11052.90 MXN, status valid")
	assert.Contains(t, jsonOf(t, planned.get("preview", "facts")), "the substitute is RET2")
	assert.Contains(t, planned.get("preview", "reversal"), "cannot be taken back")

	// A substitute that is cancelled meanwhile stops it.
	cancel := func(id any) result {
		plan := a.call(t, "cancel_retention", args{"id": id, "motive": "02"}).get("plan")
		return a.call(t, "cancel_retention", args{"id": id, "motive": "02", "plan": plan})
	}
	require.False(t, cancel(by).isError)
	assert.Equal(t, "would_be_refused", a.call(t, "cancel_retention", call.with("plan", planned.get("plan"))).code())
	assert.Equal(t, "canceled", cancel(old).get("data", "status"))
}
