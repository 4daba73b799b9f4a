//go:build otel

package main

import (
	"context"

	"github.com/gigstack/gigstack-mcp/internal/tracing"
)

// openTraces begins to tell a collector, where one is named.
func (a *app) openTraces(ctx context.Context) error {
	if a.config.Traces == "" {
		return nil
	}
	t, err := tracing.New(ctx, a.config.Traces, version(), a.log)
	if err != nil {
		return err
	}
	w := &a.watch
	w.requests, w.calls, w.sent = w.requests.Then(t.Request), w.calls.Then(t.Call), w.sent.Then(t.Sent)
	before := a.close
	a.close = func() {
		before()
		if err := t.Close(); err != nil {
			a.log.Warn().Err(err).Msg("the last traces were lost")
		}
	}
	return nil
}
