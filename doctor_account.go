package main

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/tools"
)

// looked is a team that was read, and who read it.
type looked struct {
	caller *gigstack.Caller
	team   gigstack.Team
}

// examineAccount asks gigstack who the key is, and for the team that the server would
// act for; nil where it does not say.
func (d *doctor) examineAccount(ctx context.Context, key gigstack.Key, reached bool) *looked {
	switch {
	case d.blocked([]string{"key", "mode", "team", "role"}, "API key", "partner key", "--api-key-file", "--partner-key-file"):
		return nil
	case key.IsZero():
		d.skip("callers bring keys of their own", "key", "mode", "team", "role")
		return nil
	}
	d.examineMode(key.Claims())
	if !reached {
		d.skip("gigstack was not reached", "key", "team", "role")
		return nil
	}
	caller, err := d.newCaller(key, d.partner, "doctor")
	if err != nil {
		d.problem("key", "correct it", "%v", err)
		d.skip("there is no key to ask with", "team", "role")
		return nil
	}
	list, err := gigstack.ListTeams.Call(ctx, caller, gigstack.ListTeamsInput{Paging: gigstack.Paging{Limit: new(1)}})
	if err != nil {
		d.refused(err, "key", "team", "role")
		return nil
	}
	d.ok("key", "gigstack takes it; it %s, and is sent to %s alone", either(key.Claims().Team != "", "names its team", "does not name its team"), caller.Origin())
	if d.blocked([]string{"team", "role"}, "--team") {
		return nil
	}
	id := cmp.Or(d.config.Team, key.Claims().Team)
	if id == "" && len(list.Data) > 0 {
		id = list.Data[0].ID
	}
	caller = d.forDefaultTeam(caller)
	team, err := gigstack.GetTeam.Call(ctx, caller, gigstack.TeamRef{ID: id})
	if err != nil {
		d.refused(err, "team", "role")
		return nil
	}
	d.examineIdentity(id, team)
	return &looked{caller, team}
}

// examineMode tells what the key says of itself.
func (d *doctor) examineMode(claims gigstack.Claims) {
	err := expectMode(d.config.ExpectMode, claims)
	switch live := claims.Livemode; {
	case err != nil:
		d.problem("mode", "use a key of that mode, or change --expect-mode", "%v", err)
	case live == nil:
		d.warn("mode", "a key of gigstack's says so: copy it again, whole", "the key does not say whether it is live or test; it is treated as live")
	case !*live:
		d.ok("mode", "test: nothing is real")
	case d.config.AllowLive && !d.config.ReadOnly:
		d.ok("mode", "live: documents and money are real, and agents may change them")
	default:
		d.ok("mode", "live, and agents cannot change anything (--allow-live is not set, or --read-only is)")
	}
}

// ofRole and ofTeam are the refusals that say that the key itself is right.
var (
	ofRole = []string{gigstack.CodeRoleTooLow, "insufficient_permissions", "forbidden"}
	ofTeam = []string{gigstack.CodeNotMasterTeam, gigstack.CodeTeamNotFound, gigstack.CodeNoMatchedTeams, "resource_not_found", gigstack.CodeWrongTeam}
)

// refused notes a call that failed under the check that it answers, and skips the other
// ones.
func (d *doctor) refused(err error, checks ...string) {
	at, remedy := checks[0], "something other than gigstack may have answered: check --base-url"
	var failed *gigstack.Error
	if errors.As(err, &failed) {
		remedy = tools.Remedy(failed)
		switch {
		case slices.Contains(ofRole, failed.Code):
			at = "role"
		case slices.Contains(ofTeam, failed.Code):
			at = "team"
		}
	}
	for _, check := range checks {
		if check == at {
			d.problem(check, remedy, "%v", err)
		} else {
			d.skip("the check of the "+at+" failed", check)
		}
	}
}

// examineIdentity tells whom the server would act for. gigstack tells no key its role:
// that it reads is all that is known before something is tried.
func (d *doctor) examineIdentity(id string, team gigstack.Team) {
	switch {
	case team.ID != id:
		d.problem("team", "check --team and the base URL", "asked for %s, gigstack answered for another", id)
	case team.Status != "" && team.Status != "active":
		d.problem("team", "use another team; gigstack's support may restore this one", "%s %s is %s", team.LegalName, id, team.Status)
	default:
		d.ok("team", "%s, RFC %s, %s", cmp.Or(team.LegalName, "(no legal name)"), cmp.Or(team.TaxID, "unknown"), id)
	}
	d.ok("role", "it may read; whether it may write shows when it does")
}

// soon is how long before its end a certificate is to be renewed.
const soon = 30 * 24 * time.Hour

// examineTeam tells what the team can stamp with.
func (d *doctor) examineTeam(ctx context.Context, on *looked) {
	if on == nil {
		d.skip("the team was not read", "certificate", "series", "credits", "integrations")
		return
	}
	d.examineCertificate(on.team.SAT)
	series, err := gigstack.ListTeamSeries.Call(ctx, on.caller, gigstack.TeamRef{ID: on.team.ID})
	var codes []string
	for _, s := range series.Data {
		codes = append(codes, s.Series)
	}
	switch {
	case err != nil:
		d.warn("series", "list_team_series tells more", "%v", err)
	case len(codes) == 0:
		d.warn("series", "make one with create_team_series, or in gigstack's app", "none: invoices need one")
	default:
		d.ok("series", "%s", strings.Join(codes, ", "))
	}
	d.examineCredits(on.team)
	var connected []string
	for _, provider := range slices.Sorted(maps.Keys(on.team.Integrations)) {
		if on.team.Integrations[provider].Completed {
			connected = append(connected, provider)
		}
	}
	if slices.ContainsFunc(connected, func(provider string) bool { return provider != "sat" }) {
		d.ok("integrations", "%s", strings.Join(connected, ", "))
	} else {
		d.warn("integrations", "connect one in gigstack's app, if payments are to be requested", "no payment provider is connected")
	}
}

// examineCertificate looks when the digital seal ends.
func (d *doctor) examineCertificate(sat *gigstack.TeamSAT) {
	const renew = "its owner uploads the new CSD: upload_team_csd, or get_team_onboarding_url"
	if sat == nil || !sat.Completed {
		d.problem("certificate", renew, "there is no CSD: nothing can be stamped")
		return
	}
	if sat.CSDExpiresAt == 0 {
		d.warn("certificate", "look at the CSD's end in gigstack's app", "there is a CSD, and gigstack does not say until when")
		return
	}
	ends := gigstack.TimeOf(sat.CSDExpiresAt)
	day := ends.In(gigstack.MexicoCity).Format(time.DateOnly)
	switch left := ends.Sub(d.program.now()); {
	case left <= 0:
		d.problem("certificate", renew, "the CSD ended on %s: nothing can be stamped", day)
	case left < soon:
		d.warn("certificate", renew, "the CSD ends on %s, in %d days", day, int(left.Hours()/24))
	default:
		d.ok("certificate", "the CSD is valid until %s", day)
	}
}

// examineCredits looks what is left of them.
func (d *doctor) examineCredits(team gigstack.Team) {
	const more = "a person buys more in gigstack's app"
	if team.CreditLimit == nil || team.UsedCredits == nil {
		d.skip("gigstack does not tell them", "credits")
		return
	}
	limit, used := team.CreditLimit.Decimal, team.UsedCredits.Decimal
	switch left := limit.Sub(used); {
	case !left.IsPositive():
		d.problem("credits", more, "used up: %s of %s", used, limit)
	case left.Shift(1).LessThan(limit):
		d.warn("credits", more, "%s of %s used", used, limit)
	default:
		d.ok("credits", "%s of %s used", used, limit)
	}
}
