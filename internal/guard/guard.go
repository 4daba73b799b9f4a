// Package guard decides whether a call may run.
//
// A read runs. A write runs when the policy lets it. Everything that reaches
// another person, removes something, stamps a document or moves money is planned
// first: the guard seals a plan that binds every detail of the call, and runs it
// only against that plan, once. Only a [Ticket] from the guard opens the second
// door, which the API client keeps.
package guard

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// PlanLife is how long a plan can be confirmed, ApprovalLife how long one that a
// person has to approve outside of the conversation.
const (
	PlanLife     = 10 * time.Minute
	ApprovalLife = 24 * time.Hour
)

// settleTime is how long an identical call is refused after one whose outcome is
// unknown, where gigstack offers no idempotency key to make it safe.
const settleTime = 10 * time.Minute

// keyLife is how long an identical call carries the idempotency key of one whose
// outcome is unknown. Later it is more likely a new sale than a repetition.
const keyLife = time.Hour

// Call is one call of a tool with everything a plan binds.
type Call struct {
	Tool      string
	Toolset   string
	Risk      risk.Level
	Team      string // resolved; "" for the key's own when its id is not known
	Mode      string // live, test or unknown
	Principal string // who asks
	Identity  string // digest of API key and address: a plan is for these alone
	Args      []byte // canonical JSON, without an idempotency key
	Seen      []byte // digest of what the preview read; nil where nothing was
	Word      string // what a person must type, or did type, to confirm; "" where a yes is enough
	Facts            // read for the preview, and again when it is confirmed

	Keyed      bool   // gigstack takes an idempotency key for it
	OwnKey     string // the one that the arguments brought; "" to have one made
	Repeatable bool   // doing it twice does nothing more than doing it once

	Lookup string // what finding out its outcome later takes besides: ids, never more

	Whole bool   // it only begins the Steps of its facts: see [Guard.Step]
	Later string // of a step: the argument that only the step before tells
	About string // the one thing that a whole does its work on, whatever else it is told; "" when its arguments say it all
}

// Policy is what the operator allows.
type Policy struct {
	ReadOnly      bool // nothing above read
	AllowCritical bool // the critical tier may be planned at all
	AllowLive     bool // what a key that is not of test mode changes
	Unsealed      bool // plans end with the process, or are another replica's: nothing fiscal or critical
	Unattended    bool // nobody outside of the conversation can approve anything
}

// Options is what a guard is made of. All but Policy and Rules are required.
type Options struct {
	Policy  Policy
	Rules   func() *policy.Policy // the operator's file as it is now; nil for none
	Journal Journal
	SealKey []byte // 32 secret bytes; whoever has them can forge plans
	Now     func() time.Time
	Random  io.Reader
}

// Guard decides. It is safe for concurrent use.
type Guard struct {
	Options
	aead   cipher.AEAD
	sealer string // mark of the key
}

// New returns a guard.
func New(o Options) (*Guard, error) {
	block, err := aes.NewCipher(o.SealKey)
	if err != nil {
		return nil, fmt.Errorf("seal key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal key: %w", err)
	}
	mark := short("sealer", o.SealKey)
	return &Guard{o, aead, hex.EncodeToString(mark[:])}, nil
}

// Refusal is the guard saying no. Nothing was sent.
type Refusal struct {
	Code    string // stable, for programs
	Message string // what to do about it
	Earlier *Attempt
}

// Error is the refusal's message.
func (r *Refusal) Error() string { return r.Message }

// The codes of refusals.
const (
	CodeReadOnly       = "read_only"
	CodeCriticalOff    = "critical_not_allowed"
	CodeLiveOff        = "live_not_allowed"
	CodeUnsealed       = "no_seal_key"
	CodePlanRequired   = "plan_required"
	CodePlanTampered   = "plan_not_valid"
	CodePlanExpired    = "plan_expired"
	CodePlanUsed       = "plan_already_used"
	CodePlanTool       = "plan_for_another_tool"
	CodePlanArguments  = "plan_for_other_arguments"
	CodePlanTeam       = "plan_for_another_team"
	CodePlanMode       = "plan_for_another_mode"
	CodePlanPrincipal  = "plan_for_another_principal"
	CodePlanKey        = "plan_for_another_key"
	CodePlanChannel    = "plan_of_a_question"
	CodePlanStale      = "plan_stale"
	CodePlanWord       = "plan_word_differs"
	CodePlanPolicy     = "policy_changed"
	CodePolicy         = "policy_denied"
	CodeUnattended     = "approval_not_possible"
	CodeApproval       = "approval_required"
	CodeWaiting        = "approval_waiting"
	CodeDenied         = "approval_denied"
	CodeWithdrawn      = "approval_withdrawn"
	CodeCrowded        = "approvals_crowded"
	CodeOutcomeUnknown = "earlier_outcome_unknown"
	CodeOvertaken      = "overtaken_by_identical_call"
)

// Check says whether policy lets a call of this level be made at all, in a mode:
// live, test or unknown, which may be live.
func (p Policy) Check(level risk.Level, mode string) error {
	switch level = level.Effective(); {
	case p.ReadOnly && level > risk.Read:
		return &Refusal{Code: CodeReadOnly, Message: "This server is read-only: nothing was changed. The operator would have to start it without --read-only."}
	case !p.AllowLive && mode != "test" && level > risk.Read:
		return &Refusal{Code: CodeLiveOff, Message: "The key acts on real documents and money, and this server may change nothing there: nothing was sent. The operator would have to start it with --allow-live, or use a test key."}
	case p.Unsealed && level >= risk.Fiscal:
		return &Refusal{Code: CodeUnsealed, Message: "Fiscal and critical operations are off on this server, because it has no key of its own to seal plans with: nothing was sent. The operator would have to start it with --seal-key-file."}
	case !p.AllowCritical && level >= risk.Critical:
		return &Refusal{Code: CodeCriticalOff, Message: "Critical operations (money going out, keys, certificates, passwords, deleting a team) are off on this server: nothing was sent. A person can do it in the gigstack app, or the operator can start the server with --allow-critical."}
	}
	return nil
}

// Ticket is leave to send one request. Only the guard makes tickets.
type Ticket struct {
	guard *Guard
	call  Call
	id    string // of the attempt; "" when nothing is journaled
	by    passage

	// IdempotencyKey names this one execution at gigstack, so that a second
	// request with it returns the first document. "" where gigstack takes none.
	IdempotencyKey string
	// Inherited is the attempt whose key it is, when it is not this one's own.
	Inherited *Attempt
	// Approver is who approved it outside of the conversation, "" where nobody had to.
	Approver string
}

// Permit lets a call of the write tier run at once. Where repeating it would do
// it again, the execution is remembered as one of a plan is.
func (g *Guard) Permit(ctx context.Context, c Call) (*Ticket, error) {
	m := g.now()
	if err := m.allows(ctx, c, false, policy.Allow); err != nil {
		return nil, err
	}
	if c.Repeatable && m.counts(c) == nil {
		return &Ticket{guard: g, call: c}, nil
	}
	id, err := g.newID()
	if err != nil {
		return nil, err
	}
	if c.Repeatable { // it is remembered for the caps alone
		attempt := g.attempt(c, id, id, time.Time{})
		attempt.Digest = attempt.ID
		return g.begin(ctx, m, attempt, c, passage{}, nil)
	}
	keyOf, earlier, err := g.settled(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return g.begin(ctx, m, g.attempt(c, id, keyOf, time.Time{}), c, passage{}, earlier)
}

// Attempt is the id of the attempt in the journal, "" where none is kept.
func (t *Ticket) Attempt() string { return t.id }

// Close records the outcome of the ticket's execution: Done, Refused or Unknown, or of a
// whole also Partial.
func (t *Ticket) Close(ctx context.Context, outcome, resource string) error {
	if t.id == "" {
		return nil
	}
	if t.call.Repeatable && outcome == Unknown { // making it again does no harm
		outcome = Done
	}
	return t.guard.Journal.Close(context.WithoutCancel(ctx), t.id, outcome, resource)
}
