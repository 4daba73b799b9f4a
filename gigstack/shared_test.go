package gigstack

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/risk"
)

var slowThing = Endpoint[thingRef, thing]{Name: "slow_thing", Route: "GET /things/{id}", Risk: risk.Read, Slow: true}

// gate lets requests wait for a word of the test.
func gate(open <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-open:
			_, _ = w.Write([]byte(`{"data":{"id":"a"}}`))
		case <-r.Context().Done():
		}
	}
}

// waits is until so many wait for one read.
func waits(t *testing.T, c *Caller, many int) {
	t.Helper()
	require.Eventually(t, func() bool {
		c.reads.mu.Lock()
		defer c.reads.mu.Unlock()
		for _, f := range c.reads.flights {
			return f.waiting == many
		}
		return many == 0
	}, 5*time.Second, time.Millisecond)
}

// TestSharedReads makes one request for identical reads at a time, and no answer is
// another's to change.
func TestSharedReads(t *testing.T) {
	open := make(chan struct{})
	base, calls := server(t, gate(open))
	c := callerFor(t, base).Shared()
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			reply, err := getThing.Invoke(t.Context(), c, json.RawMessage(`{"id":"a"}`))
			assert.NoError(t, err)
			assert.JSONEq(t, `{"id":"a"}`, string(reply.Data))
			clear(reply.Data)
		})
	}
	waits(t, c, 10)
	close(open)
	wait.Wait()
	assert.Equal(t, int64(1), calls.Load())
	assert.Empty(t, c.reads.flights)
	_, err := getThing.Call(t.Context(), c, thingRef{ID: "a"})
	require.NoError(t, err)
	assert.Equal(t, int64(2), calls.Load(), "what has landed is not joined")
}

// What is not the same read, or not to be shared, is sent each for itself.
func TestUnsharedReads(t *testing.T) {
	open := make(chan struct{})
	base, calls := server(t, gate(open))
	c := callerFor(t, base).Shared()
	var wait sync.WaitGroup
	each := []func() error{
		func() error { _, err := getThing.Call(t.Context(), c, thingRef{ID: "a"}); return err },
		func() error { _, err := getThing.Call(t.Context(), c, thingRef{ID: "b"}); return err },
		func() error { _, err := slowThing.Call(t.Context(), c, thingRef{ID: "a"}); return err },
		func() error { _, err := getThing.Call(t.Context(), c.As("team_2"), thingRef{ID: "a"}); return err },
		func() error {
			_, err := getThing.Call(t.Context(), callerFor(t, base).Shared(), thingRef{ID: "a"})
			return err
		},
		func() error { _, err := getThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"}); return err },
	}
	for _, read := range each {
		wait.Go(func() { assert.NoError(t, read()) })
	}
	require.Eventually(t, func() bool { return calls.Load() == int64(len(each)) }, 5*time.Second, time.Millisecond)
	close(open)
	wait.Wait()
	opened := make(chan error, 2)
	for range 2 {
		go func() { _, err := openThing.Call(t.Context(), c, thingRef{ID: "a"}); opened <- err }()
	}
	require.NoError(t, <-opened)
	require.NoError(t, <-opened)
	assert.Equal(t, int64(len(each)+2), calls.Load(), "a GET with an effect is never shared")
}

// Who gives up takes nothing from the others; when all do, the request ends.
func TestSharedReadGivenUp(t *testing.T) {
	open, ended := make(chan struct{}), make(chan struct{}, 2)
	answer := gate(open)
	base, calls := server(t, func(w http.ResponseWriter, r *http.Request) {
		answer(w, r)
		ended <- struct{}{}
	})
	c := callerFor(t, base).Shared()
	read := func(ctx context.Context) chan error {
		result := make(chan error, 1)
		go func() { _, err := getThing.Call(ctx, c, thingRef{ID: "a"}); result <- err }()
		return result
	}
	first, leave := context.WithCancel(t.Context())
	began := read(first)
	waits(t, c, 1)
	joined := read(t.Context())
	waits(t, c, 2)
	leave()
	assert.Equal(t, CodeCanceled, failure(t, <-began).Code)
	open <- struct{}{}
	require.NoError(t, <-joined)
	<-ended
	assert.Equal(t, int64(1), calls.Load())

	all, leave := context.WithCancel(t.Context())
	one, other := read(all), read(all)
	waits(t, c, 2)
	require.Eventually(t, func() bool { return calls.Load() == 2 }, 5*time.Second, time.Millisecond)
	leave()
	assert.Equal(t, CodeCanceled, failure(t, <-one).Code)
	assert.Equal(t, CodeCanceled, failure(t, <-other).Code)
	<-ended
	waits(t, c, 0)
}

// A read that fails does so for all who wait, in words of their own.
func TestSharedFailure(t *testing.T) {
	open := make(chan struct{})
	base, calls := server(t, func(w http.ResponseWriter, _ *http.Request) {
		<-open
		w.WriteHeader(http.StatusNotFound)
	})
	c := callerFor(t, base).Shared()
	failed := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := getThing.Call(t.Context(), c, thingRef{ID: "a"})
			failed <- err
		}()
	}
	waits(t, c, 2)
	close(open)
	one, other := failure(t, <-failed), failure(t, <-failed)
	assert.Equal(t, one, other)
	assert.NotSame(t, one, other)
	assert.Equal(t, int64(1), calls.Load())
}

// TestReadAfterWrite never has a read that begins after a write be answered by one that
// began before it.
func TestReadAfterWrite(t *testing.T) {
	hold := make(chan struct{})
	var reads atomic.Int64
	base, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && reads.Add(1) == 1 {
			<-hold
			_, _ = w.Write([]byte(`{"data":{"name":"old"}}`))
			return
		}
		_, _ = w.Write([]byte(`{"data":{"name":"new"}}`))
	})
	c := callerFor(t, base).Shared()
	c.reads.keep = time.Minute
	before := make(chan thing, 1)
	go func() {
		v, err := slowThing.Call(t.Context(), c, thingRef{ID: "a"})
		assert.NoError(t, err)
		before <- v
	}()
	require.Eventually(t, func() bool { return reads.Load() == 1 }, 5*time.Second, time.Millisecond)
	_, err := createThing.Call(t.Context(), c, thing{})
	require.NoError(t, err)
	after, err := slowThing.Call(t.Context(), c, thingRef{ID: "a"})
	require.NoError(t, err)
	assert.Equal(t, "new", after.Name)
	close(hold)
	assert.Equal(t, "old", (<-before).Name)
	after, err = slowThing.Call(t.Context(), c, thingRef{ID: "a"})
	require.NoError(t, err)
	assert.Equal(t, "new", after.Name, "the older answer was not kept")
	assert.Equal(t, int64(2), reads.Load(), "the newer one was")
}

// TestCache keeps slow answers for those who share, for a while, until a write.
func TestCache(t *testing.T) {
	base, calls := server(t, says(200, `{"data":{"id":"a"}}`))
	off := callerFor(t, base).Shared()
	plain := callerFor(t, base)
	plain.reads.keep = time.Minute
	c := plain.Shared()
	sends := func(want int64, why string, call func() error) {
		t.Helper()
		before := calls.Load()
		require.NoError(t, call())
		assert.Equal(t, want, calls.Load()-before, why)
	}
	slow := func(c *Caller) func() error {
		return func() error { _, err := slowThing.Call(t.Context(), c, thingRef{ID: "a"}); return err }
	}
	quick := func() error { _, err := getThing.Call(t.Context(), c, thingRef{ID: "a"}); return err }
	sends(1, "off", slow(off))
	sends(1, "by default", slow(off))
	sends(1, "the first time", slow(c))
	sends(0, "kept", slow(c))
	sends(1, "of another team", slow(c.As("team_2")))
	sends(1, "where something is decided", slow(plain))
	sends(0, "still kept", slow(c))
	sends(1, "no slow one", quick)
	sends(1, "again", quick)
	sends(1, "a write", func() error { _, err := createThing.Call(t.Context(), c.As("team_2"), thing{}); return err })
	sends(1, "afterwards", slow(c))
	refusing, _ := server(t, says(500, `{}`))
	refused := *plain
	refused.base, _ = ParseBaseURL(refusing)
	_, err := createThing.Call(t.Context(), &refused, thing{})
	assert.Equal(t, Unknown, failure(t, err).Outcome)
	sends(1, "after a write of unknown outcome", slow(c))
	plain.reads.forget()
	plain.reads.keep = 20 * time.Millisecond
	sends(1, "anew", slow(c))
	require.Eventually(t, func() bool {
		c.reads.mu.Lock()
		defer c.reads.mu.Unlock()
		return len(c.reads.kept) == 0
	}, 5*time.Second, time.Millisecond, "it grows old")
	sends(1, "after its time", slow(c))
}
