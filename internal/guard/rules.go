package guard

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// Facts is what a call is about, as far as it was read: what the operator's rules
// limit.
type Facts struct {
	Receivers []string         // RFCs of all who receive something by it; nil when they are not known
	Amount    *decimal.Decimal // in units of Currency; nil when it is not known
	Currency  string
}

// rules is the operator's policy as it is now.
func (g *Guard) rules() *policy.Policy {
	if g.Rules == nil {
		return &policy.Policy{Mode: policy.Off}
	}
	return g.Rules()
}

// RulesMode is how seriously the operator's policy is taken, "" where there is none.
func (g *Guard) RulesMode() string {
	if g.Rules == nil {
		return ""
	}
	return string(g.Rules().Mode)
}

// Judge is what the operator's policy says of a call; ok is whether it is obeyed, and
// not only recorded. early is for a call of which nothing was read yet: what is not
// known of it is no reason to refuse it.
func (g *Guard) Judge(ctx context.Context, c Call, early bool) (d policy.Decision, ok bool) {
	return g.judge(ctx, c, early, g.Journal)
}

func (g *Guard) judge(ctx context.Context, c Call, early bool, book Book) (d policy.Decision, ok bool) {
	p := g.rules()
	if p.Mode == policy.Off {
		return d, false
	}
	asked := c.inRules()
	asked.At, asked.Early = g.Now(), early
	asked.Spent = func(rule, currency string, since time.Time) (policy.Tally, error) {
		return book.Spent(ctx, rule, c.Mode, currency, since)
	}
	return p.Judge(asked), p.Mode == policy.Enforce
}

// inRules is the call as the operator's rules see it.
func (c Call) inRules() policy.Call {
	return policy.Call{
		Tool: c.Tool, Toolset: c.Toolset, Team: c.Team, Principal: c.Principal, Mode: c.Mode, Risk: c.Risk,
		Receivers: c.Receivers, Amount: c.Amount, Currency: c.Currency,
	}
}

// counts is the rules whose caps a call counts against, be they obeyed or not.
func (g *Guard) counts(c Call) []string {
	if p := g.rules(); p.Mode != policy.Off {
		return p.Counts(c.inRules())
	}
	return nil
}

// Needs is what a call has to go through: nothing, a confirmation or an approval. Its
// risk and the operator's policy decide, the stricter of them; the decision names a
// rule only where the policy did. early is as in Judge.
func (g *Guard) Needs(ctx context.Context, c Call, early bool) policy.Decision {
	return g.needs(ctx, c, early, g.Journal)
}

func (g *Guard) needs(ctx context.Context, c Call, early bool, book Book) policy.Decision {
	byRisk := policy.Decision{Verdict: policy.Allow}
	switch {
	case c.Risk.Effective() >= risk.Critical:
		byRisk.Verdict = policy.Approve
	case c.Risk.NeedsPlan():
		byRisk.Verdict = policy.Ask
	}
	if d, obeyed := g.judge(ctx, c, early, book); obeyed && d.Verdict > byRisk.Verdict {
		return d
	}
	return byRisk
}

// MayAsk reports whether the policy as it is now could have a write of this tool
// confirmed or approved.
func (g *Guard) MayAsk(tool, toolset string) bool {
	p := g.rules()
	return p.Mode == policy.Enforce && p.MayAsk(tool, toolset)
}

// allows refuses what the server's settings or the operator's policy do not let
// through, or not by what the call went through.
func (g *Guard) allows(ctx context.Context, c Call, early bool, went policy.Verdict, book Book) error {
	if err := g.Policy.Check(c.Risk, c.Mode); err != nil || c.Risk.Effective() == risk.Read {
		return err
	}
	need := g.needs(ctx, c, early, book)
	switch {
	case need.Verdict == policy.Deny:
		return &Refusal{Code: CodePolicy, Message: fmt.Sprintf("The operator's policy on this server does not let it through (%s); gigstack was not asked. Nothing was sent. Only the operator can change the policy.", need)}
	case need.Verdict == policy.Approve && g.Policy.Unattended:
		return &Refusal{Code: CodeUnattended, Message: "A person would have to approve it outside of this conversation, and this server keeps nothing where they could. Nothing was sent. The operator would have to start it with --state-dir."}
	case need.Verdict <= went:
		return nil
	case need.Verdict == policy.Approve:
		return &Refusal{Code: CodeApproval, Message: "A person has to approve it outside of this conversation. Nothing was sent. Call without plan to ask for that."}
	}
	return &Refusal{Code: CodePlanRequired, Message: c.Tool + " must be planned and confirmed before it runs."}
}

// obeyed is the digest of the policy that is obeyed, "" for none.
func (g *Guard) obeyed() string {
	if p := g.rules(); p.Mode == policy.Enforce {
		return p.Digest
	}
	return ""
}
