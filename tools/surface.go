package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// Surface is how much of what a server offers it lists. What it does not list is found
// by find_tools and called through run_read_tool and run_write_tool.
type Surface string

// The surfaces.
const (
	SurfaceCore   Surface = "core"   // everyday tools, and the three to reach the others
	SurfaceAll    Surface = "all"    // every tool
	SurfaceSearch Surface = "search" // the three alone
)

// Check refuses what is no surface.
func (s Surface) Check() error {
	if s == "" || slices.Contains([]Surface{SurfaceCore, SurfaceAll, SurfaceSearch}, s) {
		return nil
	}
	return fmt.Errorf("unknown surface %q; valid are: core, all, search", string(s))
}

// coreTools is what is listed for every day, in the order of the list.
var coreTools = []string{
	"get_context", "select_team", "resolve_outcome", "list_teams",
	"search_clients", "get_client", "create_client", "validate_client",
	"check_invoice", "create_income_invoice", "list_income_invoices", "search_invoices", "get_income_invoice", "get_invoice_files", "cancel_invoice", "stamp_draft_invoice",
	"register_payment", "request_payment", "list_payments",
	"list_receipts", "stamp_receipt",
	"who_owes_us", "month_close_check", "find_sat_key", "teams_overview",
}

// list is what is listed.
func (t *Tools) list() (list []mcp.Tool) {
	for _, o := range t.listing() {
		tool := o.tool().Tool
		if t.Output == OutputText {
			tool.RawOutputSchema = nil
		}
		list = append(list, tool)
	}
	return list
}

// listing is the offers that are listed.
func (t *Tools) listing() (listed []offer) {
	switch t.Surface {
	case SurfaceSearch:
		return t.offers[t.reached:]
	case SurfaceCore:
		for _, name := range coreTools {
			if i, ok := t.places[name]; ok {
				listed = append(listed, t.offers[i])
			}
		}
		return append(listed, t.offers[t.reached:]...)
	}
	return t.offers
}

// reach is the tool of that name, unless it is one by which others are reached.
func (t *Tools) reach(name string) (server.ServerTool, bool) {
	if !t.reaches(name) {
		return server.ServerTool{}, false
	}
	return t.Find(name)
}

type runInput struct {
	Tool      string         `json:"tool" doc:"Name, from find_tools."`
	Arguments map[string]any `json:"arguments,omitempty" doc:"That tool's own."`
}

// ranResult is what any tool may answer.
type ranResult struct {
	Team  string   `json:"team,omitempty"`
	Error *failure `json:"error,omitempty"`
}

const (
	runRead  = "run_read_tool"
	runWrite = "run_write_tool"
)

func (t *Tools) runReadTool() ownTool {
	about := readsAs(runRead, "Run a tool that reads", "Call a tool that is not listed and only reads, by the name and with the arguments that find_tools shows.")
	return t.runTool(about, func(ctx context.Context, tool mcp.Tool) (context.Context, error) {
		if !*tool.Annotations.ReadOnlyHint {
			return ctx, otherRunner(tool.Name, runWrite)
		}
		return context.WithValue(ctx, readsOnly{}, true), nil
	})
}

func (t *Tools) runWriteTool() ownTool {
	about := mcp.Tool{Name: runWrite, Title: "Run a tool that changes something",
		Description: "Call a tool that is not listed and changes something, by the name and with the arguments that find_tools shows. Its guard holds: where it answers a plan, repeat the call with plan among its arguments.",
		Annotations: annotated("Run a tool that changes something", risk.Critical, false)}
	return t.runTool(about, func(ctx context.Context, tool mcp.Tool) (context.Context, error) {
		if *tool.Annotations.ReadOnlyHint {
			return ctx, otherRunner(tool.Name, runRead)
		}
		return ctx, nil
	})
}

// readsOnly marks the context of a call that may not change anything.
type readsOnly struct{}

// mayWrite refuses what would change something in a call that only reads.
func mayWrite(ctx context.Context, r request) error {
	if ctx.Value(readsOnly{}) == nil {
		return nil
	}
	return otherRunner(r.spec.Name, runWrite)
}

func otherRunner(tool, right string) error {
	return &failure{Code: "other_runner", Outcome: gigstack.NotSent, Message: tool + " is called by " + right + ". Nothing was sent.", Next: "Call " + right + " with the same arguments."}
}

// runTool is a tool that calls others, under their own schema, team, guard and audit.
func (t *Tools) runTool(about mcp.Tool, admit func(context.Context, mcp.Tool) (context.Context, error)) ownTool {
	return newOwn[runInput, ranResult](about, func(ctx context.Context, call mcp.CallToolRequest, input *schemas.Schema) *mcp.CallToolResult {
		var in struct {
			Tool      string
			Arguments json.RawMessage
		}
		err := decode(input, call.Params.RawArguments, &in)
		if err != nil {
			return t.refuse(err, "")
		}
		inner, ok := t.reach(in.Tool)
		if !ok {
			return t.refuse(&failure{Code: "tool_not_found", Outcome: gigstack.NotSent, Message: fmt.Sprintf("There is no tool %q here. Nothing was sent.", clip(in.Tool, shortText)),
				Next: "Look for it with find_tools."}, "")
		}
		if ctx, err = admit(ctx, inner.Tool); err != nil {
			return t.refuse(err, "")
		}
		call.Params.Name, call.Params.Arguments, call.Params.RawArguments = in.Tool, nil, json.RawMessage(cmp.Or(string(in.Arguments), "{}"))
		result, err := inner.Handler(ctx, call)
		if err != nil {
			return t.refuse(err, "")
		}
		return result
	})
}
