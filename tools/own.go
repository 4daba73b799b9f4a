package tools

import (
	"context"
	"encoding/json"
	"reflect"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// Own is the server's own tools, beside those derived from endpoints. Those of the
// first set are always there.
var Own = []OwnSet{
	ownSet("session", "Who the server acts for. These tools are the server's own and always there.",
		(*Tools).getContext, (*Tools).selectTeam, (*Tools).resolveOutcome),
	ownSet(ComposedSet, "Whole jobs, composed of endpoints: complete lists, one answer.",
		(*Tools).whoOwesUs, (*Tools).findDuplicates, (*Tools).monthCloseCheck, (*Tools).reconcileMonth, (*Tools).diagnoseStamping,
		(*Tools).teamsOverview, (*Tools).screenSuppliers, (*Tools).exportDocuments,
		replaceInvoice(), creditNoteForRefund(), stampPendingAcross()),
	ownSet("sat", "What the SAT's catalogues and rules know, without asking gigstack.",
		(*Tools).findSATKey, (*Tools).checkInvoice),
}

// Discovery is the tools by which those are reached that a server does not list.
var Discovery = ownSet("discovery", "Where not every tool is listed (--surface core or search): finding one, and calling it.",
	(*Tools).findTools, (*Tools).runReadTool, (*Tools).runWriteTool)

// OwnSet is a set of tools of the server's own.
type OwnSet struct {
	Name, Doc string
	tools     []ownMaker
}

// ownMaker makes a tool of the server's own for one server.
type ownMaker struct {
	name string
	make func(*Tools) ownTool
}

// ownSet is a set of tools, whose names they say themselves.
func ownSet(name, doc string, make ...func(*Tools) ownTool) OwnSet {
	set := OwnSet{Name: name, Doc: doc}
	for _, m := range make {
		set.tools = append(set.tools, ownMaker{m(nil).about.Name, m})
	}
	return set
}

// Names is the names of the set's tools, in their order.
func (s OwnSet) Names() (names []string) {
	for _, tool := range s.tools {
		names = append(names, tool.name)
	}
	return names
}

// ownTool is a tool of the server's own, its schemas not yet derived.
type ownTool struct {
	about         mcp.Tool
	input, output reflect.Type
	handle        func(ctx context.Context, call mcp.CallToolRequest, input *schemas.Schema) *mcp.CallToolResult
	call          func() (*endpoint, server.ToolHandlerFunc) // of a composed write, instead of these
}

// newOwn is a tool of the server's own with arguments In and result Out.
func newOwn[In, Out any](about mcp.Tool, handle func(ctx context.Context, call mcp.CallToolRequest, input *schemas.Schema) *mcp.CallToolResult) ownTool {
	return ownTool{about: about, input: reflect.TypeFor[In](), output: reflect.TypeFor[Out](), handle: handle}
}

// tool is the tool as servers know it.
func (o ownTool) tool() server.ServerTool {
	if o.call != nil {
		e, handler := o.call()
		o.about.RawInputSchema, o.about.RawOutputSchema = e.input.JSON(), e.output.JSON()
		return server.ServerTool{Tool: o.about, Handler: handler}
	}
	shapes := ownShapes(o.input, o.output)
	o.about.RawInputSchema, o.about.RawOutputSchema = shapes.input.JSON(), shapes.output.JSON()
	return server.ServerTool{Tool: o.about, Handler: func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return o.handle(ctx, call, shapes.input), nil
	}}
}

// shapes is the schemas of a tool.
type shapes struct{ input, output *schemas.Schema }

// ownShapes derives schemas once a process.
var ownShapes = func() func(in, out reflect.Type) shapes {
	var known sync.Map
	return func(in, out reflect.Type) shapes {
		key := [2]reflect.Type{in, out}
		if have, ok := known.Load(key); ok {
			return have.(shapes)
		}
		have, _ := known.LoadOrStore(key, shapes{schemas.Input(in), schemas.Of(out)})
		return have.(shapes)
	}
}()

// readsAs says of a tool to clients that it changes nothing.
func readsAs(name, title, doc string) mcp.Tool {
	return mcp.Tool{Name: name, Title: title, Description: doc, Annotations: annotated(title, risk.Read, true)}
}

// readTool is a tool of the server's own that reads, and writes at most what the
// server itself remembers. run takes its checked arguments.
func readTool[In, Out any](t *Tools, about mcp.Tool, run func(context.Context, mcp.CallToolRequest, In) (result Out, team string, err error)) ownTool {
	return newOwn[In, Out](about, func(ctx context.Context, call mcp.CallToolRequest, input *schemas.Schema) *mcp.CallToolResult {
		ctx, end := t.Watch.Begin(ctx, Call{Tool: about.Name, Tier: risk.Read.String()})
		outcome := Outcome(gigstack.Unknown) // of a panic
		defer func() { end(outcome) }()
		var in In
		err := decode(input, call.Params.RawArguments, &in)
		var result Out
		var team string
		if err == nil {
			result, team, err = run(ctx, call, in)
		}
		if err != nil {
			failed := t.explain(err)
			outcome = Outcome(failed.Outcome)
			return answer(single{Untrusted: failed.untrusted(), Team: team, Livemode: t.Caller.Claims().Livemode, Error: failed}, true)
		}
		outcome = OK
		shown := answer(result, false)
		if with, ok := any(result).(interface{ attached() []download }); ok {
			return withLinks(shown, with.attached())
		}
		return shown
	})
}

// decode checks arguments and reads them.
func decode(input *schemas.Schema, raw json.RawMessage, in any) error {
	canonical, problems, err := input.Check(raw)
	if err == nil && problems != nil {
		err = invalidArguments(problems)
	}
	if err == nil {
		err = json.Unmarshal(canonical, in)
	}
	return err
}
