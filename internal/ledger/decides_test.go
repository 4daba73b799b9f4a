package ledger_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// TestCapAtMidnight has many look before midnight and begin after it: the new day has
// one place, and one gets it.
func TestCapAtMidnight(t *testing.T) {
	s := attend(t, ledger.Options{})
	s.rules = rulesWith(policy.Cap{Days: 1, Count: 1})
	s.now = time.Date(2026, 11, 21, 23, 59, 50, 0, gigstack.MexicoCity)
	const many = 5
	var arrived, wait sync.WaitGroup
	arrived.Add(many)
	midnight := make(chan struct{})
	errs := make([]error, many)
	for i := range many {
		c := stamp
		c.Mode, c.Args = "test", fmt.Appendf(nil, `{"id":"d%d"}`, i)
		plan, err := s.Plan(t.Context(), c, guard.ByRepeating)
		require.NoError(t, err)
		wait.Go(func() {
			_, errs[i] = s.Confirm(t.Context(), c, plan.Token, false, func(context.Context) ([]byte, guard.Facts, error) {
				arrived.Done()
				<-midnight
				return c.Seen, c.Facts, nil
			})
		})
	}
	arrived.Wait()
	s.now = s.now.Add(15 * time.Second)
	close(midnight)
	wait.Wait()
	began := 0
	for _, err := range errs {
		if err == nil {
			began++
		}
	}
	assert.Equal(t, 1, began)
	tally, err := s.Spent(t.Context(), "sales", "test", "", "2026-11-22")
	require.NoError(t, err)
	assert.Equal(t, 1, tally.Count, "counted on the day it was judged by")
}

// between changes something right before an attempt is opened.
type between struct {
	guard.Journal
	change func()
}

func (b between) Open(ctx context.Context, a guard.Attempt, admit func(context.Context, guard.Book) error) (guard.Attempt, error) {
	b.change()
	return b.Journal.Open(ctx, a, admit)
}

// TestPolicyChangesWhileACallBegins judges and counts by one policy, the old or the
// new.
func TestPolicyChangesWhileACallBegins(t *testing.T) {
	s := attend(t, ledger.Options{})
	old, capped := &policy.Policy{Mode: policy.Enforce, Digest: "old"}, rulesWith(policy.Cap{Days: 1, Count: 1})
	capped.Digest = "new"
	s.rules = old
	s.Journal = between{s.Ledger, func() { s.rules = capped }}
	_, got := s.stamped(t, 1, "1")
	require.Empty(t, got, "it had begun under the old one")
	s.rules = old
	c := stamp
	c.Mode, c.Args = "test", []byte(`{"id":"d2"}`)
	plan, err := s.Plan(t.Context(), c, guard.ByRepeating)
	require.NoError(t, err)
	_, err = s.Confirm(t.Context(), c, plan.Token, false, func(context.Context) ([]byte, guard.Facts, error) {
		s.rules = capped
		return c.Seen, c.Facts, nil
	})
	assert.Equal(t, guard.CodePlanPolicy, code(err), "a plan of the old one does not begin under the new")
}

// TestLateAnswer counts again what was taken for nothing.
func TestLateAnswer(t *testing.T) {
	where(t, func(t *testing.T, o ledger.Options) {
		s := attend(t, o)
		s.rules = rulesWith(policy.Cap{Days: 1, Count: 9})
		ticket, got := s.stamped(t, 1, "10.123456")
		require.Empty(t, got)
		spent := func() string {
			tally, err := s.Spent(t.Context(), "sales", "test", "MXN", "2026-11-21")
			require.NoError(t, err)
			return fmt.Sprint(tally.Count, " ", tally.Amount)
		}
		require.NoError(t, ticket.Close(t.Context(), guard.Unknown, ""))
		id := attemptOf(t, s, guard.Unknown)
		for range 2 { // once is enough
			require.NoError(t, s.Settle(t.Context(), id, guard.Refused, ""))
			assert.Equal(t, "0 0", spent())
		}
		for range 2 {
			require.NoError(t, ticket.Close(t.Context(), guard.Done, "u1"))
			assert.Equal(t, "1 10.123456", spent())
		}
	})
}

// TestLostUpdateUnderACap leaves nothing pending: making it again does no harm, and
// identical ones run beside each other.
func TestLostUpdateUnderACap(t *testing.T) {
	s := attend(t, ledger.Options{})
	s.rules = rulesWith(policy.Cap{Days: 1, Count: 9})
	c := guard.Call{Tool: "update_client", Risk: risk.Write, Mode: "test", Repeatable: true, Args: []byte(`{}`)}
	first, err := s.Permit(t.Context(), c)
	require.NoError(t, err)
	second, err := s.Permit(t.Context(), c)
	require.NoError(t, err)
	require.NoError(t, first.Close(t.Context(), guard.Unknown, ""))
	require.NoError(t, second.Close(t.Context(), guard.Refused, ""))
	pending, err := s.Pending(t.Context())
	require.NoError(t, err)
	assert.Empty(t, pending)
	tally, err := s.Spent(t.Context(), "sales", "test", "", "2026-11-21")
	require.NoError(t, err)
	assert.Equal(t, 1, tally.Count)
}

type unreadable struct{ guard.Journal }

func (unreadable) Spent(context.Context, string, string, string, string) (policy.Tally, error) {
	return policy.Tally{}, errors.New("connection refused")
}

// TestSpentCannotBeRead is a failure, and nobody's verdict.
func TestSpentCannotBeRead(t *testing.T) {
	for _, otherwise := range []policy.Verdict{policy.Ask, policy.Approve, policy.Deny} {
		s := attend(t, ledger.Options{})
		s.rules = rulesWith(policy.Cap{Days: 1, Count: 5})
		s.rules.Rules[0].Otherwise = otherwise
		s.Journal = unreadable{s.Ledger}
		c := stamp
		c.Mode = "test"
		_, err := s.Plan(t.Context(), c, guard.ByApproval)
		require.ErrorContains(t, err, "connection refused")
		assert.Empty(t, code(err))
		c.Risk = risk.Write
		_, err = s.Permit(t.Context(), c)
		require.ErrorContains(t, err, "connection refused")
	}
}

// TestTwoSeals keeps the approvals of servers apart that cannot open each other's
// plans.
func TestTwoSeals(t *testing.T) {
	shared(t, func(t *testing.T, o ledger.Options) {
		s := attend(t, o)
		other, err := guard.New(guard.Options{Policy: s.Policy, Journal: s.Ledger, SealKey: []byte("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"), Now: s.Now, Random: rand.Reader})
		require.NoError(t, err)
		token, id := s.ask(t, refund)
		_, err = s.Decide(t.Context(), id, guard.Approved, "Berta", "")
		require.NoError(t, err)
		found, err := other.Requested(t.Context(), refund)
		require.NoError(t, err)
		require.Empty(t, found)
		plan, err := other.Plan(t.Context(), refund, guard.ByApproval)
		require.NoError(t, err)
		_, err = other.Request(t.Context(), refund, plan, "shown", "word")
		require.NoError(t, err)
		_, got := s.confirm(t, refund, token)
		assert.Empty(t, got, "it is not withdrawn by that")
	})
}

// TestApprovalsAndIdempotencyKeys has a decision hold for the call, whatever key the
// agent makes up for it.
func TestApprovalsAndIdempotencyKeys(t *testing.T) {
	s := attend(t, ledger.Options{})
	with := func(key string) guard.Call {
		c := refund
		c.Keyed, c.OwnKey = true, key
		return c
	}
	token, id := s.ask(t, with("first"))
	_, err := s.Decide(t.Context(), id, guard.Denied, "Berta", "")
	require.NoError(t, err)
	found, err := s.Guard.Requested(t.Context(), with("second"))
	require.NoError(t, err)
	require.Equal(t, token, found)
	_, got := s.confirm(t, with("second"), token)
	require.Equal(t, guard.CodeDenied, got)
	stale := with("second")
	stale.Seen = []byte("refunded")
	s.rules = &policy.Policy{Mode: policy.Enforce, Digest: "another"}
	_, got = s.confirm(t, stale, token)
	require.Equal(t, guard.CodeDenied, got, "whatever else has changed")
	s.rules = &policy.Policy{Mode: policy.Off}
	_, err = s.Decide(t.Context(), id, guard.Approved, "Berta", "")
	require.NoError(t, err)
	ticket, got := s.confirm(t, with("third"), token)
	require.Empty(t, got)
	assert.Equal(t, "third", ticket.IdempotencyKey)
}

// TestApprovalExpiresDuringTheLook is too late.
func TestApprovalExpiresDuringTheLook(t *testing.T) {
	s := attend(t, ledger.Options{})
	token, id := s.ask(t, refund)
	_, err := s.Decide(t.Context(), id, guard.Approved, "Berta", "")
	require.NoError(t, err)
	s.now = noon.Add(guard.ApprovalLife - time.Second)
	_, err = s.Confirm(t.Context(), refund, token, false, func(context.Context) ([]byte, guard.Facts, error) {
		s.now = noon.Add(guard.ApprovalLife)
		return refund.Seen, refund.Facts, nil
	})
	assert.Equal(t, guard.CodePlanExpired, code(err))
}

// TestCrowd bounds what one agent can have a person look at.
func TestCrowd(t *testing.T) {
	s := attend(t, ledger.Options{})
	for i := range guard.MostWaiting + 1 {
		c := refund
		c.Args = fmt.Appendf(nil, `{"id":"p%d"}`, i)
		plan, err := s.Plan(t.Context(), c, guard.ByApproval)
		require.NoError(t, err)
		_, err = s.Guard.Request(t.Context(), c, plan, "shown", "word")
		require.Equal(t, i == guard.MostWaiting, code(err) == guard.CodeCrowded)
	}
	other := refund
	other.Principal = "eve"
	s.ask(t, other)
}

// TestNobodySealed refuses what a person would approve where plans die with the
// process.
func TestNobodySealed(t *testing.T) {
	s := attend(t, ledger.Options{})
	s.Policy.Unsealed = true
	s.rules = &policy.Policy{Mode: policy.Enforce, Default: policy.Approve}
	c := guard.Call{Tool: "create_client", Risk: risk.Write, Mode: "test", Args: []byte(`{}`)}
	assert.Equal(t, guard.CodeUnsealed, code(s.Ready(t.Context(), c)))
}

// TestApprovalIsNoQuestion cannot be declined as one.
func TestApprovalIsNoQuestion(t *testing.T) {
	s := attend(t, ledger.Options{})
	token, id := s.ask(t, refund)
	require.Equal(t, guard.CodePlanChannel, code(s.Decline(t.Context(), refund, token)))
	_, err := s.Decide(t.Context(), id, guard.Approved, "Berta", "")
	require.NoError(t, err)
	_, got := s.confirm(t, refund, token)
	assert.Empty(t, got)
}
