package gigstack

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// failing answers the first calls with status and header, and counts all.
func failing(times int64, status int, header map[string]string) (http.HandlerFunc, *atomic.Int64) {
	var calls atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) > times {
			_, _ = w.Write([]byte(`{"data":{"id":"a"}}`))
			return
		}
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
	}, &calls
}

// A read is tried again when that can help, a write never.
func TestRetry(t *testing.T) {
	for name, test := range map[string]struct {
		times  int64
		status int
		header map[string]string
		calls  int64
		ok     bool
	}{
		"once busy":           {1, 503, nil, 2, true},
		"twice too many":      {2, 429, nil, 3, true},
		"always busy":         {9, 500, nil, 3, false},
		"not found":           {9, 404, nil, 1, false},
		"waits as told":       {1, 429, map[string]string{"Retry-After": "1"}, 2, true},
		"too long a wait":     {1, 429, map[string]string{"Retry-After": "21"}, 1, false},
		"a date too far away": {1, 503, map[string]string{"Date": "Sat, 21 Nov 2026 18:00:00 GMT", "Retry-After": "Sat, 21 Nov 2026 18:10:00 GMT"}, 1, false},
		"a nonsense wait":     {1, 503, map[string]string{"Retry-After": "soon"}, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, calls := failing(test.times, test.status, test.header)
			base, _ := server(t, answer)
			began := time.Now()
			_, err := getThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"})
			assert.Equal(t, test.ok, err == nil, "%v", err)
			assert.Equal(t, test.calls, calls.Load())
			if test.header["Retry-After"] == "1" {
				assert.GreaterOrEqual(t, time.Since(began), time.Second)
			}
		})
		t.Run(name+", write", func(t *testing.T) {
			answer, calls := failing(test.times, test.status, test.header)
			base, _ := server(t, answer)
			_, err := createThing.Call(t.Context(), callerFor(t, base), thing{})
			require.Error(t, err)
			_, err = openThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"}) // a GET with an effect
			assert.Equal(t, test.times == 1, err == nil)
			assert.Equal(t, int64(2), calls.Load(), "each sent once")
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Run("says how long to wait", func(t *testing.T) {
		answer, _ := failing(1, 429, map[string]string{"Retry-After": "60"})
		base, _ := server(t, answer)
		_, err := getThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"})
		assert.Equal(t, time.Minute, failure(t, err).RetryAfter)
	})
	t.Run("gives up with its caller", func(t *testing.T) {
		answer, calls := failing(9, 429, map[string]string{"Retry-After": "15"})
		base, _ := server(t, answer)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := getThing.Call(ctx, callerFor(t, base), thingRef{ID: "a"})
		assert.Equal(t, CodeTimeout, failure(t, err).Code)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, int64(1), calls.Load())
	})
}

// What is known when no answer came.
func TestNoAnswer(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	drop := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"data":`))
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		code   string
	}{
		"in time":    {hang, CodeTimeout},
		"but a drop": {drop, CodeUnreachable},
		"but a half": {half, CodeUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			base, calls := server(t, test.answer)
			c := callerFor(t, base)
			c.options.Timeout = 50 * time.Millisecond
			c.options.Attempts = 2
			_, err := createThing.Call(t.Context(), c, thing{})
			e := failure(t, err)
			assert.Equal(t, Unknown, e.Outcome)
			assert.Equal(t, test.code, e.Code)
			assert.Equal(t, int64(1), calls.Load(), "a write is sent once")
			_, err = getThing.Call(t.Context(), c, thingRef{ID: "a"})
			e = failure(t, err)
			assert.Equal(t, Refused, e.Outcome)
			assert.True(t, e.Retryable())
			assert.GreaterOrEqual(t, calls.Load(), int64(3), "a read is tried again")
		})
	}
	t.Run("and nobody there", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, listener.Close())
		_, err = createThing.Call(t.Context(), callerFor(t, "http://"+listener.Addr().String()), thing{})
		e := failure(t, err)
		assert.Equal(t, NotSent, e.Outcome)
		assert.Equal(t, CodeUnreachable, e.Code)
		assert.Zero(t, e.Status)
	})
	t.Run("and the network timed out", func(t *testing.T) {
		c := callerFor(t, "https://gigstack.example")
		c.http = newHTTP(roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
		}))
		_, err := createThing.Call(t.Context(), c, thing{})
		assert.Equal(t, NotSent, failure(t, err).Outcome, "no connection, no effect")
	})
	t.Run("to a read that was canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		base, _ := server(t, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		_, err := getThing.Call(ctx, callerFor(t, base), thingRef{ID: "a"})
		e := failure(t, err)
		assert.Equal(t, CodeCanceled, e.Code)
		assert.Equal(t, Refused, e.Outcome)
		require.ErrorIs(t, err, context.Canceled)
	})
}

// A write that is under way goes through to its answer when nobody waits for it
// any more; one that is not is not begun.
func TestCanceledWrite(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	base, calls := server(t, func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		time.Sleep(50 * time.Millisecond)
		_, _ = w.Write([]byte(`{"data":{"id":"thing_1"}}`))
	})
	c := callerFor(t, base)
	_, err := createThing.Call(ctx, c, thing{})
	require.NoError(t, err)
	_, err = createThing.Call(ctx, c, thing{})
	e := failure(t, err)
	assert.Equal(t, NotSent, e.Outcome)
	assert.Equal(t, CodeCanceled, e.Code)
	assert.Equal(t, int64(1), calls.Load())
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
