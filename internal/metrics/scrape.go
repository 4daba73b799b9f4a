package metrics

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"time"

	"github.com/VictoriaMetrics/metrics"
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
	metrics.WriteGaugeUint64(w, series(prefix+"build_info", "version", m.version, "go_version", runtime.Version()), 1)
	running, waiting, streams := g.Load()
	metrics.WriteGaugeUint64(w, prefix+"http_running", uint64(running))
	metrics.WriteGaugeUint64(w, prefix+"http_waiting", uint64(waiting))
	metrics.WriteGaugeUint64(w, prefix+"http_streams", uint64(streams))
	ctx, cancel := context.WithTimeout(ctx, pendingTimeout)
	defer cancel()
	if pending, err := g.Pending(ctx); err == nil {
		metrics.WriteMetadataIfNeeded(w, prefix+"ledger_pending", "gauge")
		for _, outcome := range slices.Sorted(maps.Keys(pending)) {
			fmt.Fprintf(w, "%s %d\n", series(prefix+"ledger_pending", "outcome", outcome), pending[outcome])
		}
	}
	m.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}
