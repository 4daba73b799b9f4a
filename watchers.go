package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/internal/metrics"
	"github.com/gigstack/gigstack-mcp/internal/watch"
	"github.com/gigstack/gigstack-mcp/tools"
)

// watchers look on while a server works. None does where nothing asks for it.
type watchers struct {
	requests httpserve.Watch
	calls    watch.Func[tools.Call, tools.Outcome]
	sent     watch.Func[gigstack.Attempt, gigstack.Answered]
	metrics  *metrics.Metrics // nil where nobody could read them
}

// openWatch begins to count where metrics are served.
func (a *app) openWatch() {
	c := a.config
	if c.Command != config.HTTP || c.MetricsAddr == "" && !httpserve.Loopback(c.Addr) {
		return
	}
	m := metrics.New(version(), a.program.now)
	a.watch = watchers{requests: m.Request, calls: m.Call, sent: m.Sent, metrics: m}
}

// serveMetrics serves metrics at an address of their own until end is called, or
// returns what serves them beside the rest; nil where they are not served there. What
// happens to the address later is logged: nobody is to be without a server for it.
func (a *app) serveMetrics(ctx context.Context, limits *httpserve.Limits) (beside http.Handler, end func(), err error) {
	end = func() {}
	if a.watch.metrics == nil {
		return nil, end, nil
	}
	scrapes := a.watch.metrics.Handler(metrics.Gauges{Load: limits.Load, Pending: a.countPending})
	if a.config.MetricsAddr == "" {
		return scrapes, end, nil
	}
	l, err := net.Listen("tcp", a.config.MetricsAddr)
	if err != nil {
		return nil, end, fmt.Errorf("--metrics-addr: %w", err)
	}
	a.log.Info().Str("address", "http://"+l.Addr().String()+httpserve.MetricsPath).Msg("serving metrics")
	h := httpserve.MetricsHandler(httpserve.Options{Metrics: scrapes, Now: a.program.now, Log: a.log})
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx)) // to the end of the calls in flight
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := httpserve.Serve(ctx, l, h, time.Second, nil); err != nil {
			a.log.Error().Err(err).Msg("metrics are not served any more")
		}
	}()
	return nil, func() { stop(); <-ended }, nil
}

// countPending is how many attempts of everybody are unknown or running.
func (a *app) countPending(ctx context.Context) (map[string]int, error) {
	pending, err := a.ledger.Pending(ctx)
	count := map[string]int{guard.Unknown: 0, guard.Running: 0}
	for _, attempt := range pending {
		count[attempt.Outcome]++
	}
	return count, err
}

// auditor is the ledger, with those looking on who count what it fails to record.
func (a *app) auditor() tools.Auditor {
	if a.watch.metrics == nil {
		return a.ledger
	}
	return countedAudit{a.ledger, a.watch.metrics}
}

type countedAudit struct {
	tools.Auditor
	metrics *metrics.Metrics
}

// Append implements tools.Auditor.
func (c countedAudit) Append(ctx context.Context, r audit.Record) (number int64, err error) {
	if number, err = c.Auditor.Append(ctx, r); err != nil {
		c.metrics.AuditFailed()
	}
	return number, err
}
