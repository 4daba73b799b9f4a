package ledger_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

var refund = guard.Call{Tool: "refund_payment", Risk: risk.Critical, Team: "team_a", Mode: "test", Principal: "ana", Args: []byte(`{"id":"p1"}`), Seen: []byte("succeeded")}

// attended is a guard over a ledger with one clock, which the test turns.
type attended struct {
	*guard.Guard
	*ledger.Ledger
	now   time.Time
	rules *policy.Policy
}

func attend(t testing.TB, o ledger.Options) *attended {
	t.Helper()
	s := &attended{now: noon, rules: &policy.Policy{Mode: policy.Off}}
	o.Now = func() time.Time { return s.now }
	s.Ledger = at(t, o)
	var err error
	s.Guard, err = guard.New(guard.Options{Policy: guard.Policy{AllowCritical: true}, Rules: func() *policy.Policy { return s.rules }, Journal: s.Ledger, SealKey: make([]byte, 32), Now: o.Now, Random: rand.Reader})
	require.NoError(t, err)
	return s
}

// ask plans a call and asks for its approval.
func (s *attended) ask(t testing.TB, c guard.Call) (token, id string) {
	t.Helper()
	plan, err := s.Plan(t.Context(), c, guard.ByApproval)
	require.NoError(t, err)
	id, err = s.Guard.Request(t.Context(), c, plan, "Refund a payment?\nTeam: team_a", "100.00")
	require.NoError(t, err)
	return plan.Token, id
}

func (s *attended) confirm(t testing.TB, c guard.Call, token string) (*guard.Ticket, string) {
	t.Helper()
	ticket, err := s.Confirm(t.Context(), c, token, false, nil)
	require.Equal(t, err == nil, code(err) == "", "%v", err)
	return ticket, code(err)
}

func TestCriticalWaitsForAPerson(t *testing.T) {
	where(t, func(t *testing.T, o ledger.Options) {
		s := attend(t, o)
		for _, way := range []guard.Way{guard.ByRepeating, guard.ByAnswer} {
			_, err := s.Plan(t.Context(), refund, way)
			require.Equal(t, guard.CodeApproval, code(err), "no other way")
		}
		_, err := s.Permit(t.Context(), refund)
		require.Equal(t, guard.CodeApproval, code(err))

		token, id := s.ask(t, refund)
		_, got := s.confirm(t, refund, token)
		require.Equal(t, guard.CodeWaiting, got)
		_, err = s.Confirm(t.Context(), refund, token, true, nil)
		require.Equal(t, guard.CodePlanChannel, code(err), "nobody answered a question")
		found, err := s.Guard.Requested(t.Context(), refund)
		require.NoError(t, err)
		require.Equal(t, token, found, "who repeats the call goes on with it")
		other := refund
		other.Principal = "eve"
		found, err = s.Guard.Requested(t.Context(), other)
		require.NoError(t, err)
		require.Empty(t, found)

		s.now = noon.Add(23 * time.Hour) // longer than other plans live
		a, err := s.Decide(t.Context(), id, guard.Approved, "Berta", "")
		require.NoError(t, err)
		assert.Equal(t, "100.00", a.Word)
		ticket, got := s.confirm(t, refund, token)
		require.Empty(t, got)
		assert.Equal(t, "Berta", ticket.Approver)
		_, got = s.confirm(t, refund, token)
		assert.Equal(t, guard.CodePlanUsed, got, "an approval is for one execution")
		_, err = s.Decide(t.Context(), id, guard.Denied, "Berta", "")
		require.ErrorIs(t, err, ledger.ErrTooLate)
		found, err = s.Guard.Requested(t.Context(), refund)
		require.NoError(t, err)
		require.Empty(t, found)
	})
}

func TestWhatIsDecided(t *testing.T) {
	type step func(t *testing.T, s *attended, id string)
	says := func(state string) step {
		return func(t *testing.T, s *attended, id string) {
			_, err := s.Decide(t.Context(), id, state, "Berta", "no money")
			require.NoError(t, err)
		}
	}
	for name, c := range map[string]struct {
		steps []step
		want  string
	}{
		"denied":                   {[]step{says(guard.Denied)}, guard.CodeDenied},
		"denied, and yet":          {[]step{says(guard.Denied), says(guard.Approved)}, ""},
		"approved, and taken back": {[]step{says(guard.Approved), says(guard.Denied)}, guard.CodeDenied},
		"approved, and asked anew": {[]step{says(guard.Approved), func(t *testing.T, s *attended, _ string) { s.ask(t, refund) }}, guard.CodeWithdrawn},
		"approved for another": {[]step{says(guard.Approved), func(t *testing.T, s *attended, _ string) {
			other := refund
			other.Args = []byte(`{"id":"p2"}`)
			s.ask(t, other)
		}}, ""},
		"approved, and expired":    {[]step{says(guard.Approved), func(_ *testing.T, s *attended, _ string) { s.now = s.now.Add(guard.ApprovalLife) }}, guard.CodePlanExpired},
		"approved, another policy": {[]step{says(guard.Approved), func(_ *testing.T, s *attended, _ string) { s.rules = &policy.Policy{Mode: policy.Enforce, Digest: "x"} }}, guard.CodePlanPolicy},
		"approved, and now forbidden": {[]step{says(guard.Approved), func(_ *testing.T, s *attended, _ string) {
			s.rules = &policy.Policy{Mode: policy.Enforce, Default: policy.Deny}
		}}, guard.CodePolicy},
	} {
		t.Run(name, func(t *testing.T) {
			s := attend(t, ledger.Options{})
			token, id := s.ask(t, refund)
			for _, step := range c.steps {
				step(t, s, id)
			}
			_, err := s.Confirm(t.Context(), refund, token, false, nil)
			assert.Equal(t, c.want, code(err), "%v", err)
			if c.want == guard.CodeDenied {
				assert.ErrorContains(t, err, `Berta denied it at 2026-11-21T12:00:00Z, and says: "no money"`)
			}
		})
	}
	s := attend(t, ledger.Options{})
	_, err := s.Decide(t.Context(), "none", guard.Approved, "Berta", "")
	require.ErrorIs(t, err, ledger.ErrNoApproval)
	_, id := s.ask(t, refund)
	s.now = s.now.Add(guard.ApprovalLife)
	_, err = s.Decide(t.Context(), id, guard.Approved, "Berta", "")
	require.ErrorIs(t, err, ledger.ErrTooLate)
}

// TestDecidingWhileItBegins has a person take their word back at the moment in which
// the call runs: either it did, and they are told, or it does not.
func TestDecidingWhileItBegins(t *testing.T) {
	shared(t, func(t *testing.T, o ledger.Options) {
		s, elsewhere := attend(t, o), attend(t, o)
		ran := 0
		for i := range 40 {
			c := refund
			c.Args = fmt.Appendf(nil, `{"id":"p%d"}`, i)
			token, id := s.ask(t, c)
			_, err := s.Decide(t.Context(), id, guard.Approved, "Berta", "")
			require.NoError(t, err)
			var wait sync.WaitGroup
			var confirmed, denied error
			wait.Go(func() { _, confirmed = s.Confirm(t.Context(), c, token, false, nil) })
			wait.Go(func() { _, denied = elsewhere.Decide(t.Context(), id, guard.Denied, "Berta", "") })
			wait.Wait()
			if confirmed == nil {
				ran++
				require.ErrorIs(t, denied, ledger.ErrTooLate)
				continue
			}
			require.Equal(t, guard.CodeDenied, code(confirmed), "%v", confirmed)
			require.NoError(t, denied)
		}
		t.Logf("%d of 40 ran before they were denied", ran)
	})
}

// TestDecisionsAreAudited with the person, in the chain and with the decision.
func TestDecisionsAreAudited(t *testing.T) {
	where(t, func(t *testing.T, o ledger.Options) {
		s := attend(t, o)
		_, id := s.ask(t, refund)
		_, err := s.Decide(t.Context(), id, guard.Denied, "Berta\x00", "no\x00 money")
		require.NoError(t, err)
		_, err = s.Decide(t.Context(), "none", guard.Approved, "Eve", "")
		require.Error(t, err)
		var records []audit.Record
		require.NoError(t, s.Audited(t.Context(), audit.Query{}, func(e audit.Entry) error {
			var r audit.Record
			records = append(records, r)
			return json.Unmarshal([]byte(e.Record), &records[len(records)-1])
		}))
		require.Len(t, records, 1, "what was not decided is not recorded")
		r := records[0]
		assert.Equal(t, []string{"denied", "Berta?", "no? money", "ana", "refund_payment", "critical", id, "not_sent"}, []string{string(r.Decision), r.Approver, r.Reason, r.Principal, r.Tool, r.Tier, r.Plan, r.Outcome})
		var open []guard.Approval
		require.NoError(t, s.Approvals(t.Context(), false, func(a guard.Approval) error { open = append(open, a); return nil }))
		require.Len(t, open, 1, "it can still be approved")
		assert.Equal(t, "Berta?", open[0].By)
		s.now = s.now.Add(guard.ApprovalLife)
		require.NoError(t, s.Approvals(t.Context(), false, func(guard.Approval) error { return errors.New("expired") }))
		require.Error(t, s.Approvals(t.Context(), true, func(guard.Approval) error { return errors.New("there it is") }))
	})
}

func TestNobodyCanApprove(t *testing.T) {
	s := attend(t, ledger.Options{})
	s.Policy.Unattended = true
	_, err := s.Plan(t.Context(), refund, guard.ByApproval)
	assert.Equal(t, guard.CodeUnattended, code(err))
	assert.Equal(t, guard.CodeUnattended, code(s.Ready(t.Context(), refund)), "nothing is read for it")
}
