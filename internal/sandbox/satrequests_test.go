package sandbox_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

var october = gigstack.CreateSATDownloadRequestInput{StartDate: "2026-10-01", EndDate: "2026-10-31", RequestType: "cfdi", RFCType: "received"}

// ask makes a request that must be taken.
func ask(t *testing.T, c *gigstack.Caller, in gigstack.CreateSATDownloadRequestInput) string {
	t.Helper()
	out, err := gigstack.CreateSATDownloadRequest.Call(t.Context(), c, in)
	require.NoError(t, err)
	require.Equal(t, "pending", out.Status)
	return out.ID
}

func request1(t *testing.T, c *gigstack.Caller, id string) gigstack.SATDownloadRequest {
	t.Helper()
	v, err := gigstack.GetSATDownloadRequest.Call(t.Context(), c, gigstack.SATDownloadRequestRef{RequestID: id})
	require.NoError(t, err)
	return v
}

// unpack is the files of a package by name.
func unpack(t *testing.T, c *gigstack.Caller, id string) map[string]string {
	t.Helper()
	p, err := gigstack.DownloadSATPackage.Call(t.Context(), c, gigstack.SATPackageRef{PackageID: id})
	require.NoError(t, err)
	assert.Equal(t, id+".zip", p.Filename)
	f, _, err := p.Content.Open(p.Filename)
	require.NoError(t, err)
	assert.Equal(t, "application/zip", f.MediaType)
	archive, err := zip.NewReader(bytes.NewReader(f.Content), int64(len(f.Content)))
	require.NoError(t, err)
	files := map[string]string{}
	for _, entry := range archive.File {
		opened, err := entry.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(opened)
		require.NoError(t, err)
		files[entry.Name] = string(content)
	}
	return files
}

// A request goes through the states of the SAT, brings every XML of its period in
// a package, and is charged for each.
func TestRequestBringsXMLs(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	in := october
	in.StartDate, in.EndDate = "2026-10-21", "2026-11-21"
	before := b.XMLsBilled(sandbox.TeamKemper)
	id := ask(t, c, in)
	var states []string
	for range 8 {
		if state := request1(t, c, id).Status; len(states) == 0 || states[len(states)-1] != state {
			states = append(states, state)
		}
		b.advance(30 * time.Second)
	}
	assert.Equal(t, []string{"pending", "accepted", "processing", "completed"}, states)

	done := request1(t, c, id)
	want := mirror(t, c, gigstack.ListSATInvoicesInput{FirstDay: &in.StartDate, LastDay: &in.EndDate, Direction: &in.RFCType})
	assert.Len(t, want, *done.InvoiceCount)
	require.Len(t, done.PackageIDs, 1)
	files := unpack(t, c, done.PackageIDs[0])
	for _, v := range want {
		file, ok := files[strings.ToLower(v.UUID)+".xml"]
		refused := strings.Contains(v.XMLError, "no")
		assert.Equal(t, refused, !ok, "%s %s", v.UUID, v.XMLError)
		if refused {
			continue
		}
		assert.True(t, v.HasXML, "the mirror has it now")
		var doc struct {
			Total  string `xml:"Total,attr"`
			Issuer struct {
				Rfc string `xml:",attr"`
			} `xml:"Emisor"`
		}
		require.NoError(t, xml.Unmarshal([]byte(file), &doc))
		assert.Equal(t, v.Total.StringFixed(2), doc.Total)
		assert.Equal(t, v.Issuer.RFC, doc.Issuer.Rfc)
	}
	assert.NotEmpty(t, files)
	assert.Equal(t, before+len(files), b.XMLsBilled(sandbox.TeamKemper))

	b.advance(73 * time.Hour)
	assert.Equal(t, "expired", request1(t, c, id).Status)
	_, err := gigstack.DownloadSATPackage.Call(t.Context(), c, gigstack.SATPackageRef{PackageID: done.PackageIDs[0]})
	assert.Equal(t, "resource_conflict", failure(t, err, http.StatusGone).Code)
}

// Metadata comes without XML and without charge, also of those nobody has.
func TestMetadataIsFree(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	before := b.XMLsBilled(sandbox.TeamKemper)
	in := october
	in.RequestType, in.RFC = "metadata", new(gigstack.RFC("RAQÑ7701212M3"))
	in.StartDate, in.EndDate = "2026-09-15", "2026-10-10"
	id := ask(t, c, in)
	b.advance(5 * time.Minute)
	list := unpack(t, c, request1(t, c, id).PackageIDs[0])["metadata.txt"]
	rows := strings.Split(strings.TrimSpace(list), "\n")
	require.Len(t, rows, 3, list)
	assert.Contains(t, rows[0], "Uuid~RfcEmisor~")
	assert.Contains(t, rows[1], "~I~0~2026-", "canceled")
	assert.True(t, strings.HasSuffix(rows[2], "~I~1~"), rows[2])
	assert.Equal(t, before, b.XMLsBilled(sandbox.TeamKemper))
}

// What a request can come to beside a package.
func TestRequestEnds(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	b.advance(15 * time.Minute) // what was building is there
	none := october
	none.DocumentType = new(gigstack.VoucherType("N"))
	empty := ask(t, c, none)
	b.advance(5 * time.Minute)
	assert.Equal(t, "completed", request1(t, c, empty).Status)
	assert.Equal(t, 0, *request1(t, c, empty).InvoiceCount)
	assert.Empty(t, request1(t, c, empty).PackageIDs)

	_, err := gigstack.RegisterSATBusiness.Call(t.Context(), c, gigstack.RegisterSATBusinessInput{Phone: "+527721234567", SyncStartDate: "2026-01-01", MaxMonthlyInvoices: new(1)})
	require.NoError(t, err)
	before := b.XMLsBilled(sandbox.TeamKemper)
	capped := ask(t, c, october)
	b.advance(5 * time.Minute)
	assert.Equal(t, "failed", request1(t, c, capped).Status)
	assert.Contains(t, request1(t, c, capped).StatusMessage, "cap")
	assert.Equal(t, before, b.XMLsBilled(sandbox.TeamKemper))

	cut := ask(t, c, october)
	_, err = gigstack.DeactivateSATDownload.Call(t.Context(), c, struct{}{})
	require.NoError(t, err)
	b.advance(5 * time.Minute)
	assert.Equal(t, "failed", request1(t, c, cut).Status)
}

func TestRequestRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	for name, change := range map[string]func(in *gigstack.CreateSATDownloadRequestInput){
		"backwards":    func(in *gigstack.CreateSATDownloadRequestInput) { in.EndDate = "2026-09-30" },
		"over a month": func(in *gigstack.CreateSATDownloadRequestInput) { in.EndDate = "2026-11-02" },
		"in the future": func(in *gigstack.CreateSATDownloadRequestInput) {
			in.StartDate, in.EndDate = "2026-11-01", "2026-11-22"
		},
		"over 71 months": func(in *gigstack.CreateSATDownloadRequestInput) {
			in.StartDate, in.EndDate = "2020-12-20", "2020-12-31"
		},
		"no day":          func(in *gigstack.CreateSATDownloadRequestInput) { in.StartDate = "2026-13-01" },
		"everything":      func(in *gigstack.CreateSATDownloadRequestInput) { in.RequestType = "all" },
		"both sides":      func(in *gigstack.CreateSATDownloadRequestInput) { in.RFCType = "both" },
		"an unknown type": func(in *gigstack.CreateSATDownloadRequestInput) { in.DocumentType = new(gigstack.VoucherType("X")) },
	} {
		t.Run(name, func(t *testing.T) {
			in := october
			change(&in)
			_, err := gigstack.CreateSATDownloadRequest.Call(t.Context(), c, in)
			assert.Equal(t, "validation_failed", failure(t, err, http.StatusBadRequest).Code)
		})
	}
	id := ask(t, c, october)
	for name, other := range map[string]*gigstack.Caller{"live": b.client(t, sandbox.TeamKemper, true, "owner"), "xenon": c.As(sandbox.TeamXenon)} {
		_, err := gigstack.GetSATDownloadRequest.Call(t.Context(), other, gigstack.SATDownloadRequestRef{RequestID: id})
		assert.Equal(t, "resource_not_found", failure(t, err, http.StatusNotFound).Code, name)
	}
	_, err := gigstack.DownloadSATPackage.Call(t.Context(), c, gigstack.SATPackageRef{PackageID: id + "_01"})
	failure(t, err, http.StatusNotFound)
}

// The schedule runs every day at its time in Mexico City, for each side, and the
// history shows the last twenty requests.
func TestScheduleRuns(t *testing.T) {
	b := start(t, sandbox.Options{}) // 2026-11-21, noon in Mexico City
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	history := func() []gigstack.SATDownloadRequest {
		v, err := gigstack.ListSATDownloadHistory.Call(t.Context(), c, struct{}{})
		require.NoError(t, err)
		return v.History
	}
	seeded := len(history())
	save := func(in gigstack.SaveSATDownloadScheduleInput) error {
		_, err := gigstack.SaveSATDownloadSchedule.Call(t.Context(), c, in)
		return err
	}
	both := []gigstack.SATDirection{"issued", "received"}
	for name, bad := range map[string]gigstack.SaveSATDownloadScheduleInput{
		"no time":     {Enabled: true, Time: "25:00", DownloadTypes: both},
		"91 days":     {Enabled: true, Time: "04:15", DownloadTypes: both, DaysBack: new(91)},
		"no side":     {Enabled: true, Time: "04:15"},
		"a side more": {Enabled: true, Time: "04:15", DownloadTypes: append(both, "issued")},
	} {
		assert.Equal(t, "validation_failed", failure(t, save(bad), http.StatusBadRequest).Code, name)
	}
	require.NoError(t, save(gigstack.SaveSATDownloadScheduleInput{Enabled: true, Time: "04:15", DownloadTypes: both, DaysBack: new(90)}))
	b.advance(16 * time.Hour) // 04:00
	assert.Len(t, history(), seeded)
	b.advance(20 * time.Minute)
	runs := history()
	require.Len(t, runs, seeded+2)
	assert.Equal(t, "2026-11-22 2026-08-24 scheduled", fmt.Sprint(runs[0].EndDate, " ", runs[0].StartDate, " ", runs[0].Source))
	assert.Equal(t, "2026-11-22T10:15:00Z", runs[0].CreatedAt.Time().Format(time.RFC3339))
	state := schedule(t, c)
	assert.Equal(t, runs[0].CreatedAt, state.Schedule.LastRunAt)
	assert.Equal(t, "completed", state.Schedule.LastRunStatus)

	b.advance(15 * 24 * time.Hour)
	assert.Len(t, history(), 20)
	require.NoError(t, save(gigstack.SaveSATDownloadScheduleInput{Time: "04:15", DownloadTypes: both}))
	newest := history()[0].CreatedAt
	b.advance(48 * time.Hour)
	assert.Equal(t, newest, history()[0].CreatedAt, "switched off")
}
