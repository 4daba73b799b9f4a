package httpserve

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/turns"
)

func TestLimits(t *testing.T) {
	l := &Limits{Turns: turns.Turns{All: 4, Each: 1, Queue: 2}, Wait: 20 * time.Millisecond}
	leave, err := l.enter(t.Context(), "ana", http.MethodPost, false)
	require.NoError(t, err)
	began := time.Now()
	_, err = l.enter(t.Context(), "ana", http.MethodPost, false)
	require.ErrorIs(t, err, errBusy)
	assert.GreaterOrEqual(t, time.Since(began), l.Wait)
	_, err = l.enter(t.Context(), "eve", http.MethodPost, false)
	require.NoError(t, err)
	leave()
	_, err = l.enter(t.Context(), "ana", http.MethodPost, false)
	require.NoError(t, err)
}

func TestStreamsAreNoWork(t *testing.T) {
	l := &Limits{Turns: turns.Turns{All: 4, Each: 1, Queue: 2}, Wait: time.Minute}
	var leaves []func()
	for range 2 {
		leave, err := l.enter(t.Context(), "ana", http.MethodGet, false)
		require.NoError(t, err)
		leaves = append(leaves, leave)
	}
	_, err := l.enter(t.Context(), "ana", http.MethodGet, false)
	require.ErrorIs(t, err, errStreams)
	running, waiting, streams := l.Load()
	assert.Equal(t, []int{0, 0, len(leaves)}, []int{running, waiting, streams})
	_, err = l.enter(t.Context(), "ana", http.MethodPost, false)
	require.NoError(t, err)
	for _, leave := range leaves {
		leave()
	}
	assert.Empty(t, l.streams, "who has nothing here is forgotten")
}
