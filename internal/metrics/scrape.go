package metrics

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"time"
)

// pendingTimeout is how long a scrape waits for the ledger.
const pendingTimeout = 2 * time.Second

// Gauges is what is asked anew for each scrape.
type Gauges struct {
	// Load is how many requests are worked on and wait, and how many streams stand
	// open.
	Load func() (running, waiting, streams int)
	// Pending is how many attempts have no known outcome, by what they have instead.
	// While it fails, they are absent.
	Pending func(context.Context) (map[string]int, error)
}

// Handler answers scrapes, one after the other: none is worth two questions to the
// ledger at once.
func (m *Metrics) Handler(g Gauges) http.Handler {
	turn := make(chan struct{}, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case turn <- struct{}{}:
		case <-r.Context().Done():
			return
		}
		var page bytes.Buffer
		func() {
			defer func() { <-turn }()
			m.write(r.Context(), &page, g)
		}()
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(page.Bytes()) // who does not read it has gone
	})
}

func (m *Metrics) write(ctx context.Context, w io.Writer, g Gauges) {
	gauge(w, prefix+"build_info", "What runs.", label("version", m.version)+","+label("go_version", runtime.Version()), 1)
	running, waiting, streams := g.Load()
	gauge(w, prefix+"http_running", "Requests worked on.", "", float64(running))
	gauge(w, prefix+"http_waiting", "Requests waiting for their turn.", "", float64(waiting))
	gauge(w, prefix+"http_streams", "Streams that stand open.", "", float64(streams))
	ctx, cancel := context.WithTimeout(ctx, pendingTimeout)
	defer cancel()
	if pending, err := g.Pending(ctx); err == nil {
		name := prefix + "ledger_pending"
		declare(w, name, "gauge", "Attempts whose outcome is not known, of all who share the ledger.")
		for _, outcome := range slices.Sorted(maps.Keys(pending)) {
			sample(w, name, label("outcome", outcome), float64(pending[outcome]))
		}
	}
	for _, f := range []*family[uint64]{m.requests, m.calls, m.upstream, m.retries, m.auditFailures} {
		writeCounters(w, f)
	}
	for _, f := range []*family[durations]{m.requestTook, m.callTook, m.upstreamTook} {
		writeHistograms(w, f)
	}
	writeRuntime(w)
}
