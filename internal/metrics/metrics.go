// Package metrics counts what a server does, for Prometheus. Every label has a small
// set of values that are the server's own, so that no client can make series up: names
// of tools, routes and methods, statuses, outcomes. Nothing else of a call comes here.
package metrics

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/tools"
)

// Names of what is counted.
const (
	prefix          = "gigstack_mcp_"
	requests        = prefix + "http_requests_total"
	requestSeconds  = prefix + "http_request_duration_seconds"
	calls           = prefix + "tool_calls_total"
	callSeconds     = prefix + "tool_call_duration_seconds"
	upstream        = prefix + "upstream_requests_total"
	upstreamSeconds = prefix + "upstream_request_duration_seconds"
	upstreamRetries = prefix + "upstream_retries_total"
	auditFailures   = prefix + "audit_failures_total"
)

// bounds of durations, in seconds: from what this machine answers to the longest write.
var bounds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// Metrics is what one server counts. It is safe for concurrent use.
type Metrics struct {
	set     *metrics.Set
	version string
	now     func() time.Time
	retries *metrics.Counter
	audit   *metrics.Counter
}

// New begins at zero.
func New(version string, now func() time.Time) *Metrics {
	metrics.ExposeMetadata(true) // the library's one switch: say what is a counter
	set := metrics.NewSet()
	return &Metrics{set: set, version: version, now: now, retries: set.NewCounter(upstreamRetries), audit: set.NewCounter(auditFailures)}
}

// Request counts a request, by its route.
func (m *Metrics) Request(ctx context.Context, _ http.Header) (context.Context, func(httpserve.Answered)) {
	begin := m.now()
	return ctx, func(a httpserve.Answered) {
		route := a.Route
		if route == "" {
			route = "other"
		}
		m.count(requests, "route", route, "status", strconv.Itoa(a.Status))
		m.took(begin, requestSeconds, "route", route)
	}
}

// Call counts a call of a tool, by what became of it.
func (m *Metrics) Call(ctx context.Context, call tools.Call) (context.Context, func(tools.Outcome)) {
	begin := m.now()
	return ctx, func(outcome tools.Outcome) {
		if !slices.Contains(tools.Outcomes(), outcome) {
			outcome = "other"
		}
		m.count(calls, "tool", call.Tool, "outcome", string(outcome))
		m.took(begin, callSeconds, "tool", call.Tool)
	}
}

// Sent counts a request to gigstack, by its method and the class of the answer.
func (m *Metrics) Sent(ctx context.Context, attempt gigstack.Attempt) (context.Context, func(gigstack.Answered)) {
	if attempt.Again {
		m.retries.Inc()
	}
	begin, method := m.now(), attempt.Method()
	return ctx, func(status gigstack.Answered) {
		m.count(upstream, "method", method, "status", class(int(status)))
		m.took(begin, upstreamSeconds, "method", method)
	}
}

// AuditFailed counts a record that could not be made.
func (m *Metrics) AuditFailed() { m.audit.Inc() }

// class is the hundreds of a status, but for the one that says to go more slowly.
func class(status int) string {
	switch {
	case status == http.StatusTooManyRequests:
		return "429"
	case status >= 100 && status < 600:
		return strconv.Itoa(status/100) + "xx"
	default:
		return "none"
	}
}

func (m *Metrics) count(name string, labels ...string) {
	m.set.GetOrCreateCounter(series(name, labels...)).Inc()
}

func (m *Metrics) took(begin time.Time, name string, labels ...string) {
	m.set.GetOrCreatePrometheusHistogramExt(series(name, labels...), bounds).Update(m.now().Sub(begin).Seconds())
}

// series is a name with its labels. None of their values has to be escaped.
func series(name string, labels ...string) string {
	for i := 0; i < len(labels); i += 2 {
		before := `",`
		if i == 0 {
			before = "{"
		}
		name += before + labels[i] + `="` + labels[i+1]
	}
	return name + `"}`
}
