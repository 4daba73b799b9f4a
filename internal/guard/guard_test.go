package guard_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

var cancel = guard.Call{Tool: "cancel_invoice", Risk: risk.Fiscal, Team: "team_a", Mode: "live", Principal: "ana", Args: []byte(`{"id":"u1"}`)}

// stand is a guard with a clock the test turns.
type stand struct {
	*guard.Guard
	now time.Time
}

func newStand(t *testing.T, policy guard.Policy, journal guard.Journal) *stand {
	policy.AllowLive = true
	t.Helper()
	s := &stand{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	g, err := guard.New(guard.Options{Policy: policy, Journal: journal, SealKey: []byte("0123456789abcdef0123456789abcdef"), Now: func() time.Time { return s.now }, Random: rand.Reader})
	require.NoError(t, err)
	s.Guard = g
	return s
}

// journalIn is a journal in a directory, in memory for "".
func journalIn(t *testing.T, dir string) guard.Journal {
	t.Helper()
	l, err := ledger.New(ledger.Options{Dir: dir, Now: time.Now, Random: rand.Reader})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.Disconnect()) })
	return l
}

func journals(t *testing.T) map[string]guard.Journal {
	return map[string]guard.Journal{"memory": journalIn(t, ""), "file": journalIn(t, t.TempDir())}
}

func code(err error) string {
	var r *guard.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

func TestPolicy(t *testing.T) {
	for _, level := range []risk.Level{risk.Unrated, risk.Read, risk.Write, risk.Outward, risk.Destructive, risk.Fiscal, risk.Critical} {
		t.Run(level.String(), func(t *testing.T) {
			readOnly := code(guard.Policy{ReadOnly: true, AllowCritical: true, AllowLive: true}.Check(level, "live"))
			byDefault := code(guard.Policy{}.Check(level, "test"))
			assert.Equal(t, level == risk.Read, readOnly == "", "read-only lets reads through and nothing else")
			assert.Equal(t, level.Effective() == risk.Critical, byDefault == guard.CodeCriticalOff)
			assert.NoError(t, guard.Policy{AllowCritical: true}.Check(level, "test"))
			unsealed := code(guard.Policy{AllowCritical: true, Unsealed: true}.Check(level, "test"))
			assert.Equal(t, level.Effective() >= risk.Fiscal, unsealed == guard.CodeUnsealed)
			for _, mode := range []string{"live", "unknown", ""} {
				assert.Equal(t, level == risk.Read, guard.Policy{AllowCritical: true}.Check(level, mode) == nil, "only what is test for sure may change without --allow-live")
				assert.NoError(t, guard.Policy{AllowCritical: true, AllowLive: true}.Check(level, mode))
			}
		})
	}
}

func TestPermit(t *testing.T) {
	g := newStand(t, guard.Policy{AllowCritical: true}, journalIn(t, ""))
	for level, permitted := range map[risk.Level]bool{risk.Write: true, risk.Outward: false, risk.Destructive: false, risk.Fiscal: false, risk.Critical: false, risk.Unrated: false} {
		_, err := g.Permit(t.Context(), guard.Call{Tool: "x", Risk: level})
		assert.Equal(t, permitted, err == nil, level.String())
	}
}

// A plan binds everything about its call.
func TestPlanBinds(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*guard.Call)
		want   string
	}{
		"tool":      {func(c *guard.Call) { c.Tool = "delete_client" }, guard.CodePlanTool},
		"arguments": {func(c *guard.Call) { c.Args = []byte(`{"id":"u2"}`) }, guard.CodePlanArguments},
		"team":      {func(c *guard.Call) { c.Team = "team_b" }, guard.CodePlanTeam},
		"mode":      {func(c *guard.Call) { c.Mode = "test" }, guard.CodePlanMode},
		"principal": {func(c *guard.Call) { c.Principal = "eve" }, guard.CodePlanPrincipal},
		"key":       {func(c *guard.Call) { c.Identity = "another" }, guard.CodePlanKey},
		"own key":   {func(c *guard.Call) { c.OwnKey = "order-7" }, guard.CodePlanArguments},
		"what is":   {func(c *guard.Call) { c.Seen = []byte("status canceled") }, guard.CodePlanStale},
		"nothing":   {func(*guard.Call) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := newStand(t, guard.Policy{}, journalIn(t, ""))
			plan, err := g.Plan(t.Context(), cancel, guard.ByRepeating)
			require.NoError(t, err)
			changed := cancel
			c.change(&changed)
			looked := false
			_, err = g.Confirm(t.Context(), changed, plan.Token, false, func(context.Context) ([]byte, guard.Facts, error) {
				looked = true
				return changed.Seen, changed.Facts, nil
			})
			assert.Equal(t, c.want == "" || c.want == guard.CodePlanStale, looked, "nothing is read for a plan that does not fit")
			assert.Equal(t, c.want, code(err))
		})
	}
}

// No single changed bit of a token leaves it valid.
func TestTampered(t *testing.T) {
	g := newStand(t, guard.Policy{}, journalIn(t, ""))
	plan, err := g.Plan(t.Context(), cancel, guard.ByRepeating)
	require.NoError(t, err)
	for i := range plan.Token {
		forged := []byte(plan.Token)
		forged[i] ^= 1
		_, err := g.Confirm(t.Context(), cancel, string(forged), false, nil)
		require.Equal(t, guard.CodePlanTampered, code(err), "byte %d", i)
	}
	for _, forged := range []string{"", "x", plan.Token[:20], plan.Token + "A"} {
		_, err := g.Confirm(t.Context(), cancel, forged, false, nil)
		require.Equal(t, guard.CodePlanTampered, code(err), forged)
	}
	_, err = g.Confirm(t.Context(), cancel, plan.Token, false, nil)
	require.NoError(t, err, "the attempts above must not have used it up")
}

func TestExpired(t *testing.T) {
	g := newStand(t, guard.Policy{}, journalIn(t, ""))
	plan, err := g.Plan(t.Context(), cancel, guard.ByRepeating)
	require.NoError(t, err)
	g.now = plan.Expires
	_, err = g.Confirm(t.Context(), cancel, plan.Token, false, nil)
	assert.Equal(t, guard.CodePlanExpired, code(err))
}

// Of many confirmations of one plan exactly one gets a ticket.
func TestOnce(t *testing.T) {
	for name, journal := range journals(t) {
		t.Run(name, func(t *testing.T) {
			g := newStand(t, guard.Policy{}, journal)
			plan, err := g.Plan(t.Context(), cancel, guard.ByRepeating)
			require.NoError(t, err)
			var mu sync.Mutex
			codes := map[string]int{}
			var wait sync.WaitGroup
			for range 32 {
				wait.Go(func() {
					_, err := g.Confirm(t.Context(), cancel, plan.Token, false, nil)
					mu.Lock()
					defer mu.Unlock()
					codes[code(err)]++
				})
			}
			wait.Wait()
			assert.Equal(t, 1, codes[""])
			assert.Equal(t, 31, codes[guard.CodePlanUsed]+codes[guard.CodeOutcomeUnknown])
		})
	}
}

func TestUsedPlanTellsWhatCameOfIt(t *testing.T) {
	for name, journal := range journals(t) {
		t.Run(name, func(t *testing.T) {
			g := newStand(t, guard.Policy{}, journal)
			plan, _ := g.Plan(t.Context(), cancel, guard.ByRepeating)
			ticket, err := g.Confirm(t.Context(), cancel, plan.Token, false, nil)
			require.NoError(t, err)
			require.NoError(t, ticket.Close(t.Context(), guard.Done, "invoice u1"))
			_, err = g.Confirm(t.Context(), cancel, plan.Token, false, nil)
			require.Equal(t, guard.CodePlanUsed, code(err))
			assert.Contains(t, err.Error(), "invoice u1")
		})
	}
}

// A plan made before an identical call ran is no leave to run it a second time:
// nobody who confirmed it knew of the first.
func TestOvertaken(t *testing.T) {
	for name, journal := range journals(t) {
		t.Run(name, func(t *testing.T) {
			g := newStand(t, guard.Policy{}, journal)
			first, _ := g.Plan(t.Context(), cancel, guard.ByRepeating)
			second, _ := g.Plan(t.Context(), cancel, guard.ByRepeating)
			g.now = g.now.Add(time.Second)
			ticket, err := g.Confirm(t.Context(), cancel, first.Token, false, nil)
			require.NoError(t, err)
			_, err = g.Confirm(t.Context(), cancel, second.Token, false, nil)
			assert.Equal(t, guard.CodeOutcomeUnknown, code(err), "while it runs")
			require.NoError(t, ticket.Close(t.Context(), guard.Done, "u1"))
			_, err = g.Confirm(t.Context(), cancel, second.Token, false, nil)
			assert.Equal(t, guard.CodeOvertaken, code(err), "and after it")
			assert.Contains(t, err.Error(), "u1")

			g.now = g.now.Add(time.Second)
			third, err := g.Plan(t.Context(), cancel, guard.ByRepeating)
			require.NoError(t, err)
			require.NotNil(t, third.Earlier, "the preview can warn of the first")
			_, err = g.Confirm(t.Context(), cancel, third.Token, false, nil)
			assert.NoError(t, err, "who confirms in the knowledge of it may")
		})
	}
}

// Of many different plans for the same call, confirmed at once, exactly one runs.
func TestOvertakenAtOnce(t *testing.T) {
	for name, journal := range journals(t) {
		t.Run(name, func(t *testing.T) {
			g := newStand(t, guard.Policy{}, journal)
			var plans []guard.Plan
			for range 16 {
				plan, err := g.Plan(t.Context(), cancel, guard.ByRepeating)
				require.NoError(t, err)
				plans = append(plans, plan)
			}
			codes := make(chan string, len(plans))
			for _, plan := range plans {
				go func() {
					_, err := g.Confirm(t.Context(), cancel, plan.Token, false, nil)
					codes <- code(err)
				}()
			}
			count := map[string]int{}
			for range plans {
				count[<-codes]++
			}
			assert.Equal(t, map[string]int{"": 1, guard.CodeOutcomeUnknown: 15}, count)
		})
	}
}

// The state of a question is confirmed by the answer to it and nothing else, and
// not after a no.
func TestQuestion(t *testing.T) {
	for name, journal := range journals(t) {
		t.Run(name, func(t *testing.T) {
			g := newStand(t, guard.Policy{}, journal)
			question, _ := g.Plan(t.Context(), cancel, guard.ByAnswer)
			_, err := g.Confirm(t.Context(), cancel, question.Token, false, nil)
			assert.Equal(t, guard.CodePlanChannel, code(err))
			plan, _ := g.Plan(t.Context(), cancel, guard.ByRepeating)
			_, err = g.Confirm(t.Context(), cancel, plan.Token, true, nil)
			assert.Equal(t, guard.CodePlanChannel, code(err))
			require.NoError(t, g.Decline(t.Context(), cancel, question.Token))
			assert.Equal(t, guard.CodePlanUsed, code(g.Decline(t.Context(), cancel, question.Token)))
			_, err = g.Confirm(t.Context(), cancel, question.Token, true, nil)
			assert.Equal(t, guard.CodePlanUsed, code(err))
			_, err = g.Confirm(t.Context(), cancel, plan.Token, false, nil)
			assert.NoError(t, err, "a no to one question does not stop another plan")
		})
	}
}

// While an identical call may have taken effect, a second one is either refused
// or sent with the first one's idempotency key.
func TestUnknownOutcome(t *testing.T) {
	for name, journal := range journals(t) {
		t.Run(name, func(t *testing.T) {
			g := newStand(t, guard.Policy{}, journal)
			overtaken, _ := g.Plan(t.Context(), cancel, guard.ByRepeating)
			plan, _ := g.Plan(t.Context(), cancel, guard.ByRepeating)
			ticket, err := g.Confirm(t.Context(), cancel, plan.Token, false, nil)
			require.NoError(t, err)
			require.NoError(t, ticket.Close(t.Context(), guard.Unknown, ""))
			_, err = g.Plan(t.Context(), cancel, guard.ByRepeating)
			assert.Equal(t, guard.CodeOutcomeUnknown, code(err), "without a key it is refused")
			_, err = g.Confirm(t.Context(), cancel, overtaken.Token, false, nil)
			assert.Equal(t, guard.CodeOutcomeUnknown, code(err), "also with a plan from before")
			g.now = g.now.Add(11 * time.Minute)
			again, err := g.Plan(t.Context(), cancel, guard.ByRepeating)
			require.NoError(t, err)
			assert.NotNil(t, again.Earlier)

			keyed := cancel
			keyed.Tool, keyed.Keyed = "create_income_invoice", true
			plan, _ = g.Plan(t.Context(), keyed, guard.ByRepeating)
			first, err := g.Confirm(t.Context(), keyed, plan.Token, false, nil)
			require.NoError(t, err)
			require.NoError(t, first.Close(t.Context(), guard.Unknown, ""))
			own := keyed
			own.OwnKey = "order-7"
			_, err = g.Plan(t.Context(), own, guard.ByRepeating)
			assert.Equal(t, guard.CodeOutcomeUnknown, code(err), "another key would make a second document")
			g.now = g.now.Add(time.Second)
			plan, err = g.Plan(t.Context(), keyed, guard.ByRepeating)
			require.NoError(t, err)
			second, err := g.Confirm(t.Context(), keyed, plan.Token, false, nil)
			require.NoError(t, err)
			assert.NotEmpty(t, first.IdempotencyKey)
			assert.Equal(t, first.IdempotencyKey, second.IdempotencyKey)
		})
	}
}

// What was refused hides nothing: an outcome that was unknown before stays
// unknown, and a call that ran before still overtakes.
func TestRefusedHidesNothing(t *testing.T) {
	run := func(t *testing.T, g *stand, c guard.Call, outcome string) *guard.Ticket {
		g.now = g.now.Add(time.Second)
		plan, err := g.Plan(t.Context(), c, guard.ByRepeating)
		require.NoError(t, err)
		ticket, err := g.Confirm(t.Context(), c, plan.Token, false, nil)
		require.NoError(t, err)
		require.NoError(t, ticket.Close(t.Context(), outcome, ""))
		return ticket
	}
	for name, journal := range journals(t) {
		t.Run(name, func(t *testing.T) {
			g := newStand(t, guard.Policy{AllowCritical: true}, journal)
			keyed := cancel
			keyed.Tool, keyed.Keyed = "create_income_invoice", true
			first := run(t, g, keyed, guard.Unknown)
			for range 3 {
				again := run(t, g, keyed, guard.Refused)
				assert.Equal(t, first.IdempotencyKey, again.IdempotencyKey)
				require.NotNil(t, again.Inherited)
				assert.Equal(t, guard.Unknown, again.Inherited.Outcome)
			}
			assert.Equal(t, first.IdempotencyKey, run(t, g, keyed, guard.Done).IdempotencyKey)
			fresh := run(t, g, keyed, guard.Done)
			assert.NotEqual(t, first.IdempotencyKey, fresh.IdempotencyKey)
			assert.Nil(t, fresh.Inherited)

			refund := guard.Call{Tool: "refund_payment", Risk: risk.Fiscal, Team: "team_a", Args: []byte(`{}`)}
			before, _ := g.Plan(t.Context(), refund, guard.ByRepeating)
			run(t, g, refund, guard.Done)
			run(t, g, refund, guard.Refused)
			_, err := g.Confirm(t.Context(), refund, before.Token, false, nil)
			assert.Equal(t, guard.CodeOvertaken, code(err))

			run(t, g, cancel, guard.Unknown)
			g.now = g.now.Add(11 * time.Minute)
			run(t, g, cancel, guard.Refused)
			plan, err := g.Plan(t.Context(), cancel, guard.ByRepeating)
			require.NoError(t, err)
			require.NotNil(t, plan.Earlier)
			assert.Equal(t, guard.Unknown, plan.Earlier.Outcome, "the preview still warns")
		})
	}
}

// An old unknown outcome lends its key no more: the call is a new one by now.
func TestKeysGrowOld(t *testing.T) {
	g := newStand(t, guard.Policy{}, journalIn(t, ""))
	sale := guard.Call{Tool: "create_receipt", Risk: risk.Write, Args: []byte(`{}`), Keyed: true}
	first, err := g.Permit(t.Context(), sale)
	require.NoError(t, err)
	require.NoError(t, first.Close(t.Context(), guard.Unknown, ""))
	g.now = g.now.Add(2 * time.Hour)
	later, err := g.Permit(t.Context(), sale)
	require.NoError(t, err)
	assert.NotEqual(t, first.IdempotencyKey, later.IdempotencyKey)
}

// A write that would be done again by repeating it is remembered like a plan.
func TestPermitRemembers(t *testing.T) {
	for name, journal := range journals(t) {
		t.Run(name, func(t *testing.T) {
			g := newStand(t, guard.Policy{}, journal)
			create := guard.Call{Tool: "create_receipt", Risk: risk.Write, Team: "team_a", Args: []byte(`{}`), Keyed: true}
			first, err := g.Permit(t.Context(), create)
			require.NoError(t, err)
			_, err = g.Permit(t.Context(), create)
			assert.Equal(t, guard.CodeOutcomeUnknown, code(err), "while the first runs")
			require.NoError(t, first.Close(t.Context(), guard.Unknown, ""))
			g.now = g.now.Add(time.Second)
			second, err := g.Permit(t.Context(), create)
			require.NoError(t, err)
			assert.Equal(t, first.IdempotencyKey, second.IdempotencyKey)
			require.NoError(t, second.Close(t.Context(), guard.Done, "r1"))
			g.now = g.now.Add(time.Second)
			third, err := g.Permit(t.Context(), create)
			require.NoError(t, err)
			assert.NotEqual(t, first.IdempotencyKey, third.IdempotencyKey, "a new sale")
		})
	}
}

func TestDoor(t *testing.T) {
	g := newStand(t, guard.Policy{}, journalIn(t, ""))
	ticket, err := g.Permit(t.Context(), guard.Call{Tool: "create_client", Risk: risk.Write, Team: "team_a"})
	require.NoError(t, err)
	assert.Error(t, guard.Allow(context.Background(), "create_client", "team_a"), "without a ticket")
	assert.Error(t, guard.Allow(ticket.Open(t.Context(), "team_a"), "delete_client", "team_a"), "for another tool")
	assert.Error(t, guard.Allow(ticket.Open(t.Context(), "team_a"), "create_client", "team_b"), "for another team")
	ctx := ticket.Open(t.Context(), "team_a")
	assert.NoError(t, guard.Allow(ctx, "create_client", "team_a"))
	assert.Error(t, guard.Allow(ctx, "create_client", "team_a"), "twice")
	assert.NoError(t, guard.Allow(ticket.Open(t.Context(), ""), "create_client", ""), "the key's own team is not named")
	assert.Error(t, guard.Allow(ticket.Open(t.Context(), ""), "create_client", "team_a"), "but no other is reached by that")
}
