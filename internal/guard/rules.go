package guard

import (
	"fmt"

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
func (g *Guard) Judge(c Call, early bool) (d policy.Decision, ok bool) {
	p := g.rules()
	if p.Mode == policy.Off {
		return d, false
	}
	return p.Judge(policy.Call{
		Tool: c.Tool, Toolset: c.Toolset, Team: c.Team, Principal: c.Principal, Mode: c.Mode, Risk: c.Risk,
		Receivers: c.Receivers, Amount: c.Amount, Currency: c.Currency, At: g.Now(), Early: early,
	}), p.Mode == policy.Enforce
}

// Asks reports whether a call has to be planned and confirmed: its risk or the
// operator's policy wants it.
func (g *Guard) Asks(c Call) bool {
	d, obeyed := g.Judge(c, true)
	return c.Risk.NeedsPlan() || obeyed && d.Verdict == policy.Ask
}

// MayAsk reports whether the policy as it is now could have a write of this tool
// confirmed.
func (g *Guard) MayAsk(tool, toolset string) bool {
	p := g.rules()
	return p.Mode == policy.Enforce && p.MayAsk(tool, toolset)
}

// allows refuses what the server's settings or the operator's policy do not let
// through.
func (g *Guard) allows(c Call, early bool) error {
	if err := g.Policy.Check(c.Risk, c.Mode); err != nil || c.Risk.Effective() == risk.Read {
		return err
	}
	if d, obeyed := g.Judge(c, early); obeyed && d.Verdict == policy.Deny {
		return &Refusal{Code: CodePolicy, Message: fmt.Sprintf("The operator's policy on this server does not let it through (%s); gigstack was not asked. Nothing was sent. Only the operator can change the policy.", d)}
	}
	return nil
}

// obeyed is the digest of the policy that is obeyed, "" for none.
func (g *Guard) obeyed() string {
	if p := g.rules(); p.Mode == policy.Enforce {
		return p.Digest
	}
	return ""
}
