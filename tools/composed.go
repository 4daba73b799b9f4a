package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/rawjson"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// A composed write is one task of several writes: it is planned and confirmed as a
// whole, and carried out in steps. A step is the call of an endpoint's tool, with its
// own look beforehand, ticket, attempt in the journal and record in the audit. What
// stopped half way is resumed by making the call again: it reads what is done by now
// and plans the rest.

// composite is what a composed write was asked for.
type composite interface {
	// compose reads what is there, and shows in p what is to be done, with its steps.
	compose(ctx context.Context, t *Tools, r request, p *preview) error
	// subject is the id of the one thing that the whole is about, "" when its arguments
	// say it all: whatever else two calls say of one thing, they are not carried out at once.
	subject() string
	// risk is the highest of its steps.
	risk() risk.Level
	// failures is how many refused steps stop the whole.
	failures() int
	// conclude says what came of it when all was done.
	conclude(r request) (data any, notes []string)
}

// compose makes a composite of its arguments.
type compose func(args json.RawMessage) (composite, error)

// Names of the composed writes.
const (
	replaceInvoiceName = "replace_invoice"
	creditRefundName   = "credit_note_for_refund"
	stampPendingName   = "stamp_pending_across"
)

// ComposedSet is the toolset that the composed writes are in.
const ComposedSet = "jobs"

// composedTools is the tools that the steps of each composed write may call.
var composedTools = map[string][]string{
	replaceInvoiceName: {gigstack.CreateIncomeInvoice.Name, gigstack.CreateEgressInvoice.Name, gigstack.CancelInvoice.Name},
	creditRefundName:   {gigstack.RefundPayment.Name, gigstack.CreateEgressInvoice.Name},
	stampPendingName:   {gigstack.StampDraftInvoice.Name, gigstack.StampReceipt.Name},
}

func isComposed(tool string) bool { return composedTools[tool] != nil }

// mayCompose reports whether this server offers a composed write: where it offers the
// tools of its steps too.
func (t *Tools) mayCompose(name string, chosen map[string]bool) bool {
	policy := t.Guard.Policy
	return !policy.ReadOnly && !policy.Unsealed && !slices.ContainsFunc(composedTools[name], func(tool string) bool { return !chosen[tool] })
}

// composedOf is a composed write as an endpoint, which it is to all that plans, confirms
// and records it. It is derived once a process.
func composedOf[In composite, Data any](spec gigstack.Spec, more ...schemas.Field) func(*Tools) ownTool {
	derived := sync.OnceValue(func() *endpoint {
		return &endpoint{
			spec: spec, toolset: ComposedSet, guarded: true,
			input: schemas.Input(reflect.TypeFor[In](), append(more, planField)...), output: schemas.Output(reflect.TypeFor[Data](), reflect.TypeFor[composed](), "files"),
			composite: func(args json.RawMessage) (composite, error) {
				var in In
				err := json.Unmarshal(args, &in)
				return in, err
			},
		}
	})
	return func(t *Tools) ownTool {
		return ownTool{about: mcp.Tool{Name: spec.Name, Title: spec.Title, Description: spec.Doc, Annotations: annotations(spec)}, call: func() (*endpoint, server.ToolHandlerFunc) {
			e := derived()
			return e, func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				return t.run(ctx, e, call), nil
			}
		}}
	}
}

// weigh finds out what the arguments put at stake.
func (r *request) weigh() (err error) {
	level := r.spec.Risk
	if r.composite == nil {
		level, err = r.op.Weigh(r.args)
	} else if r.whole, err = r.composite(r.args); err == nil {
		level = r.whole.risk()
	}
	if err != nil {
		return invalidArguments([]schemas.Problem{{Message: err.Error()}})
	}
	r.level = level
	return nil
}

// firstText is the first of a list of texts, "" for none.
func firstText(raw json.RawMessage) string {
	for first := range rawjson.Elements(raw) {
		return text(first)
	}
	return ""
}

// step is one call of a composed write.
type step struct {
	request
	shown *preview        // as of a call by itself
	later string          // an argument that is the id of what the step before makes
	reply json.RawMessage // once it was taken
}

// step makes a step for a team. Like a call by itself it may not be let through, or be
// sure to be refused.
func (t *Tools) step(ctx context.Context, tool, team string, args map[string]any) (*step, error) {
	args[teamField.Name] = team
	call := mcp.CallToolRequest{Params: mcp.CallToolParams{Name: tool}}
	call.Params.RawArguments = marshal(args)
	r, err := t.read(ctx, endpoints[tool](), call)
	if err == nil {
		err = t.Guard.Ready(ctx, t.guardCall(ctx, r))
	}
	if err != nil {
		return nil, err
	}
	shown, err := t.look(ctx, r)
	return &step{request: r, shown: shown}, err
}

// looksAtSteps finds out what a composed write takes. The plan is for these steps.
func (t *Tools) looksAtSteps(ctx context.Context, r request, p *preview) error {
	if err := r.whole.compose(ctx, t, r, p); err != nil {
		return err
	}
	for i, s := range p.steps {
		p.sees(s.shown.Livemode)
		p.saw(s.spec.Name, s.to.team, s.args, s.later, s.shown.seen)
		c := t.guardCall(ctx, s.request)
		c.Facts, c.Later = s.shown.about, s.later
		p.about.Steps = append(p.about.Steps, c)
		p.about = joined(p.about, c.Facts, i == 0)
	}
	if p.about.Amount != nil {
		p.word = p.about.Amount.StringFixed(2)
	}
	return nil
}

// joined is what several calls are about together: all who receive something, unless
// one of them is unknown, and the sum, if it is one.
func joined(all guard.Facts, one guard.Facts, first bool) guard.Facts {
	if first {
		one.Steps = all.Steps
		return one
	}
	if all.Receivers == nil || one.Receivers == nil {
		all.Receivers = nil
	} else {
		all.Receivers = append(slices.Clone(all.Receivers), one.Receivers...)
	}
	if all.Amount == nil || one.Amount == nil || all.Currency != one.Currency {
		all.Amount, all.Currency = nil, ""
	} else {
		all.Amount = new(all.Amount.Add(*one.Amount))
	}
	return all
}

// Of so many steps, each is shown with all that a call by itself would show.
const fewSteps = 3

// gather shows a person the steps.
func (t *Tools) gather(ctx context.Context, p *preview) {
	few := len(p.steps) <= fewSteps
	for i, s := range p.steps {
		if few {
			t.complement(ctx, s.request, s.shown)
		}
		p.Steps = append(p.Steps, s.words(i))
		at := fmt.Sprintf("step %d: ", i+1)
		for _, warning := range s.shown.Warnings {
			p.Warnings = append(p.Warnings, at+warning)
		}
		if few {
			p.Lines = append(p.Lines, s.shown.Lines...)
			for _, part := range []struct {
				to   *[]string
				from []string
			}{{&p.Facts, s.shown.Facts}, {&p.Then, append(s.shown.Then, s.shown.Reversal)}, {&p.Mails, s.shown.Mails}} {
				for _, words := range part.from {
					*part.to = append(*part.to, at+words)
				}
			}
		}
	}
}

// words is the step as a person reads it.
func (s *step) words(i int) string {
	words := fmt.Sprintf("%d. %s (%s, %s): %s", i+1, s.spec.Title, s.spec.Name, s.to.team, s.shown.Subject)
	if s.shown.Totals != nil {
		words += fmt.Sprintf("; total %s %s", s.shown.Totals.Total.StringFixed(2), s.shown.Totals.Currency)
	}
	return words
}
