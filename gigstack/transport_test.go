package gigstack

import (
	"compress/gzip"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// counting counts the connections to a server that is not started yet.
func counting(s *httptest.Server) *atomic.Int64 {
	var made atomic.Int64
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			made.Add(1)
		}
	}
	return &made
}

// Connections are made once and used again.
func TestConnections(t *testing.T) {
	var together sync.WaitGroup
	together.Add(32)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/things/together" {
			together.Done()
			together.Wait()
		}
		_, _ = w.Write([]byte(`{"data":{"id":"a"}}`))
	}))
	made := counting(s)
	s.Start()
	t.Cleanup(s.Close)
	c := callerFor(t, s.URL)
	for range 1000 {
		_, err := getThing.Call(t.Context(), c, thingRef{ID: "a"})
		require.NoError(t, err)
	}
	assert.Equal(t, int64(1), made.Load(), "one after the other")
	_, err := createThing.Call(t.Context(), c.As("team_2"), thing{})
	require.NoError(t, err)
	assert.Equal(t, int64(1), made.Load(), "a write for another team")
	for _, id := range []string{"together", "a", "b", "c"} {
		var wait sync.WaitGroup
		for range 32 {
			wait.Go(func() {
				_, err := getThing.Call(t.Context(), c, thingRef{ID: id})
				assert.NoError(t, err)
			})
		}
		wait.Wait()
	}
	assert.Equal(t, int64(32), made.Load(), "32 at a time")
}

func TestGzip(t *testing.T) {
	base, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "gzip", r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(`{"data":{"id":"a"}}`))
		_ = z.Close()
	})
	got, err := getThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"})
	require.NoError(t, err)
	assert.Equal(t, "a", got.ID)
}

// HTTP/2 is used where it is offered, and one connection serves all.
func TestHTTP2(t *testing.T) {
	var other atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			other.Add(1)
		}
		time.Sleep(time.Millisecond)
		_, _ = w.Write([]byte(`{"data":{"id":"a"}}`))
	}))
	s.EnableHTTP2 = true
	made := counting(s)
	s.StartTLS()
	t.Cleanup(s.Close)
	c := callerFor(t, s.URL)
	for _, client := range []*http.Client{c.http, c.once} {
		trusting := client.Transport.(*http.Transport)
		trusting.TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		trusting.TLSClientConfig.NextProtos = nil // as it is without a test
	}
	_, err := getThing.Call(t.Context(), c, thingRef{ID: "a"})
	require.NoError(t, err)
	var wait sync.WaitGroup
	for range 32 {
		wait.Go(func() {
			_, err := getThing.Call(t.Context(), c, thingRef{ID: "a"})
			assert.NoError(t, err)
		})
	}
	wait.Wait()
	assert.Equal(t, int64(1), made.Load())
	assert.Zero(t, other.Load())
	_, err = openThing.Call(t.Context(), c, thingRef{ID: "a"})
	require.NoError(t, err)
	assert.Equal(t, int64(2), made.Load(), "a GET with an effect has a connection of its own")
}
