package policy

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/internal/cfdi"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/internal/yamlfile"
)

func (c *checker) policy(f file) *Policy {
	p := &Policy{
		Mode:    Mode(c.oneOf(f.Mode, string(Enforce), string(Off), string(Shadow), string(Enforce))),
		Default: c.verdict(f.Default),
		Rules:   make([]Rule, len(f.Rules)),
	}
	named := map[string]int{}
	for i, r := range f.Rules {
		p.Rules[i] = c.rule(r)
		if first, twice := named[r.Name.Value]; twice && r.Name.Value != "" {
			c.Blame(r.Name.Line, "another rule has this name, at line %d", first)
		}
		named[r.Name.Value] = r.Name.Line
	}
	return p
}

func (c *checker) rule(r rule) Rule {
	out := Rule{
		Name:    r.Name.Value,
		Line:    r.line,
		Verdict: c.verdict(r.Verdict),
		Match: Match{
			Tools:      yamlfile.Values(r.Tools),
			Toolsets:   yamlfile.Values(r.Toolsets),
			Teams:      yamlfile.Values(r.Teams),
			Principals: yamlfile.Values(r.Principals),
		},
		Limits:    Limits{TestOnly: r.TestOnly},
		Otherwise: Deny,
	}
	c.names(r)
	if r.Risk.Value != "" {
		if out.Match.Risk = risk.Parse(r.Risk.Value); out.Match.Risk <= risk.Read {
			c.Blame(r.Risk.Line, "the risk is write, outward, destructive, fiscal or critical; it means this one and worse")
		}
	}
	for _, rfc := range r.Receivers {
		upper := strings.ToUpper(rfc.Value)
		if !cfdi.RFC(upper).WellFormed() {
			c.Blame(rfc.Line, "this is not an RFC")
		}
		out.Limits.Receivers = append(out.Limits.Receivers, upper)
	}
	if r.Hours != nil {
		out.Limits.Hours = c.hours(*r.Hours)
	}
	if r.Amount != nil {
		out.Limits.Amount = c.sum(*r.Amount)
	}
	for _, limit := range r.Caps {
		out.Limits.Caps = append(out.Limits.Caps, c.cap(limit))
	}
	c.otherwise(r, &out)
	return out
}

// otherwise checks what happens where limits are broken.
func (c *checker) otherwise(r rule, out *Rule) {
	if len(r.Caps) > 0 && r.Name.Value == "" {
		c.Blame(r.line, "a rule with caps needs a name: what is spent is counted under it")
	}
	if r.Otherwise.Line == 0 {
		return
	}
	out.Otherwise = c.verdict(r.Otherwise)
	switch l := out.Limits; {
	case l.Receivers == nil && l.Hours == nil && !l.TestOnly && l.Amount == nil && l.Caps == nil:
		c.Blame(r.Otherwise.Line, "there is no limit here that a call could break")
	case out.Otherwise <= out.Verdict:
		c.Blame(r.Otherwise.Line, "what happens beyond a limit is stricter than the verdict, %s", out.Verdict)
	}
}

// names checks that what a rule is about exists.
func (c *checker) names(r rule) {
	for _, tool := range r.Tools {
		if _, ok := c.known.Tools[tool.Value]; !ok {
			c.Blame(tool.Line, "there is no tool %q; gigstack-mcp tools lists them", tool.Value)
		}
	}
	toolsets := slices.Compact(slices.Sorted(maps.Values(c.known.Tools)))
	for _, toolset := range r.Toolsets {
		if !slices.Contains(toolsets, toolset.Value) {
			c.Blame(toolset.Line, "there is no toolset %q; there are %s", toolset.Value, strings.Join(toolsets, ", "))
		}
	}
	for _, team := range r.Teams {
		if !strings.HasPrefix(team.Value, "team_") {
			c.Blame(team.Line, "a team is named by its id, which begins with team_")
		}
	}
}

// oneOf is a value that has to be one of a few, or missing.
func (c *checker) oneOf(t yamlfile.Text, missing string, valid ...string) string {
	switch {
	case t.Line == 0:
		return missing
	case !slices.Contains(valid, t.Value):
		c.Blame(t.Line, "%q is none of %s", t.Value, strings.Join(valid, ", "))
	}
	return t.Value
}

func (c *checker) verdict(t yamlfile.Text) Verdict {
	return Verdict(max(0, slices.Index(verdicts, c.oneOf(t, Allow.String(), verdicts...))))
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (c *checker) hours(h hours) *Hours {
	out := &Hours{From: c.clock(h.From, h.line), To: c.clock(h.To, h.line)}
	switch {
	case out.From == out.To:
		c.Blame(h.line, "the hours end when they begin; leave them out for the whole day")
	case out.From == 24*time.Hour:
		c.Blame(h.From.Line, "a day begins at 00:00")
	}
	for _, day := range h.Days {
		number := slices.Index(weekdays, strings.ToLower(day.Value))
		if number < 0 {
			c.Blame(day.Line, "%q is none of %s", day.Value, strings.Join(weekdays, ", "))
		}
		out.Days = append(out.Days, time.Weekday(number))
	}
	return out
}

var clockShape = regexp.MustCompile(`^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$`)

func (c *checker) clock(t yamlfile.Text, line int) time.Duration {
	if t.Line == 0 {
		c.Blame(line, "hours need both from and to")
		return 0
	}
	parts := clockShape.FindStringSubmatch(t.Value)
	if parts == nil {
		c.Blame(t.Line, "%q is no time of day like 08:30", t.Value)
		return 0
	}
	if parts[1] == "" {
		return 24 * time.Hour
	}
	hour, _ := strconv.Atoi(parts[1])
	minute, _ := strconv.Atoi(parts[2])
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
}

var currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)

// An amount is written plainly: no exponent, no separators.
var amountShape = regexp.MustCompile(`^\d{1,15}(\.\d{1,6})?$`)

func (c *checker) sum(l sum) *Sum {
	out := &Sum{Currency: l.Currency.Value}
	switch {
	case l.UpTo.Line == 0:
		c.Blame(l.line, "an amount has a most: up_to")
	case !amountShape.MatchString(l.UpTo.Value):
		c.Blame(l.UpTo.Line, "%q is no amount like 15000.50", l.UpTo.Value)
	default:
		out.Amount = decimal.RequireFromString(l.UpTo.Value)
	}
	if !currencyShape.MatchString(l.Currency.Value) {
		c.Blame(l.line, "an amount needs its currency, like MXN")
	}
	return out
}

// Days and calls are counted in small numbers.
var countShape = regexp.MustCompile(`^[1-9]\d{0,5}$`)

// mostDays is how far back caps reach: so long the ledger remembers what was spent.
const mostDays = 31

func (c *checker) cap(l limit) Cap {
	out := Cap{Days: c.count(l.Days, l.line, "so many days")}
	if out.Days > mostDays {
		c.Blame(l.Days.Line, "a cap reaches back %d days at most", mostDays)
	}
	if l.Count.Line != 0 {
		out.Count = c.count(l.Count, l.line, "so many calls")
	}
	if l.UpTo.Line != 0 || l.Currency.Line != 0 {
		out.Sum = c.sum(l.sum)
	}
	if out.Count == 0 && out.Sum == nil {
		c.Blame(l.line, "a cap is a count of calls, or up_to and a currency")
	}
	return out
}

func (c *checker) count(t yamlfile.Text, line int, what string) int {
	if !countShape.MatchString(t.Value) {
		c.Blame(max(t.Line, line), "a cap is about %s, 1 or more: %q is not", what, t.Value)
		return 0
	}
	n, _ := strconv.Atoi(t.Value) // six digits at most
	return n
}
