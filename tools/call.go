package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// Allow is the second door of the caller these tools work with.
func Allow(ctx context.Context, spec gigstack.Spec, team string) error {
	return guard.Allow(ctx, spec.Name, team)
}

// request is one call of an endpoint's tool, checked and resolved.
type request struct {
	*endpoint
	args   json.RawMessage // canonical, without team, plan and idempotency_key
	level  risk.Level      // what these arguments put at stake
	key    string          // idempotency_key of the arguments
	plan   string
	to     target
	caller *gigstack.Caller

	whole composite    // what a composed write was asked for; nil for an endpoint
	steps []*step      // what a composed write takes, once that is known
	tell  func(string) // tells the client how far it has come
	made  []string     // what the steps before it made: no twins of its own
	about string       // the thing that a step is taken for, where its arguments do not name it

	attached map[string]gigstack.File // uploads by argument
	saveAs   string                   // name for a copy of a download
	view     *schemas.View            // what a list shows of each record
	pages    int                      // size of page that a list was cut to; 0 for none
	cuts     int                      // how often it was, by this call
	now      time.Time                // when it was made
	was      any                      // what it concerns, as read before the call ran; nil when nothing was
	trail    *trail                   // what becomes of it
}

// run answers one call of an endpoint's tool, and records what became of it. Every
// refusal is a result with isError, never a protocol error that the model would not
// see.
func (t *Tools) run(ctx context.Context, e *endpoint, call mcp.CallToolRequest) (result *mcp.CallToolResult) {
	ctx, end := t.Watch.Begin(ctx, Call{Tool: e.spec.Name, Tier: e.spec.Risk.String()})
	r, err := t.read(ctx, e, call)
	failed := panicked() // until it is known better
	defer func() {
		t.record(ctx, r, failed)
		end(became(r, failed))
	}()
	if err == nil {
		result, err = t.proceed(ctx, r, call)
	}
	if failed = nil; err != nil {
		failed = t.explain(err)
		failed.looksFor(r.trail.attempt)
		result = t.refusePart(r, err, failed)
	}
	return result
}

// proceed takes a request as far as it gets. An error says what stopped it.
func (t *Tools) proceed(ctx context.Context, r request, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if r.level == risk.Read {
		return t.execute(ctx, r, nil)
	}
	if err := cmp.Or(mayWrite(ctx, r), t.canHandOff(r)); err != nil {
		return nil, err
	}
	asked := t.guardCall(ctx, r)
	judged := t.Guard.Judge(ctx, asked, true)
	r.trail.note(judged)
	confirms, err := t.confirms(ctx, r, asked, judged.Needs.Verdict)
	if err != nil {
		return nil, err
	}
	if confirms {
		if !r.guarded {
			return nil, &failure{Code: "policy_reload", Outcome: gigstack.NotSent, Message: "The operator's policy now has this confirmed or approved, and the tool was offered before it did. Nothing was sent.",
				Next: "The operator has to restart the server."}
		}
		return t.confirm(ctx, r, call)
	}
	ticket, err := t.Guard.Permit(ctx, asked)
	if err != nil {
		return nil, err
	}
	return t.execute(ctx, r, ticket)
}

// confirms reports whether a call has to be confirmed or approved: by its risk and the
// policy as it is now, or because it was planned when it had to be, and perhaps denied.
func (t *Tools) confirms(ctx context.Context, r request, asked guard.Call, needs policy.Verdict) (bool, error) {
	switch needs {
	case policy.Ask, policy.Approve:
		return true, nil
	case policy.Deny:
		return false, t.Guard.Ready(ctx, asked) // which says why
	}
	if !r.guarded || r.plan != "" {
		return r.plan != "", nil
	}
	requested, err := t.Guard.Requested(ctx, asked)
	return requested != "", err
}

// read checks the arguments and finds the team.
func (t *Tools) read(ctx context.Context, e *endpoint, call mcp.CallToolRequest) (r request, err error) {
	r.endpoint, r.level, r.trail = e, e.spec.Risk, &trail{}
	canonical, problems, err := e.input.Check(call.Params.RawArguments)
	if err != nil {
		return r, err
	}
	if problems != nil {
		return r, invalidArguments(problems)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(canonical, &fields); err != nil {
		return r, err
	}
	argument, err := t.takeOurs(&r, fields)
	if err == nil {
		err = t.bound(e, fields)
	}
	if err != nil {
		return r, err
	}
	if e.composite != nil {
		argument = cmp.Or(argument, firstText(fields["teams"]))
	}
	pathID := ""
	if e.ofTeam {
		pathID = text(fields["id"])
	}
	if r.to, err = t.target(ctx, r, pathID, argument); err != nil {
		return r, err
	}
	if err := cmp.Or(t.settle(r, fields), t.checkSave(r.saveAs)); err != nil {
		return r, err
	}
	if err := t.Guard.Policy.Check(e.spec.Risk, t.mode()); err != nil && len(e.uploads) > 0 { // what lies on this machine is nobody's business then
		return r, err
	}
	if err := t.attach(ctx, &r, fields); err != nil {
		return r, err
	}
	r.args = marshal(fields)
	r.caller, r.now, r.tell = t.as(r.to), t.Now(), progress(ctx, call)
	return r, r.weigh()
}

// takeOurs moves the arguments that are none of the endpoint's out of fields, and
// returns the team among them.
func (t *Tools) takeOurs(r *request, fields map[string]json.RawMessage) (team string, err error) {
	take := func(name string) string {
		value := text(fields[name])
		delete(fields, name)
		return value
	}
	if r.guarded {
		r.plan = take(planField.Name)
	}
	if r.keyed {
		r.key = take(keyArgument)
	}
	if r.files {
		r.saveAs = take(saveField.Name)
	}
	if r.brief != nil {
		more := ""
		if r.widens {
			more = take(fieldsField.Name)
		}
		if r.view, err = t.viewOf(r.endpoint, take(viewField.Name), more); err != nil {
			return "", err
		}
	}
	if r.list {
		r.pages = repaged(fields)
	}
	return take(teamField.Name), nil
}

// keyArgument is gigstack's name for an idempotency key.
const keyArgument = "idempotency_key"

func text(raw json.RawMessage) (s string) {
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// guardCall is the request in the guard's terms.
func (t *Tools) guardCall(ctx context.Context, r request) guard.Call {
	c := guard.Call{
		Tool:       r.spec.Name,
		Toolset:    r.toolset,
		Risk:       r.level,
		Team:       r.to.team,
		Mode:       t.mode(),
		Principal:  session.CallerOf(ctx).Principal,
		Identity:   t.Caller.Identity(),
		Args:       r.args,
		Keyed:      r.keyed,
		OwnKey:     r.key,
		Repeatable: strings.HasPrefix(r.spec.Route, "PUT "),
		Lookup:     lookupOf(r),
	}
	if r.whole != nil {
		c.Whole, c.About = true, r.whole.subject()
	}
	return c
}

// mode is the key's own word on test or live.
func (t *Tools) mode() string {
	switch live := t.Caller.Claims().Livemode; {
	case live == nil:
		return "unknown"
	case *live:
		return "live"
	default:
		return "test"
	}
}

// execute sends the request. ticket is nil for a read.
func (t *Tools) execute(ctx context.Context, r request, ticket *guard.Ticket) (*mcp.CallToolResult, error) {
	if ticket == nil {
		r.caller = r.caller.Shared() // nothing is decided by it here
		reply, err := t.send(ctx, r)
		if err != nil {
			return nil, err
		}
		return t.present(ctx, r, reply, nil)
	}
	if r.whole != nil {
		return t.takeSteps(ctx, r, ticket)
	}
	reply, err := t.write(ctx, &r, ticket)
	if err != nil {
		return nil, err
	}
	return t.present(ctx, r, reply, ticket)
}

// write sends a request that changes something, and remembers what came of it.
func (t *Tools) write(ctx context.Context, r *request, ticket *guard.Ticket) (reply gigstack.Reply, err error) {
	r.trail.approver, r.trail.attempt = ticket.Approver, ticket.Attempt()
	if err := t.announce(ctx, *r); err != nil {
		t.close(ctx, *r, ticket, guard.Refused, "")
		return reply, err
	}
	r.was = t.overwrites(ctx, *r)
	sent := *r
	sent.args = withKey(*r, ticket.IdempotencyKey)
	reply, err = t.send(ticket.Open(ctx, r.caller.Team()), sent)
	t.close(ctx, *r, ticket, outcome(err), resource(reply))
	r.trail.status, r.trail.resource = reply.Status, resource(reply)
	return reply, err
}

// send makes the request with everything it needs.
func (t *Tools) send(ctx context.Context, r request) (reply gigstack.Reply, err error) {
	args, err := t.complete(r)
	if err != nil {
		return reply, err
	}
	if reply, err = r.op.Invoke(ctx, r.caller, args); err != nil {
		return reply, err
	}
	return reply, sameTeam(r, reply)
}

// close settles the attempt of a ticket.
func (t *Tools) close(ctx context.Context, r request, ticket *guard.Ticket, outcome, resource string) {
	if err := ticket.Close(ctx, outcome, resource); err != nil {
		t.Log.Error().Err(err).Str("tool", r.spec.Name).Msg("the outcome could not be recorded")
	}
}

// refusePart is the refusal of a request, and where gigstack may have carried it out
// in part, what it says of the parts.
func (t *Tools) refusePart(r request, err error, f *failure) *mcp.CallToolResult {
	refused := single{Untrusted: f.untrusted(), Team: r.to.team, Livemode: t.Caller.Claims().Livemode, Error: f}
	if r.trail.steps != nil {
		return answer(composed{guarded{written: written{single: refused}}, r.trail.steps}, true)
	}
	var api *gigstack.Error
	if errors.As(err, &api) && api.Outcome == gigstack.Unknown && api.Data != nil {
		part, err := r.output.FitData(api.Data, schemas.StandIns{
			Secret:   func(string, string) string { return "[withheld]" },
			Download: func(string, string) string { return "[withheld]" },
		}, nil)
		if err == nil {
			refused.Data = part.Data
			refused.Untrusted = spotlight(when(part.Says, "data"), "error.message", when(f.Details != nil, "error.details"))
		}
	}
	return answer(refused, true)
}

// withKey adds the idempotency key of the execution where the endpoint takes one.
func withKey(r request, key string) json.RawMessage {
	var fields map[string]json.RawMessage
	if key == "" || !r.keyed || json.Unmarshal(r.args, &fields) != nil {
		return r.args
	}
	fields[keyArgument] = marshal(key)
	return marshal(fields)
}
