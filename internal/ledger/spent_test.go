package ledger_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// rulesWith is a policy of one rule with caps.
func rulesWith(caps ...policy.Cap) *policy.Policy {
	return &policy.Policy{Mode: policy.Enforce, Rules: []policy.Rule{{Name: "sales", Limits: policy.Limits{Caps: caps}, Otherwise: policy.Deny}}}
}

func mxn(amount string) *policy.Sum {
	return &policy.Sum{Amount: decimal.RequireFromString(amount), Currency: "MXN"}
}

// stamped tries to run the n-th sale, and says which refusal it got.
func (s *attended) stamped(t testing.TB, n int, amount string) (*guard.Ticket, string) {
	c := stamp
	c.Mode, c.Args, c.Currency = "test", fmt.Appendf(nil, `{"id":"d%d"}`, n), "MXN"
	sum := decimal.RequireFromString(amount)
	c.Amount = &sum
	plan, err := s.Plan(t.Context(), c, guard.ByRepeating)
	if err != nil {
		return nil, code(err)
	}
	return s.confirm(t, c, plan.Token)
}

// TestCapsAcrossReplicas has many calls at once keep to the caps: as many begin as may,
// and not one more.
func TestCapsAcrossReplicas(t *testing.T) {
	shared(t, func(t *testing.T, o ledger.Options) {
		for name, limit := range map[string]policy.Cap{"count": {Days: 1, Count: 7}, "amount": {Days: 30, Sum: mxn("70.00")}} {
			replicas := []*attended{attend(t, o), attend(t, o)}
			for _, s := range replicas {
				s.rules = rulesWith(limit)
				s.rules.Rules[0].Name = name
			}
			var began, refused atomic.Int32
			var wait sync.WaitGroup
			for i := range 32 {
				wait.Go(func() {
					_, got := replicas[i%2].stamped(t, i+len(name)*100, "10.00")
					if got == "" {
						began.Add(1)
					} else if assert.Equal(t, guard.CodePolicy, got) {
						refused.Add(1)
					}
				})
			}
			wait.Wait()
			assert.EqualValues(t, 7, began.Load(), name)
			assert.EqualValues(t, 25, refused.Load(), name)
		}
	})
}

// TestWhatCounts is what is spent under a rule: everything that may have taken effect,
// in its days and mode and currency.
func TestWhatCounts(t *testing.T) {
	where(t, func(t *testing.T, o ledger.Options) {
		s := attend(t, o)
		s.now = time.Date(2026, 11, 21, 23, 0, 0, 0, gigstack.MexicoCity)
		s.rules = rulesWith(policy.Cap{Days: 1, Count: 2}, policy.Cap{Days: 3, Sum: mxn("100")})
		first, got := s.stamped(t, 1, "40.10")
		require.Empty(t, got)
		second, got := s.stamped(t, 2, "40.10")
		require.Empty(t, got)
		_, got = s.stamped(t, 3, "1")
		require.Equal(t, guard.CodePolicy, got, "two a day")

		require.NoError(t, first.Close(t.Context(), guard.Refused, ""))
		third, got := s.stamped(t, 4, "59.90")
		require.Empty(t, got, "what was refused is returned, to the cent")
		require.NoError(t, second.Close(t.Context(), guard.Unknown, ""))

		s.now = s.now.Add(time.Hour) // midnight
		_, got = s.stamped(t, 5, "0.01")
		require.Equal(t, guard.CodePolicy, got, "100 in three days; what is unknown counts")
		require.NoError(t, second.Close(t.Context(), guard.Unknown, ""))
		require.NoError(t, s.Settle(t.Context(), attemptOf(t, s, guard.Unknown), guard.Refused, ""))
		_, got = s.stamped(t, 6, "40.10")
		require.Empty(t, got, "until it is known that it did nothing")
		require.NoError(t, third.Close(t.Context(), guard.Done, "u1"))

		s.now = s.now.Add(48*time.Hour - time.Second)
		_, got = s.stamped(t, 7, "59.90")
		require.Equal(t, guard.CodePolicy, got, "the third day")
		s.now = s.now.Add(time.Second)
		_, got = s.stamped(t, 8, "59.90")
		require.Empty(t, got, "the fourth")

		test, err := s.Spent(t.Context(), "sales", "test", "MXN", "2026-11-20")
		require.NoError(t, err)
		assert.Equal(t, "3 159.9", fmt.Sprint(test.Count, " ", test.Amount))
		for _, other := range [][3]string{{"sales", "live", "MXN"}, {"other", "test", "MXN"}} {
			none, err := s.Spent(t.Context(), other[0], other[1], other[2], "2026-11-20")
			require.NoError(t, err)
			assert.Zero(t, none.Count)
		}
		dollars, err := s.Spent(t.Context(), "sales", "test", "USD", "2026-11-20")
		require.NoError(t, err)
		assert.Equal(t, 3, dollars.Count)
		assert.True(t, dollars.Amount.IsZero(), "no sum mixes currencies")
	})
}

// attemptOf is the id of the one attempt with an outcome.
func attemptOf(t *testing.T, s *attended, outcome string) (id string) {
	pending, err := s.Pending(t.Context())
	require.NoError(t, err)
	for _, a := range pending {
		if a.Outcome == outcome {
			require.Empty(t, id)
			id = a.ID
		}
	}
	return id
}

// TestCapsOfPlainWrites counts them too, also those that can be repeated freely.
func TestCapsOfPlainWrites(t *testing.T) {
	for _, repeatable := range []bool{false, true} {
		s := attend(t, ledger.Options{})
		s.rules = rulesWith(policy.Cap{Days: 1, Count: 2})
		c := guard.Call{Tool: "update_client", Risk: risk.Write, Mode: "test", Repeatable: repeatable, Args: []byte(`{}`)}
		for i := range 3 {
			c.Args = fmt.Appendf(nil, `{"n":%d}`, i)
			ticket, err := s.Permit(t.Context(), c)
			if i == 2 {
				require.Equal(t, guard.CodePolicy, code(err))
				require.ErrorContains(t, err, "calls a day: at most 2, and 2 were made")
				break
			}
			require.NoError(t, err)
			require.NoError(t, ticket.Close(t.Context(), guard.Done, ""))
		}
		s.rules = &policy.Policy{Mode: policy.Shadow, Rules: s.rules.Rules}
		_, err := s.Permit(t.Context(), c)
		require.NoError(t, err, "a shadow stops nothing")
		tally, err := s.Spent(t.Context(), "sales", "test", "", "2026-11-20")
		require.NoError(t, err)
		assert.Equal(t, 3, tally.Count, "and counts")
	}
}

// TestBeyondACap a person can still approve.
func TestBeyondACap(t *testing.T) {
	s := attend(t, ledger.Options{})
	s.rules = rulesWith(policy.Cap{Days: 1, Count: 1})
	s.rules.Rules[0].Otherwise = policy.Approve
	_, got := s.stamped(t, 1, "1")
	require.Empty(t, got)
	_, got = s.stamped(t, 2, "1")
	require.Equal(t, guard.CodeApproval, got)
	c := stamp
	c.Mode, c.Args = "test", []byte(`{"id":"d3"}`)
	token, id := s.ask(t, c)
	_, err := s.Decide(t.Context(), id, guard.Approved, "Berta", "")
	require.NoError(t, err)
	_, got = s.confirm(t, c, token)
	require.Empty(t, got)
}
