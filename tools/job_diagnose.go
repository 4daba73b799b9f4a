package tools

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// diagnosis is why a team stamps, or does not.
type diagnosis struct {
	Verdict     string      `json:"verdict"`
	CanStamp    string      `json:"can_stamp" doc:"yes, as far as can be seen; no; unknown."`
	Checks      []checked   `json:"checks" doc:"In the order in which they stop a stamp."`
	LastStamped *example    `json:"last_stamped,omitempty" doc:"Newest valid income invoice."`
	Rejections  []rejection `json:"rejections,omitempty" doc:"Why documents of the last 30 days were not stamped, most frequent first."`
	NotShown    int         `json:"rejections_not_shown,omitempty" doc:"Documents refused for further reasons."`
}

// checked is one thing that stamping needs.
type checked struct {
	Check string `json:"check"`
	State string `json:"state" doc:"ok, warning, problem, unknown."`
	About string `json:"about"`
	Next  string `json:"next,omitempty"`
}

// rejection is documents that were refused for one reason.
type rejection struct {
	Code     string    `json:"code" doc:"The SAT's or the certifier's; other where the text has none."`
	Count    int       `json:"count"`
	Cause    string    `json:"cause,omitempty"`
	Fix      string    `json:"fix,omitempty"`
	Said     string    `json:"said,omitempty" doc:"The newest refusal, as gigstack keeps it."`
	Examples []example `json:"examples"`
}

// States of a check; allWell and isUnknown are two more.
const (
	isWarning = "warning"
	isProblem = "problem"
)

// Bounds of a diagnosis.
const (
	daysLookedBack  = 30
	csdNearItsEnd   = 30 // days
	rejectionsShown = 8
	perRejection    = 3
	// automationTakes is how long a payment's documents may take.
	automationTakes = 10 * time.Minute
)

func (t *Tools) diagnoseStamping() ownTool {
	return job(t, "diagnose_stamping", "Why is nothing stamping?",
		"Find out why invoices are not stamped (no timbra): key and mode, this server, the team, its CSD, series, credits, the newest stamp, and the refusals of the last 30 days by code with cause and fix. The verdict comes first. Changes nothing.",
		func(ctx context.Context, s *study, _ forTeam) (diagnosis, error) {
			w := symptoms{now: t.Now()}
			s.together(
				func() { w.health, w.healthy = one(ctx, s, gigstack.CheckAuthHealth, struct{}{}) },
				func() { w.team, w.known = one(ctx, s, gigstack.GetTeam, gigstack.TeamRef{ID: s.to.team}) },
				func() { w.series, _ = one(ctx, s, gigstack.ListTeamSeries, gigstack.TeamRef{ID: s.to.team}) },
				func() { w.readInvoices(ctx, s) },
				func() { w.readReceipts(ctx, s) },
				func() { w.readPayments(ctx, s) },
			)
			d := diagnosis{LastStamped: w.last}
			d.Checks = append(d.Checks, t.checkKey(), t.checkServer(), w.checkHealth(), w.checkTeam(s), w.checkCSD(s), w.checkSeries(s), w.checkCredits(s), w.checkIntegrations(s), w.checkActivity(s))
			d.Rejections, d.NotShown = w.grouped(ctx, s)
			d.Verdict, d.CanStamp = conclude(d)
			return d, nil
		})
}

// symptoms is what a diagnosis is made of.
type symptoms struct {
	now     time.Time
	health  gigstack.AuthHealth
	healthy bool // it was read
	team    gigstack.Team
	known   bool // it was read
	series  gigstack.Page[gigstack.Series]
	last    *example
	lastAt  time.Time
	stuck   []refusal
	failed  []refusal
	silent  []refusal
}

// refusal is one document that was not stamped, and what was said of it.
type refusal struct {
	example
	at   time.Time
	said string
}

func (w *symptoms) recent() (gigstack.Paging, gigstack.ListFilter) {
	return gigstack.Paging{Limit: new(100)}, gigstack.ListFilter{CreatedGTE: new(gigstack.Since(w.now.AddDate(0, 0, -daysLookedBack).Unix()))}
}

func (w *symptoms) readInvoices(ctx context.Context, s *study) {
	page, recent := w.recent()
	see := func(v gigstack.Invoice) {
		switch {
		case v.Status == "pending":
			w.stuck = append(w.stuck, refusal{invoiceExample(&v, ""), issuedAt(&v), "stamp not back"})
		case valid(&v) && issuedAt(&v).After(w.lastAt):
			w.last, w.lastAt = new(invoiceExample(&v, "")), issuedAt(&v)
		}
	}
	for v := range reading(ctx, s, gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{Paging: page, ListFilter: recent}) {
		see(v)
	}
	if w.last == nil && s.missing(ofIncome) == "" {
		older, _ := one(ctx, s, gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{Paging: gigstack.Paging{Limit: new(1)}, Status: new(gigstack.InvoiceStatus("valid"))})
		for _, v := range older.Data {
			see(v)
		}
	}
}

func (w *symptoms) readReceipts(ctx context.Context, s *study) {
	page, recent := w.recent()
	for r := range reading(ctx, s, gigstack.ListReceipts, gigstack.ListReceiptsInput{Paging: page, ListFilter: recent}) {
		if waits(&r) && r.AutomaticInvoiceError != "" {
			w.failed = append(w.failed, refusal{receiptExample(&r, ""), instant(int64(r.CreatedAt)), r.AutomaticInvoiceError})
		}
	}
}

func (w *symptoms) readPayments(ctx context.Context, s *study) {
	page, recent := w.recent()
	for p := range reading(ctx, s, gigstack.ListPayments, gigstack.ListPaymentsInput{Paging: page, ListFilter: recent}) {
		if collected(p) && automates(p.AutomationType) && len(p.Invoices)+len(p.Receipts) == 0 && collectedAt(p).Before(w.now.Add(-automationTakes)) {
			w.silent = append(w.silent, refusal{paymentExample(p, p.Total.Decimal, ""), collectedAt(p), clip(p.AutomationType, shortText) + " issued nothing"})
		}
	}
}

func (t *Tools) checkKey() checked {
	switch live := t.Caller.Claims().Livemode; {
	case live == nil:
		return checked{"key", isUnknown, "The key does not say whether it is live or test.", "get_context."}
	case *live:
		return checked{"key", allWell, "Live key: stamps are real.", ""}
	default:
		return checked{"key", allWell, "Test key: it stamps without fiscal effect, and sees no live documents.", ""}
	}
}

// checkServer looks at what this server itself forbids.
func (t *Tools) checkServer() checked {
	live := t.Caller.Claims().Livemode
	switch policy := t.Guard.Policy; {
	case policy.ReadOnly:
		return checked{"server", isProblem, "This server is read-only: it stamps nothing.", "The operator starts it without --read-only."}
	case !policy.AllowLive && (live == nil || *live):
		return checked{"server", isProblem, "This server changes nothing with a live key.", "The operator starts it with --allow-live."}
	case policy.Unsealed:
		return checked{"server", isProblem, "This server offers no tool that stamps.", "The operator looks at its log."}
	}
	return checked{"server", allWell, "This server may stamp.", ""}
}

func (w *symptoms) checkHealth() checked {
	switch {
	case !w.healthy:
		return checked{"gigstack", isUnknown, "check_auth_health could not be read.", "Try again in a few minutes."}
	case w.health.Status != "ok":
		return checked{"gigstack", isWarning, "gigstack's authentication says " + clip(w.health.Status, shortText) + ".", "Try again in a few minutes."}
	}
	return checked{"gigstack", allWell, "gigstack answers.", ""}
}

// unread is the check of what rests on a list that could not be read.
func unread(check string, s *study, tools ...string) (checked, bool) {
	missing := s.missing(tools...)
	return checked{check, isUnknown, missing, ""}, missing != ""
}

func (w *symptoms) checkTeam(s *study) checked {
	if c, missing := unread("team", s, ofTeam); missing {
		return c
	}
	if w.team.Status != "" && w.team.Status != "active" {
		return checked{"team", isProblem, "The team is " + clip(w.team.Status, shortText) + ".", "gigstack's support can bring it back within 30 days."}
	}
	return checked{"team", allWell, clip(w.team.TaxID, shortText) + " is active.", ""}
}

func (w *symptoms) checkCSD(s *study) checked {
	if c, missing := unread("csd", s, ofTeam); missing {
		return c
	}
	state, about := judgeCSD(w.team, w.now)
	c := checked{"csd", state, about, ""}
	if state != allWell {
		c.Next = certificate.next
	}
	return c
}

// judgeCSD says whether a team's certificate stamps, and for how long.
func judgeCSD(team gigstack.Team, now time.Time) (state, about string) {
	sat := team.SAT
	if sat == nil {
		return isUnknown, "gigstack does not say whether the team has a CSD."
	}
	ends := instant(int64(sat.CSDExpiresAt))
	left := daysBetween(now, ends)
	switch {
	case !sat.Completed:
		return isProblem, "The team has no CSD: nothing can be stamped."
	case sat.CSDExpiresAt == 0:
		return isUnknown, "The team has a CSD; gigstack does not say until when."
	case !now.Before(ends):
		return isProblem, fmt.Sprintf("The CSD expired on %s: nothing can be stamped.", day(ends))
	case left <= csdNearItsEnd:
		return isWarning, fmt.Sprintf("The CSD expires on %s, in %d days.", day(ends), left)
	}
	return allWell, "The CSD is valid until " + day(ends) + "."
}

func (w *symptoms) checkSeries(s *study) checked {
	const next = "create_team_series, or update_team_settings (default_series)."
	if c, missing := unread("series", s, gigstack.ListTeamSeries.Name, ofTeam); missing {
		return c
	}
	if len(w.series.Data) == 0 {
		return checked{"series", isWarning, "The team has no series.", next}
	}
	defaults, _ := w.team.Settings["default_series"].(map[string]any)
	for _, kind := range []string{"income", "credit_note", "complements"} {
		choice, _ := defaults[kind].(map[string]any)
		name, _ := choice["serie"].(string)
		if name != "" && !slices.ContainsFunc(w.series.Data, func(s gigstack.Series) bool { return s.Series == name || s.ID == name }) {
			state := isWarning // only documents of that kind are kept from being stamped
			if kind == "income" {
				state = isProblem
			}
			return checked{"series", state, fmt.Sprintf("The default series of %s, %s, does not exist.", kind, clip(name, shortText)), next}
		}
	}
	return checked{"series", allWell, fmt.Sprintf("%d series.", len(w.series.Data)), ""}
}

func (w *symptoms) checkCredits(s *study) checked {
	if c, missing := unread("credits", s, ofTeam); missing {
		return c
	}
	limit, used := w.team.CreditLimit, w.team.UsedCredits
	if limit == nil || used == nil || !limit.IsPositive() {
		return checked{"credits", isUnknown, "gigstack does not say how many stamps are left.", ""}
	}
	c := checked{"credits", allWell, fmt.Sprintf("%s of %s used in this period.", used, limit), ""}
	switch {
	case used.GreaterThanOrEqual(limit.Decimal):
		c.State, c.Next = isProblem, "The account's owner raises the limit in gigstack's app."
	case used.GreaterThanOrEqual(limit.Mul(gigstack.Dec("0.9").Decimal)):
		c.State, c.Next = isWarning, "The account's owner raises the limit in gigstack's app."
	}
	return c
}

func (w *symptoms) checkIntegrations(s *study) checked {
	if c, missing := unread("integrations", s, ofTeam); missing {
		return c
	}
	var connected []string
	for name, integration := range w.team.Integrations {
		if integration.Completed {
			connected = append(connected, clip(name, shortText))
		}
	}
	slices.Sort(connected)
	if sat, said := w.team.Integrations["sat"]; said && !sat.Completed {
		return checked{"integrations", isWarning, "The integration sat is not completed.", "get_team_onboarding_url: the company's owner completes it there."}
	}
	return checked{"integrations", allWell, "Connected: " + cmp.Or(strings.Join(connected, ", "), "none") + ".", ""}
}

func (w *symptoms) checkActivity(s *study) checked {
	if c, missing := unread("newest_stamp", s, ofIncome); missing {
		return c
	}
	switch {
	case w.last == nil:
		return checked{"newest_stamp", isWarning, "No valid income invoice was found: it may be that none was ever stamped in this mode.", ""}
	case daysBetween(w.lastAt, w.now) > daysLookedBack:
		return checked{"newest_stamp", isWarning, "The newest valid invoice is of " + w.last.Date + ".", ""}
	}
	return checked{"newest_stamp", allWell, "The newest valid invoice is of " + w.last.Date + ".", ""}
}
