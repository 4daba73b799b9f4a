package tools

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// taxpayer reads the company a call acts for, and shows it after what.
func taxpayer(ctx context.Context, r request, p *preview, what string) (team gigstack.Team, err error) {
	team, err = gigstack.GetTeam.Call(ctx, r.caller, gigstack.TeamRef{ID: r.to.team})
	if err != nil {
		return team, err
	}
	p.saw(team.LegalName, team.TaxID)
	p.word = team.TaxID
	p.Subject = fmt.Sprintf("%s of %s, RFC %s", what, cmp.Or(team.LegalName, teamName(team)), cmp.Or(team.TaxID, "unknown"))
	return team, nil
}

// downloadPrice reads whether bulk download is on, and shows what an XML costs.
func downloadPrice(ctx context.Context, r request, p *preview) (a gigstack.SATActivation, err error) {
	a, err = gigstack.GetSATDownloadActivation.Call(ctx, r.caller, struct{}{})
	if err != nil {
		return a, err
	}
	p.saw(a.Status, a.Pricing)
	p.Facts = append(p.Facts, cmp.Or(a.Pricing.PerDownload, "about 0.20 MXN")+" per XML, billed to the subscription")
	return a, nil
}

// downloadIsOn refuses what needs bulk download where it is off.
func downloadIsOn(ctx context.Context, r request, p *preview) error {
	a, err := downloadPrice(ctx, r, p)
	if err == nil && a.Status != "active" {
		return pointless("Turn it on with activate_sat_download, or upgrade the plan in gigstack's app if it says needs_upgrade.", "bulk SAT download is off (%s)", a.Status)
	}
	return err
}

// downloadState shows whose downloads a call is about and what they cost, and reads
// what they depend on. Without a FIEL there are none.
func downloadState(ctx context.Context, r request, p *preview, what string) (state gigstack.SATScheduleState, err error) {
	if _, err := taxpayer(ctx, r, p, what); err != nil {
		return state, err
	}
	if err := downloadIsOn(ctx, r, p); err != nil {
		return state, err
	}
	state, err = gigstack.GetSATDownloadSchedule.Call(ctx, r.caller, struct{}{})
	if err == nil && !state.FIELUploaded {
		err = pointless("Have the person upload it (get_team_onboarding_url), or call upload_sat_fiel.", "the FIEL is not uploaded")
	}
	return state, err
}

func looksAtActivation(ctx context.Context, r request, p *preview) error {
	if _, err := taxpayer(ctx, r, p, "Bulk SAT download"); err != nil {
		return err
	}
	a, err := downloadPrice(ctx, r, p)
	switch {
	case err != nil:
		return err
	case a.Status == "active":
		return pointless("Go on with get_sat_download_schedule.", "%s: it is on already", p.Subject)
	case a.Status == "needs_upgrade":
		return pointless("A person can upgrade the plan in gigstack's app.", "%s: the plan does not have it", p.Subject)
	}
	if a.Status == "needs_addon" {
		p.Facts = append(p.Facts, "an add-on is added to the subscription")
	}
	if a.Pricing.AddonMonthly != "" && !a.PlanIncludesFeature {
		p.Facts = append(p.Facts, a.Pricing.AddonMonthly+" a month")
	}
	return nil
}

func looksAtDeactivation(ctx context.Context, r request, p *preview) error {
	if _, err := taxpayer(ctx, r, p, "Bulk SAT download"); err != nil {
		return err
	}
	a, err := gigstack.GetSATDownloadActivation.Call(ctx, r.caller, struct{}{})
	if err != nil {
		return err
	}
	if a.Status != "active" {
		return pointless("Nothing is left to do.", "%s: it is off already (%s)", p.Subject, a.Status)
	}
	state, err := gigstack.GetSATDownloadSchedule.Call(ctx, r.caller, struct{}{})
	if err != nil {
		return err
	}
	p.saw(a.Status)
	if s := value(state.Schedule); s.Enabled {
		p.saw(s.Time, s.DownloadTypes)
		p.Facts = append(p.Facts, fmt.Sprintf("the daily download at %s (%s) stops", s.Time, strings.Join(s.DownloadTypes, ", ")))
	}
	p.Facts = append(p.Facts, "XMLs downloaded so far are still billed")
	return nil
}

// looksAtFIEL shows what the FIEL is for, and what an upload registers.
func looksAtFIEL(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.UploadSATFIELInput](r)
	if err != nil {
		return err
	}
	if err := downloadIsOn(ctx, r, p); err != nil {
		return err
	}
	state, err := gigstack.GetSATDownloadSchedule.Call(ctx, r.caller, struct{}{})
	if err != nil {
		return err
	}
	p.saw(state.FIELUploaded, state.Registered)
	if state.FIELUploaded {
		p.Facts = append(p.Facts, "replaces the FIEL that is there")
	}
	if in.SyncStartDate != nil && in.Phone != nil {
		p.Facts = append(p.Facts, fmt.Sprintf("registers the RFC and syncs from %s, phone %s", *in.SyncStartDate, *in.Phone))
	}
	return nil
}

func looksAtRegistration(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.RegisterSATBusinessInput](r)
	if err != nil {
		return err
	}
	state, err := downloadState(ctx, r, p, "Registration for bulk download")
	if err != nil {
		return err
	}
	p.saw(state.Registered)
	if state.Registered {
		p.Warnings = append(p.Warnings, "The RFC is registered already.")
	}
	p.Facts = append(p.Facts, fmt.Sprintf("from %s, phone %s", in.SyncStartDate, in.Phone))
	if in.MaxMonthlyInvoices != nil {
		p.Facts = append(p.Facts, fmt.Sprintf("at most %d XMLs a month", *in.MaxMonthlyInvoices))
	} else {
		p.Warnings = append(p.Warnings, "No max_monthly_invoices: the number of XMLs, and their cost, has no cap of this call's.")
	}
	p.Warnings = append(p.Warnings, "gigstack may take up to 71 months of history whatever the day.")
	return nil
}

// looksAtRequest shows which CFDI are asked for and what each costs.
func looksAtRequest(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.CreateSATDownloadRequestInput](r)
	if err != nil {
		return err
	}
	start, err := time.Parse(time.DateOnly, string(in.StartDate))
	switch {
	case err != nil:
		return pointless("Pass YYYY-MM-DD.", "start_date is no day")
	case in.EndDate < in.StartDate:
		return pointless("Swap them.", "end_date is before start_date")
	case string(in.EndDate) > start.AddDate(0, 1, 0).Format(time.DateOnly):
		return pointless("Make one request a month.", "the period is longer than a month")
	}
	if _, err := taxpayer(ctx, r, p, fmt.Sprintf("CFDI %s from %s to %s,", in.RFCType, in.StartDate, in.EndDate)); err != nil {
		return err
	}
	for _, filter := range []struct{ name, value string }{
		{"counterparty", string(value(in.RFC))}, {"type", string(value(in.DocumentType))}, {"state", string(value(in.Status))},
	} {
		if filter.value != "" {
			p.Facts = append(p.Facts, "only "+filter.name+" "+filter.value)
		}
	}
	if err := downloadIsOn(ctx, r, p); err != nil {
		return err
	}
	if in.RequestType == "metadata" {
		p.Facts = append(p.Facts[:len(p.Facts)-1], "a list only, no XML, nothing charged")
	}
	return nil
}

// looksAtSync shows what will be downloaded, and charged, from now on.
func looksAtSync(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.SaveSATDownloadScheduleInput](r)
	if err != nil {
		return err
	}
	state, err := downloadState(ctx, r, p, "Automatic download of CFDI")
	switch {
	case err != nil:
		return err
	case !state.Registered:
		return pointless("Call register_sat_business first.", "the RFC is not registered for bulk download")
	}
	if in.Time != "" {
		p.Facts = append(p.Facts, fmt.Sprintf("every day at %s (Mexico City), %s, the last %d days", in.Time, joinWords(in.DownloadTypes), cmp.Or(value(in.DaysBack), 7)))
	}
	if s := value(state.Schedule); s.Enabled {
		p.saw(s.Time, s.DownloadTypes, s.DaysBack)
		p.Facts = append(p.Facts, fmt.Sprintf("so far every day at %s, %s", s.Time, strings.Join(s.DownloadTypes, ", ")))
	}
	return nil
}

func joinWords[T ~string](words []T) string {
	var texts []string
	for _, word := range words {
		texts = append(texts, string(word))
	}
	return strings.Join(texts, ", ")
}

// looksAtXML shows the CFDI whose XML is fetched.
func looksAtXML(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.SATInvoiceRef](r)
	if err != nil {
		return err
	}
	if err := downloadIsOn(ctx, r, p); err != nil {
		return err
	}
	v, err := gigstack.GetSATInvoice.Call(ctx, r.caller, in)
	if isNotFound(err) {
		p.Subject = "CFDI " + in.UUID
		p.Warnings = append(p.Warnings, "It is not in the mirror of the team's CFDI (list_sat_invoices): whose it is was not checked.")
		return nil
	}
	if err != nil {
		return err
	}
	p.saw(v.HasXML, v.Total, v.Status)
	p.Subject = fmt.Sprintf("CFDI %s, %s, from %s to %s, total %s %s, %s", v.UUID, v.InvoiceType, partyWords(v.Issuer), partyWords(v.Receiver), v.Total.StringFixed(2), v.Currency, v.Status)
	if v.HasXML {
		p.Warnings = append(p.Warnings, "Its XML is stored already: it costs nothing, and generate_sat_invoice_pdf prints it.")
	}
	return nil
}

func partyWords(p *gigstack.SATParty) string {
	if p == nil {
		return "unknown"
	}
	return strings.TrimSpace(p.Name + " (RFC " + p.RFC + ")")
}

// day is a moment's day in Mexico City.
func day(t time.Time) string { return t.In(gigstack.MexicoCity).Format(time.DateOnly) }
