package guard

import (
	"context"
	"fmt"
	"slices"
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
	Steps     []Call // of a whole, in their order
}

// RulesMode is how seriously the operator's policy is taken, "" where there is none.
func (g *Guard) RulesMode() string {
	if g.Rules == nil {
		return ""
	}
	return string(g.Rules().Mode)
}

// moment is all that decides besides a call itself, as it is at one time: what changes
// meanwhile does not decide one half of a question.
type moment struct {
	Policy
	rules *policy.Policy
	at    time.Time
	book  Book
}

func (g *Guard) now() moment {
	m := moment{g.Policy, &policy.Policy{Mode: policy.Off}, g.Now(), g.Journal}
	if g.Rules != nil {
		m.rules = g.Rules()
	}
	return m
}

// obeyed is the digest of the policy that is obeyed, "" for none.
func (m moment) obeyed() string {
	if m.rules.Mode == policy.Enforce {
		return m.rules.Digest
	}
	return ""
}

// Judgement is what there is to say of a call.
type Judgement struct {
	Policy policy.Decision // the operator's
	Obeyed bool            // it is not only recorded
	// Needs is what the call has to go through: nothing, a confirmation or an approval.
	// Its risk and the policy decide, the stricter of them; it names a rule only where
	// the policy did.
	Needs policy.Decision
}

// Judge is what there is to say of a call now. early is for one of which nothing was
// read yet: what is not known of it is no reason to refuse it.
func (g *Guard) Judge(ctx context.Context, c Call, early bool) Judgement {
	return g.now().judge(ctx, c, early)
}

func (m moment) judge(ctx context.Context, c Call, early bool) (j Judgement) {
	switch {
	case c.Risk.Effective() >= risk.Critical:
		j.Needs.Verdict = policy.Approve
	case c.Risk.NeedsPlan():
		j.Needs.Verdict = policy.Ask
	}
	if m.rules.Mode == policy.Off {
		return j
	}
	parts := c.parts()
	first := len(parts) - len(c.Steps)
	for i, part := range parts {
		asked := part.inRules()
		asked.At, asked.Early = m.at, early
		asked.Spent = func(rule, currency, since string) (policy.Tally, error) {
			tally, err := m.book.Spent(ctx, rule, c.Mode, currency, since)
			if i >= first {
				m.add(&tally, rule, currency, append([]Call{c}, parts[first:i]...))
			}
			return tally, err
		}
		if d := m.rules.Judge(asked); i == 0 || d.Verdict > j.Policy.Verdict {
			j.Policy = d
		}
	}
	j.Obeyed = m.rules.Mode == policy.Enforce
	if j.Obeyed && j.Policy.Verdict > j.Needs.Verdict {
		j.Needs = j.Policy
	}
	return j
}

// add counts what will have been spent under a rule by calls that come first.
func (m moment) add(tally *policy.Tally, rule, currency string, calls []Call) {
	for _, c := range calls {
		if !slices.Contains(m.counts(c), rule) {
			continue
		}
		if tally.Count++; c.Amount != nil && c.Currency == currency {
			tally.Amount = tally.Amount.Add(c.Amount.Abs())
		}
	}
}

// inRules is the call as the operator's rules see it.
func (c Call) inRules() policy.Call {
	return policy.Call{
		Tool: c.Tool, Toolset: c.Toolset, Team: c.Team, Principal: c.Principal, Mode: c.Mode, Risk: c.Risk,
		Receivers: c.Receivers, Amount: c.Amount, Currency: c.Currency, Whole: c.Whole,
	}
}

// counts is the rules whose caps a call counts against, be they obeyed or not.
func (m moment) counts(c Call) []string {
	if m.rules.Mode == policy.Off {
		return nil
	}
	return m.rules.Counts(c.inRules())
}

// MayAsk reports whether the policy as it is now could have a write of this tool
// confirmed or approved.
func (g *Guard) MayAsk(tool, toolset string) bool {
	rules := g.now().rules
	return rules.Mode == policy.Enforce && rules.MayAsk(tool, toolset)
}

// allows refuses what the server's settings or the operator's policy do not let
// through, or not by what the call went through.
func (m moment) allows(ctx context.Context, c Call, early bool, went policy.Verdict) error {
	if err := m.Check(c.Risk, c.Mode); err != nil || c.Risk.Effective() == risk.Read {
		return err
	}
	need := m.judge(ctx, c, early).Needs
	switch {
	case need.Err != nil:
		return fmt.Errorf("guard: what was spent cannot be read: %w", need.Err)
	case need.Verdict == policy.Deny:
		return &Refusal{Code: CodePolicy, Message: fmt.Sprintf("The operator's policy on this server does not let it through (%s); gigstack was not asked. Nothing was sent. Only the operator can change the policy.", need)}
	case need.Verdict == policy.Approve && m.Unsealed:
		return &Refusal{Code: CodeUnsealed, Message: "A person would have to approve it outside of this conversation, and this server has no key of its own to seal what they approve with: nothing was sent. The operator would have to start it with --seal-key-file."}
	case need.Verdict == policy.Approve && m.Unattended:
		return &Refusal{Code: CodeUnattended, Message: "A person would have to approve it outside of this conversation, and this program keeps nothing where they could: it has no state directory, or is a sandbox that ends with the call. Nothing was sent."}
	case need.Verdict <= went:
		return nil
	case need.Verdict == policy.Approve:
		return &Refusal{Code: CodeApproval, Message: "A person has to approve it outside of this conversation. Nothing was sent. Call without plan to ask for that."}
	}
	return &Refusal{Code: CodePlanRequired, Message: c.Tool + " must be planned and confirmed before it runs."}
}
