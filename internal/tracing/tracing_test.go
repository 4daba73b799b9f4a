package tracing

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/tools"
)

// kept outlives the shutdown of what it keeps spans for.
type kept struct{ *tracetest.InMemoryExporter }

func (kept) Shutdown(context.Context) error { return nil }

// TestSpans nests what is done for a request, in the trace of its client.
func TestSpans(t *testing.T) {
	spans := kept{tracetest.NewInMemoryExporter()}
	traces, err := newTraces(spans, "1", zerolog.Nop())
	require.NoError(t, err)
	header := http.Header{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "Tracestate": {"x=canary"}, "Baggage": {"canary=1"}, "Authorization": {"canary"}}
	ctx, answered := traces.Request(t.Context(), header)
	within, became := traces.Call(ctx, tools.Call{Tool: "get_client", Tier: "read"})
	_, sent := traces.Sent(within, gigstack.Attempt{Spec: gigstack.GetClient.Spec()})
	sent(503)
	became(tools.OK)
	answered(httpserve.Answered{Route: "POST /mcp", Status: 200})
	_, answered = traces.Request(t.Context(), http.Header{"Traceparent": {"canary"}})
	answered(httpserve.Answered{Status: 404})
	require.NoError(t, traces.Close())

	var names []string
	all := spans.GetSpans()
	for i, span := range all {
		names = append(names, span.Name)
		if i < 3 {
			assert.Equal(t, "0af7651916cd43dd8448eb211c80319c", span.SpanContext.TraceID().String())
		}
		for _, a := range span.Attributes {
			assert.NotContains(t, a.Value.String(), "canary")
		}
	}
	assert.Equal(t, []string{gigstack.GetClient.Spec().Route, "tools/call get_client", "POST /mcp", "other"}, names)
	assert.Equal(t, all[1].SpanContext.SpanID(), all[0].Parent.SpanID())
	assert.Equal(t, all[2].SpanContext.SpanID(), all[1].Parent.SpanID())
	assert.Equal(t, "b7ad6b7169203331", all[2].Parent.SpanID().String())
}

// TestExport sends spans to a collector, and says in the log when it cannot.
func TestExport(t *testing.T) {
	var posts atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method+r.URL.Path == "POST/v1/traces" {
			posts.Add(1)
		}
	}))
	t.Cleanup(collector.Close)
	traces, err := New(t.Context(), collector.URL, "1", zerolog.Nop())
	require.NoError(t, err)
	_, became := traces.Call(t.Context(), tools.Call{Tool: "get_client"})
	became(tools.OK)
	require.NoError(t, traces.Close())
	assert.EqualValues(t, 1, posts.Load())

	var log bytes.Buffer
	traces, err = newTraces(failing{}, "1", zerolog.New(&log))
	require.NoError(t, err)
	_, became = traces.Call(t.Context(), tools.Call{Tool: "get_client"})
	became(tools.OK)
	require.NoError(t, traces.Close())
	assert.Contains(t, log.String(), "traces were lost")
}

type failing struct{}

func (failing) ExportSpans(context.Context, []sdk.ReadOnlySpan) error { return errors.New("no") }
func (failing) Shutdown(context.Context) error                        { return nil }
