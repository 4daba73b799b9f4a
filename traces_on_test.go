//go:build otel

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/capture"
)

// TestTraces has a collector learn what was done, and nothing of whom or what it was
// about.
func TestTraces(t *testing.T) {
	var told capture.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = told.Write(body)
	}))
	t.Cleanup(collector.Close)
	_, s := upstream(t)
	s.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.URL
	v := serveHTTP(t, s)
	asked(t, v.url+"?x=canary", "get_client", `{"id":"client_canary"}`, map[string]string{"Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
	asked(t, v.url, "canary", `{}`, nil)
	require.NoError(t, v.end())
	for _, name := range []string{"POST /mcp", "tools/call get_client", "GET /clients/{id}", "gigstack.outcome", "refused"} {
		assert.Contains(t, told.String(), name)
	}
	assert.NotContains(t, told.String(), "canary")
	assert.NotContains(t, told.String(), s.env["GIGSTACK_API_KEY"])
	assert.NotContains(t, told.String(), "team_")
}
