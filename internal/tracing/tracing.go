// Package tracing tells an OpenTelemetry collector what a server does: a span for each
// request, each call of a tool and each request to gigstack. Like the metrics, a span
// holds nothing of the caller's: no arguments, ids, teams or principals.
package tracing

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/tools"
)

// patience is how long the collector is waited for at the end.
const patience = 5 * time.Second

// Traces is what one server tells. It is safe for concurrent use.
type Traces struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// New tells the collector at endpoint, over HTTP. It opens no connection. What else
// there is to set, the OTEL_… variables of the SDK set.
func New(ctx context.Context, endpoint, version string, log zerolog.Logger) (*Traces, error) {
	address, err := url.JoinPath(endpoint, "v1", "traces")
	if err != nil {
		return nil, fmt.Errorf("tracing: the collector's address is no URL")
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(address))
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	return newTraces(exporter, version, log)
}

func newTraces(exporter sdk.SpanExporter, version string, log zerolog.Logger) (*Traces, error) {
	about, err := resource.Merge(resource.Default(), resource.NewSchemaless(attribute.String("service.name", "gigstack-mcp"), attribute.String("service.version", version)))
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(logged{exporter, log}), sdk.WithResource(about))
	return &Traces{provider, provider.Tracer("github.com/gigstack/gigstack-mcp")}, nil
}

// Close tells what is not told yet.
func (t *Traces) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return t.provider.Shutdown(ctx)
}

// Request is a request, part of the trace that its traceparent header names.
func (t *Traces) Request(ctx context.Context, header http.Header) (context.Context, func(httpserve.Answered)) {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(header))
	ctx, span := t.tracer.Start(ctx, "other", trace.WithSpanKind(trace.SpanKindServer))
	return ctx, func(a httpserve.Answered) {
		if a.Route != "" {
			span.SetName(a.Route)
		}
		span.SetAttributes(attribute.String("http.route", a.Route), attribute.Int("http.response.status_code", a.Status))
		end(span, a.Status >= 500)
	}
}

// Call is a call of a tool.
func (t *Traces) Call(ctx context.Context, call tools.Call) (context.Context, func(tools.Outcome)) {
	ctx, span := t.tracer.Start(ctx, "tools/call "+call.Tool, trace.WithAttributes(attribute.String("gigstack.tool", call.Tool), attribute.String("gigstack.tier", call.Tier)))
	return ctx, func(outcome tools.Outcome) {
		span.SetAttributes(attribute.String("gigstack.outcome", string(outcome)))
		end(span, outcome == tools.Outcome(gigstack.Unknown))
	}
}

// Sent is a request to gigstack. It does not carry the trace: what a client says of
// itself is none of gigstack's business.
func (t *Traces) Sent(ctx context.Context, attempt gigstack.Attempt) (context.Context, func(gigstack.Answered)) {
	ctx, span := t.tracer.Start(ctx, attempt.Spec.Route, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("http.request.method", attempt.Method()), attribute.Bool("gigstack.again", attempt.Again)))
	return ctx, func(status gigstack.Answered) {
		span.SetAttributes(attribute.Int("http.response.status_code", int(status)))
		end(span, status == 0 || status >= 400)
	}
}

func end(span trace.Span, failed bool) {
	if failed {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// logged is an exporter whose failures go to our log: the SDK would write them to a
// place of its own.
type logged struct {
	sdk.SpanExporter
	log zerolog.Logger
}

// ExportSpans implements trace.SpanExporter.
func (l logged) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if err := l.SpanExporter.ExportSpans(ctx, spans); err != nil {
		l.log.Warn().Err(err).Int("spans", len(spans)).Msg("traces were lost")
	}
	return nil
}
