package tools

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
	"github.com/gigstack/gigstack-mcp/schemas"
)

type overviewInput struct {
	forTeams
	Period *string       `json:"period,omitempty" doc:"2026-10, 2026-10-01..2026-10-15, 30d, last_month; this_month when absent."`
	Since  *gigstack.Day `json:"since,omitempty" doc:"Read nothing created before this day: faster, but what older documents still owe is missed."`
}

// teamsOverview says how all companies stand.
func (t *Tools) teamsOverview() ownTool {
	return job(t, "teams_overview", "Overview of all companies",
		"Summary of every company (gigstack Connect team) at once, per currency: invoiced, credit notes, collected and refunded in the period, PPD open today; also when each CSD expires and whether SAT download is on. A company that cannot be read is named, never counted as zero.",
		func(ctx context.Context, s *study, in overviewInput) (overview, error) {
			period, err := t.during(in.Period, thisMonth)
			if err != nil {
				return overview{}, err
			}
			look := glance{period: period, now: t.Now()}
			if in.Since != nil {
				first, err := time.ParseInLocation(time.DateOnly, string(*in.Since), gigstack.MexicoCity)
				if err != nil || first.After(period.from) {
					return overview{}, invalidArguments([]schemas.Problem{{Path: "since", Message: "must be a day (YYYY-MM-DD) not after the period begins"}})
				}
				look.created.CreatedGTE = new(gigstack.Since(first.Unix()))
				s.note("Documents created before %s were not read: open_ppd leaves out what they owe.", *in.Since)
			}
			teams := s.teams(ctx, in.Teams)
			if err := s.refused(); err != nil {
				return overview{}, err // nobody knows which there are
			}
			v := overview{Period: period.String(), Teams: inEach(ctx, s, teams, look.at)}
			v.sumUp(s.read)
			return v, nil
		})
}

// overview is how companies stand.
type overview struct {
	Period string    `json:"period"`
	Covers string    `json:"covers" doc:"How many of the companies the totals are of, and why others are not in them."`
	Totals []money   `json:"totals" doc:"Of all companies read, per currency."`
	Teams  []company `json:"teams"`
}

// company is how one of them stands.
type company struct {
	Team         string  `json:"team"`
	Name         string  `json:"name,omitempty"`
	RFC          string  `json:"rfc,omitempty"`
	Money        []money `json:"money,omitempty" doc:"Per currency; none: nothing happened, unless unread says otherwise."`
	SATConnected *bool   `json:"sat_connected,omitempty" doc:"Has a CSD: without one nothing is stamped."`
	CSDExpires   string  `json:"csd_expires,omitempty"`
	CSDDaysLeft  *int    `json:"csd_days_left,omitempty" doc:"Below 0: it has expired."`
	SATDownload  string  `json:"sat_download,omitempty" doc:"active, needs_activation, needs_addon or needs_upgrade."`
	Unread       string  `json:"unread,omitempty" doc:"What could not be read and why; its figures are absent, not zero."`

	sums turnover
}

// money is the sums of one currency. One whose list could not be read is absent.
type money struct {
	Currency    string            `json:"currency"`
	Invoiced    *gigstack.Decimal `json:"invoiced,omitempty" doc:"Valid income invoices of the period, taxes included."`
	CreditNotes *gigstack.Decimal `json:"credit_notes,omitempty" doc:"Valid egress invoices of the period."`
	Collected   *gigstack.Decimal `json:"collected,omitempty" doc:"Payments that succeeded in the period, also those refunded later."`
	Refunded    *gigstack.Decimal `json:"refunded,omitempty" doc:"Given back in the period."`
	OpenPPD     *gigstack.Decimal `json:"open_ppd,omitempty" doc:"Owed today on valid PPD invoices of any date."`
}

// figure is one of the sums.
type figure int

const (
	sumInvoiced figure = iota
	sumCreditNotes
	sumCollected
	sumRefunded
	sumOpenPPD
	figures // how many there are
)

// turnover is sums by currency, and which of them are whole.
type turnover struct {
	by    map[string]*[figures]decimal.Decimal
	whole [figures]bool
	held  map[string]*[figures]bool // of a total: the figures that a currency has
}

func (t *turnover) add(f figure, currency string, amount decimal.Decimal) {
	if t.by == nil {
		t.by = map[string]*[figures]decimal.Decimal{}
	}
	currency = cmp.Or(clip(currency, shortText), "MXN") // as gigstack takes it
	if t.by[currency] == nil {
		t.by[currency] = &[figures]decimal.Decimal{}
	}
	t.by[currency][f] = t.by[currency][f].Add(amount)
}

// holds is which figures of a currency are in a total.
func (t *turnover) holds(currency string) *[figures]bool {
	if t.held == nil {
		t.held = map[string]*[figures]bool{}
	}
	if t.held[currency] == nil {
		t.held[currency] = &[figures]bool{}
	}
	return t.held[currency]
}

// include adds what is whole of another turnover.
func (t *turnover) include(other turnover) {
	for currency, sums := range other.by {
		for f := range figures {
			if other.whole[f] {
				t.whole[f] = true
				t.add(f, currency, sums[f])
				t.holds(currency)[f] = true
			}
		}
	}
}

// shown is the turnover by currency, as far as it is whole.
func (t *turnover) shown() []money {
	all := []money{}
	if t.whole == [figures]bool{} {
		return all
	}
	for _, currency := range slices.Sorted(maps.Keys(t.by)) {
		m := money{Currency: currency}
		for f, at := range []**gigstack.Decimal{&m.Invoiced, &m.CreditNotes, &m.Collected, &m.Refunded, &m.OpenPPD} {
			if t.whole[f] && (t.held == nil || t.held[currency][f]) {
				*at = &gigstack.Decimal{Decimal: t.by[currency][f]}
			}
		}
		all = append(all, m)
	}
	return all
}

// glance is a look at a company.
type glance struct {
	period  span
	created gigstack.ListFilter // of the documents that are read
	now     time.Time
}

// at looks at a company. One that refuses its invoices is asked for nothing else.
func (g glance) at(ctx context.Context, s *study, team gigstack.Team) company {
	v := company{Team: team.ID, Name: clip(teamName(team), shortText), RFC: clip(team.TaxID, shortText)}
	g.certificate(ctx, s, team, &v)
	if g.invoices(ctx, s, &v.sums); s.missing(gigstack.ListIncomeInvoices.Name) == "" {
		g.payments(ctx, s, &v.sums)
		if download, ok := one(ctx, s, gigstack.GetSATDownloadActivation, struct{}{}); ok {
			v.SATDownload = clip(download.Status, shortText)
		}
	}
	v.Money = v.sums.shown()
	return v
}

// certificate says what a team has registered with the SAT. Lists may leave that out.
func (g glance) certificate(ctx context.Context, s *study, team gigstack.Team, v *company) {
	if team.SAT == nil {
		team, _ = one(ctx, s, gigstack.GetTeam, gigstack.TeamRef{ID: team.ID})
	}
	if team.SAT == nil {
		return
	}
	v.SATConnected = &team.SAT.Completed
	if expires := instant(team.SAT.CSDExpiresAt); !expires.IsZero() {
		v.CSDExpires = expires.Format(time.RFC3339)
		v.CSDDaysLeft = new(int(math.Floor(expires.Sub(g.now).Hours() / 24)))
	}
}

func (g glance) invoices(ctx context.Context, s *study, t *turnover) {
	in := gigstack.ListInvoicesInput{Paging: gigstack.Paging{Limit: new(100)}, ListFilter: g.created}
	replaced := map[string]bool{} // the newest come first: a substitute before what it replaces
	for v := range reading(ctx, s, gigstack.ListIncomeInvoices, in) {
		if !valid(&v) {
			continue
		}
		for _, old := range replacedBy(&v) {
			replaced[strings.ToUpper(old)] = true
		}
		if replaced[strings.ToUpper(v.UUID)] { // the sale is in its substitute
			continue
		}
		if g.period.Contains(issuedAt(&v)) {
			t.add(sumInvoiced, v.Currency, v.Total.Decimal)
		}
		if v.PaymentMethod == "PPD" && v.LastBalance.IsPositive() {
			t.add(sumOpenPPD, v.Currency, v.LastBalance.Decimal)
		}
	}
	if s.missing(gigstack.ListIncomeInvoices.Name) != "" {
		return
	}
	t.whole[sumInvoiced], t.whole[sumOpenPPD] = true, true
	in.CreatedGTE = new(gigstack.Since(g.period.from.Unix()))
	in.CreatedLTE = new(gigstack.Until(g.period.until.Add(mostBackdated).Unix()))
	for v := range reading(ctx, s, gigstack.ListEgressInvoices, in) {
		if valid(&v) && g.period.Contains(issuedAt(&v)) {
			t.add(sumCreditNotes, v.Currency, v.Total.Decimal)
		}
	}
	t.whole[sumCreditNotes] = s.missing(gigstack.ListEgressInvoices.Name) == ""
}

func (g glance) payments(ctx context.Context, s *study, t *turnover) {
	in := gigstack.ListPaymentsInput{Paging: gigstack.Paging{Limit: new(100)}, ListFilter: g.created}
	for v := range reading(ctx, s, gigstack.ListPayments, in) {
		paid, ok := paidAt(v)
		if !ok {
			continue
		}
		if g.period.Contains(paid) {
			t.add(sumCollected, v.Currency, totalOf(v))
		}
		if v.Status == "refunded" && len(v.Refunds) == 0 && g.period.Contains(paid) { // gigstack does not say when
			t.add(sumRefunded, v.Currency, totalOf(v))
		}
		for _, refund := range v.Refunds {
			back := paid
			if refund.CreatedAt != 0 {
				back = instant(refund.CreatedAt)
			}
			if g.period.Contains(back) {
				t.add(sumRefunded, v.Currency, refund.Amount.Decimal)
			}
		}
	}
	whole := s.missing(gigstack.ListPayments.Name) == ""
	t.whole[sumCollected], t.whole[sumRefunded] = whole, whole
}

// paidAt is when a payment's money came in; not ok if it has not. One given back in
// full came in before, and one that stands at succeeded_ waits for its automation.
func paidAt(v gigstack.Payment) (at time.Time, ok bool) {
	switch v.Status {
	case "succeeded", "succeeded_", "refunded":
		return instant(cmp.Or(value(v.SucceededAt), v.CreatedAt)), true
	}
	return at, false
}

// totalOf is the total of a payment. Lists have been seen to leave it out.
func totalOf(v gigstack.Payment) decimal.Decimal {
	if !v.Total.IsZero() || len(v.Items) == 0 {
		return v.Total.Decimal
	}
	return cfdi.Sum(taxLines(v.Items)).Total
}

// taxLines is the lines of a document that gigstack stores.
func taxLines(items []gigstack.Item) (lines []cfdi.Line) {
	for _, item := range items {
		line := cfdi.Line{Quantity: item.Quantity.Decimal, UnitPrice: item.UnitPrice.Decimal, Discount: value(item.Discount).Decimal}
		for _, t := range item.Taxes {
			line.Taxes = append(line.Taxes, cfdi.Tax{Type: t.Type, Factor: t.Factor, Rate: t.Rate.Decimal, Inclusive: t.Inclusive, Withholding: t.Withholding})
		}
		lines = append(lines, line)
	}
	return lines
}

// teamsNamed is how many companies are named that could not be read; read has them all.
const teamsNamed = 10

// sumUp adds the companies up and says of how many the totals are.
func (v *overview) sumUp(read []coverage) {
	unread := map[string][]string{}
	var why []string
	known := map[string]bool{}
	for _, team := range v.Teams {
		known[team.Team] = true
	}
	for _, c := range read {
		if c.Missing == "" {
			continue
		}
		if c.Team == "" {
			why = append(why, c.Tool+": "+c.Missing)
			continue
		}
		if unread[c.Team] == nil {
			why = append(why, "team "+c.Team+": "+c.Tool+": "+c.Missing)
		}
		unread[c.Team] = append(unread[c.Team], c.Tool+": "+c.Missing)
		if !known[c.Team] {
			known[c.Team] = true
			v.Teams = append(v.Teams, company{Team: c.Team})
		}
	}
	var totals turnover
	for i := range v.Teams {
		v.Teams[i].Unread = strings.Join(unread[v.Teams[i].Team], " ")
		totals.include(v.Teams[i].sums)
	}
	v.Totals = totals.shown()
	v.Covers = fmt.Sprintf("Read %d of %d teams", len(v.Teams)-len(unread), len(v.Teams))
	if more := len(why) - teamsNamed; more > 0 {
		why = append(why[:teamsNamed], fmt.Sprintf("and %d more.", more))
	}
	if why != nil {
		v.Covers += "; " + strings.Join(why, " ")
	}
}
