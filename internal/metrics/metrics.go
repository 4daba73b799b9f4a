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

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/tools"
)

const prefix = "gigstack_mcp_"

// Metrics is what one server counts. It is safe for concurrent use.
type Metrics struct {
	version string
	now     func() time.Time

	requests, calls, upstream, retries, auditFailures *family[uint64]
	requestTook, callTook, upstreamTook               *family[durations]
}

// New begins at zero.
func New(version string, now func() time.Time) *Metrics {
	m := &Metrics{
		version: version, now: now,
		requests:      newFamily[uint64]("http_requests_total", "Requests answered."),
		calls:         newFamily[uint64]("tool_calls_total", "Calls of tools, by what became of them."),
		upstream:      newFamily[uint64]("upstream_requests_total", "Requests to gigstack."),
		retries:       newFamily[uint64]("upstream_retries_total", "Requests to gigstack that were sent again."),
		auditFailures: newFamily[uint64]("audit_failures_total", "Records of the audit that could not be made."),
		requestTook:   newFamily[durations]("http_request_duration_seconds", "How long requests took."),
		callTook:      newFamily[durations]("tool_call_duration_seconds", "How long calls of tools took."),
		upstreamTook:  newFamily[durations]("upstream_request_duration_seconds", "How long requests to gigstack took."),
	}
	for _, single := range []*family[uint64]{m.retries, m.auditFailures} { // there before it first happens
		single.with("", func(*uint64) {})
	}
	return m
}

// Request counts a request, by its route.
func (m *Metrics) Request(ctx context.Context, _ http.Header) (context.Context, func(httpserve.Answered)) {
	begin := m.now()
	return ctx, func(a httpserve.Answered) {
		route := a.Route
		if route == "" {
			route = "other"
		}
		m.requests.with(label("route", route)+","+label("status", strconv.Itoa(a.Status)), increase)
		m.took(m.requestTook, label("route", route), begin)
	}
}

// Call counts a call of a tool, by what became of it.
func (m *Metrics) Call(ctx context.Context, call tools.Call) (context.Context, func(tools.Outcome)) {
	begin := m.now()
	return ctx, func(outcome tools.Outcome) {
		if !slices.Contains(tools.Outcomes(), outcome) {
			outcome = "other"
		}
		m.calls.with(label("tool", call.Tool)+","+label("outcome", string(outcome)), increase)
		m.took(m.callTook, label("tool", call.Tool), begin)
	}
}

// Sent counts a request to gigstack, by its method and the class of the answer.
func (m *Metrics) Sent(ctx context.Context, attempt gigstack.Attempt) (context.Context, func(gigstack.Answered)) {
	if attempt.Again {
		m.retries.with("", increase)
	}
	begin, method := m.now(), attempt.Method()
	return ctx, func(status gigstack.Answered) {
		m.upstream.with(label("method", method)+","+label("status", class(int(status))), increase)
		m.took(m.upstreamTook, label("method", method), begin)
	}
}

// AuditFailed counts a record that could not be made.
func (m *Metrics) AuditFailed() { m.auditFailures.with("", increase) }

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

func increase(n *uint64) { *n++ }

// took adds how long something took that began at a time.
func (m *Metrics) took(f *family[durations], labels string, begin time.Time) {
	took := m.now().Sub(begin)
	f.with(labels, func(d *durations) { d.add(took) })
}
