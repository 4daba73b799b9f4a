//go:build !otel

package main

import "context"

// openTraces says that there are none: OpenTelemetry would make the program a sixth
// larger for everybody.
func (a *app) openTraces(context.Context) error {
	if a.config.Traces != "" {
		a.log.Warn().Msg("there are no traces: this program was built without them (go build -tags otel)")
	}
	return nil
}
