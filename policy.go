package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/tools"
)

// openPolicy reads the operator's policy.
func openPolicy(c config.Config) (*policy.Source, error) {
	return policy.Open(c.Policy, policy.Known{Tools: tools.ToolsetOf()})
}

// readRules is the operator's policy, nil for none. A server reads it again when it is
// told to (SIGHUP); calls that are on their way go on.
func (a *app) readRules(ctx context.Context) (func() *policy.Policy, error) {
	if a.config.Policy == "" {
		return nil, nil
	}
	source, err := openPolicy(a.config)
	if err != nil {
		return nil, err
	}
	if a.config.Command == config.Stdio || a.config.Command == config.HTTP {
		a.reread(ctx, "policy", func() error {
			if err := source.Reload(); err != nil {
				return err
			}
			a.log.Info().Str("mode", string(source.Policy().Mode)).Int("rules", len(source.Policy().Rules)).Msg("the policy was read again")
			return nil
		})
	}
	return source.Policy, nil
}

// reread reads a file of the operator's again at each SIGHUP, until ctx ends. One that
// is wrong changes nothing. read logs what holds now.
func (a *app) reread(ctx context.Context, what string, read func() error) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		defer signal.Stop(hangups)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangups:
			}
			if err := read(); err != nil {
				a.log.Error().Err(err).Msg("the " + what + " was not read again: the one from before stays")
			}
		}
	}()
}
