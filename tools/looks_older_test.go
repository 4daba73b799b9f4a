package tools_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// olderLine is a line of an older payment, of 1160 with its taxes.
func olderLine(more args) args {
	return args{"name": "Curso", "quantity": 1, "total": 1160, "taxes": []any{args{"type": "IVA", "rate": 0.16, "factor": "Tasa"}}}.with2(more)
}

// TestOlderPreviews shows what a person decides by, of the company in the path.
func TestOlderPreviews(t *testing.T) {
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
	a := s.agent(t, "modern", nil)
	team := args{"id": sandbox.TeamXenon}
	for name, c := range map[string]struct {
		tool string
		args args
		tier string
		says []string
	}{
		"invitation":   {"connect_add_team_member", team.with("email", "ana@example.mx").with("role", "admin").with("permissions", []any{"team.delete"}), "outward", []string{"ana@example.mx is invited by mail", "role admin", "may team.delete", "Xenon Industrial, XENON INDUSTRIAL ARTICLES (team_xenon)"}},
		"promotion":    {"connect_update_team_member", team.with("memberId", "user_pedro").with("role", "admin"), "outward", []string{"pedro@xenon.example.mx (user_pedro), manager, becomes admin"}},
		"permissions":  {"connect_update_team_member", team.with("memberId", "user_pedro").with("permissions", []any{"members.remove"}), "outward", []string{"may members.remove"}},
		"handing over": {"connect_update_team_members", team.with("members", []any{args{"id": "user_pedro", "role": "owner"}}), "critical", []string{"becomes owner", "changes hands"}},
		"removal":      {"connect_remove_team_member", team.with("memberId", "user_pedro"), "destructive", []string{"pedro@xenon.example.mx (user_pedro), manager, loses access"}},
		"removals":     {"connect_remove_team_members", team.with("members", []any{"user_pedro", "user_diego"}), "destructive", []string{"user_pedro", "user_diego"}},
		"deletion":     {"connect_delete_team", args{"id": sandbox.TeamNueva}, "critical", []string{"HERRERIA", "laura@kemper.example.mx loses it"}},
		"new company":  {"connect_create_team", args{"name": "Sucursal", "members": []any{"user_pedro"}}, "outward", []string{"New company Sucursal", "user_pedro gets access"}},
		"more members": {"connect_update_team", team.with("members", []any{"user_mariana"}), "outward", []string{"user_mariana gets access", "XENON"}},
		"integration":  {"connect_create_integration", team.with("type", "webhook").with("name", "Avisos").with("configuration", args{"url": "https://example.com/h", "events": []any{"invoice.paid"}}), "outward", []string{"sends to https://example.com/h", "events invoice.paid"}},
	} {
		t.Run(name, func(t *testing.T) {
			s.reached()
			r := a.call(t, c.tool, c.args)
			require.True(t, r.planned(), r.text)
			assert.Equal(t, c.tier, r.get("preview", "tier"))
			if id := c.args["id"]; id != nil {
				assert.Equal(t, id, r.get("preview", "team"), "the company in the path is the one acted for")
			}
			for _, part := range c.says {
				assert.Contains(t, jsonOf(t, r.get("preview")), part)
			}
			assert.Empty(t, s.writes())
		})
	}
	for tool, with := range map[string]args{
		"connect_update_team_member": team.with("memberId", "user_pedro").with("role", "developer"),
		"connect_create_team":        {"name": "Sucursal"},
		"connect_create_integration": team.with("type", "other").with("name", "Avisos").with("configuration", args{}),
	} {
		r := a.call(t, tool, with)
		assert.False(t, r.isError, r.text)
		assert.Nil(t, r.get("status"), "%s: nobody gets more, nothing leaves", tool)
	}
}

// TestOlderSums computes what the older payments and invoices come to.
func TestOlderSums(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	pay := args{"clientId": client, "automaticInvoice": true, "items": []any{olderLine(nil), olderLine(args{"quantity": 3, "total": 100})}}
	r := a.call(t, "legacy_create_payment", pay)
	require.Equal(t, "confirmation_required", r.get("status"), r.text)
	assert.InDelta(t, 1260, r.get("preview", "totals", "total"), 0)
	assert.InDelta(t, 1086.21, r.get("preview", "totals", "subtotal"), 0)
	assert.Contains(t, r.get("preview", "subject"), "FUNK671228PH6")
	for _, part := range []string{"automation pue_invoice", "IVA 16 % included", "(the client)", "contains its taxes", "for all units"} {
		assert.Contains(t, jsonOf(t, r.get("preview")), part)
	}
	done := a.call(t, "legacy_create_payment", pay.with("plan", r.get("plan")))
	require.False(t, done.isError, done.text)
	assert.InDelta(t, 126000, done.get("data", "amount"), 0, "the cents of what was shown")

	bill := args{"clientId": client, "amount": 500, "items": []any{args{"description": "Renta", "quantity": 2, "unitPrice": "250.00"}}}
	r = a.call(t, "legacy_create_invoice", bill)
	require.Equal(t, "confirmation_required", r.get("status"), r.text)
	assert.InDelta(t, 500, r.get("preview", "totals", "total"), 0)
	assert.Contains(t, jsonOf(t, r.get("preview", "lines")), "Renta, 500.00")
	assert.Contains(t, jsonOf(t, r.get("preview", "warnings")), "prefer create_income_invoice")
}

// TestOlderSureRefusals asks nobody to confirm what would be refused.
func TestOlderSureRefusals(t *testing.T) {
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	team := args{"id": sandbox.TeamXenon}
	pay := args{"clientId": client, "items": []any{olderLine(nil)}}
	bill := args{"clientId": client, "amount": 500}
	for name, c := range map[string]struct {
		tool string
		args args
		says string
	}{
		"a member already":      {"connect_add_team_member", team.with("email", "Pedro@xenon.example.mx").with("role", "user"), "is a member of team_xenon already"},
		"no member":             {"connect_remove_team_member", team.with("memberId", "user_mariana"), "is no member"},
		"the owner":             {"connect_remove_team_members", team.with("members", []any{"user_pedro", "user_laura"}), "owns team_xenon"},
		"the owner, to be less": {"connect_update_team_member", team.with("memberId", "user_laura").with("role", "admin"), "owns team_xenon"},
		"a team in use":         {"connect_delete_team", team, "has mercadopago connected"},
		"two payers":            {"legacy_create_payment", pay.with("client", args{"name": "Ana"}), "exactly one of clientId and client"},
		"no payer":              {"legacy_create_payment", args{"items": pay["items"]}, "exactly one of clientId and client"},
		"another mode":          {"legacy_create_payment", pay.with("livemode", true), "livemode is true, and false for the key"},
		"dollars":               {"legacy_create_payment", pay.with("currency", "USD"), "no exchange rate for USD"},
		"two prices":            {"legacy_create_payment", pay.with("items", []any{olderLine(args{"unitPrice": 1000})}), "is not quantity × unitPrice"},
		"16 for 16 %":           {"legacy_create_payment", pay.with("items", []any{olderLine(args{"taxes": []any{args{"type": "IVA", "rate": 16, "factor": "Tasa"}}})}), "1600 %"},
		"lines of less":         {"legacy_create_invoice", bill.with("items", []any{args{"amount": 100}}), "the lines add up to 100, not 500"},
		"a line of nothing":     {"legacy_create_invoice", bill.with("items", []any{args{"description": "x"}}), "no clear amount"},
	} {
		t.Run(name, func(t *testing.T) {
			s.reached()
			r := a.call(t, c.tool, c.args)
			assert.Equal(t, "would_be_refused", r.code(), r.text)
			assert.Contains(t, r.get("error", "message"), c.says)
			assert.Empty(t, s.writes())
		})
	}
}

// TestOlderPathAndSelection refuses a path that names another company than the one
// the conversation acts for, as with today's endpoints.
func TestOlderPathAndSelection(t *testing.T) {
	s := newStand(t, setting{team: sandbox.TeamKemper})
	r := s.agent(t, "modern", nil).call(t, "connect_get_team", args{"id": sandbox.TeamXenon})
	assert.Equal(t, "team_conflict", r.code(), r.text)
	assert.Empty(t, s.reached())

	s = newStand(t, setting{team: sandbox.TeamXenon})
	a := s.agent(t, "modern", nil)
	r = a.call(t, "connect_get_team", args{"id": sandbox.TeamXenon})
	require.False(t, r.isError, r.text)
	assert.Empty(t, s.reached()[0].team, "the older endpoints know no team parameter")
	r = a.call(t, "legacy_create_payment", args{"client": args{"name": "Ana"}, "items": []any{olderLine(nil)}})
	require.Equal(t, "confirmation_required", r.get("status"), r.text)
	r = a.call(t, "legacy_create_payment", args{"client": args{"name": "Ana"}, "items": []any{olderLine(nil)}, "plan": r.get("plan")})
	assert.Equal(t, sandbox.TeamXenon, r.get("data", "team"), "the team in the body is the one chosen: %s", r.text)
	for _, tool := range []string{"legacy_create_invoice", "legacy_list_invoices", "legacy_get_invoice", "legacy_update_receipt"} {
		s.reached()
		with := map[string]args{"legacy_create_invoice": {"clientId": "client_1", "amount": 1}, "legacy_list_invoices": {}}[tool]
		if with == nil {
			with = args{"id": "inv_1"}
		}
		assert.Equal(t, "team_conflict", a.call(t, tool, with).code(), "%s knows the key's own team only", tool)
		assert.Empty(t, s.reached())
	}
}
