package main

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/prompts"
	"github.com/gigstack/gigstack-mcp/tools"
)

// completions completes what people type: from the words of this server, and, for
// companies and clients, from gigstack.
type completions struct{ tools *tools.Tools }

// CompletePromptArgument implements server.PromptCompletionProvider. mcp-go recovers
// from panics of tools but not of completions, so it is done here.
func (c completions) CompletePromptArgument(ctx context.Context, prompt string, argument mcp.CompleteArgument, given mcp.CompleteContext) (completion *mcp.Completion, err error) {
	defer func() {
		if v := recover(); v != nil {
			c.tools.Log.Error().Str("prompt", prompt).Str("panic", fmt.Sprintf("%T", v)).Bytes("stack", debug.Stack()).Msg("a completion panicked")
			completion = tools.Complete(nil)
		}
	}()
	var values []string
	switch {
	case !prompts.Takes(prompt, argument.Name):
	case argument.Name == "team":
		values = c.tools.CompleteTeam(ctx, argument.Value)
	case argument.Name == "client":
		values = c.tools.CompleteClient(ctx, given.Arguments["team"], argument.Value)
	default:
		values = prompts.Complete(argument.Name, argument.Value, c.tools.Now().In(gigstack.MexicoCity))
	}
	return tools.Complete(values), nil
}

// CompleteResourceArgument implements server.ResourceCompletionProvider.
func (completions) CompleteResourceArgument(ctx context.Context, template string, argument mcp.CompleteArgument, given mcp.CompleteContext) (*mcp.Completion, error) {
	if template == prompts.GuideTemplate {
		return tools.Complete(prompts.CompleteGuide(argument.Name, argument.Value)), nil
	}
	return tools.Completions{}.CompleteResourceArgument(ctx, template, argument, given)
}
