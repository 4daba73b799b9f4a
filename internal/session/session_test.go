package session

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The other store, and the life of a selection in both, is tested in
// internal/ledger.

func TestNoNameNoMemory(t *testing.T) {
	s := NewSelections(NewMemory(), time.Now)
	remembered, err := s.Set(t.Context(), "", "team_a")
	require.NoError(t, err)
	assert.False(t, remembered)
	team, err := s.Get(t.Context(), "")
	require.NoError(t, err)
	assert.Empty(t, team)
}

func TestMemoryIsBounded(t *testing.T) {
	m, now := NewMemory(), time.Now()
	for i := range most + 10 {
		require.NoError(t, m.Select(t.Context(), strconv.Itoa(i), "team", now.Add(time.Duration(i))))
	}
	assert.Len(t, m.team, most)
	for conversation, want := range map[string]string{"0": "", strconv.Itoa(most + 9): "team"} {
		team, err := m.Selected(t.Context(), conversation, now.Add(time.Second))
		require.NoError(t, err)
		assert.Equal(t, want, team, "the oldest is forgotten first")
	}
}
