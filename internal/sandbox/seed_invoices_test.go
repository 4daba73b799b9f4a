package sandbox_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// The demonstration company shows every state an invoice can be in.
func TestSeededInvoices(t *testing.T) {
	b := start(t, sandbox.Options{})
	now := time.Unix(0, b.clock.Load())
	seen, uuids := map[string]int{}, map[string]bool{}
	for _, team := range []string{sandbox.TeamKemper, sandbox.TeamXenon, sandbox.TeamRobotica} {
		for _, live := range []bool{false, true} {
			c := b.client(t, team, live, "viewer")
			for v, err := range gigstack.Each(t.Context(), c, gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{}) {
				require.NoError(t, err)
				require.False(t, uuids[v.UUID], "an invoice belongs to one team and mode")
				uuids[v.UUID] = true
				assert.Equal(t, live, v.Livemode)
				assert.WithinDuration(t, now, v.CreatedAt.Time(), 121*day)
				assert.False(t, v.CreatedAt.Time().After(now))
				if !live {
					seen["test"]++
					seen[stateOf(v)]++
					seen[v.Currency]++
				} else {
					seen["live"]++
				}
			}
			notes, err := gigstack.ListEgressInvoices.Call(t.Context(), c, gigstack.ListInvoicesInput{})
			require.NoError(t, err)
			seen["egress"] += len(notes.Data)
		}
	}
	assert.GreaterOrEqual(t, seen["test"], 24)
	for _, state := range []string{"live", "PUE", "PPD unpaid", "PPD partly paid", "PPD paid", "canceled", "cancellation pending", "cancellation rejected", "egress", "USD"} {
		assert.Positive(t, seen[state], state)
	}
}

// stateOf is what an accountant would call an invoice.
func stateOf(v gigstack.Invoice) string {
	switch {
	case v.Status == "canceled":
		return "canceled"
	case v.Cancellation != nil:
		return "cancellation " + v.Cancellation.Status
	case v.PaymentMethod == "PUE":
		return "PUE"
	case v.LastBalance.IsZero():
		return "PPD paid"
	case v.LastBalance.Equal(v.Total.Decimal):
		return "PPD unpaid"
	default:
		return "PPD partly paid"
	}
}

// A sandbox of the same hour has the same past, and an empty one has none.
func TestSeedsRepeat(t *testing.T) {
	list := func() (uuids []string) {
		c := start(t, sandbox.Options{}).client(t, sandbox.TeamXenon, false, "viewer")
		for v, err := range gigstack.Each(t.Context(), c, gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{}) {
			require.NoError(t, err)
			uuids = append(uuids, v.UUID)
		}
		return uuids
	}
	assert.Equal(t, list(), list())
	c := start(t, sandbox.Options{}).client(t, sandbox.TeamStranger, false, "viewer")
	none, err := gigstack.ListIncomeInvoices.Call(t.Context(), c, gigstack.ListInvoicesInput{})
	require.NoError(t, err)
	assert.Empty(t, none.Data)
}
