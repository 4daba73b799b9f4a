// Package tools offers gigstack to agents as MCP tools: one for each endpoint,
// derived from its value, and a few of the server's own.
package tools

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// Options is what the tools work with. Team, Toolsets and HandOff are optional.
type Options struct {
	Caller     *gigstack.Caller // for the key's own team; its Allow must be [Allow]
	Guard      *guard.Guard
	Selections *session.Selections
	Team       string   // the operator's default team; "" for the key's own
	Toolsets   []string // see [Toolsets]; nil for all
	HandOff    HandOff  // nil: tools that mint credentials are refused
	Sandbox    bool     // gigstack is the embedded one
	Version    string
	Now        func() time.Time
	Log        zerolog.Logger
}

// HandOff takes a credential (a link that lets its holder in) to a person
// without showing it to the agent, and says where it can be picked up.
type HandOff func(what, secret string) (where string, err error)

// Tools is the set of tools of one server. It is safe for concurrent use.
type Tools struct {
	Options
	own     *ownTeam
	derived func() []server.ServerTool
}

// New checks the options. The tools themselves are derived when they are first
// looked at, so that a client's probe of a server costs nothing.
func New(o Options) (*Tools, error) {
	chosen, err := Toolsets(o.Toolsets)
	if err != nil {
		return nil, err
	}
	t := &Tools{Options: o, own: newOwnTeam(o.Caller.Claims())}
	t.derived = sync.OnceValue(func() []server.ServerTool { return t.deriveAll(chosen) })
	return t, nil
}

// deriveAll makes tools of the chosen pages of the API, after the server's own.
func (t *Tools) deriveAll(chosen []string) []server.ServerTool {
	list := []server.ServerTool{t.getContext(), t.selectTeam()}
	for _, resource := range gigstack.API {
		if !slices.Contains(chosen, resource.Name) {
			continue
		}
		for _, op := range resource.Endpoints {
			if t.Guard.Policy.ReadOnly && op.Spec().Risk.Effective() > risk.Read {
				continue
			}
			list = append(list, t.derive(op))
		}
	}
	for i := range list {
		list[i].Handler = t.shield(list[i])
	}
	return list
}

// shield turns a panic of a tool into a result that says so: a protocol error
// would not reach the model, and its text might hold anything.
func (t *Tools) shield(tool server.ServerTool) server.ToolHandlerFunc {
	return func(ctx context.Context, call mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
		defer func() {
			if p := recover(); p != nil {
				t.Log.Error().Str("tool", tool.Tool.Name).Str("panic", fmt.Sprintf("%T", p)).Bytes("stack", debug.Stack()).Msg("a tool panicked")
				result, err = t.refuse(&failure{Code: "internal_error", Outcome: gigstack.Unknown, Message: "The server failed; its log says why.",
					Next: "It may have taken effect. Do not call again blindly: read the document (list or get) and tell the person."}, ""), nil
			}
		}()
		return tool.Handler(ctx, call)
	}
}

// Register adds the tools to an MCP server before its first request about them.
func (t *Tools) Register(s *server.MCPServer) {
	register := sync.OnceFunc(func() { s.AddTools(t.derived()...) })
	if s.GetHooks() == nil {
		server.WithHooks(&server.Hooks{})(s)
	}
	s.GetHooks().AddBeforeAny(func(_ context.Context, _ any, method mcp.MCPMethod, _ any) {
		if method == mcp.MethodToolsList || method == mcp.MethodToolsCall {
			register()
		}
	})
}

// List is the tools as an agent sees them, in a stable order.
func (t *Tools) List() []mcp.Tool {
	var list []mcp.Tool
	for _, tool := range t.derived() {
		list = append(list, tool.Tool)
	}
	return list
}

// Find returns the tool of that name.
func (t *Tools) Find(name string) (server.ServerTool, bool) {
	for _, tool := range t.derived() {
		if tool.Tool.Name == name {
			return tool, true
		}
	}
	return server.ServerTool{}, false
}

// Toolsets resolves a selection ("clients,invoices", "all,-webhooks") to names of
// pages of the API, in their order. Exclusions win; nothing selected means all.
func Toolsets(selection []string) ([]string, error) {
	var all, include, exclude, unknown []string
	for _, resource := range gigstack.API {
		all = append(all, resource.Name)
	}
	for _, name := range selection {
		name, excluded := strings.CutPrefix(strings.TrimSpace(name), "-")
		switch {
		case name == "":
		case name == "all" && !excluded:
			include = append(include, all...)
		case !slices.Contains(all, name):
			unknown = append(unknown, name)
		case excluded:
			exclude = append(exclude, name)
		default:
			include = append(include, name)
		}
	}
	if unknown != nil {
		return nil, fmt.Errorf("unknown toolset %s; valid are: all, %s (a leading - leaves one out)", strings.Join(unknown, ", "), strings.Join(all, ", "))
	}
	if include == nil {
		include = all
	}
	return slices.DeleteFunc(all, func(name string) bool {
		return !slices.Contains(include, name) || slices.Contains(exclude, name)
	}), nil
}
