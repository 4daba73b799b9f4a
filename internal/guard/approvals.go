package guard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// States of an approval.
const (
	Waiting   = "waiting"
	Approved  = "approved"
	Denied    = "denied"
	Withdrawn = "withdrawn" // the call was planned anew
)

// Approval is a call that waits for a person outside of the conversation, or what they
// said.
type Approval struct {
	ID     string // its plan's
	Digest string // the attempt's that it is for
	Sealer string // mark of the key that sealed the plan: no other server can go on with it
	Plan   string // token: with it, and only when it was approved, the call goes on
	Shown  string // what it would do, in lines
	Word   string // what a person types who approves it

	Tool, Team, Mode, Principal string
	Risk                        risk.Level

	Asked, Expires time.Time
	State          string
	By             string // who decided; "" while it waits
	Reason         string // theirs; often ""
	Decided        time.Time
	Ran            bool // the call has begun
}

// MostWaiting is how many of one principal's calls can wait for a person at once.
const MostWaiting = 50

// ErrCrowded says that so many wait already.
var ErrCrowded = errors.New("too many calls wait to be approved")

// Approvals keeps what waits for a person.
type Approvals interface {
	// Request keeps an approval that waits, and withdraws what its principal asked for
	// before of the same digest under the same seal. It returns ErrCrowded when too
	// many wait.
	Request(ctx context.Context, a Approval) error
	// Requested is what a principal asked for of a digest under a seal, ok false
	// without any: not what was used, withdrawn or has expired.
	Requested(ctx context.Context, digest, principal, sealer string) (a Approval, ok bool, err error)
}

// Request asks for the approval of a call for which Plan sealed an Approved plan.
func (g *Guard) Request(ctx context.Context, c Call, plan Plan, shown, word string) (id string, err error) {
	id = PlanID(plan.Token)
	err = g.Journal.Request(ctx, Approval{
		ID: id, Digest: c.digest(), Sealer: g.sealer, Plan: plan.Token, Shown: shown, Word: word,
		Tool: c.Tool, Team: c.Team, Mode: c.Mode, Principal: c.Principal, Risk: c.Risk,
		Asked: g.Now(), Expires: plan.Expires, State: Waiting,
	})
	if errors.Is(err, ErrCrowded) {
		return "", &Refusal{Code: CodeCrowded, Message: "Too many calls wait to be approved already. Nothing was sent. Ask the person to decide about those first (gigstack-mcp approvals list)."}
	}
	if err != nil {
		return "", fmt.Errorf("guard: %w", err)
	}
	return id, nil
}

// Requested is the plan that the same caller asked to have approved for the same call,
// "" without one: a call that is repeated goes on with it.
func (g *Guard) Requested(ctx context.Context, c Call) (token string, err error) {
	a, ok, err := g.Journal.Requested(ctx, c.digest(), c.Principal, g.sealer)
	if err != nil {
		return "", fmt.Errorf("guard: %w", err)
	}
	if !ok {
		return "", nil
	}
	return a.Plan, nil
}

// ByApproval reports whether a plan is one that a person approves outside of the
// conversation.
func (g *Guard) ByApproval(token string) bool {
	_, s, err := g.unseal(token)
	return err == nil && s.Way == ByApproval
}

// approval is the one of a plan, the zero Approval without one.
func (m moment) approval(ctx context.Context, id string) (Approval, error) {
	a, _, err := m.book.Approval(ctx, id)
	if err != nil {
		return a, fmt.Errorf("guard: %w", err)
	}
	return a, nil
}

// denied refuses what a person denied, until that has expired.
func (a Approval) denied(now time.Time) error {
	if a.State == Denied && now.Before(a.Expires) {
		return &Refusal{Code: CodeDenied, Message: a.denial()}
	}
	return nil
}

// approved refuses anything but an approval that holds.
func (a Approval) approved(id string, now time.Time) error {
	switch {
	case a.State == Denied:
		return &Refusal{Code: CodeDenied, Message: a.denial()}
	case a.State == "" || a.State == Withdrawn:
		return &Refusal{Code: CodeWithdrawn, Message: "The approval " + id + " is not asked for any more, because the call was planned anew. Nothing was sent. Call without plan to go on with the newer one."}
	case !now.Before(a.Expires):
		return &Refusal{Code: CodePlanExpired, Message: "The approval " + id + " has expired. Nothing was sent. Call without plan for a new one."}
	case a.State != Approved:
		return &Refusal{Code: CodeWaiting, Message: "A person still has to approve it outside of this conversation: approval " + id + ". Nothing was sent."}
	}
	return nil
}

func (a Approval) denial() string {
	message := fmt.Sprintf("%s denied it at %s", a.By, a.Decided.UTC().Format(time.RFC3339))
	if a.Reason != "" {
		message += fmt.Sprintf(", and says: %q", a.Reason)
	}
	return message + ". Nothing was sent. Do not ask again unless the person you work for has settled it with them."
}
