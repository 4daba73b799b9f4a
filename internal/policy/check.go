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
		if first, twice := named[r.Name.value]; twice && r.Name.value != "" {
			c.blame(r.Name.line, "another rule has this name, at line %d", first)
		}
		named[r.Name.value] = r.Name.line
	}
	return p
}

func (c *checker) rule(r rule) Rule {
	out := Rule{
		Name:    r.Name.value,
		Line:    r.line,
		Verdict: c.verdict(r.Verdict),
		Match: Match{
			Tools:      values(r.Tools),
			Toolsets:   values(r.Toolsets),
			Teams:      values(r.Teams),
			Principals: values(r.Principals),
		},
		Limits:    Limits{TestOnly: r.TestOnly},
		Otherwise: Deny,
	}
	c.names(r)
	if r.Risk.value != "" {
		if out.Match.Risk = risk.Parse(r.Risk.value); out.Match.Risk <= risk.Read {
			c.blame(r.Risk.line, "the risk is write, outward, destructive, fiscal or critical; it means this one and worse")
		}
	}
	for _, rfc := range r.Receivers {
		upper := strings.ToUpper(rfc.value)
		if !cfdi.RFC(upper).WellFormed() {
			c.blame(rfc.line, "this is not an RFC")
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
	if len(r.Caps) > 0 && r.Name.value == "" {
		c.blame(r.line, "a rule with caps needs a name: what is spent is counted under it")
	}
	if r.Otherwise.line == 0 {
		return
	}
	out.Otherwise = c.verdict(r.Otherwise)
	switch l := out.Limits; {
	case l.Receivers == nil && l.Hours == nil && !l.TestOnly && l.Amount == nil && l.Caps == nil:
		c.blame(r.Otherwise.line, "there is no limit here that a call could break")
	case out.Otherwise <= out.Verdict:
		c.blame(r.Otherwise.line, "what happens beyond a limit is stricter than the verdict, %s", out.Verdict)
	}
}

// names checks that what a rule is about exists.
func (c *checker) names(r rule) {
	for _, tool := range r.Tools {
		if _, ok := c.known.Tools[tool.value]; !ok {
			c.blame(tool.line, "there is no tool %q; gigstack-mcp tools lists them", tool.value)
		}
	}
	toolsets := slices.Compact(slices.Sorted(maps.Values(c.known.Tools)))
	for _, toolset := range r.Toolsets {
		if !slices.Contains(toolsets, toolset.value) {
			c.blame(toolset.line, "there is no toolset %q; there are %s", toolset.value, strings.Join(toolsets, ", "))
		}
	}
	for _, team := range r.Teams {
		if !strings.HasPrefix(team.value, "team_") {
			c.blame(team.line, "a team is named by its id, which begins with team_")
		}
	}
}

func values(list []text) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.value)
	}
	return out
}

// oneOf is a value that has to be one of a few, or missing.
func (c *checker) oneOf(t text, missing string, valid ...string) string {
	switch {
	case t.line == 0:
		return missing
	case !slices.Contains(valid, t.value):
		c.blame(t.line, "%q is none of %s", t.value, strings.Join(valid, ", "))
	}
	return t.value
}

func (c *checker) verdict(t text) Verdict {
	return Verdict(max(0, slices.Index(verdicts, c.oneOf(t, Allow.String(), verdicts...))))
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (c *checker) hours(h hours) *Hours {
	out := &Hours{From: c.clock(h.From, h.line), To: c.clock(h.To, h.line)}
	switch {
	case out.From == out.To:
		c.blame(h.line, "the hours end when they begin; leave them out for the whole day")
	case out.From == 24*time.Hour:
		c.blame(h.From.line, "a day begins at 00:00")
	}
	for _, day := range h.Days {
		number := slices.Index(weekdays, strings.ToLower(day.value))
		if number < 0 {
			c.blame(day.line, "%q is none of %s", day.value, strings.Join(weekdays, ", "))
		}
		out.Days = append(out.Days, time.Weekday(number))
	}
	return out
}

var clockShape = regexp.MustCompile(`^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$`)

func (c *checker) clock(t text, line int) time.Duration {
	if t.line == 0 {
		c.blame(line, "hours need both from and to")
		return 0
	}
	parts := clockShape.FindStringSubmatch(t.value)
	if parts == nil {
		c.blame(t.line, "%q is no time of day like 08:30", t.value)
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
	out := &Sum{Currency: l.Currency.value}
	switch {
	case l.UpTo.line == 0:
		c.blame(l.line, "an amount has a most: up_to")
	case !amountShape.MatchString(l.UpTo.value):
		c.blame(l.UpTo.line, "%q is no amount like 15000.50", l.UpTo.value)
	default:
		out.Amount = decimal.RequireFromString(l.UpTo.value)
	}
	if !currencyShape.MatchString(l.Currency.value) {
		c.blame(l.line, "an amount needs its currency, like MXN")
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
		c.blame(l.Days.line, "a cap reaches back %d days at most", mostDays)
	}
	if l.Count.line != 0 {
		out.Count = c.count(l.Count, l.line, "so many calls")
	}
	if l.UpTo.line != 0 || l.Currency.line != 0 {
		out.Sum = c.sum(l.sum)
	}
	if out.Count == 0 && out.Sum == nil {
		c.blame(l.line, "a cap is a count of calls, or up_to and a currency")
	}
	return out
}

func (c *checker) count(t text, line int, what string) int {
	if !countShape.MatchString(t.value) {
		c.blame(max(t.line, line), "a cap is about %s, 1 or more: %q is not", what, t.value)
		return 0
	}
	n, _ := strconv.Atoi(t.value) // six digits at most
	return n
}
