package sandbox_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// The demonstration company shows every state that payments and receipts can be
// in, and enough documents to page through.
func TestSeededPaymentsAndReceipts(t *testing.T) {
	b := start(t, sandbox.Options{})
	documents := map[bool]int{}
	for _, team := range []string{sandbox.TeamKemper, sandbox.TeamXenon, sandbox.TeamRobotica} {
		for _, live := range []bool{false, true} {
			t.Run(fmt.Sprint(team, " live ", live), func(t *testing.T) {
				c := b.client(t, team, live, "viewer")
				states := map[string]int{}
				for p, err := range gigstack.Each(t.Context(), c, gigstack.ListPayments, gigstack.ListPaymentsInput{}) {
					require.NoError(t, err)
					states["payment "+p.Status]++
					documents[live] += 1 + len(p.Invoices)
					assert.Equal(t, live, p.Livemode)
					assert.Equal(t, team, p.Team)
				}
				for r, err := range gigstack.Each(t.Context(), c, gigstack.ListReceipts, gigstack.ListReceiptsInput{}) {
					require.NoError(t, err)
					states["receipt "+r.Status]++
					documents[live]++
					assert.Equal(t, live, r.Livemode)
					if r.Status == "completed" {
						assert.Len(t, r.Invoices, 1)
					}
				}
				for _, status := range gigstack.PaymentStatus("").Choices() {
					assert.Positive(t, states["payment "+status.Value], "payments that are %s", status.Value)
				}
				for _, status := range []string{"pending", "completed", "expired", "canceled"} {
					assert.Positive(t, states["receipt "+status], "receipts that are %s", status)
				}
			})
		}
	}
	assert.GreaterOrEqual(t, documents[false], 40)
}
