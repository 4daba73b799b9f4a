package tools

import (
	"context"
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// OwnSet is a set of tools of the server's own, beside those derived from endpoints.
type OwnSet struct {
	Name, Doc string
	make      func(*Tools) []server.ServerTool
}

// Own is the server's own tools, set by set. Those of the first are always there.
var Own = []OwnSet{
	{"session", "Who the server acts for. These tools are the server's own and always there.", func(t *Tools) []server.ServerTool {
		return []server.ServerTool{t.getContext(), t.selectTeam(), t.resolveOutcome()}
	}},
	{"jobs", "Whole jobs, composed of endpoints: complete lists, one answer.", func(t *Tools) []server.ServerTool {
		return []server.ServerTool{}
	}},
	{"sat", "What the SAT's catalogues and rules know, without asking gigstack.", func(t *Tools) []server.ServerTool {
		return []server.ServerTool{t.findSATKey(), t.checkInvoice()}
	}},
}

// Names is the names of a set's tools, in their order.
func (t *Tools) Names(set OwnSet) (names []string) {
	for _, tool := range set.make(t) {
		names = append(names, tool.Tool.Name)
	}
	return names
}

// ownTool is a tool of the server's own that reads, and writes at most what the
// server itself remembers. run takes its checked arguments.
func ownTool(t *Tools, about mcp.Tool, input, output *schemas.Schema, run func(context.Context, mcp.CallToolRequest, json.RawMessage) (result any, team string, err error)) server.ServerTool {
	about.RawInputSchema, about.RawOutputSchema = input.JSON(), output.JSON()
	about.Annotations = mcp.ToolAnnotation{Title: about.Title, ReadOnlyHint: new(true), DestructiveHint: new(false), IdempotentHint: new(true), OpenWorldHint: new(true)}
	return server.ServerTool{Tool: about, Handler: func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		ctx, end := t.Watch.Begin(ctx, Call{Tool: about.Name, Tier: risk.Read.String()})
		outcome := Outcome(gigstack.Unknown) // of a panic
		defer func() { end(outcome) }()
		canonical, problems, err := input.Check(call.Params.RawArguments)
		if err == nil && problems != nil {
			err = invalidArguments(problems)
		}
		var result any
		var team string
		if err == nil {
			result, team, err = run(ctx, call, canonical)
		}
		if err != nil {
			failed := t.explain(err)
			outcome = Outcome(failed.Outcome)
			return answer(single{Team: team, Livemode: t.Caller.Claims().Livemode, Error: failed}, true), nil
		}
		outcome = OK
		return answer(result, false), nil
	}}
}
