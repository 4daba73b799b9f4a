package tools

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// The arguments every tool has beside those of its endpoint. The server's instructions
// say once for all tools what they are.
var (
	teamField = schemas.Field{Name: "team"}    // id of the team to act for; the selected or own one when absent
	planField = schemas.Field{Name: "plan"}    // from the preview, to confirm this exact call
	saveField = schemas.Field{Name: "save_as"} // also save the file under this name in the server's files folder
)

// endpoint is an operation with what the tool layer derives from it, once.
type endpoint struct {
	op            gigstack.Operation
	spec          gigstack.Spec
	toolset       string
	input, output *schemas.Schema
	list          bool                         // answers a page
	brief         []string                     // members that a list shows; nil for all
	concise       *schemas.View                // of these alone
	widens        bool                         // takes names of further members
	ofTeam        bool                         // the path's {id} is a team
	teamInBody    bool                         // the body names the team, no query parameter
	guarded       bool                         // may have to be planned
	keyed         bool                         // takes an idempotency_key
	secret        bool                         // answers a credential
	files         bool                         // answers a file
	bounds        map[string]string            // arguments that begin or end a period
	uploads       map[string]gigstack.FileRule // what arguments that take a file accept
	passwords     []string                     // arguments that name a password
	composite     compose                      // of a composed write, which has no op
}

// derive makes an operation a tool.
func (t *Tools) derive(op gigstack.Operation) server.ServerTool {
	e := endpoints[op.Spec().Name]()
	if t.maybeAsked(e) {
		e = newEndpoint(e.toolset, op, true)
	}
	return server.ServerTool{
		Tool: mcp.Tool{
			Name:            e.spec.Name,
			Title:           e.spec.Title,
			Description:     e.spec.Doc,
			RawInputSchema:  e.input.JSON(),
			RawOutputSchema: e.output.JSON(),
			Annotations:     annotations(e.spec),
		},
		Handler: func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return t.run(ctx, e, req), nil // an error would be one of the protocol, which no model sees
		},
	}
}

// maybeAsked reports whether an endpoint that runs at once may have to be confirmed by the
// operator's policy.
func (t *Tools) maybeAsked(e *endpoint) bool {
	return !e.guarded && e.spec.Risk.Effective() > risk.Read && t.Guard.MayAsk(e.spec.Name, e.toolset)
}

// endpoints derives each endpoint when it is first asked for, once a process:
// what is derived depends on nothing else.
var endpoints = func() map[string]func() *endpoint {
	all := map[string]func() *endpoint{}
	for toolset, op := range gigstack.Operations() {
		all[op.Spec().Name] = sync.OnceValue(func() *endpoint { return newEndpoint(toolset, op, false) })
	}
	return all
}()

// newEndpoint derives an endpoint; asked says that the operator's policy may have any
// write of it confirmed.
func newEndpoint(toolset string, op gigstack.Operation, asked bool) *endpoint {
	e := &endpoint{op: op, spec: op.Spec(), toolset: toolset}
	answer := reflect.TypeFor[single]()
	_, e.list = reflect.Zero(op.Output()).Interface().(interface{ Element() any })
	if e.list {
		answer = reflect.TypeFor[page]()
	}
	if e.spec.Risk.Effective() > risk.Read {
		answer = reflect.TypeFor[written]()
	}
	_, weighty := reflect.Zero(op.Input()).Interface().(gigstack.Weighty)
	if e.guarded = asked || weighty || e.spec.Risk.NeedsPlan(); e.guarded {
		answer = reflect.TypeFor[guarded]()
	}
	if e.brief = briefOf(op.Output()); e.brief != nil {
		e.concise = schemas.NewView(e.brief)
		_, searchesIn := op.Input().FieldByName("Fields")
		e.widens = !searchesIn
	}
	e.output = schemas.Output(op.Output(), answer, "files")
	e.files = e.output.HoldsDownload()
	e.input = schemas.Input(op.Input(), e.more()...)
	e.ofTeam = strings.Contains(e.spec.Route, "/teams/{id}")
	e.teamInBody = e.spec.Teamless && slices.Contains(e.input.Names(), teamField.Name)
	e.keyed = slices.Contains(e.input.Names(), keyArgument)
	e.secret = e.output.HoldsSecret()
	e.bounds = e.input.Bounds()
	e.uploads, e.passwords = e.input.Uploads(), e.input.Passwords()
	return e
}

// searches reports whether an endpoint finds by words.
func (e *endpoint) searches() bool { return e.list && slices.Contains(e.input.Names(), "q") }

// more is the arguments of ours that the endpoint's tool has.
func (e *endpoint) more() (fields []schemas.Field) {
	if e.files && !e.list { // one name, one file
		fields = append(fields, saveField)
	}
	if e.brief != nil {
		fields = append(fields, viewField)
		if e.widens {
			fields = append(fields, fieldsField)
		}
	}
	if !e.spec.Teamless {
		fields = append(fields, teamField)
	}
	if e.guarded {
		fields = append(fields, planField)
	}
	return fields
}

// briefOf is the members that a list of these records shows, nil for all.
func briefOf(output reflect.Type) []string {
	page, ok := reflect.Zero(output).Interface().(interface{ Element() any })
	if !ok {
		return nil
	}
	record, ok := page.Element().(interface{ Brief() []string })
	if !ok {
		return nil
	}
	return record.Brief()
}

// annotations says to a client, in MCP's terms, what the risk says to the guard.
func annotations(spec gigstack.Spec) mcp.ToolAnnotation {
	method, _, _ := strings.Cut(spec.Route, " ")
	return annotated(spec.Title, spec.Risk.Effective(), method == "PUT")
}

// annotated is the annotations of a tool of that risk; again says that doing it twice
// does nothing more.
func annotated(title string, level risk.Level, again bool) mcp.ToolAnnotation {
	read := level == risk.Read
	return mcp.ToolAnnotation{
		Title:           title,
		ReadOnlyHint:    new(read),
		DestructiveHint: new(level >= risk.Destructive),
		IdempotentHint:  new(read || level == risk.Write && again),
		OpenWorldHint:   new(true),
	}
}
