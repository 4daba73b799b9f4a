package metrics

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/tools"
)

// idle is a server with nothing to do and a ledger that does not answer.
var idle = Gauges{
	Load:    func() (running, waiting, streams int) { return 0, 0, 0 },
	Pending: func(context.Context) (map[string]int, error) { return nil, errors.New("no ledger") },
}

func scrape(m *Metrics, g Gauges) string {
	answer := httptest.NewRecorder()
	m.Handler(g).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	return answer.Body.String()
}

// TestHistogram puts each duration under every bound that it does not exceed.
func TestHistogram(t *testing.T) {
	clock := time.Unix(0, 0)
	m := New("1", func() time.Time { return clock })
	for _, took := range []time.Duration{0, time.Millisecond, 2 * time.Second, time.Minute, time.Hour} {
		_, end := m.Sent(t.Context(), gigstack.Attempt{Spec: gigstack.Spec{Route: "GET /x"}})
		clock = clock.Add(took)
		end(200)
	}
	page := scrape(m, idle)
	for _, line := range []string{`_bucket{method="GET",le="0.001"} 2`, `_bucket{method="GET",le="1"} 2`, `_bucket{method="GET",le="2.5"} 3`, `_bucket{method="GET",le="60"} 4`,
		`_bucket{method="GET",le="+Inf"} 5`, `_sum{method="GET"} 3662.001`, `_count{method="GET"} 5`} {
		assert.Contains(t, page, "gigstack_mcp_upstream_request_duration_seconds"+line+"\n")
	}
	assert.NotContains(t, page, "ledger_pending", "nobody knows how many")
}

// TestLabels come from small sets, whatever they are made of.
func TestLabels(t *testing.T) {
	m := New("a \"version\"\n", time.Now)
	for _, status := range []gigstack.Answered{0, 200, 204, 302, 404, 429, 503, 999, -1} {
		_, end := m.Sent(t.Context(), gigstack.Attempt{Spec: gigstack.Spec{Route: "GET /x"}, Again: status == 503})
		end(status)
	}
	_, became := m.Call(t.Context(), tools.Call{Tool: "get_client"})
	became("new")
	page := scrape(m, idle)
	for _, line := range []string{`upstream_requests_total{method="GET",status="none"} 3`, `upstream_requests_total{method="GET",status="2xx"} 2`, `upstream_requests_total{method="GET",status="429"} 1`,
		`upstream_retries_total 1`, `tool_calls_total{tool="get_client",outcome="other"} 1`} {
		assert.Contains(t, page, "gigstack_mcp_"+line+"\n")
	}
	assert.Contains(t, page, `{version="a \"version\"\n",`)
}

// TestOneScrape asks the ledger once at a time, and counts on meanwhile.
func TestOneScrape(t *testing.T) {
	m := New("1", time.Now)
	var asking sync.Mutex
	handler := m.Handler(Gauges{Load: idle.Load, Pending: func(context.Context) (map[string]int, error) {
		assert.True(t, asking.TryLock(), "two ask at once")
		defer asking.Unlock()
		time.Sleep(time.Millisecond)
		return map[string]int{"unknown": 3}, nil
	}})
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
			assert.Contains(t, answer.Body.String(), `gigstack_mcp_ledger_pending{outcome="unknown"} 3`)
		})
		wait.Go(func() {
			_, end := m.Request(t.Context(), nil)
			end(httpserve.Answered{Status: 404})
		})
	}
	wait.Wait()
	assert.True(t, strings.Contains(scrape(m, idle), `gigstack_mcp_http_requests_total{route="other",status="404"} 8`))
}
