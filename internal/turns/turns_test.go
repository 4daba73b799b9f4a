package turns

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// take is a name taking so many places, which are free.
func take(t *testing.T, turns *Turns, name string, many int) {
	t.Helper()
	for range many {
		require.NoError(t, turns.Take(t.Context(), name))
	}
}

// soon is a context that does not wait long.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestBounds(t *testing.T) {
	turns := &Turns{All: 4, Each: 3, Queue: 2}
	take(t, turns, "ana", 3)
	require.ErrorIs(t, turns.Take(soon(t), "ana"), context.DeadlineExceeded, "three are as many as one may")
	take(t, turns, "eve", 1)
	require.ErrorIs(t, turns.Take(soon(t), "eve"), context.DeadlineExceeded, "four are as many as all may")
	turns.Free("ana")
	take(t, turns, "eve", 1)
	for _, name := range []string{"ana", "ana", "eve"} {
		turns.Free(name)
	}
	assert.Equal(t, 1, turns.taken)
	assert.Len(t, turns.queues, 1, "who has nothing here is forgotten")
	assert.Empty(t, turns.turn)

	unbounded := &Turns{}
	take(t, unbounded, "ana", 1000)
}

// TestTurns lets those in who ask for little, although another asked for much before.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := &Turns{All: 1}
		take(t, turns, "first", 1)
		var order []string
		for _, name := range []string{"greedy", "greedy", "greedy", "greedy", "modest"} {
			go func() {
				assert.NoError(t, turns.Take(t.Context(), name))
				order = append(order, name) // only one is in at a time
				turns.Free(name)
			}()
			synctest.Wait()
		}
		turns.Free("first")
		synctest.Wait()
		assert.Equal(t, 1, slices.Index(order, "modest"), "%v", order)
		assert.Len(t, order, 5)
		assert.Empty(t, turns.queues)
	})
}

func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := &Turns{Each: 3, Queue: 2}
		take(t, turns, "ana", 3)
		ctx, give := context.WithCancel(t.Context())
		for range 2 {
			go func() { assert.ErrorIs(t, turns.Take(ctx, "ana"), context.Canceled) }()
		}
		synctest.Wait()
		require.ErrorIs(t, turns.Take(t.Context(), "ana"), ErrFull, "at once")
		give()
		synctest.Wait()
		assert.Empty(t, turns.turn)
	})
}

// TestLoad never has more inside than may be, and leaves nothing behind.
func TestLoad(t *testing.T) {
	turns := &Turns{All: 5, Each: 3}
	var mu sync.Mutex
	inside, all, most := map[string]int{}, 0, 0
	var wait sync.WaitGroup
	for i := range 300 {
		name := string(rune('a' + i%4))
		wait.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%7 == 0 {
				time.AfterFunc(time.Duration(i)*10*time.Microsecond, cancel)
			}
			if turns.Take(ctx, name) != nil {
				return
			}
			mu.Lock()
			inside[name]++
			all++
			most = max(most, all)
			assert.LessOrEqual(t, inside[name], 3)
			mu.Unlock()
			time.Sleep(100 * time.Microsecond)
			mu.Lock()
			inside[name]--
			all--
			mu.Unlock()
			turns.Free(name)
		})
	}
	wait.Wait()
	assert.Equal(t, 5, most)
	assert.Zero(t, turns.taken)
	assert.Empty(t, turns.queues)
	assert.Empty(t, turns.turn)
}
