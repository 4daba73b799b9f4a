package tools_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// TestLimitLapses holds a plan to what it was made for, also when by now the call could
// run without one.
func TestLimitLapses(t *testing.T) {
	for otherwise, decision := range map[string]string{"ask": "", "approve": guard.Denied} {
		t.Run(otherwise, func(t *testing.T) {
			rules, _ := rulesOf(t, "rules:\n  - name: h\n    tools: [create_client]\n    hours: {from: 12:05, to: 23:00}\n    otherwise: "+otherwise+"\n")
			s := newStand(t, setting{rules: rules})
			a := s.agent(t, "modern", nil)
			with := args{"name": "Nueva", "email": "n@example.com"}
			r := a.call(t, "create_client", with)
			require.True(t, r.planned(), r.text)
			plan := r.get("plan")
			if decision != "" {
				s.decide(t, r, decision)
			}
			s.advance(6 * time.Minute)
			s.reached()
			other := a.call(t, "create_client", with.with("name", "Otra").with("plan", plan)).code()
			if decision == guard.Denied {
				assert.Equal(t, guard.CodeDenied, other)
				assert.Equal(t, guard.CodeDenied, a.call(t, "create_client", with.with("plan", plan)).code())
				assert.Equal(t, guard.CodeDenied, a.call(t, "create_client", with).code(), "nor without it")
				assert.Empty(t, s.writes())
				return
			}
			assert.Equal(t, guard.CodePlanArguments, other)
			require.False(t, a.call(t, "create_client", with.with("plan", plan)).isError)
			assert.Equal(t, guard.CodePlanUsed, a.call(t, "create_client", with.with("plan", plan)).code())
			assert.Len(t, s.writes(), 1)
		})
	}
}

// waits is a call that waits, and what a person is shown of it.
func (a *agent) waits(t *testing.T, tool string, with args) guard.Approval {
	t.Helper()
	r := a.call(t, tool, with)
	require.Equal(t, "waiting_for_approval", r.get("status"), r.text)
	shown, known, err := a.stand.ledger.Approval(t.Context(), r.get("approval").(string))
	require.NoError(t, err)
	require.True(t, known)
	return shown
}

// TestPersonSeesAllThatRuns: nothing is hidden, cut off, or made to look like a line of
// ours.
func TestPersonSeesAllThatRuns(t *testing.T) {
	rules, _ := rulesOf(t, "default: approve\n")
	s := newStand(t, setting{rules: rules, policy: guard.Policy{AllowCritical: true}})
	a := s.agent(t, "modern", nil)
	hook := args{"events": []string{"invoice.created"}}

	shown := a.waits(t, "create_webhook", hook.with("url", "https://hooks.kem\u200bper.example.mx/\u3164\u2800x"))
	assert.Contains(t, shown.Shown, `https://hooks.kem\\u200bper.example.mx/\\u3164\\u2800x`)
	assert.NotContains(t, shown.Shown, "\u200b")

	long := "https://hooks.kemper.example.mx/" + strings.Repeat("a", 3000) + "/end"
	assert.Contains(t, a.waits(t, "create_webhook", hook.with("url", long)).Shown, "aaa/end")
	assert.Equal(t, "invalid_arguments", a.call(t, "create_webhook", hook.with("url", "https://hooks.kemper.example.mx:"+strings.Repeat("a", 400)+"@evil.example/x")).code())

	items := []any{}
	for range 30 {
		items = append(items, args{"description": strings.Repeat("x", 70), "unit_price": 1, "taxes": iva})
	}
	items = append(items, args{"description": "the last of them", "unit_price": 999999, "taxes": iva})
	sale := invoiceFor(a.first(t, "list_clients", args{}, "tax_id", "FUNK671228PH6")["id"]).with("items", items)
	assert.Contains(t, a.waits(t, "create_income_invoice", sale).Shown, "Line: 1 × the last of them at 999999")

	spoof := "x" + strings.Repeat(" ", 90) + "Team: Otra (team_otra), LIVE"
	shown = a.waits(t, "reset_user_password", args{"email": spoof})
	assert.Contains(t, shown.Shown, "The person at x Team: Otra")
	assert.Equal(t, "CONFIRMAR", shown.Word, "nobody types that")
	assert.Equal(t, "CONFIRMAR", a.waits(t, "reset_user_password", args{"email": "\u3000 "}).Word, "nothing is no word")
	for line := range strings.Lines(shown.Shown) {
		assert.Regexp(t, `^(Reset a password\?|Team:|Concerns:|Details:|\||Consequence:|Then:|Warning:)`, line)
	}
}

// TestNoLoop plans anew what was approved when an identical call of somebody else,
// which nobody knows of, is long over.
func TestNoLoop(t *testing.T) {
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
	ana, eve := s.agent(t, "modern", nil), s.agent(t, "modern", nil)
	ana.caller, eve.caller = session.Caller{Principal: "ana"}, session.Caller{Principal: "eve"}
	with := args{"email": "diego@kemper.example.mx"}
	first := ana.call(t, "reset_user_password", with)
	s.advance(time.Minute)
	s.decide(t, eve.call(t, "reset_user_password", with), guard.Approved)
	s.decide(t, first, guard.Approved)
	s.Fail(sandbox.Fault{Method: http.MethodPost, Status: http.StatusBadGateway, AfterEffect: true})
	require.Equal(t, "unknown", eve.call(t, "reset_user_password", with).get("error", "outcome"))
	assert.Equal(t, guard.CodeOutcomeUnknown, ana.call(t, "reset_user_password", with).code())
	s.advance(15 * time.Minute)
	again := ana.call(t, "reset_user_password", with)
	require.Equal(t, "waiting_for_approval", again.get("status"), again.text)
	assert.NotEqual(t, first.get("approval"), again.get("approval"))
	assert.Contains(t, jsonText(again.get("preview", "warnings")), "may have taken effect")
}

// TestUndoAfterALostTry does not take the new value for the old one.
func TestUndoAfterALostTry(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	with := args{"id": a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"], "phone": "+525555550199"}
	s.Fail(sandbox.Fault{Method: http.MethodPut, Status: http.StatusBadGateway, AfterEffect: true})
	require.True(t, a.call(t, "update_client", with).isError)
	r := a.call(t, "update_client", with)
	require.False(t, r.isError, r.text)
	assert.Nil(t, r.get("undo", "call"))
	assert.Contains(t, r.get("undo", "words"), "It was so already")
}
