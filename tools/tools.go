// Package tools offers gigstack to agents as MCP tools: one for each endpoint,
// derived from its value, and a few of the server's own.
package tools

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/files"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/internal/satkeys"
	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/internal/watch"
)

// Options is what the tools work with. Team, Teams, Toolsets, HandOff, Files and Password
// are optional.
type Options struct {
	Caller     *gigstack.Caller // for the key's own team; its Allow must be [Allow]
	Guard      *guard.Guard
	Audit      Auditor
	Selections *session.Selections
	Team       string        // the operator's default team; "" for the key's own
	Teams      []string      // the only ones to act for; nil for all that the key reaches
	Surface    Surface       // what is listed of what is offered; "" for all
	Output     Output        // "" for both
	FullLists  bool          // lists show every member of a record, not only the main ones
	Toolsets   []string      // see [Toolsets]; nil for all
	Changes    []string      // single tools: see [Chosen]
	HandOff    HandOff       // nil: tools that mint credentials are refused
	Files      *files.Folder // nil: no uploads from disk, no saved downloads
	Password   Password      // nil: there are none
	SaveAll    bool          // save what is answered as a file: nobody can read it later
	Approvals  string        // the command with which a person approves, without its verb
	Sandbox    bool          // gigstack is the embedded one
	Version    string
	Keys       *satkeys.Finder // the SAT's keys of products and units; nil for the embedded ones
	Now        func() time.Time
	Random     io.Reader
	Log        zerolog.Logger
	Watch      watch.Func[Call, Outcome] // of calls; nil for nobody
}

// HandOff takes credentials (a link that lets its holder in, a new key) to a person
// without showing them to the agent.
type HandOff interface {
	// Ready reports whether Take would work. It is asked before a credential is
	// made, because some are shown only once.
	Ready() error
	// Take keeps a credential for a person and says where it can be picked up.
	// what is the tool and the member it stands in.
	Take(what, secret string) (where string, err error)
}

// Password is the password that an operator set up under a name, "" for none, and
// the names there are.
type Password func(name string) (password string, names []string, err error)

// Tools is the set of tools of one server. It is safe for concurrent use.
type Tools struct {
	Options
	own     *ownTeam
	store   *files.Store   // downloads until they are read
	offers  []offer        // the last ones are those by which the others are reached
	reached int            // how many others there are
	places  map[string]int // of offers, by name
	listed  func() []mcp.Tool
}

// offer is a tool that a server has, made when it is first asked for.
type offer struct {
	name string
	tool func() server.ServerTool
}

// New checks the options. Each tool is derived when it is first looked at or called,
// so that a client's probe of a server costs nothing.
func New(o Options) (*Tools, error) {
	chosen, err := Chosen(o.Toolsets, o.Changes)
	if err != nil {
		return nil, err
	}
	if err := o.Surface.Check(); err != nil {
		return nil, err
	}
	if o.Keys == nil {
		o.Keys = satkeys.New("")
	}
	t := &Tools{Options: o, own: newOwnTeam(o.Caller.Claims()), store: files.NewStore(o.Now, o.Random), places: map[string]int{}}
	t.offers = t.choice(chosen)
	t.reached = len(t.offers)
	if o.Surface == SurfaceCore || o.Surface == SurfaceSearch {
		t.offers = append(t.offers, t.ownOffers(Discovery)...)
	}
	for i, o := range t.offers {
		t.places[o.name] = i
	}
	t.listed = sync.OnceValue(t.list)
	return t, nil
}

// choice is the chosen tools: the server's own, then those of endpoints.
func (t *Tools) choice(chosen map[string]bool) (offers []offer) {
	for i, set := range Own {
		offers = append(offers, slices.DeleteFunc(t.ownOffers(set), func(o offer) bool {
			return i > 0 && !chosen[o.name] || isComposed(o.name) && !t.mayCompose(o.name, chosen)
		})...)
	}
	for _, op := range gigstack.Operations() {
		if !chosen[op.Spec().Name] {
			continue
		}
		level, policy := op.Spec().Risk.Effective(), t.Guard.Policy
		if policy.ReadOnly && level > risk.Read || policy.Unsealed && level >= risk.Fiscal {
			continue
		}
		if t.Teams != nil && endpoints[op.Spec().Name]().reachesBeyond() {
			continue
		}
		offers = append(offers, t.offer(op.Spec().Name, func() server.ServerTool { return t.derive(op) }))
	}
	return offers
}

func (t *Tools) ownOffers(set OwnSet) (offers []offer) {
	for _, own := range set.tools {
		offers = append(offers, t.offer(own.name, func() server.ServerTool { return own.make(t).tool() }))
	}
	return offers
}

// offer is a tool made on demand, shielded.
func (t *Tools) offer(name string, make func() server.ServerTool) offer {
	return offer{name, sync.OnceValue(func() server.ServerTool {
		tool := make()
		tool.Handler = t.shield(tool)
		return tool
	})}
}

// shield turns a panic of a tool into a result that says so: a protocol error
// would not reach the model, and its text might hold anything.
func (t *Tools) shield(tool server.ServerTool) server.ToolHandlerFunc {
	return func(ctx context.Context, call mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
		defer func() {
			if p := recover(); p != nil {
				t.Log.Error().Str("tool", tool.Tool.Name).Str("panic", fmt.Sprintf("%T", p)).Bytes("stack", debug.Stack()).Msg("a tool panicked")
				result, err = t.refuse(panicked(), ""), nil
			}
		}()
		return tool.Handler(ctx, call)
	}
}

// panicked is the failure of a call that ended nobody knows where.
func panicked() *failure {
	return &failure{Code: "internal_error", Outcome: gigstack.Unknown, Message: "The server failed; its log says why.",
		Next: "It may have taken effect. Do not call again blindly: read the document (list or get) and tell the person."}
}

// Register adds the tools to an MCP server before its first request about them. What
// is not listed can be called as well.
func (t *Tools) Register(s *server.MCPServer) {
	register := sync.OnceFunc(func() {
		all := make([]server.ServerTool, len(t.offers))
		for i, o := range t.offers {
			all[i] = server.ServerTool{Tool: mcp.Tool{Name: o.name}, Handler: func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				result, err := o.tool().Handler(ctx, call)
				if err == nil {
					result = t.Output.dress(result)
				}
				return result, err
			}}
		}
		s.AddTools(all...)
	})
	if s.GetHooks() == nil {
		server.WithHooks(&server.Hooks{})(s)
	}
	s.GetHooks().AddBeforeAny(func(_ context.Context, _ any, method mcp.MCPMethod, _ any) {
		if method == mcp.MethodToolsList || method == mcp.MethodToolsCall {
			register()
		}
	})
	s.GetHooks().AddAfterListTools(func(_ context.Context, _ any, _ *mcp.ListToolsRequest, result *mcp.ListToolsResult) {
		others := slices.DeleteFunc(slices.Clone(result.Tools), func(tool mcp.Tool) bool { // of whoever else offers some
			_, ours := t.places[tool.Name]
			return ours
		})
		result.Tools = append(t.List(), others...)
	})
}

// List is the tools as an agent sees them, in a stable order.
func (t *Tools) List() []mcp.Tool { return slices.Clone(t.listed()) }

// Find returns the tool of that name, listed or not.
func (t *Tools) Find(name string) (server.ServerTool, bool) {
	i, ok := t.places[name]
	if !ok {
		return server.ServerTool{}, false
	}
	return t.offers[i].tool(), true
}
