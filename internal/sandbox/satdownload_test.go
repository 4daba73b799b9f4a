package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/example"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

func activation(t *testing.T, c *gigstack.Caller) gigstack.SATActivation {
	t.Helper()
	v, err := gigstack.GetSATDownloadActivation.Call(t.Context(), c, struct{}{})
	require.NoError(t, err)
	return v
}

func schedule(t *testing.T, c *gigstack.Caller) gigstack.SATScheduleState {
	t.Helper()
	v, err := gigstack.GetSATDownloadSchedule.Call(t.Context(), c, struct{}{})
	require.NoError(t, err)
	return v
}

// Each plan has its way to activation, and back.
func TestActivation(t *testing.T) {
	for name, f := range map[string]struct {
		team, status, kind string
	}{
		"included": {sandbox.TeamXenon, "needs_activation", "included"},
		"an addon": {sandbox.TeamRobotica, "needs_addon", "addon"},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, sandbox.Options{})
			c := b.client(t, sandbox.TeamKemper, false, "owner").As(f.team)
			before := activation(t, c)
			assert.Equal(t, f.status, before.Status)
			assert.Equal(t, "$0.20 MXN", before.Pricing.PerDownload)
			out, err := gigstack.ActivateSATDownload.Call(t.Context(), c, struct{}{})
			require.NoError(t, err)
			assert.Equal(t, gigstack.SATSwitched{Type: f.kind, Status: "active"}, out)
			assert.True(t, activation(t, c).IsActivated)
			assert.Equal(t, "active", activation(t, b.client(t, sandbox.TeamKemper, true, "owner").As(f.team)).Status, "live and test alike")
			for range 2 { // also when there is nothing left to turn off
				out, err = gigstack.DeactivateSATDownload.Call(t.Context(), c, struct{}{})
				require.NoError(t, err)
				assert.Equal(t, f.status, out.Status)
			}
		})
	}
	b := start(t, sandbox.Options{})
	nueva := b.client(t, sandbox.TeamKemper, false, "owner").As(sandbox.TeamNueva)
	assert.Equal(t, "needs_upgrade", activation(t, nueva).Status)
	_, err := gigstack.ActivateSATDownload.Call(t.Context(), nueva, struct{}{})
	assert.Equal(t, "operation_not_allowed", failure(t, err, http.StatusForbidden).Code)
}

// The steps up to a download come one after the other; each is refused before its
// turn.
func TestStepsInOrder(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "owner")
	fiel := draw(t, example.Holder{RFC: xenonRFC}).fiel()
	register := gigstack.RegisterSATBusinessInput{Phone: "+52 441 123 4567", SyncStartDate: "2025-01-01", MaxMonthlyInvoices: new(40)}
	steps := []struct {
		name string
		try  func() error
	}{
		{"activate", func() error { _, err := gigstack.ActivateSATDownload.Call(t.Context(), c, struct{}{}); return err }},
		{"fiel", func() error { _, err := gigstack.UploadSATFIEL.Call(t.Context(), c, fiel); return err }},
		{"register", func() error { _, err := gigstack.RegisterSATBusiness.Call(t.Context(), c, register); return err }},
		{"schedule", func() error {
			_, err := gigstack.SaveSATDownloadSchedule.Call(t.Context(), c, gigstack.SaveSATDownloadScheduleInput{Enabled: true, Time: "04:00", DownloadTypes: []gigstack.SATDirection{"issued"}})
			return err
		}},
		{"sync", func() error { _, err := gigstack.EnableSATSync.Call(t.Context(), c, struct{}{}); return err }},
		{"request", func() error {
			_, err := gigstack.CreateSATDownloadRequest.Call(t.Context(), c, gigstack.CreateSATDownloadRequestInput{StartDate: "2026-10-01", EndDate: "2026-10-31", RequestType: "cfdi", RFCType: "issued"})
			return err
		}},
	}
	for i, step := range steps {
		for _, later := range steps[max(i, 1)+min(i, 1):] {
			if i < 3 { // the last three need nothing of each other
				assert.Contains(t, []string{"business_rule_violation", "validation_failed"}, failure(t, later.try(), http.StatusBadRequest).Code, "%s before %s", later.name, step.name)
			}
		}
		require.NoError(t, step.try(), step.name)
	}
	state := schedule(t, c)
	assert.True(t, state.FIELUploaded && state.Registered && state.Schedule.Enabled && state.Provider.Synced)
	assert.Equal(t, "2020-12-21", state.SyncStartDate, "71 months, whatever the day asked for")
	assert.Equal(t, 40, state.Provider.MonthlyCap)

	_, err := gigstack.DeactivateSATDownload.Call(t.Context(), c, struct{}{})
	require.NoError(t, err)
	assert.False(t, schedule(t, c).Schedule.Enabled, "the schedule stops at once")
	failure(t, steps[5].try(), http.StatusBadRequest)
}

// A FIEL with a day and a phone registers in the same call.
func TestFIELRegisters(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "owner")
	_, err := gigstack.ActivateSATDownload.Call(t.Context(), c, struct{}{})
	require.NoError(t, err)
	in := draw(t, example.Holder{RFC: xenonRFC}).fiel()
	in.Phone = new("+524411234567")
	out, err := gigstack.UploadSATFIEL.Call(t.Context(), c, in)
	require.NoError(t, err)
	assert.False(t, out.Registered, "no day")
	for name, day := range map[string]gigstack.Day{"too far back": "2020-12-20", "tomorrow": "2026-11-22", "no day": "yesterday"} {
		in.SyncStartDate = &day
		_, err := gigstack.UploadSATFIEL.Call(t.Context(), c, in)
		failure(t, err, http.StatusBadRequest)
		assert.False(t, schedule(t, c).Registered, name)
	}
	in.SyncStartDate = new(gigstack.Day("2025-01-01"))
	out, err = gigstack.UploadSATFIEL.Call(t.Context(), c, in)
	require.NoError(t, err)
	assert.Equal(t, gigstack.SATFIEL{
		RFC: "XIA190128J61", ExpiresAt: gigstack.MillisOf(time.Date(2029, 5, 4, 12, 0, 0, 0, time.UTC)), ExpiresAtReadable: "2029-05-04T12:00:00Z", SerialNumber: "30001000000500003416",
		SyncStartDate: "2025-01-01", Phone: "+524411234567", Registered: true, RegisteredAt: out.RegisteredAt,
	}, out)
	debug, err := gigstack.DebugSATDownload.Call(t.Context(), c, struct{}{})
	require.NoError(t, err)
	assert.Equal(t, true, debug.FIEL["uploaded"])
	assert.Equal(t, "2025-01-01", debug.Registration["sync_start_date"])
	assert.Equal(t, true, schedule(t, b.client(t, sandbox.TeamXenon, true, "owner")).FIELUploaded, "live and test alike")
}
