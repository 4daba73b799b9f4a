package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// Cap is how much all calls that a rule is about may come to in so many days, today
// included, by the calendar of Mexico City. Test and live calls are counted apart.
type Cap struct {
	Days  int
	Count int  // of calls; 0 for any number
	Sum   *Sum // of their amounts; nil for any
}

// Tally is what the calls that a rule is about came to.
type Tally struct {
	Count  int
	Amount decimal.Decimal // of those in one currency
}

// Spent is what the calls under a rule, by its name, have come to since a day, in the
// mode of the call that is judged: all of them, and the amounts in a currency.
type Spent func(rule, currency, since string) (Tally, error)

// Day is the day of a time in Mexico City, as 2006-01-02.
func Day(at time.Time) string { return at.In(gigstack.MexicoCity).Format(time.DateOnly) }

// Counts is the names of the rules that a call counts under. One that is carried out in
// other calls counts where a rule names it, or its toolset; elsewhere those do.
func (p *Policy) Counts(c Call) (rules []string) {
	for _, rule := range p.Rules {
		if len(rule.Limits.Caps) > 0 && rule.Match.fits(c) && (!c.Whole || rule.Match.Tools != nil || rule.Match.Toolsets != nil) {
			rules = append(rules, rule.Name)
		}
	}
	return rules
}

// capped says which cap of the rule a call would go beyond, "" for none.
func (r Rule) capped(c Call) (why string, err error) {
	if why := currencies(r.Limits.Caps, c); why != "" {
		return why, nil
	}
	for _, limit := range r.Limits.Caps {
		currency := ""
		if limit.Sum != nil {
			currency = limit.Sum.Currency
		}
		spent, err := c.Spent(r.Name, currency, limit.since(c.At))
		if err != nil {
			return "what was spent cannot be read", err
		}
		if why := limit.broken(c, spent); why != "" {
			return why, nil
		}
	}
	return "", nil
}

// currencies says why a call's amount fits no cap: no sum mixes currencies.
func currencies(caps []Cap, c Call) string {
	sums := slices.DeleteFunc(slices.Clone(caps), func(limit Cap) bool { return limit.Sum == nil })
	switch {
	case len(sums) == 0 || c.Amount == nil && !c.reaches():
		return ""
	case c.Amount == nil:
		return "amounts are capped, and this one's is not known"
	case !slices.ContainsFunc(sums, func(limit Cap) bool { return limit.Sum.Currency == c.Currency }):
		return fmt.Sprintf("amounts are capped in %s, and this one's currency is another", sums[0].Sum.Currency)
	}
	return ""
}

// broken says how a call would go beyond the cap, after what was spent.
func (limit Cap) broken(c Call, spent Tally) string {
	if limit.Count > 0 && spent.Count >= limit.Count {
		return fmt.Sprintf("calls %s: at most %d, and %d were made", limit.span(), limit.Count, spent.Count)
	}
	if limit.Sum == nil || c.Amount == nil || c.Currency != limit.Sum.Currency {
		return ""
	}
	if amount := c.Amount.Abs(); spent.Amount.Add(amount).GreaterThan(limit.Sum.Amount) {
		return fmt.Sprintf("%s %s: at most %s, and %s were spent; this is about %s", limit.Sum.Currency, limit.span(), limit.Sum.Amount, spent.Amount, amount)
	}
	return ""
}

// since is the first day of the cap.
func (limit Cap) since(at time.Time) string {
	return Day(at.In(gigstack.MexicoCity).AddDate(0, 0, 1-limit.Days))
}

func (limit Cap) span() string {
	if limit.Days == 1 {
		return "a day"
	}
	return fmt.Sprintf("in %d days", limit.Days)
}
