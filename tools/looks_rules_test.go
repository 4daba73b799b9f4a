package tools_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRules refuses what the SAT is sure to refuse, before anybody is asked, and
// warns of what is only odd.
func TestRules(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	named := func(name string) args {
		return invoiceFor(a.first(t, "list_clients", nil, "name", name)["id"])
	}
	karla, public := named("Karla Fuente"), named("Público en general")
	line := func(more args) []any {
		return []any{args{"description": "Curso", "unit_price": 100, "taxes": iva}.with2(more)}
	}
	rate := func(rate any) []any {
		return line(args{"taxes": []any{args{"type": "IVA", "rate": rate}}})
	}
	as := func(rfc, regime string) args {
		return karla.with("client", args{"legal_name": "X", "tax_id": rfc, "tax_system": regime, "address": args{"zip": "16034"}})
	}
	global := func(periodicity, months string) args {
		return args{"periodicity": periodicity, "months": months, "year": 2026}
	}
	relation := func(code string) []any {
		return []any{args{"relationship": code, "documents": []any{"5FB2822E-396D-4725-8521-CDC4BDD20CCF"}}}
	}
	money := args{"client": args{"id": karla["client"].(args)["id"]}, "payment_form": "03", "automation_type": "pue_invoice"}
	for name, c := range map[string]struct {
		tool    string
		args    args
		refused bool
		says    string
	}{
		"a use of another regime":      {"create_income_invoice", named("Xóchilt Casas").with("use", "G03"), true, "Use G03 does not go with regime 605"},
		"a use of individuals":         {"create_income_invoice", named("Inmobiliaria CVA").with("use", "D01"), true, "Use D01 does not go with regime 601"},
		"a use of payments":            {"create_income_invoice", karla.with("use", "CP01"), true, "not for documents of type I"},
		"a use of public sales":        {"create_income_invoice", public.with("use", "G03").with("global", global("04", "11")), true, "regime 616"},
		"taxes of what is not taxed":   {"create_income_invoice", karla.with("items", line(args{"taxability": "01"})), true, "CFDI40172"},
		"the public without a period":  {"create_income_invoice", public, true, "needs the period"},
		"somebody's global invoice":    {"create_income_invoice", karla.with("global", global("04", "11")), true, "CFDI40146"},
		"two months that are one":      {"create_income_invoice", public.with("global", global("05", "11")), true, "Periodicity 05 takes months 13 to 18, not 11"},
		"a global invoice":             {"create_income_invoice", public.with("global", global("04", "11")), false, ""},
		"a credit note of nothing":     {"create_egress_invoice", karla.with("use", "G02"), false, "this one names none"},
		"a credit note by debit":       {"create_egress_invoice", karla.with("use", "G02").with("related_documents", relation("02")), false, "Relation 02 is not for documents of type E"},
		"a credit note":                {"create_egress_invoice", karla.with("use", "G02").with("related_documents", relation("01")), false, ""},
		"a typo in the RFC":            {"create_income_invoice", as("AAA010101AAA", "601"), false, "check digit"},
		"a day there is not":           {"create_income_invoice", as("EKU9002303C9", "601"), false, "not the shape of an RFC"},
		"a company's regime":           {"create_income_invoice", as("FUNK671228PH6", "601"), false, "CFDI40158"},
		"IVA of the border":            {"create_income_invoice", karla.with("items", rate(0.08)), false, "border incentive"},
		"IVA of nowhere":               {"create_income_invoice", karla.with("items", rate(0.15)), false, "no IVA of 0.15"},
		"IVA of 0 %":                   {"create_income_invoice", karla.with("items", rate(0)), false, ""},
		"money for such an invoice":    {"register_payment", money.with("items", line(args{"taxability": "01"})), false, "Its invoice would be refused: items[0]: Taxability 01 allows no taxes"},
		"money that is never invoiced": {"register_payment", money.with("items", line(args{"taxability": "01"})).with("automation_type", "none"), false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s.reached()
			r := a.call(t, c.tool, c.args)
			if c.refused {
				assert.Equal(t, "would_be_refused", r.code(), r.text)
				assert.Contains(t, r.get("error", "message"), c.says)
				assert.NotEmpty(t, r.get("error", "next"))
			} else {
				require.Equal(t, "confirmation_required", r.get("status"), r.text)
				warnings := jsonOf(t, r.get("preview", "warnings"))
				assert.Contains(t, warnings, c.says)
				if c.says == "" {
					assert.Equal(t, "null", warnings)
				}
			}
			assert.Empty(t, s.writes())
		})
	}
}
