package sandbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// maxDaysBack is the widest window of a scheduled run.
const maxDaysBack = 90

func (c *call) getSATDownloadSchedule(struct{}) (gigstack.SATScheduleState, error) {
	d := &c.team.download
	v := gigstack.SATScheduleState{
		FIELUploaded: d.fiel != nil, Registered: d.registered != 0, SATCompleted: c.team.sat.Completed, SyncStartDate: d.syncFrom,
		Provider: &gigstack.SATProvider{Synced: d.synced, SyncFrom: d.syncFrom, MonthlyCap: d.monthlyCap, Message: d.missing(c.now)},
	}
	if d.schedule != nil {
		v.Schedule = new(*d.schedule)
	}
	if !d.lastSync.IsZero() {
		v.Provider.LastSync = d.lastSync.In(gigstack.MexicoCity).Format(localTime)
	}
	return v, nil
}

// missing says in words what has to be done before downloads.
func (d *download) missing(now time.Time) string {
	if err := d.ready(now); err != nil {
		return err.Error()
	}
	return "Ready"
}

func (c *call) saveSATDownloadSchedule(in gigstack.SaveSATDownloadScheduleInput) (v gigstack.SATScheduleState, err error) {
	d := &c.team.download
	if err := checkSchedule(in); err != nil {
		return v, err
	}
	if in.Enabled {
		if err := d.ready(c.now); err != nil {
			return v, err
		}
	}
	plan := gigstack.SATSchedule{Enabled: in.Enabled, Time: string(in.Time), DaysBack: orElse(in.DaysBack, 7)}
	for _, side := range in.DownloadTypes {
		plan.DownloadTypes = append(plan.DownloadTypes, string(side))
	}
	if former := d.schedule; former != nil {
		plan.LastRunAt, plan.LastRunStatus = former.LastRunAt, former.LastRunStatus
	}
	c.sandbox.arm(c.world(), plan, c.now)
	return c.getSATDownloadSchedule(struct{}{})
}

func checkSchedule(in gigstack.SaveSATDownloadScheduleInput) error {
	if err := shaped("time", &in.Time); err != nil {
		return err
	}
	if err := within("days_back", in.DaysBack, 1, maxDaysBack); err != nil {
		return err
	}
	for i, side := range in.DownloadTypes {
		if err := allowed("download_types", &side); err != nil {
			return err
		}
		if slices.Contains(in.DownloadTypes[:i], side) {
			return invalid("download_types", "download_types names %s twice", side)
		}
	}
	if len(in.DownloadTypes) == 0 {
		return invalid("download_types", "download_types is required")
	}
	return nil
}

// arm makes plan the schedule of a team, in the mode it was saved in.
func (s *Sandbox) arm(w *world, plan gigstack.SATSchedule, now time.Time) {
	s.state.teams.byID[w.id.team].download.schedule = &plan
	s.runLater(w, &plan, now)
}

// runLater does the next run of a schedule when its time has come, and so on,
// until it is switched off or another one takes its place.
func (s *Sandbox) runLater(w *world, plan *gigstack.SATSchedule, now time.Time) {
	d := &s.state.teams.byID[w.id.team].download
	s.laterAt(nextRun(plan.Time, now), func(at time.Time) {
		if d.schedule != plan || !plan.Enabled {
			return
		}
		plan.LastRunAt, d.lastSync = gigstack.MillisOf(at), at
		for _, side := range plan.DownloadTypes {
			r := w.ask(s, gigstack.CreateSATDownloadRequestInput{
				StartDate: gigstack.Day(dayOf(at.AddDate(0, 0, -plan.DaysBack))), EndDate: gigstack.Day(dayOf(at)),
				RequestType: "cfdi", RFCType: gigstack.SATDirection(side),
			}, scheduled, at)
			r.tell = func(status string) { plan.LastRunStatus = status }
			r.tell(r.Status)
		}
		s.runLater(w, plan, at)
	})
}

// nextRun is the next time the clock of Mexico City shows a time of day.
func nextRun(clock string, now time.Time) time.Time {
	var hour, minute int
	_, _ = fmt.Sscanf(clock, "%d:%d", &hour, &minute) // checked when it was saved
	now = now.In(gigstack.MexicoCity)
	at := time.Date(now.Year(), now.Month(), now.Day(), hour, minute, 0, 0, gigstack.MexicoCity)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}
