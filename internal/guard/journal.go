package guard

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// Outcomes of an attempt, as the journal keeps them.
const (
	Running = "running" // not finished: the answer is still out
	Done    = "done"
	Refused = "refused" // nothing was changed
	Unknown = "unknown" // it may have taken effect
	Partial = "partial" // of a whole: some of its steps took effect, and those of the others are known
)

// Attempt is one execution of a call. Its arguments are in the digest only, but for
// what a look-up takes.
type Attempt struct {
	ID       string    // the plan's; it can be used once
	Digest   string    // of everything the call would do
	Planned  time.Time // when its plan was made; zero without one
	At       time.Time
	Outcome  string
	Resource string // what came of it, when known
	Key      string // idempotency key it was sent with
	Lookup   string // what finding out its outcome takes besides; "" for nothing
	Identity string // digest of API key and address it was sent with and to

	Counts   []string // the rules of the operator's whose caps it counts against
	Day      string   // on which it counts, as policy.Day has it
	Amount   *decimal.Decimal
	Currency string

	// What follows is for people who read the journal; nothing is decided by it.
	Tool, Team, Mode, Principal string
	Risk                        risk.Level
}

// What a journal's Open returns instead of opening.
var (
	ErrUsed      = errors.New("the plan was used before")
	ErrOvertaken = errors.New("an identical call is running, or ran after this was planned")
)

// Overtakes reports whether an attempt stands in the way of another with the
// same digest: it is running, or it ran when the other had already been planned,
// so that whoever confirmed the other did not know of it. One that is sent with
// the same idempotency key goes on where the first left off.
func (a Attempt) Overtakes(other Attempt) bool {
	if a.ID == other.ID || a.Outcome == Refused {
		return false
	}
	running := a.Outcome == Running && other.At.Sub(a.At) < settleTime
	sameKey := a.Key != "" && a.Key == other.Key
	return running || !sameKey && !other.Planned.IsZero() && !a.At.Before(other.Planned)
}

// Book is what decides besides a call itself, as it is at one moment.
type Book interface {
	// Spent is what the attempts that count under a rule, in a mode, have come to
	// since a day, as policy.Day has it: all of them, and the amounts in a currency.
	// Those that were refused are not among them.
	Spent(ctx context.Context, rule, mode, currency, since string) (policy.Tally, error)
	// Approval is the one of that id, ok false without one.
	Approval(ctx context.Context, id string) (a Approval, ok bool, err error)
}

// Journal remembers executions, and what people outside of conversations said.
type Journal interface {
	Book
	Approvals
	// Open records an attempt before its request is sent. It returns the
	// earlier attempt and ErrUsed when the id was opened before, or ErrOvertaken
	// when the last one with the same digest overtakes it: of any number of
	// concurrent calls exactly one succeeds. admit, unless nil, is asked last, while
	// nobody else can open an attempt of the same call or under the same rules, nor
	// decide about its approval; its error is returned. An attempt that is opened as
	// Refused only uses its id up.
	Open(ctx context.Context, a Attempt, admit func(context.Context, Book) error) (earlier Attempt, err error)
	// Close records what came of it. What is Refused does not count any more.
	Close(ctx context.Context, id, outcome, resource string) error
	// Find is the attempt of that id, ok false without one.
	Find(ctx context.Context, id string) (a Attempt, ok bool, err error)
	// Last is the newest attempt with this digest that is not Refused, ok false
	// without one: what changed nothing does not hide what may have changed
	// something.
	Last(ctx context.Context, digest string) (a Attempt, ok bool, err error)
	// Pending is the attempts that are unknown or running, newest first.
	Pending(ctx context.Context) ([]Attempt, error)
	// Settle records what an attempt turned out to be that is Unknown; one that is
	// anything else by now is left alone. What is Refused does not count any more.
	Settle(ctx context.Context, id, outcome, resource string) error
}

// attempt is an execution of the call that is about to begin.
func (g *Guard) attempt(c Call, id, keyOf [idSize]byte, planned time.Time) Attempt {
	a := Attempt{
		ID: hex.EncodeToString(id[:]), Digest: c.digest(), Planned: planned, At: g.Now(), Outcome: Running, Lookup: c.Lookup, Identity: Mark(c.Identity),
		Tool: c.Tool, Team: c.Team, Mode: c.Mode, Principal: c.Principal, Risk: c.Risk,
	}
	if c.Keyed {
		a.Key = cmp.Or(c.OwnKey, keyPrefix+hex.EncodeToString(keyOf[:]))
	}
	return a
}

// begin opens the journal for an execution and returns its ticket. What the operator's
// policy says, and a person outside of the conversation, is asked for the last time
// while neither can change.
func (g *Guard) begin(ctx context.Context, m moment, attempt Attempt, c Call, by passage, before *Attempt) (*Ticket, error) {
	t := &Ticket{guard: g, call: c, id: attempt.ID, by: by, IdempotencyKey: attempt.Key}
	attempt.At, attempt.Day, attempt.Counts = m.at, policy.Day(m.at), m.counts(c)
	earlier, err := g.Journal.Open(ctx, attempt, func(ctx context.Context, book Book) error {
		m.book = book
		if err := m.allows(ctx, c, false, by.verdict); err != nil || by.verdict != policy.Approve {
			return err
		}
		a, err := m.approval(ctx, by.plan)
		if err != nil {
			return err
		}
		t.Approver = a.By
		return a.approved(by.plan, m.at)
	})
	var refusal *Refusal
	switch {
	case errors.Is(err, ErrUsed):
		return nil, used(earlier)
	case errors.Is(err, ErrOvertaken):
		return nil, overtaken(earlier)
	case errors.As(err, &refusal):
		return nil, refusal
	case err != nil:
		return nil, fmt.Errorf("guard: %w", err)
	}
	if before != nil && before.Key != "" && before.Key == attempt.Key {
		t.Inherited = before
	}
	return t, nil
}

// overtaken refuses a call because an identical one is running, or was sent after
// this one had been planned.
func overtaken(last Attempt) error {
	r := &Refusal{Code: CodeOvertaken, Earlier: &last, Message: "An identical call was sent at " + last.At.UTC().Format(time.RFC3339)}
	if last.Outcome == Partial {
		r.Message += ", after this one was planned, and did a part of it. Nothing was sent now. Call without plan: what is left is planned."
		return r
	}
	if last.Outcome != Done {
		r.Code = CodeOutcomeUnknown
		r.Message += " and has not been answered: it may have taken effect. Nothing was sent now. Read the document first; if it shows no effect, call without plan for a new one."
		return r
	}
	if r.Message += ", after this one was planned, and succeeded"; last.Resource != "" {
		r.Message += ": " + last.Resource
	}
	r.Message += ". Nothing was sent now. If it is really to be done once more, call without plan and confirm again."
	return r
}

func used(a Attempt) error {
	r := &Refusal{Code: CodePlanUsed, Earlier: &a}
	at := a.At.UTC().Format(time.RFC3339)
	switch a.Outcome {
	case Done:
		r.Message = "This plan already ran at " + at + " and succeeded. Do not call again; read what came of it."
		if a.Resource != "" {
			r.Message = "This plan already ran at " + at + " and succeeded: see " + a.Resource + ". Do not call again."
		}
	case Partial:
		r.Message = "This plan already ran at " + at + " and did a part of what it says. Call without plan: what is left is planned."
	case Refused:
		r.Message = "This plan was declined, or ran and was refused, at " + at + ": nothing was changed. Call without plan for a new one."
	default:
		r.Message = "This plan already ran at " + at + " and its outcome is not known: it may have taken effect. Look before anything else."
	}
	return r
}
