package tools_test

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

var crowd = flag.Int("crowd", 0, "measure teams_overview with 40 companies of so many invoices each")

// Forty companies are read and answered in few words.
func TestTeamsOverviewOfMany(t *testing.T) {
	s := newStand(t, setting{})
	ids, err := s.Crowd(40, 10)
	require.NoError(t, err)
	r := s.agent(t, "modern", nil).call(t, "teams_overview", args{"teams": ids, "period": "this_year"})
	require.Equal(t, true, r.get("complete"), r.text)
	assert.Equal(t, "Read 40 of 40 teams", r.get("data", "covers"))
	assert.InDelta(t, 400, r.entry(t, "tool", "list_income_invoices", "read").get("records"), 0)
	assert.Less(t, len(r.text), 40_000, "about 10,000 tokens")
}

// TestTeamsOverviewMeasured says how long forty companies take, and that their invoices
// are not held. The sandbox is another process, so that the heap is the server's alone:
//
//	go test ./tools -run TestTeamsOverviewMeasured -crowd 500 -v
func TestTeamsOverviewMeasured(t *testing.T) {
	if *crowd == 0 {
		t.Skip("without -crowd")
	}
	if address := os.Getenv(serveCrowd); address != "" {
		serveCrowdAt(t, address)
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	elsewhere := &url.URL{Scheme: "http", Host: listener.Addr().String()}
	require.NoError(t, listener.Close())
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTeamsOverviewMeasured$", fmt.Sprintf("-crowd=%d", *crowd))
	child.Env = append(os.Environ(), serveCrowd+"="+elsewhere.Host)
	require.NoError(t, child.Start())
	require.Eventually(t, func() bool {
		answer, err := http.Get(elsewhere.String())
		return err == nil && answer.Body.Close() == nil
	}, time.Minute, 50*time.Millisecond)

	s := newStand(t, setting{upstream: func(http.Handler) http.Handler { return httputil.NewSingleHostReverseProxy(elsewhere) }})
	a := s.agent(t, "modern", nil)
	began := time.Now()
	r := a.call(t, "teams_overview", args{"period": "this_year"})
	took := time.Since(began)
	require.Equal(t, true, r.get("complete"), r.text)
	grew := heapGrowth(func() { a.call(t, "teams_overview", args{"period": "this_year"}) })
	t.Logf("%v invoices took %s; the heap grew by %d KiB at its peak; the answer has %d bytes",
		r.entry(t, "tool", "list_income_invoices", "read").get("records"), took.Round(time.Millisecond), grew>>10, len(r.text))
	assert.Less(t, grew, 32<<20)
}

// serveCrowd is the variable that makes TestTeamsOverviewMeasured the sandbox, at that
// address.
const serveCrowd = "GIGSTACK_TEST_CROWD"

func serveCrowdAt(t *testing.T, address string) {
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	s := sandbox.New(sandbox.Options{Now: func() time.Time { return now }})
	_, err := s.Crowd(40, *crowd)
	require.NoError(t, err)
	require.NoError(t, (&http.Server{Addr: address, Handler: s, ReadHeaderTimeout: time.Minute}).ListenAndServe())
}

// heapGrowth is how many bytes more than before were in use at the most while work ran.
func heapGrowth(work func()) (peak int) {
	inUse := func() int {
		runtime.GC()
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		return int(live[0].Value.Uint64())
	}
	before := inUse()
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
				peak = max(peak, inUse()-before)
			}
		}
	})
	work()
	close(done)
	wg.Wait()
	return peak
}
