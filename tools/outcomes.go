package tools

import (
	"context"
	"fmt"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// Verdict is what looking for the effect of a call came to.
type Verdict string

// The verdicts.
const (
	Found     Verdict = "found"     // it took effect
	NotFound  Verdict = "not_found" // nothing was done
	Undecided Verdict = "undecided" // nobody can tell, or not yet
)

// Resolution is what came of an attempt, as far as can be told.
type Resolution struct {
	Attempt  Attempt `json:"attempt"`
	Verdict  Verdict `json:"verdict" doc:"found: it took effect. not_found: nothing was done. undecided: see message."`
	Resource string  `json:"resource,omitempty" doc:"Id of what came of it."`
	Message  string  `json:"message" doc:"What was seen."`
	Next     string  `json:"next" doc:"What to do now."`
}

// Attempt is one execution of a call, as the journal has it.
type Attempt struct {
	ID      string    `json:"id"`
	Tool    string    `json:"tool"`
	Team    string    `json:"team"`
	Mode    string    `json:"mode" doc:"live, test or unknown."`
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome" doc:"unknown: it may have taken effect. running: no answer yet."`
}

// AttemptOf is an attempt for those who read about it.
func AttemptOf(a guard.Attempt) Attempt {
	return Attempt{a.ID, a.Tool, a.Team, a.Mode, a.At.In(gigstack.MexicoCity).Truncate(time.Second), a.Outcome}
}

// outcomeResult answers resolve_outcome.
type outcomeResult struct {
	Attempts []Attempt   `json:"attempts,omitempty" doc:"Calls whose outcome is not known, newest first."`
	Resolved *Resolution `json:"resolved,omitempty" doc:"What came of the attempt that was asked for."`
	Notes    []string    `json:"notes,omitempty"`
	Error    *failure    `json:"error,omitempty"`
}

func (outcomeResult) actedFor() string { return "" }

type resolveOutcomeInput struct {
	Attempt *string `json:"attempt,omitempty" doc:"Id of the attempt; leave out to list those that are open." jsonschema:"maxLength=64"`
}

// mostListed is how many open attempts are listed at once.
const mostListed = 50

// resolveOutcome lets an agent find out what a call did whose answer was lost. It
// reads gigstack and writes nothing but the journal.
func (t *Tools) resolveOutcome() ownTool {
	return sessionTool("resolve_outcome", "Resolve an unknown outcome",
		"Find out whether a call whose answer was lost took effect, by looking for what it would have made. Without attempt it lists such calls. Use it before making the same call again.",
		func(ctx context.Context, in resolveOutcomeInput) (result outcomeResult, err error) {
			who := session.CallerOf(ctx).Principal
			if in.Attempt == nil {
				return t.openAttempts(ctx, who)
			}
			a, known, err := t.Guard.Journal.Find(ctx, *in.Attempt)
			if err != nil {
				return result, err
			}
			if !known || a.Principal != who || t.mayActFor(a.Team) != nil {
				return result, &failure{Code: "attempt_not_found", Outcome: gigstack.NotSent, Message: "There is no such attempt of yours.", Next: "Call resolve_outcome without attempt for those that are open."}
			}
			resolved, err := t.Resolve(ctx, a)
			result.Resolved = &resolved
			return result, err
		}, t)
}

func (t *Tools) openAttempts(ctx context.Context, who string) (result outcomeResult, err error) {
	pending, err := t.Guard.Journal.Pending(ctx)
	if err != nil {
		return result, err
	}
	more := 0
	for _, a := range pending {
		switch {
		case a.Principal != who, t.mayActFor(a.Team) != nil:
		case len(result.Attempts) == mostListed:
			more++
		default:
			result.Attempts = append(result.Attempts, AttemptOf(a))
		}
	}
	switch {
	case len(result.Attempts) == 0:
		result.Notes = []string{"Every call has a known outcome."}
	case more > 0:
		result.Notes = []string{fmt.Sprintf("%d older ones are not shown.", more)}
	}
	return result, nil
}

// Resolve looks for the effect of an attempt whose outcome is unknown and records
// what it finds. What it cannot tell stays unknown, and the resolution says why.
func (t *Tools) Resolve(ctx context.Context, a guard.Attempt) (Resolution, error) {
	if a.Outcome != guard.Unknown {
		return t.settled(a), nil
	}
	f := t.lookFor(ctx, a)
	if f.verdict == Undecided {
		return Resolution{AttemptOf(a), Undecided, "", f.saw, f.next}, nil
	}
	outcome := guard.Done
	switch {
	case f.verdict == NotFound:
		outcome = guard.Refused
	case isComposed(a.Tool):
		outcome = guard.Partial
	}
	if err := t.Guard.Journal.Settle(ctx, a.ID, outcome, f.resource); err != nil {
		return Resolution{Attempt: AttemptOf(a)}, err
	}
	now, known, err := t.Guard.Journal.Find(ctx, a.ID)
	if err != nil || !known {
		return Resolution{Attempt: AttemptOf(a)}, err
	}
	r := t.settled(now) // somebody else may have settled it meanwhile
	if now.Outcome == outcome {
		r.Message = f.saw
	}
	return r, nil
}

// settled is the resolution of an attempt that needs no looking for.
func (t *Tools) settled(a guard.Attempt) Resolution {
	r := Resolution{Attempt: AttemptOf(a), Resource: schemas.Visible(a.Resource)}
	switch a.Outcome {
	case guard.Done:
		r.Verdict, r.Message, r.Next = Found, "It took effect.", "Do not call again; go on with what came of it."
	case guard.Partial:
		r.Verdict, r.Message, r.Next = Found, "It took effect in part.", "Make the same call again, without plan: it finds what was done and plans what is left."
	case guard.Refused:
		r.Verdict, r.Message, r.Next = NotFound, "Nothing was done.", "If it is still wanted, the same call can be made again."
	default:
		r.Verdict, r.Message, r.Next = Undecided, "It has not been answered yet, and the process that sent it is alive.", "Ask again in a minute."
	}
	return r
}

// lateness is how long after its time limit a request may still take effect.
const lateness = time.Minute

// lookFor looks for the effect of an attempt.
func (t *Tools) lookFor(ctx context.Context, a guard.Attempt) finding {
	if a.Identity != guard.Mark(t.Caller.Identity()) {
		return undecided("It was sent with another API key or to another address of gigstack, so it cannot be looked for with this one.", "The operator can run gigstack-mcp ledger resolve with that key and address.")
	}
	if isComposed(a.Tool) {
		return t.lookForSteps(ctx, a)
	}
	lookup, ok := lookups[a.Tool]
	if !ok {
		return undecided("Nothing gigstack shows tells whether "+a.Tool+" ran.", "Read what it concerns and tell the person what you see; they decide whether to call again.")
	}
	s, err := t.sought(ctx, a)
	if err != nil {
		return undecided("The journal could not be read.", "Try again in a moment.")
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	f, err := lookup.find(ctx, s)
	if err != nil {
		return undecided("It could not be looked for ("+t.explain(err).Code+").", "Call resolve_outcome again in a moment.")
	}
	over := a.At.Add(t.Caller.WriteTimeout() + lateness)
	if f.verdict == NotFound && t.Now().Before(over) {
		return undecided("It is not there, but may still be under way.", "Call resolve_outcome again after "+over.UTC().Format(time.RFC3339)+".")
	}
	return f
}
