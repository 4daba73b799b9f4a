package guard_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
)

// Where a word has to be typed, only that word confirms, and it is part of the plan.
func TestTypedWord(t *testing.T) {
	g := newStand(t, guard.Policy{}, journalIn(t, ""))
	asked := cancel
	asked.Word = "1740"
	plan, err := g.Plan(t.Context(), asked, guard.ByAnswer)
	require.NoError(t, err)
	for _, typed := range []string{"", "1741", "174"} {
		other := cancel
		other.Word = typed
		_, err := g.Confirm(t.Context(), other, plan.Token, true, nil)
		assert.Equal(t, guard.CodePlanWord, code(err), typed)
	}
	_, err = g.Confirm(t.Context(), asked, plan.Token, true, nil)
	require.NoError(t, err)
}
