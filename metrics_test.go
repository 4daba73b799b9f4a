package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/capture"
	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/internal/metrics"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/tools"
)

// scrape reads what Prometheus would.
func scrape(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 200, resp.StatusCode)
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(page)
}

// settled is a scrape once it has a line: an answer is counted a moment after it is read.
func settled(t *testing.T, url, line string) (page string) {
	t.Helper()
	for range 200 {
		if page = scrape(t, url); strings.Contains(page, line+"\n") {
			return page
		}
		time.Sleep(10 * time.Millisecond)
	}
	require.Fail(t, "it never has "+line, ours(page))
	return page
}

// ours is the lines of a scrape that are not about the process.
func ours(page string) string {
	var lines strings.Builder
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "gigstack_mcp_") && !strings.Contains(line, "_bucket{") {
			lines.WriteString(line)
		}
	}
	return lines.String()
}

var seriesLine = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_]+="[^"\\]*",? ?)*\})? [^ ]+$`)

// TestMetrics counts calls of every outcome, as Prometheus reads them.
func TestMetrics(t *testing.T) {
	box, s := upstream(t)
	v := serveHTTP(t, s)
	url := strings.Replace(v.url, "/mcp", "/metrics", 1)
	page := scrape(t, url)
	for _, line := range []string{"gigstack_mcp_audit_failures_total 0", "gigstack_mcp_upstream_retries_total 0", "gigstack_mcp_http_waiting 0", `gigstack_mcp_ledger_pending{outcome="unknown"} 0`} {
		assert.Contains(t, page, line+"\n", "it is there before anything happens")
	}
	status, answer := asked(t, v.url, "list_clients", `{}`, nil)
	require.Equal(t, 200, status, answer)
	for _, c := range [][2]string{
		{"get_client", `{"id":"client_canary"}`}, {"get_client", `{"wrong":5}`}, {"get_context", `{}`}, {"select_team", `{"team":"canary"}`},
		{"create_service", `{"description":"canary","unit_price":1}`}, {"delete_webhook", `{"id":"wh_erp"}`},
	} {
		asked(t, v.url, c[0], c[1], nil)
	}
	for _, tool := range []string{"list_services", "create_service"} {
		box.Fail(sandbox.Fault{Status: http.StatusServiceUnavailable, Times: 1})
		asked(t, v.url, tool, map[string]string{"list_services": `{}`, "create_service": `{"description":"again","unit_price":1}`}[tool], nil)
	}

	page = settled(t, url, `gigstack_mcp_http_requests_total{route="POST /mcp",status="200"} 9`)
	for _, line := range []string{
		`http_request_duration_seconds_count{route="POST /mcp"} 9`,
		`http_request_duration_seconds_bucket{route="POST /mcp",le="+Inf"} 9`,
		`tool_calls_total{tool="list_clients",outcome="ok"} 1`,
		`tool_calls_total{tool="get_client",outcome="refused"} 1`,
		`tool_calls_total{tool="get_client",outcome="not_sent"} 1`,
		`tool_calls_total{tool="get_context",outcome="ok"} 1`,
		`tool_calls_total{tool="select_team",outcome="not_sent"} 1`,
		`tool_calls_total{tool="create_service",outcome="ok"} 1`,
		`tool_calls_total{tool="create_service",outcome="unknown"} 1`,
		`tool_calls_total{tool="delete_webhook",outcome="planned"} 1`,
		`tool_call_duration_seconds_count{tool="create_service"} 2`,
		`upstream_requests_total{method="POST",status="2xx"} 1`,
		`upstream_requests_total{method="POST",status="5xx"} 1`,
		`upstream_requests_total{method="GET",status="5xx"} 1`,
		`upstream_retries_total 1`,
		`ledger_pending{outcome="unknown"} 1`,
		`http_running 0`,
	} {
		assert.True(t, strings.Contains(page, "gigstack_mcp_"+line+"\n"), line)
	}
	assert.Contains(t, page, "go_goroutines ")
	assert.Contains(t, page, `gigstack_mcp_build_info{version="development",`)
	assert.NotContains(t, page, "canary")
	assert.NotContains(t, page, s.env["GIGSTACK_API_KEY"])
	if t.Failed() {
		t.Log(ours(page))
	}
	wellFormed(t, page)
	require.NoError(t, v.end())
}

// TestMetricsBounded has clients invent names: none makes a new series.
func TestMetricsBounded(t *testing.T) {
	_, s := upstream(t)
	v := serveHTTP(t, s)
	base := strings.TrimSuffix(v.url, "/mcp")
	try := func(i int) {
		name := fmt.Sprintf("canary_%d", i)
		for _, path := range []string{"/" + name, "/t/" + name + "/mcp", "/mcp?x=" + name} {
			req, err := http.NewRequest(http.MethodPost, base+path, strings.NewReader("{}"))
			require.NoError(t, err)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
		}
		req, err := http.NewRequest(strings.ToUpper(name), v.url, nil)
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		asked(t, v.url, name, `{}`, nil)
		asked(t, v.url, "get_client", `{"id":"`+name+`"}`, map[string]string{"Traceparent": name})
	}
	try(0)
	before := settled(t, base+"/metrics", `gigstack_mcp_tool_call_duration_seconds_count{tool="get_client"} 1`)
	for i := range 20 {
		try(i + 1)
	}
	after := settled(t, base+"/metrics", `gigstack_mcp_tool_call_duration_seconds_count{tool="get_client"} 21`)
	names := func(page string) (names []string) {
		for line := range strings.Lines(page) {
			if name, _, _ := strings.Cut(line, "} "); strings.HasPrefix(name, "gigstack_mcp_") && strings.Contains(name, "{") && !strings.Contains(name, "GET /metrics") {
				names = append(names, name)
			}
		}
		return names
	}
	assert.Equal(t, names(before), names(after))
	assert.NotContains(t, strings.ToLower(after), "canary")
	require.NoError(t, v.end())
}

// TestMetricsApart serves metrics at an address of their own, there alone, and to the
// end of the calls in flight; without one only where the rest is on loopback.
func TestMetricsApart(t *testing.T) {
	box, s := upstream(t)
	s.env["GIGSTACK_METRICS_ADDR"] = "127.0.0.1:0"
	v := serveHTTP(t, s)
	apart := address(t, &v.log, `"address":"`, `"`)
	asked(t, v.url, "get_context", `{}`, nil)
	settled(t, apart, `gigstack_mcp_tool_calls_total{tool="get_context",outcome="ok"} 1`)
	assert.Equal(t, 404, status(t, strings.Replace(v.url, "/mcp", "/metrics", 1)))
	assert.Equal(t, 404, status(t, strings.Replace(apart, "/metrics", "/mcp", 1)))
	require.NoError(t, v.end())
	_, err := http.Get(apart)
	require.Error(t, err, "it ends with the rest")

	s.env["GIGSTACK_METRICS_ADDR"] = "nowhere"
	_, _, err = s.run(t.Context(), "http", "--addr", "127.0.0.1:0")
	require.ErrorContains(t, err, "--metrics-addr")
	delete(s.env, "GIGSTACK_METRICS_ADDR")
	s.env["GIGSTACK_AUTH_FILE"] = authFile(t, box)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var log capture.Buffer
	go func() { ended <- s.program(&log, &log, "http", "--addr", "0.0.0.0:0").run(ctx) }()
	_, port, _ := strings.Cut(address(t, &log, `"url":"http://`, `/mcp"`), "]:")
	assert.Equal(t, 404, status(t, "http://127.0.0.1:"+port+"/metrics"))
	stop()
	require.NoError(t, <-ended)
}

// wellFormed holds a scrape to the text format.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	types := map[string]bool{}
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			assert.False(t, types[name], "%s is declared twice", name)
			types[name] = true
		} else if !strings.HasPrefix(line, "# HELP ") {
			assert.Regexp(t, seriesLine, line)
		}
	}
}

// full is an audit that takes no more records.
type full struct{ tools.Auditor }

func (full) Append(context.Context, audit.Record) (int64, error) { return 0, errors.New("full") }

// TestAuditFailures counts records that could not be made.
func TestAuditFailures(t *testing.T) {
	m := metrics.New("1", time.Now)
	_, err := countedAudit{full{}, m}.Append(t.Context(), audit.Record{})
	require.Error(t, err)
	answer := httptest.NewRecorder()
	m.Handler(metrics.Gauges{Load: httpserve.DefaultLimits().Load, Pending: func(context.Context) (map[string]int, error) { return nil, nil }}).
		ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	assert.Contains(t, answer.Body.String(), "gigstack_mcp_audit_failures_total 1\n")
}
