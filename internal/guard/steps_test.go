package guard_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// replacing is a whole of two steps, the second of which needs what the first makes.
func replacing() guard.Call {
	create := guard.Call{Tool: "create_income_invoice", Risk: risk.Fiscal, Team: "team_a", Mode: "live", Principal: "ana", Args: []byte(`{"client":"c"}`), Keyed: true}
	second := cancel
	second.Args, second.Later = []byte(`{"by":"the first","id":"u1"}`), "by"
	whole := guard.Call{Tool: "replace_invoice", Risk: risk.Fiscal, Team: "team_a", Mode: "live", Principal: "ana", Args: []byte(`{"id":"u1"}`), Whole: true, About: "u1"}
	whole.Steps = []guard.Call{create, second}
	return whole
}

// confirmed is the ticket of a whole, and of its plan.
func confirmed(t *testing.T, g *stand, c guard.Call) *guard.Ticket {
	t.Helper()
	plan, err := g.Plan(t.Context(), c, guard.ByRepeating)
	require.NoError(t, err)
	ticket, err := g.Confirm(t.Context(), c, plan.Token, false, nil)
	require.NoError(t, err)
	return ticket
}

// A step is one of those that were confirmed, in everything but what could not be known.
func TestStepIsOfItsPlan(t *testing.T) {
	for name, change := range map[string]func(*guard.Call){
		"another tool":      func(c *guard.Call) { c.Tool = "delete_client" },
		"another team":      func(c *guard.Call) { c.Team = "team_b" },
		"another principal": func(c *guard.Call) { c.Principal = "eve" },
		"another mode":      func(c *guard.Call) { c.Mode = "test" },
		"another key":       func(c *guard.Call) { c.Identity = "other" },
		"another risk":      func(c *guard.Call) { c.Risk = risk.Write },
		"another argument":  func(c *guard.Call) { c.Args = []byte(`{"by":"u2","id":"u9"}`) },
		"one argument more": func(c *guard.Call) { c.Args = []byte(`{"by":"u2","id":"u1","x":1}`) },
		"a whole":           func(c *guard.Call) { c.Whole = true },
	} {
		t.Run(name, func(t *testing.T) {
			g := newStand(t, guard.Policy{}, journalIn(t, ""))
			whole := replacing()
			ticket := confirmed(t, g, whole)
			step := whole.Steps[1]
			step.Args = []byte(`{"by":"u2","id":"u1"}`)
			wrong := step
			change(&wrong)
			_, err := g.Step(t.Context(), ticket, 1, wrong)
			require.Error(t, err)
			_, err = g.Step(t.Context(), ticket, 2, step)
			require.Error(t, err)
			_, err = g.Step(t.Context(), ticket, 0, step)
			require.Error(t, err)
			permitted, err := g.Step(t.Context(), ticket, 1, step)
			require.NoError(t, err, "what the first step made is known by now")
			require.NoError(t, guard.Allow(permitted.Open(t.Context(), ""), "cancel_invoice", ""))
		})
	}
}

// The ticket of a whole opens no door but its own, which no request has; each step has
// an attempt and a key of its own, once.
func TestStepHasATicketOfItsOwn(t *testing.T) {
	journal := journalIn(t, "")
	g := newStand(t, guard.Policy{}, journal)
	whole := replacing()
	ticket := confirmed(t, g, whole)
	assert.Error(t, guard.Allow(ticket.Open(t.Context(), ""), "create_income_invoice", ""))
	assert.Empty(t, ticket.IdempotencyKey)

	first, err := g.Step(t.Context(), ticket, 0, whole.Steps[0])
	require.NoError(t, err)
	id, ours := guard.AttemptOf(first.IdempotencyKey)
	assert.True(t, ours)
	attempt, known, err := journal.Find(t.Context(), id)
	require.NoError(t, err)
	require.True(t, known)
	assert.Equal(t, "create_income_invoice", attempt.Tool)
	assert.NoError(t, guard.Allow(first.Open(t.Context(), ""), "create_income_invoice", ""))

	_, err = g.Step(t.Context(), ticket, 0, whole.Steps[0])
	assert.Equal(t, guard.CodePlanUsed, code(err), "a step is taken once")
	_, err = g.Permit(t.Context(), whole)
	assert.Equal(t, guard.CodePlanRequired, code(err))
}

// Wholes about one thing stand in each other's way, whatever else they are told; what
// came of one half way is no reason to refuse the next plan.
func TestWholesAboutOneThing(t *testing.T) {
	g := newStand(t, guard.Policy{}, journalIn(t, ""))
	whole, other := replacing(), replacing()
	other.Args = []byte(`{"id":"u1","use":"G01"}`)
	planned, err := g.Plan(t.Context(), other, guard.ByRepeating)
	require.NoError(t, err)
	ticket := confirmed(t, g, whole)
	_, err = g.Confirm(t.Context(), other, planned.Token, false, nil)
	assert.Equal(t, guard.CodeOutcomeUnknown, code(err), "one runs")
	for _, outcome := range []string{guard.Unknown, guard.Partial} {
		require.NoError(t, ticket.Close(t.Context(), outcome, ""))
		_, err = g.Confirm(t.Context(), other, planned.Token, false, nil)
		assert.NotEmpty(t, code(err), "its steps were planned before")
		g.now = g.now.Add(1)
		require.NoError(t, g.Ready(t.Context(), other))
		_, err := g.Plan(t.Context(), other, guard.ByRepeating)
		assert.NoError(t, err)
	}
}
