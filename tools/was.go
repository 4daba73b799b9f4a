package tools

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// reader reads what a call overwrites, in the words of the arguments that put it
// back; nil when it overwrites nothing.
type reader func(ctx context.Context, r request) (was any, err error)

// readers is where the old values are that [gigstack.Spec].Back speaks of, for the
// writes that no preview has read them for.
var readers = map[string]reader{
	gigstack.UpdateClient.Name:             shown(gigstack.GetClient),
	gigstack.UploadClientCSF.Name:          clientOfCertificate,
	gigstack.UpdateService.Name:            shown(gigstack.GetService),
	gigstack.UpdateDraftInvoice.Name:       wholeDraft,
	gigstack.UpdateTeam.Name:               shown(gigstack.GetTeam),
	gigstack.UpdateTeamSettings.Name:       teamSettings,
	gigstack.UpdateTeamSeries.Name:         func(ctx context.Context, r request) (any, error) { return series(ctx, r) },
	gigstack.UpdateUser.Name:               shown(gigstack.GetUser),
	gigstack.SaveSATDownloadSchedule.Name:  downloadSchedule,
	gigstack.ConnectUpdateTeam.Name:        connectTeam,
	gigstack.ConnectUpdateTeamMember.Name:  connectMember,
	gigstack.ConnectUpdateTeamMembers.Name: connectMembers,
	gigstack.LegacyUpdateReceipt.Name:      olderReceipt,
}

// patience is how long a write waits for its old values. They are worth no more.
const patience = 2 * time.Second

// overwrites is what a call that is about to be sent overwrites, nil when it is not
// needed or could not be read: the call goes on without it.
func (t *Tools) overwrites(ctx context.Context, r request) any {
	read := readers[r.spec.Name]
	if r.was != nil || read == nil {
		return r.was
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	was, err := read(ctx, r)
	if err != nil {
		t.Log.Warn().Err(err).Str("tool", r.spec.Name).Msg("what a call overwrites could not be read; its undo has words only")
		return nil
	}
	return was
}

// shown reads with the endpoint that shows what another changes.
func shown[In, Out any](get gigstack.Endpoint[In, Out]) reader {
	return func(ctx context.Context, r request) (any, error) { return readOld(ctx, r, get) }
}

// readOld makes a read with those arguments of a call that it takes, for its team.
func readOld[In, Out any](ctx context.Context, r request, get gigstack.Endpoint[In, Out]) (v Out, err error) {
	in, err := arguments[In](r)
	if err != nil {
		return v, err
	}
	if v, err = get.Call(ctx, r.caller, in); err != nil {
		return v, err
	}
	return v, sameTeam(request{endpoint: endpoints[get.Name](), to: r.to, level: risk.Read}, gigstack.Reply{Data: marshal(v)})
}

// clientOfCertificate reads the client that a certificate overwrites, if it does.
func clientOfCertificate(ctx context.Context, r request) (any, error) {
	in, err := arguments[struct {
		ClientID string `json:"client_id"`
	}](r)
	if err != nil || in.ClientID == "" {
		return nil, err
	}
	r.args = marshal(gigstack.ClientRef{ID: in.ClientID})
	return readOld(ctx, r, gigstack.GetClient)
}

// wholeDraft reads a draft as it would be sent: the client by its id, and of the ids
// of lines only those that name a service.
func wholeDraft(ctx context.Context, r request) (any, error) {
	d, err := readOld(ctx, r, gigstack.GetDraftInvoice)
	if err != nil {
		return nil, err
	}
	was := struct {
		gigstack.Draft
		Client      *gigstack.ClientRef `json:"client,omitempty"`
		FolioNumber int                 `json:"folio_number,omitempty"` // the one asked for is not shown
	}{Draft: d}
	if id := value(d.Client).ID; id != "" {
		was.Client = &gigstack.ClientRef{ID: id}
	}
	for i := range was.Items {
		item := &was.Items[i]
		if !strings.HasPrefix(item.ID, "service_") {
			item.ID = ""
		}
		for j := range item.Taxes {
			item.Taxes[j].Base = "" // an amount here, a selector in arguments
		}
	}
	was.IdempotencyKey, was.PreviewPDF = "", ""
	return was, nil
}

// teamSettings reads a team's settings. Of the period, gigstack has been seen to show
// more than it takes.
func teamSettings(ctx context.Context, r request) (any, error) {
	team, err := readOld(ctx, r, gigstack.GetTeam)
	if err != nil {
		return nil, err
	}
	was := gigstack.StoredSettings{}
	for name, setting := range team.Settings {
		was[name] = setting
	}
	if period, ok := was["periodicity"].(map[string]any); ok {
		was["periodicity"] = period["value"]
	}
	return was, nil
}

// series reads the series that a call names.
func series(ctx context.Context, r request) (s gigstack.Series, err error) {
	in, err := arguments[gigstack.UpdateTeamSeriesInput](r)
	if err != nil {
		return s, err
	}
	page, err := readOld(ctx, r, gigstack.ListTeamSeries)
	if err != nil {
		return s, err
	}
	i := slices.IndexFunc(page.Data, func(s gigstack.Series) bool { return s.ID == in.SeriesID || s.Series == in.SeriesID })
	if i < 0 {
		return s, pointless("See list_team_series.", "the team has no series %q", in.SeriesID)
	}
	return page.Data[i], nil
}

// downloadSchedule reads the schedule there was. None is as good as the new one
// switched off.
func downloadSchedule(ctx context.Context, r request) (any, error) {
	was, err := arguments[gigstack.SaveSATDownloadScheduleInput](r)
	if err != nil {
		return nil, err
	}
	state, err := readOld(ctx, r, gigstack.GetSATDownloadSchedule)
	if err != nil {
		return nil, err
	}
	was.Enabled = false
	if s := value(state.Schedule); s.Time != "" {
		was = gigstack.SaveSATDownloadScheduleInput{Enabled: s.Enabled, Time: gigstack.TimeOfDay(s.Time)}
		for _, side := range s.DownloadTypes {
			was.DownloadTypes = append(was.DownloadTypes, gigstack.SATDirection(side))
		}
		if s.DaysBack > 0 {
			was.DaysBack = &s.DaysBack
		}
	}
	return was, nil
}
