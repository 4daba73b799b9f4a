package tools_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/tools"
)

// bothTeams is two of the demonstration company's teams.
var bothTeams = []any{sandbox.TeamKemper, sandbox.TeamXenon}

// draftsIn makes drafts in both teams, by turns, and returns their ids.
func draftsIn(t *testing.T, a *agent, n int) (ids []any) {
	t.Helper()
	for i := range n {
		team := bothTeams[i%2]
		client := a.first(t, "list_clients", args{"team": team}, "tax_id", "ICV060329BY0")
		with := invoiceFor(client["id"]).with("invoice_type", "I").with("team", team).
			with("items", []any{args{"description": fmt.Sprint("Iguala ", i), "unit_price": 1000 + i, "taxes": iva}})
		r := a.call(t, "create_draft_invoice", with)
		require.False(t, r.isError, r.text)
		ids = append(ids, r.id())
	}
	return ids
}

// stamped is how many invoices of the drafts there are in a team.
func (a *agent) stamped(t *testing.T, team any) (n int) {
	t.Helper()
	for _, v := range a.call(t, "list_income_invoices", args{"limit": 100, "team": team}).get("data").([]any) {
		if strings.Contains(jsonOf(t, v), `"description":"Iguala `) {
			n++
		}
	}
	return n
}

// One plan lists every document of every team; each is stamped as its team.
func TestStampPendingAcross(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		ids := draftsIn(t, s.agent(t, era, nil), 4)
		a := s.agent(t, era, agrees)
		s.reached()
		done := a.call(t, "stamp_pending_across", args{"teams": bothTeams, "kind": "drafts", "ids": ids})
		require.Equal(t, "done", done.get("status"), done.text)
		assert.EqualValues(t, 4, done.get("data", "stamped"))
		byTeam := map[string]int{}
		for _, w := range s.writes() {
			byTeam[w.team]++
			assert.True(t, strings.HasSuffix(w.path, "/stamp"), w.path)
		}
		assert.Equal(t, map[string]int{"": 2, sandbox.TeamXenon: 2}, byTeam, "the key's own team is not named")
		assert.Equal(t, 2, a.stamped(t, sandbox.TeamKemper))
		assert.Equal(t, 2, a.stamped(t, sandbox.TeamXenon))
		records, _ := s.recorded(t)
		teams := map[string]int{}
		for _, r := range records {
			if r.Tool == "stamp_draft_invoice" && r.Decision == audit.Ran && r.Outcome == "done" {
				teams[r.Team]++
			}
		}
		assert.Equal(t, map[string]int{sandbox.TeamKemper: 2, sandbox.TeamXenon: 2}, teams)
		again := a.call(t, "stamp_pending_across", args{"teams": bothTeams, "kind": "drafts", "ids": ids})
		assert.Equal(t, "would_be_refused", again.code(), again.text)
	})
}

// What is not ready is named and left out; what the plan lists is what is stamped.
func TestStampPendingPlan(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	draftsIn(t, a, 2)
	with := args{"teams": []any{sandbox.TeamKemper, sandbox.TeamXenon, sandbox.TeamStranger}, "kind": "drafts"}
	s.reached()
	plan := a.call(t, "stamp_pending_across", with)
	require.Equal(t, "confirmation_required", plan.get("status"), plan.text)
	assert.Empty(t, s.writes())
	assert.Len(t, plan.get("preview", "steps"), 4, "two of the seeds, and two more")
	assert.Contains(t, plan.text, "Left out: team_kemper c3906d52be48f1a7e92d: Draft c3906d52be48f1a7e92d")
	assert.Contains(t, plan.text, "Left out: team_stranger: could not be read")
	assert.Contains(t, plan.text, "4 drafts in 2 of 3 teams")
	draftsIn(t, a, 1)
	r := a.call(t, "stamp_pending_across", with.with("plan", plan.get("plan")))
	assert.Equal(t, guard.CodePlanStale, r.code(), "one more waits by now: %s", r.text)
	for name, other := range map[string]args{
		guard.CodePlanArguments: {"teams": []any{sandbox.TeamKemper}, "kind": "drafts"},
		guard.CodePlanTeam:      {"teams": []any{sandbox.TeamXenon}, "kind": "drafts"},
	} {
		assert.Equal(t, name, a.call(t, "stamp_pending_across", other.with("plan", plan.get("plan"))).code())
	}
	assert.Equal(t, "would_be_refused", a.call(t, "stamp_pending_across", args{"teams": []any{sandbox.TeamStranger}, "kind": "drafts"}).code())
	assert.Equal(t, "invalid_arguments", a.call(t, "stamp_pending_across", args{"teams": []any{"a/b"}, "kind": "drafts"}).code())
	assert.Equal(t, "invalid_arguments", a.call(t, "stamp_pending_across", args{"kind": "drafts"}).code(), "no team is nobody's")
}

// Receipts are stamped to their clients; who has no RFC is left out.
func TestStampPendingReceipts(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	with := args{"teams": bothTeams, "kind": "receipts"}
	plan := a.call(t, "stamp_pending_across", with)
	require.Equal(t, "confirmation_required", plan.get("status"), plan.text)
	assert.Contains(t, plan.text, "Left out")
	steps := len(plan.get("preview", "steps").([]any))
	s.reached()
	done := a.call(t, "stamp_pending_across", with.with("plan", plan.get("plan")))
	require.Equal(t, "done", done.get("status"), done.text)
	assert.Len(t, s.writes(), steps)
}

// Who may act for some teams only names no other.
func TestStampPendingRights(t *testing.T) {
	s := newStand(t, setting{teams: []string{sandbox.TeamXenon, sandbox.TeamRobotica}})
	a := s.agent(t, "modern", nil)
	s.reached()
	r := a.call(t, "stamp_pending_across", args{"teams": bothTeams, "kind": "drafts"})
	assert.Equal(t, "team_not_allowed", r.code(), r.text)
	r = a.call(t, "replace_invoice", args{"id": "5F0C7A1E-3C52-4D0E-9A55-0D7A3B1C9E21", "team": sandbox.TeamKemper})
	assert.Equal(t, "team_not_allowed", r.code(), r.text)
	assert.Empty(t, s.reached())
	r = a.call(t, "stamp_pending_across", args{"teams": []any{sandbox.TeamRobotica, sandbox.TeamXenon}, "kind": "receipts"})
	assert.Equal(t, "confirmation_required", r.get("status"), r.text)
	for _, request := range s.reached() {
		assert.NotEqual(t, sandbox.TeamKemper, request.team)
		assert.NotEmpty(t, request.team)
	}
}

// The stop rule: after the first failure, after so many, and always where nobody knows.
func TestStampPendingStops(t *testing.T) {
	refusal := `{"message":"no","error":"cfdi_service_error"}`
	for name, c := range map[string]struct {
		fault sandbox.Fault
		after int
		want  string // statuses of the steps
		code  string
	}{
		"at the first":        {sandbox.Fault{Status: 422, Body: refusal}, 0, "refused not_run not_run not_run", "refused"},
		"after two":           {sandbox.Fault{Status: 422, Body: refusal, Times: 2}, 2, "refused refused not_run not_run", "refused"},
		"one of two":          {sandbox.Fault{Status: 422, Body: refusal}, 2, "refused done done done", "partial"},
		"unknown, at once":    {sandbox.Fault{Drop: true}, 4, "unknown not_run not_run not_run", "unknown"},
		"one team is refused": {sandbox.Fault{Status: 403, Body: `{"message":"no","error":"insufficient_permissions"}`, Times: 2}, 9, "refused refused done done", "partial"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := newStand(t, setting{ledger: dir})
			a := s.agent(t, "modern", nil)
			with := args{"teams": bothTeams, "kind": "drafts", "ids": draftsIn(t, a, 4)}
			if c.after > 0 {
				with = with.with("stop_after", c.after)
			}
			plan := a.plan(t, "stamp_pending_across", with)
			c.fault.Method = http.MethodPost
			s.Fail(c.fault)
			r := a.call(t, "stamp_pending_across", with.with("plan", plan))
			require.True(t, r.isError, r.text)
			var got []string
			for _, step := range r.get("steps").([]any) {
				got = append(got, step.(map[string]any)["status"].(string))
				assert.NotEmpty(t, step.(map[string]any)["team"])
			}
			assert.Equal(t, c.want, strings.Join(got, " "))
			assert.Equal(t, c.code, r.get("error", "outcome"), r.text)
			second := newStand(t, setting{ledger: dir, beside: s})
			resumes(t, s, second, "stamp_pending_across", with)
			assert.Equal(t, 2, a.stamped(t, sandbox.TeamKemper))
			assert.Equal(t, 2, a.stamped(t, sandbox.TeamXenon))
		})
	}
}

// meddler is an audit beside which something happens at its nth record.
type meddler struct {
	tools.Auditor
	left   atomic.Int64
	meddle func()
}

func (m *meddler) Append(ctx context.Context, r audit.Record) (int64, error) {
	if m.left.Add(-1) == 0 {
		m.meddle()
	}
	return m.Auditor.Append(ctx, r)
}

// What changes while the steps before are taken is not stamped unseen; what those made
// themselves, of the same client and total, is no change.
func TestStampPendingLooksAgain(t *testing.T) {
	for name, changes := range map[string]bool{"nothing changes": false, "a draft changes": true} {
		t.Run(name, func(t *testing.T) {
			m := &meddler{}
			s := newStand(t, setting{wrap: func(to tools.Auditor) tools.Auditor { m.Auditor = to; return m }})
			a := s.agent(t, "modern", nil)
			client := a.first(t, "list_clients", args{}, "tax_id", "ICV060329BY0")
			var ids []any
			for range 2 {
				ids = append(ids, a.call(t, "create_draft_invoice", invoiceFor(client["id"]).with("invoice_type", "I")).id())
			}
			with := args{"teams": []any{sandbox.TeamKemper}, "kind": "drafts", "ids": ids}
			plan := a.call(t, "stamp_pending_across", with)
			if changes {
				m.meddle = func() {
					for _, id := range ids { // one is stamped by now
						a.call(t, "update_draft_invoice", args{"id": id, "items": []any{args{"description": "Otra cosa", "unit_price": 99999, "taxes": iva}}})
					}
				}
				m.left.Store(3) // the record of what came of the first step
			}
			r := a.call(t, "stamp_pending_across", with.with("plan", plan.get("plan")))
			if !changes {
				assert.Equal(t, "done", r.get("status"), r.text)
				return
			}
			assert.Equal(t, guard.CodePlanStale, r.code(), r.text)
			assert.Equal(t, "partial", r.get("error", "outcome"))
			assert.NotContains(t, a.call(t, "list_income_invoices", args{"limit": 100}).text, "Otra cosa")
		})
	}
}

// A process that is killed anywhere leaves each draft stamped once, or not yet.
func TestStampPendingSurvivesDeath(t *testing.T) {
	for after := range 6 {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			first, second, tool, with := killed(t, after, func(t *testing.T, a *agent) (string, args) {
				return "stamp_pending_across", args{"teams": bothTeams, "kind": "drafts", "ids": draftsIn(t, a, 2)}
			})
			first.advance(5 * time.Minute)
			second.advance(5 * time.Minute)
			resumes(t, first, second, tool, with)
			a := second.agent(t, "modern", nil)
			assert.Equal(t, 1, a.stamped(t, sandbox.TeamKemper))
			assert.Equal(t, 1, a.stamped(t, sandbox.TeamXenon))
		})
	}
}

// Sixteen confirmations at two servers stamp each draft once.
func TestStampPendingOnce(t *testing.T) {
	dir := t.TempDir()
	first := newStand(t, setting{ledger: dir})
	second := newStand(t, setting{ledger: dir, beside: first})
	a := first.agent(t, "modern", nil)
	with := args{"teams": bothTeams, "kind": "drafts", "ids": draftsIn(t, a, 4)}
	other := with.with("stop_after", 9) // another plan for the same
	plans := []args{with.with("plan", a.plan(t, "stamp_pending_across", with)), other.with("plan", a.plan(t, "stamp_pending_across", other))}
	first.reached()
	var done atomic.Int64
	var wg sync.WaitGroup
	for i := range 16 {
		agent := map[bool]*stand{true: first, false: second}[i%2 == 0].agent(t, "modern", nil)
		wg.Go(func() {
			r, err := agent.try(t.Context(), "stamp_pending_across", plans[i/2%2])
			if assert.NoError(t, err) && !r.IsError {
				done.Add(1)
			}
		})
	}
	wg.Wait()
	assert.LessOrEqual(t, done.Load(), int64(1))
	assert.Len(t, append(first.writes(), second.writes()...), 4)
	assert.Equal(t, 2, a.stamped(t, sandbox.TeamKemper))
	assert.Equal(t, 2, a.stamped(t, sandbox.TeamXenon))
}

// Amounts of one currency are summed, and of several limited in none.
func TestStampPendingCurrencies(t *testing.T) {
	for rule, want := range map[string]string{
		"amount: {up_to: 2321.16, currency: MXN}": "",
		"amount: {up_to: 2321.15, currency: MXN}": guard.CodePolicy,
	} {
		rules, _ := rulesOf(t, "rules:\n  - tools: [stamp_pending_across]\n    "+rule+"\n")
		s := newStand(t, setting{rules: rules})
		a := s.agent(t, "modern", nil)
		ids := draftsIn(t, a, 2)
		assert.Equal(t, want, a.call(t, "stamp_pending_across", args{"teams": bothTeams, "kind": "drafts", "ids": ids}).code())
		client := a.first(t, "list_clients", args{}, "tax_id", "ICV060329BY0")
		dollars := a.call(t, "create_draft_invoice", invoiceFor(client["id"]).with("invoice_type", "I").with("currency", "USD").with("exchange_rate", 18.5))
		require.False(t, dollars.isError, dollars.text)
		r := a.call(t, "stamp_pending_across", args{"teams": bothTeams, "kind": "drafts", "ids": append(ids, dollars.id())})
		assert.Equal(t, guard.CodePolicy, r.code(), r.text)
	}
}
