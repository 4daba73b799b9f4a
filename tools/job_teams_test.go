package tools

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Things are done a few at a time; results stand in their order.
func TestSpread(t *testing.T) {
	var now, most atomic.Int64
	got := spread(t.Context(), 3, 50, func(_ context.Context, i int) int {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer now.Add(-1)
		return i * i
	})
	for i, v := range got {
		assert.Equal(t, i*i, v)
	}
	assert.LessOrEqual(t, most.Load(), int64(3))
	assert.Empty(t, spread(t.Context(), 3, 0, func(context.Context, int) int { return 1 }))
}

// What one of them panics with is not lost, and does not take the server down.
func TestSpreadPanics(t *testing.T) {
	assert.PanicsWithValue(t, "canary", func() {
		spread(t.Context(), 2, 9, func(_ context.Context, i int) int {
			if i == 4 {
				panic("canary")
			}
			return i
		})
	})
}

// Nothing is begun once the context has ended.
func TestSpreadEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var begun atomic.Int64
	spread(ctx, 2, 100, func(context.Context, int) int {
		cancel()
		begun.Add(1)
		return 0
	})
	assert.LessOrEqual(t, begun.Load(), int64(2))
}
