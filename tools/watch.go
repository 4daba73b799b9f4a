package tools

import (
	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/audit"
)

// Call is one call of a tool, as those see it who look on: nothing of it is the
// caller's.
type Call struct {
	Tool string
	Tier string
}

// Outcome is what became of a call, in one of a few words.
type Outcome string

// OK is the outcome of a call that did what it was asked to.
const OK Outcome = "ok"

// Outcomes is all there are: it worked; it failed, with what that says of its effect;
// it did some of its steps; or it has not run, because somebody has to confirm or approve it, or said no.
func Outcomes() []Outcome {
	return []Outcome{OK,
		Outcome(gigstack.NotSent), Outcome(gigstack.Refused), Outcome(gigstack.Unknown), Outcome(gigstack.Done), Outcome(Partial),
		Outcome(audit.Planned), Outcome(audit.Waiting), Outcome(audit.Declined)}
}

// became is what became of a request. failed is nil for one that did not fail.
func became(r request, failed *failure) Outcome {
	switch decision := r.trail.decision; {
	case failed != nil:
		return Outcome(failed.Outcome)
	case decision == "", decision == audit.Ran:
		return OK
	default:
		return Outcome(decision)
	}
}
