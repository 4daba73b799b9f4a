// Package policy is what an operator lets agents do, in a file of their own.
//
// A file is a list of rules. Each names the calls it is about and says what
// happens with them: allow, ask, approve or deny; and it may limit them: to
// receivers, to hours, to test mode, to counts and amounts. Of all rules that are
// about a call the strictest decides, so that the order of rules means nothing and a
// rule that is added never loosens another. No rule loosens what the guard asks for
// by itself.
package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// Verdict is what happens with a call; higher is stricter.
type Verdict int

// The verdicts.
const (
	Allow   Verdict = iota // as far as the guard lets it
	Ask                    // planned and confirmed, of whatever tier
	Approve                // a person approves it outside the conversation
	Deny
)

var verdicts = []string{"allow", "ask", "approve", "deny"}

// String is the verdict as files write it.
func (v Verdict) String() string { return verdicts[v] }

// Mode is how seriously a policy is taken.
type Mode string

// The modes.
const (
	Off     Mode = "off"     // not at all
	Shadow  Mode = "shadow"  // recorded only
	Enforce Mode = "enforce" // obeyed
)

// Policy is a file that was read and found good.
type Policy struct {
	Mode    Mode
	Default Verdict // of calls that no rule is about
	Rules   []Rule
	Digest  string // of the file: another digest is another policy
}

// Rule is one of its rules.
type Rule struct {
	Name    string
	Line    int // in the file, from 1
	Match   Match
	Verdict Verdict
	Limits  Limits
}

// String names the rule for whoever looks for it in the file.
func (r Rule) String() string {
	if r.Name == "" {
		return fmt.Sprintf("the rule at line %d", r.Line)
	}
	return fmt.Sprintf("rule %q (line %d)", r.Name, r.Line)
}

// Match is the calls that a rule is about: those that fit every list that is not
// empty.
type Match struct {
	Tools      []string
	Toolsets   []string
	Teams      []string
	Principals []string
	Risk       risk.Level // this one and worse; Unrated for all
}

// Limits is what calls must keep to besides. What is not known of a call, its
// receiver or amount, is taken to be beyond the limit.
type Limits struct {
	Receivers []string // RFCs
	Hours     *Hours
	TestOnly  bool
	Caps      []Cap
}

// Hours is a part of the days of a week, in Mexico City.
type Hours struct {
	Days     []time.Weekday // empty for all
	From, To time.Duration  // since midnight, To excluded; From after To goes on past midnight
}

// Window is the time a cap speaks of.
type Window string

// The windows of caps. A day is a calendar day in Mexico City.
const (
	PerCall   Window = "call"
	PerDay    Window = "day"
	Per30Days Window = "30 days"
)

// Cap is how much may happen in a window: a count of calls, or an amount of one
// currency.
type Cap struct {
	Per      Window
	Count    int64            // 0 for any
	Amount   *decimal.Decimal // in units of the currency, not cents; nil for any
	Currency string           // ISO 4217
}

// Call is what a policy is asked about.
type Call struct {
	Tool, Toolset, Team, Principal string

	Mode      string // live, test or unknown
	Risk      risk.Level
	Receivers []string // RFCs of all who receive something by it; nil when they are not known
	Amount    *decimal.Decimal
	Currency  string
	At        time.Time
}

// Decision is what a policy says of a call.
type Decision struct {
	Verdict Verdict
	Rule    *Rule  // nil where no rule was about it
	Why     string // which limit it breaks; "" where the rule itself decides
}

// String is the decision in words for whoever is refused.
func (d Decision) String() string {
	rule := "the policy's default"
	if d.Rule != nil {
		rule = d.Rule.String()
	}
	if d.Why != "" {
		return fmt.Sprintf("%s by %s: %s", d.Verdict, rule, d.Why)
	}
	return fmt.Sprintf("%s by %s", d.Verdict, rule)
}

// Judge is what the policy says of a call, whatever its mode. Reads are not asked
// about and always allowed. Caps of more than one call are the ledger's to keep: see
// [Policy.Counted].
func (p *Policy) Judge(c Call) Decision {
	if c.Risk.Effective() == risk.Read {
		return Decision{Verdict: Allow}
	}
	decision := Decision{Verdict: p.Default}
	for i := range p.Rules {
		rule := &p.Rules[i]
		if !rule.Match.fits(c) {
			continue
		}
		d := Decision{Verdict: rule.Verdict, Rule: rule}
		if why := rule.Limits.broken(c); why != "" {
			d.Verdict, d.Why = Deny, why
		}
		if decision.Rule == nil || d.Verdict > decision.Verdict {
			decision = d
		}
	}
	return decision
}

// Counted is a cap of a window and the rule it is of.
type Counted struct {
	Rule *Rule
	Cap  Cap
}

// Counted is the caps that a call counts against beyond itself.
func (p *Policy) Counted(c Call) []Counted {
	var counted []Counted
	for i := range p.Rules {
		rule := &p.Rules[i]
		if c.Risk.Effective() == risk.Read || !rule.Match.fits(c) {
			continue
		}
		for _, limit := range rule.Limits.Caps {
			if limit.Per != PerCall {
				counted = append(counted, Counted{rule, limit})
			}
		}
	}
	return counted
}

func (m Match) fits(c Call) bool {
	among := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	return among(m.Tools, c.Tool) && among(m.Toolsets, c.Toolset) && among(m.Teams, c.Team) &&
		among(m.Principals, c.Principal) && (m.Risk == risk.Unrated || c.Risk.Effective() >= m.Risk)
}

// broken says which limit a call breaks by itself, "" for none.
func (l Limits) broken(c Call) string {
	if l.TestOnly && c.Mode != "test" {
		return "it is for test mode, and the key's mode is " + c.Mode
	}
	if l.Hours != nil && !l.Hours.include(c.At) {
		return "it is not the hour for it: only " + l.Hours.String()
	}
	if why := l.receivers(c.Receivers); why != "" {
		return why
	}
	for _, limit := range l.Caps {
		if why := limit.broken(c); why != "" {
			return why
		}
	}
	return ""
}

func (l Limits) receivers(rfcs []string) string {
	if len(l.Receivers) == 0 {
		return ""
	}
	if len(rfcs) == 0 {
		return "only listed receivers may be served, and this one's RFC is not known"
	}
	for _, rfc := range rfcs {
		if !slices.Contains(l.Receivers, strings.ToUpper(rfc)) {
			return "the receiver is not among the listed RFCs"
		}
	}
	return ""
}

// broken says how one call alone breaks the cap. What exceeds a longer window by
// itself does not need to be counted to be refused.
func (limit Cap) broken(c Call) string {
	switch {
	case limit.Amount == nil:
		return ""
	case c.Amount == nil:
		return "the amount is limited, and this one's is not known"
	case c.Currency != limit.Currency:
		return fmt.Sprintf("the amount is limited in %s, and this one's currency is another", limit.Currency)
	case c.Amount.Abs().GreaterThan(*limit.Amount):
		return fmt.Sprintf("the amount is more than %s %s per %s", limit.Amount, limit.Currency, limit.Per)
	}
	return ""
}
