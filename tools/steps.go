package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
)

// Partial is the outcome of a composed write some of whose steps took effect.
const Partial gigstack.Outcome = "partial"

// composed is what a composed write answers.
type composed struct {
	guarded
	Steps []stepResult `json:"steps,omitempty" doc:"What became of each step, in their order."`
}

// stepResult is what became of a step.
type stepResult struct {
	Tool     string   `json:"tool"`
	Team     string   `json:"team"`
	ID       string   `json:"id,omitempty" doc:"What it is about."`
	Status   string   `json:"status" doc:"done; not_run; refused: nothing changed; unknown: it may have taken effect."`
	Resource string   `json:"resource,omitempty" doc:"Id of what came of it."`
	Undo     *undo    `json:"undo,omitempty" doc:"What takes it back."`
	Error    *failure `json:"error,omitempty"`
}

// What becomes of a step.
const (
	stepNotRun  = "not_run"
	stepRefused = "refused"
	stepUnknown = "unknown"
)

// takeSteps carries out a composed write that was confirmed, step by step, until it is
// done or has to stop. What is not known to have failed is not gone on from.
func (t *Tools) takeSteps(ctx context.Context, r request, whole *guard.Ticket) (*mcp.CallToolResult, error) {
	r.trail.approver = whole.Approver
	if err := t.announce(ctx, r); err != nil {
		t.close(ctx, r, whole, guard.Refused, "")
		return nil, err
	}
	for _, s := range r.steps {
		r.trail.steps = append(r.trail.steps, stepResult{Tool: s.spec.Name, Team: s.to.team, ID: s.ref(), Status: stepNotRun})
	}
	refused := 0
	for n, s := range r.steps {
		r.tell(fmt.Sprintf("%d of %d: %s %s", n+1, len(r.steps), s.spec.Name, s.to.team))
		failed := t.takeStep(ctx, r, whole, n)
		if failed == nil {
			continue
		}
		if refused++; failed.Outcome == gigstack.Unknown || failed.Outcome == gigstack.Done || refused >= r.whole.failures() {
			break
		}
	}
	outcome := outcomeOf(r.trail.steps)
	t.close(ctx, r, whole, outcome, "")
	if outcome != guard.Done {
		return nil, stopped(r, outcome)
	}
	data, notes := r.whole.conclude(r)
	one := single{Data: marshal(data), Team: r.to.team, Livemode: t.livemodeOf(r), Notes: notes}
	for _, s := range r.steps {
		one.Livemode = livemode(s.reply, one.Livemode)
	}
	return answer(composed{guarded{written: written{single: one}, Status: done}, r.trail.steps}, false), nil
}

// takeStep takes one step, and records it as a call by itself is recorded.
func (t *Tools) takeStep(ctx context.Context, r request, whole *guard.Ticket, n int) (failed *failure) {
	s, result := r.steps[n], &r.trail.steps[n]
	s.trail = &trail{plan: r.trail.plan}
	failed = panicked()
	defer func() {
		t.record(ctx, s.request, failed)
		result.Resource, result.Error = s.trail.resource, failed
		switch {
		case failed == nil || failed.Outcome == gigstack.Done:
			result.Status = done
		case failed.Outcome == gigstack.Unknown:
			result.Status = stepUnknown
		default:
			result.Status = stepRefused
		}
	}()
	reply, err := t.sendStep(ctx, r, whole, n)
	if failed = nil; err != nil {
		failed = t.explain(err)
		return failed
	}
	s.reply, result.Undo = reply.Data, t.undo(s.request, reply.Data)
	return nil
}

// sendStep completes a step with what the one before it made, has it permitted, and
// sends it.
func (t *Tools) sendStep(ctx context.Context, r request, whole *guard.Ticket, n int) (reply gigstack.Reply, err error) {
	s := r.steps[n]
	if ctx.Err() != nil {
		return reply, &failure{Code: gigstack.CodeCanceled, Outcome: gigstack.NotSent, Message: "The client stopped waiting. This was not sent."}
	}
	if s.later != "" {
		if s.args, err = s.with(s.later, r.trail.steps[n-1].Resource); err != nil {
			return reply, err
		}
	}
	if n > 0 { // the first was looked at just now
		if err := t.unchanged(ctx, r, n); err != nil {
			return reply, err
		}
	}
	c := t.guardCall(ctx, s.request)
	c.Facts, c.Later = s.shown.about, s.later
	s.trail.note(t.Guard.Judge(ctx, c, false))
	ticket, err := t.Guard.Step(ctx, whole, n, c)
	if err != nil {
		return reply, err
	}
	return t.write(ctx, &s.request, ticket)
}

// unchanged refuses a step when what it concerns is not as it was confirmed, but for
// what the steps before it made.
func (t *Tools) unchanged(ctx context.Context, r request, n int) error {
	s := r.steps[n]
	for _, before := range r.steps[:n] {
		var made struct {
			UUID     string   `json:"uuid"`
			Invoices []string `json:"invoices"`
		}
		_ = json.Unmarshal(before.reply, &made) // what is not there was not made
		s.made = append(append(s.made, made.UUID), made.Invoices...)
	}
	now, err := t.look(ctx, s.request)
	if err == nil && !bytes.Equal(now.seen, s.shown.seen) {
		err = &guard.Refusal{Code: guard.CodePlanStale, Message: "What it concerns has changed since it was confirmed. This was not sent."}
	}
	return err
}

// with is the arguments of a step with one that is known only now.
func (s *step) with(name, id string) (json.RawMessage, error) {
	if id == "" {
		return nil, &failure{Code: gigstack.CodeUnreadable, Outcome: gigstack.NotSent, Message: "gigstack did not say what the step before made. This was not sent."}
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(s.args, &fields); err != nil {
		return nil, err
	}
	fields[name] = marshal(id)
	return marshal(fields), nil
}

// outcomeOf is what the journal keeps of a whole.
func outcomeOf(steps []stepResult) string {
	count := map[string]int{}
	for _, s := range steps {
		count[s.Status]++
	}
	switch {
	case count[stepUnknown] > 0:
		return guard.Unknown
	case count[done] == len(steps):
		return guard.Done
	case count[done] > 0:
		return guard.Partial
	}
	return guard.Refused
}

// stopped says what was done of a composed write that came not to its end, what was
// not, and how it goes on.
func stopped(r request, outcome string) *failure {
	f := &failure{
		Code: "stopped", Outcome: map[string]gigstack.Outcome{guard.Refused: gigstack.Refused, guard.Unknown: gigstack.Unknown, guard.Partial: Partial}[outcome],
		Next: "Make the same call again, without plan, once what the failed step says is settled: it finds what was done and plans what is left. Tell the person how far it came.",
	}
	parts := map[string][]string{}
	for i, s := range r.trail.steps {
		words := fmt.Sprintf("%d. %s", i+1, s.Tool)
		if s.ID != "" {
			words += " " + plain(s.ID)
		}
		if s.Resource != "" && s.Resource != s.ID {
			words += " (" + plain(s.Resource) + ")"
		}
		if s.Error != nil && s.Status != done {
			f.Code = s.Error.Code
			words += ": " + strings.TrimSuffix(s.Error.Message, ".")
		}
		parts[s.Status] = append(parts[s.Status], words)
	}
	var message []string
	for _, part := range []struct{ status, words string }{{done, "Done"}, {stepRefused, "Refused"}, {stepUnknown, "With an unknown outcome"}, {stepNotRun, "Not run"}} {
		if list := parts[part.status]; list != nil {
			message = append(message, part.words+": "+clip(strings.Join(list, "; "), 3*longText)+".")
		}
	}
	f.Message = strings.Join(message, " ")
	return f
}

// longest is how long a call, of a few steps, may run.
const longest = 10 * time.Minute

// clear finds out what came of every earlier attempt about a thing whose outcome is not
// known, and stops where that cannot be told: nothing is planned on a guess.
func (t *Tools) clear(ctx context.Context, team, about string) error {
	pending, err := t.Guard.Journal.Pending(ctx)
	if err != nil {
		return err
	}
	for _, a := range pending {
		var kept struct{ ID string }
		_ = json.Unmarshal([]byte(a.Lookup), &kept) // "" for many
		if a.Team != team || a.Mode != t.mode() || !strings.EqualFold(kept.ID, about) {
			continue
		}
		if a.Outcome == guard.Running && t.Now().Sub(a.At) > longest { // whoever sent it could not record what came of it
			if err := t.Guard.Journal.Close(ctx, a.ID, guard.Unknown, ""); err != nil {
				return err
			}
			a.Outcome = guard.Unknown
		}
		resolved, err := t.Resolve(ctx, a)
		if err != nil {
			return err
		}
		if resolved.Verdict == Undecided && !t.tellsItself(a) {
			return &failure{Code: guard.CodeOutcomeUnknown, Outcome: gigstack.NotSent,
				Message: fmt.Sprintf("What came of %s of %s about %s is not known. %s Nothing was sent now.", a.Tool, a.At.UTC().Format(time.RFC3339), plain(about), resolved.Message),
				Next:    resolved.Next + ` Then make this call again. (resolve_outcome {"attempt": "` + a.ID + `"})`}
		}
	}
	return nil
}

// tellsItself reports whether what came of an attempt need not be known: a whole that
// does not run any more did what its steps did, and a document that a step would have
// made is found by what it relates to, once it cannot be under way.
func (t *Tools) tellsItself(a guard.Attempt) bool {
	if a.Outcome != guard.Unknown {
		return false
	}
	made := a.Tool == gigstack.CreateIncomeInvoice.Name || a.Tool == gigstack.CreateEgressInvoice.Name
	return isComposed(a.Tool) || made && !t.Now().Before(a.At.Add(t.Caller.WriteTimeout()+lateness))
}

// mostSteps is how many steps a whole may have.
const mostSteps = 50

// lookForSteps looks for the effects of the steps of a whole that did not end in good
// order.
func (t *Tools) lookForSteps(ctx context.Context, whole guard.Attempt) finding {
	did := 0
	for n := range mostSteps {
		a, known, err := t.Guard.Journal.Find(ctx, guard.StepID(whole.ID, n))
		if err == nil && known && a.Outcome == guard.Unknown {
			var resolved Resolution
			if resolved, err = t.Resolve(ctx, a); err == nil && resolved.Verdict == Found {
				a.Outcome = guard.Done
			} else if err == nil && resolved.Verdict == NotFound {
				a.Outcome = guard.Refused
			}
		}
		switch {
		case err != nil:
			return undecided("The journal could not be read.", "Try again in a moment.")
		case !known: // it was not begun
		case a.Outcome == guard.Unknown, a.Outcome == guard.Running:
			return undecided(fmt.Sprintf("What came of its step %s is not known yet.", a.Tool), `Call resolve_outcome {"attempt": "`+a.ID+`"} for that first.`)
		case a.Outcome == guard.Done:
			did++
		}
	}
	if did == 0 {
		return finding{verdict: NotFound, saw: "None of its steps took effect."}
	}
	return finding{verdict: Found, saw: fmt.Sprintf("%d of its steps took effect.", did)}
}
