package gigstack

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// limited is a client of a name at a limiter.
func limited(t *testing.T, base string, l *Limiter, name string) *Caller {
	t.Helper()
	c := callerFor(t, base)
	c.options.Limit, c.options.Name = l, name
	return c
}

// TestLimiter has clients of one key share a few requests at once, in turns.
func TestLimiter(t *testing.T) {
	var inside, most atomic.Int64
	var mu sync.Mutex
	var order []string
	base, calls := server(t, func(w http.ResponseWriter, r *http.Request) {
		now := inside.Add(1)
		mu.Lock()
		most.Store(max(most.Load(), now))
		order = append(order, r.URL.Query().Get("team"))
		mu.Unlock()
		time.Sleep(20 * time.Millisecond)
		inside.Add(-1)
		_, _ = w.Write([]byte(`{"data":{}}`))
	})
	l := NewLimiter(2)
	greedy, modest := limited(t, base, l, "greedy").As("team_greedy"), limited(t, base, l, "modest").As("team_modest")
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			_, err := createThing.Call(t.Context(), greedy, thing{})
			assert.NoError(t, err)
		})
	}
	require.Eventually(t, func() bool { return calls.Load() >= 2 }, 5*time.Second, time.Millisecond)
	_, err := getThing.Call(t.Context(), modest, thingRef{ID: "a"})
	require.NoError(t, err)
	wait.Wait()
	assert.Equal(t, int64(2), most.Load())
	assert.Less(t, slices.Index(order, "team_modest"), 10, "%v", order)
}

// TestPause keeps everybody with a key silent while gigstack asked for it, and loses
// nothing: a write waits unsent, and is sent once.
func TestPause(t *testing.T) {
	answer, calls := failing(1, http.StatusServiceUnavailable, map[string]string{"Retry-After": "1"})
	base, _ := server(t, answer)
	l := NewLimiter(0)
	stopping := make(chan struct{})
	asker, other := limited(t, base, l, "asker"), limited(t, base, l, "other")
	asker.options.Attempts = 1
	other.options.Stopping = stopping
	began := time.Now()
	_, err := getThing.Call(t.Context(), asker, thingRef{ID: "a"})
	assert.Equal(t, time.Second, failure(t, err).RetryAfter)

	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for name, call := range map[string]func() error{
		"a read":  func() error { _, err := getThing.Call(short, other, thingRef{ID: "a"}); return err },
		"a write": func() error { _, err := createThing.Call(short, other, thing{}); return err },
	} {
		e := failure(t, call())
		assert.Equal(t, CodeRateLimited, e.Code, name)
		assert.Equal(t, NotSent, e.Outcome, name)
		assert.Equal(t, time.Second, e.RetryAfter, name)
		assert.True(t, e.Retryable(), name)
	}
	assert.Less(t, time.Since(began), 500*time.Millisecond, "who cannot wait so long is told at once")

	gone, leave := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, leave)
	_, err = createThing.Call(gone, other, thing{})
	assert.Equal(t, CodeCanceled, failure(t, err).Code)
	assert.Equal(t, NotSent, failure(t, err).Outcome)

	_, err = createThing.Call(t.Context(), asker, thing{})
	require.NoError(t, err)
	assert.GreaterOrEqual(t, time.Since(began), time.Second)
	assert.Equal(t, int64(2), calls.Load(), "the one that began the pause, and the one that waited")

	l.heed(&Error{Status: http.StatusTooManyRequests, RetryAfter: 10 * time.Second}, 0)
	time.AfterFunc(20*time.Millisecond, func() { close(stopping) })
	_, err = createThing.Call(t.Context(), other, thing{})
	assert.Equal(t, CodeStopping, failure(t, err).Code)
	assert.Equal(t, NotSent, failure(t, err).Outcome)
	assert.Equal(t, int64(2), calls.Load())
}

// A write that is refused for being one too many is not sent again.
func TestPauseAfterWrite(t *testing.T) {
	answer, calls := failing(1, http.StatusTooManyRequests, map[string]string{"Retry-After": "1"})
	base, _ := server(t, answer)
	c := limited(t, base, NewLimiter(0), "")
	began := time.Now()
	_, err := createThing.Call(t.Context(), c, thing{})
	assert.Equal(t, Refused, failure(t, err).Outcome)
	assert.Equal(t, int64(1), calls.Load())
	_, err = getThing.Call(t.Context(), c, thingRef{ID: "a"})
	require.NoError(t, err)
	assert.GreaterOrEqual(t, time.Since(began), time.Second)
}

// How long the pauses are.
func TestPauses(t *testing.T) {
	busy := func(after time.Duration) error { return &Error{Status: http.StatusTooManyRequests, RetryAfter: after} }
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(0)
		send := func(answer error) { // and wait as it says
			after, err := l.enter(t.Context(), "")
			require.NoError(t, err)
			after(answer)
		}
		for _, want := range []int{1, 2, 4, 8, 16, 16} {
			send(busy(0))
			assert.Equal(t, time.Duration(want)*time.Second, l.left())
		}
		send(nil)
		assert.Zero(t, l.left())
		send(busy(0))
		assert.Equal(t, time.Second, l.left(), "an answer was between")
		send(busy(time.Hour))
		assert.Equal(t, longestPause, l.left())
		send(&Error{Status: http.StatusServiceUnavailable})
		assert.Zero(t, l.left(), "nobody asked to wait")

		var burst []func(error)
		for range 3 {
			after, err := l.enter(t.Context(), "")
			require.NoError(t, err)
			burst = append(burst, after)
		}
		burst[0](busy(0))
		burst[1](busy(0))
		assert.Equal(t, time.Second, l.left(), "all of a burst are one reason")
		burst[2](busy(5 * time.Second))
		assert.Equal(t, 5*time.Second, l.left(), "but what gigstack says counts")
	})
}
