package tools_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

var critical = setting{policy: guard.Policy{AllowCritical: true}}

// TestAccountPreviews names what a person decides by, before people, teams and
// webhooks change.
func TestAccountPreviews(t *testing.T) {
	a := newStand(t, critical).agent(t, "modern", nil)
	for name, c := range map[string]struct {
		tool                     string
		args                     args
		subject, facts, warnings string
	}{
		"webhook elsewhere": {"update_webhook", args{"id": "wh_erp", "url": "https://otro.example.mx/hook", "events": []string{}, "status": "inactive"},
			"wh_erp to https://erp.kemper.example.mx/gigstack, active", "sent to https://otro.example.mx/hook from now on;events become none;it becomes inactive", ""},
		"webhook's secret": {"update_webhook", args{"id": "wh_erp", "signing": args{"enabled": true, "rotate": true}}, "wh_erp", "", "The signing secret is replaced"},
		"team":             {"delete_team", args{"id": sandbox.TeamNueva}, "HERRERIA & ELECTRICOS, RFC H&E951128469", "laura@kemper.example.mx loses it", "in live and in test"},
		"login":            {"generate_user_login_link", args{"user_id": "user_diego"}, "Diego Salinas Robles, diego@kemper.example.mx", "admin of Xenon Industrial", "acts as this person, also in live"},
		"paid account": {"signup_account", args{"email": "a@example.mx", "name": "Agente", "plan_id": "pro", "billing_cycle": "annual", "stripe_payment_method": "pm_1", "livemode": true},
			"New account Agente for a@example.mx, RFC XAXX010101000", "plan pro;charged annual to pm_1", "real money"},
	} {
		t.Run(name, func(t *testing.T) {
			r := a.call(t, c.tool, c.args)
			require.True(t, r.planned(), r.text)
			assert.Contains(t, r.get("preview", "subject"), c.subject)
			for _, fact := range strings.Split(c.facts, ";") {
				assert.Contains(t, jsonText(r.get("preview", "facts")), fact)
			}
			assert.Contains(t, jsonText(r.get("preview", "warnings")), c.warnings)
		})
	}
}

// jsonText is a list of texts in one.
func jsonText(list any) string {
	texts, _ := list.([]any)
	var all []string
	for _, text := range texts {
		all = append(all, text.(string))
	}
	return strings.Join(all, "\n")
}

// TestAccountSureRefusals says at once what would be refused, and sends nothing.
func TestAccountSureRefusals(t *testing.T) {
	s := newStand(t, critical)
	a := s.agent(t, "modern", nil)
	free := args{"email": "a@example.mx", "name": "Agente", "plan_id": "free"}
	empty := a.confirmed(t, "create_team", args{"legal_name": "VACIA"}).id()
	sale := args{"team": empty, "client": args{"name": "Alguien"}, "items": []any{args{"description": "Curso", "unit_price": 100, "taxes": iva}}}
	require.False(t, a.call(t, "create_receipt", sale).isError)
	for name, c := range map[string]struct {
		tool string
		args args
		says string
	}{
		"webhook has changed": {"update_webhook", args{"id": "wh_erp", "status": "inactive", "expected_revision": strings.Repeat("0", 64)}, "has changed since it was read"},
		"gateway connected":   {"delete_team", args{"id": sandbox.TeamXenon}, "has mercadopago connected"},
		"documents":           {"delete_team", args{"id": empty}, "has receipts"},
		"no method":           {"signup_account", free.with("plan_id", "pro"), "needs stripe_payment_method"},
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
	s = newStand(t, setting{policy: critical.policy, noPartner: true})
	r := s.agent(t, "modern", nil).call(t, "signup_account", free)
	assert.Equal(t, "would_be_refused", r.code(), r.text)
	assert.Contains(t, r.get("error", "next"), "--partner-key-file")
}

// TestPlansOfAccounts are refused when what they are for has changed meanwhile.
func TestPlansOfAccounts(t *testing.T) {
	s := newStand(t, critical)
	a := s.agent(t, "modern", nil)
	stale := func(tool string, with args, change func()) {
		t.Helper()
		plan := a.plan(t, tool, with)
		change()
		s.reached()
		r := a.call(t, tool, with.with("plan", plan))
		assert.Equal(t, "plan_stale", r.code(), r.text)
		assert.Empty(t, s.writes())
	}
	stale("update_webhook", args{"id": "wh_erp", "status": "inactive"}, func() {
		require.False(t, a.confirmed(t, "update_webhook", args{"id": "wh_erp", "description": "otro"}).isError)
	})
	stale("delete_team", args{"id": sandbox.TeamNueva}, func() {
		require.False(t, a.confirmed(t, "add_team_member", args{"id": sandbox.TeamNueva, "user_id": "user_pedro"}).isError)
	})
	stale("generate_user_login_link", args{"user_id": "user_pedro"}, func() {
		require.False(t, a.confirmed(t, "remove_team_member", args{"id": sandbox.TeamNueva, "user_id": "user_pedro"}).isError)
	})
}

// TestSignupIsNeverTwice carries the first attempt's key on after a lost answer.
func TestSignupIsNeverTwice(t *testing.T) {
	s := newStand(t, critical)
	a := s.agent(t, "modern", nil)
	with := args{"email": "agente@example.mx", "name": "Agente", "plan_id": "free"}
	s.Fail(sandbox.Fault{Path: "/v2/auth/signup", Drop: true})
	lost := a.confirmed(t, "signup_account", with)
	assert.Equal(t, "unknown", lost.get("error", "outcome"), lost.text)
	again := a.confirmed(t, "signup_account", with)
	require.False(t, again.isError, again.text)
	assert.Contains(t, jsonText(again.get("notes")), "carried the same idempotency key")
	for _, w := range s.writes() {
		assert.NotContains(t, w.body, "idempotency_key", "it is a header here")
	}
}
