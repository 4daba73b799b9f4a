// Package policy is what an operator lets agents do, in a file of their own.
//
// A file is a list of rules. Each names the calls it is about and says what
// happens with them: allow, ask, approve or deny; and it may limit them: to
// receivers, to hours, to test mode, to an amount each, to so many or so much in some
// days. Of all rules that are about a call the strictest decides, so that the order of
// rules means nothing and a rule that is added never loosens another. No rule loosens
// what the guard asks for by itself.
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
	Approve                // planned, and approved by a person outside of the conversation
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
	Name      string
	Line      int // in the file, from 1
	Match     Match
	Verdict   Verdict
	Limits    Limits
	Otherwise Verdict // of calls that break a limit
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
// receiver or amount, is taken to be beyond the limit; but calls of the write tier
// reach nobody and move nothing, so that these two are not asked of them.
type Limits struct {
	Receivers []string // RFCs
	Hours     *Hours
	TestOnly  bool
	Amount    *Sum
	Caps      []Cap
}

// Hours is a part of the days of a week, in Mexico City.
type Hours struct {
	Days     []time.Weekday // empty for all
	From, To time.Duration  // since midnight, To excluded; From after To goes on past midnight
}

// Sum is the most that a call may be about, or many together: an amount of one
// currency.
type Sum struct {
	Amount   decimal.Decimal // in units of the currency, not cents
	Currency string          // ISO 4217
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

	Whole bool  // it is carried out in calls of other tools, which are asked about too
	Early bool  // nothing of it was read yet: receivers and amounts that are missing break no limit
	Spent Spent // needed where a rule has caps
}

// reaches reports whether missing receivers and amounts are a reason to refuse.
func (c Call) reaches() bool { return !c.Early && c.Risk.Effective() >= risk.Outward }

// Decision is what a policy says of a call.
type Decision struct {
	Verdict Verdict
	Rule    *Rule  // nil where no rule was about it
	Why     string // which limit it breaks; "" where the rule itself decides
	Err     error  // why it could not be judged, which is a Deny
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
// about and always allowed.
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
		if d := rule.judge(c); decision.Rule == nil || d.Verdict > decision.Verdict {
			decision = d
		}
	}
	return decision
}

// judge is what the rule says of a call that it is about.
func (r *Rule) judge(c Call) Decision {
	why := r.Limits.broken(c)
	if why == "" {
		var err error
		if why, err = r.capped(c); err != nil {
			return Decision{Deny, r, why, err}
		}
	}
	if why != "" {
		return Decision{Verdict: r.Otherwise, Rule: r, Why: why}
	}
	return Decision{Verdict: r.Verdict, Rule: r}
}

// MayAsk reports whether some write of a tool could have to be confirmed or approved.
func (p *Policy) MayAsk(tool, toolset string) bool {
	if p.Default.asks() {
		return true
	}
	return slices.ContainsFunc(p.Rules, func(r Rule) bool {
		return (r.Verdict.asks() || r.Otherwise.asks()) && among(r.Match.Tools, tool) && among(r.Match.Toolsets, toolset)
	})
}

func (v Verdict) asks() bool { return v == Ask || v == Approve }

// among reports whether a list names a value, or nothing at all.
func among(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }

func (m Match) fits(c Call) bool {
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
	if why := l.receivers(c); why != "" {
		return why
	}
	if l.Amount != nil {
		return l.Amount.broken(c)
	}
	return ""
}

func (l Limits) receivers(c Call) string {
	if len(l.Receivers) == 0 || !c.reaches() && len(c.Receivers) == 0 {
		return ""
	}
	if len(c.Receivers) == 0 {
		return "only listed receivers may be served, and this one's RFC is not known"
	}
	for _, rfc := range c.Receivers {
		if !slices.Contains(l.Receivers, strings.ToUpper(rfc)) {
			return "the receiver is not among the listed RFCs"
		}
	}
	return ""
}

// broken says how a call is about more.
func (most Sum) broken(c Call) string {
	switch {
	case c.Amount == nil && !c.reaches():
		return ""
	case c.Amount == nil:
		return "the amount is limited, and this one's is not known"
	case c.Currency != most.Currency:
		return fmt.Sprintf("the amount is limited in %s, and this one's currency is another", most.Currency)
	case c.Amount.Abs().GreaterThan(most.Amount):
		return fmt.Sprintf("the amount is more than %s", most)
	}
	return ""
}

// String is the amount and its currency.
func (most Sum) String() string { return most.Amount.String() + " " + most.Currency }
