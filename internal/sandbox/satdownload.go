package sandbox

import (
	"net/http"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

func (s *Sandbox) routeSATDownload() {
	serve(s, gigstack.GetSATDownloadActivation, (*call).getSATDownloadActivation)
	serve(s, gigstack.ActivateSATDownload, (*call).activateSATDownload)
	serve(s, gigstack.DeactivateSATDownload, (*call).deactivateSATDownload)
	serve(s, gigstack.UploadSATFIEL, (*call).uploadSATFIEL)
	serve(s, gigstack.RegisterSATBusiness, (*call).registerSATBusiness)
	serve(s, gigstack.EnableSATSync, (*call).enableSATSync)
	serve(s, gigstack.DebugSATDownload, (*call).debugSATDownload)
	serve(s, gigstack.GetSATDownloadSchedule, (*call).getSATDownloadSchedule)
	serve(s, gigstack.SaveSATDownloadSchedule, (*call).saveSATDownloadSchedule)
	serve(s, gigstack.ListSATDownloadHistory, (*call).listSATDownloadHistory)
	serve(s, gigstack.CreateSATDownloadRequest, (*call).createSATDownloadRequest)
	serve(s, gigstack.GetSATDownloadRequest, (*call).getSATDownloadRequest)
	serve(s, gigstack.DownloadSATPackage, (*call).downloadSATPackage)
	serve(s, gigstack.FetchSATInvoiceXML, (*call).fetchSATInvoiceXML)
}

// The price of an XML as gigstack writes it, and how far back the SAT goes.
const (
	priceOfXML    = "$0.20 MXN"
	historyMonths = 71
)

// download is what a team has arranged to get its CFDI from the SAT. Like its
// certificate it is the same for live and test.
type download struct {
	plan   downloadPlan
	active bool

	fiel       *cfdi.Certificate
	phone      string
	registered gigstack.Millis // zero until it is
	syncFrom   string          // a day
	synced     bool
	lastSync   time.Time
	monthlyCap int // XMLs; 0 for any number

	schedule *gigstack.SATSchedule
	billed   map[string]int // XMLs by month, such as 2026-11
}

// downloadPlan is what a team's subscription says of bulk download.
type downloadPlan int

// The plans: with bulk download, with it for an extra charge, without it.
const (
	planIncludes downloadPlan = iota
	planSells
	planLacks
)

// status is gigstack's word for what is missing.
func (d *download) status() string {
	if d.active {
		return "active"
	}
	return map[downloadPlan]string{planIncludes: "needs_activation", planSells: "needs_addon", planLacks: "needs_upgrade"}[d.plan]
}

// charge bills so many XMLs.
func (d *download) charge(xmls int, now time.Time) {
	if d.billed == nil {
		d.billed = map[string]int{}
	}
	d.billed[month(now)] += xmls
}

// left is how many XMLs the month's cap still allows.
func (d *download) left(now time.Time) (xmls int, capped bool) {
	return max(d.monthlyCap-d.billed[month(now)], 0), d.monthlyCap > 0
}

func month(t time.Time) string { return t.In(gigstack.MexicoCity).Format("2006-01") }

// dayOf is a moment's day in Mexico City.
func dayOf(t time.Time) string { return t.In(gigstack.MexicoCity).Format(time.DateOnly) }

// horizon is the first day the SAT still has.
func horizon(now time.Time) string {
	return now.In(gigstack.MexicoCity).AddDate(0, -historyMonths, 0).Format(time.DateOnly)
}

// undone is a 400: something else has to be done first.
func undone(format string, args ...any) *apiError {
	refusal := ruleViolation(format, args...)
	refusal.status = http.StatusBadRequest
	return refusal
}

// ready reports what is still missing before anything can be downloaded.
func (d *download) ready(now time.Time) error {
	switch {
	case !d.active:
		return undone("Bulk SAT download is not active: %s", d.status())
	case d.fiel == nil:
		return undone("Upload the FIEL first")
	case now.After(d.fiel.Expires):
		return undone("The FIEL has expired")
	case d.registered == 0:
		return undone("Register the RFC first")
	}
	return nil
}

func (c *call) getSATDownloadActivation(struct{}) (gigstack.SATActivation, error) {
	d := &c.team.download
	return gigstack.SATActivation{
		Status: d.status(), PlanIncludesFeature: d.plan == planIncludes, IsActivated: d.active, Pricing: gigstack.SATPricing{PerDownload: priceOfXML},
	}, nil
}

func (c *call) activateSATDownload(struct{}) (v gigstack.SATSwitched, err error) {
	d := &c.team.download
	if d.plan == planLacks {
		return v, &apiError{status: http.StatusForbidden, code: "operation_not_allowed", message: "The plan has no bulk SAT download: upgrade it first"}
	}
	d.active = true
	v = gigstack.SATSwitched{Type: "included", Status: d.status()}
	if d.plan == planSells {
		v.Type = "addon"
	}
	return v, nil
}

// deactivateSATDownload succeeds also when there is nothing to turn off.
func (c *call) deactivateSATDownload(struct{}) (gigstack.SATSwitched, error) {
	d := &c.team.download
	d.active, d.synced = false, false
	if d.schedule != nil {
		d.schedule.Enabled = false
	}
	return gigstack.SATSwitched{Status: d.status()}, nil
}

func (c *call) uploadSATFIEL(in gigstack.UploadSATFIELInput) (v gigstack.SATFIEL, err error) {
	d := &c.team.download
	if !d.active {
		return v, undone("Bulk SAT download is not active: %s", d.status())
	}
	if err := c.checkSyncStart(in.SyncStartDate, in.Phone); err != nil {
		return v, err
	}
	fiel, err := c.certify(c.team, cfdi.FIEL, keyPair{in.Cert.File, in.Key.File, in.Password, "password"})
	if err != nil {
		return v, err
	}
	d.fiel = &fiel
	set(&d.phone, in.Phone)
	if in.SyncStartDate != nil && in.Phone != nil {
		d.register(string(*in.SyncStartDate), c.now)
	}
	c.message = "FIEL uploaded successfully"
	return gigstack.SATFIEL{
		RFC: string(fiel.RFC), ExpiresAt: gigstack.MillisOf(fiel.Expires), ExpiresAtReadable: fiel.Expires.UTC().Format(time.RFC3339), SerialNumber: gigstack.Scalar(fiel.Serial),
		SyncStartDate: d.syncFrom, Phone: d.phone, Registered: d.registered != 0, RegisteredAt: d.registered,
	}, nil
}

// checkSyncStart refuses a history the SAT does not have, and a phone nobody can
// call; nil passes.
func (c *call) checkSyncStart(from *gigstack.Day, phone *string) error {
	if err := calendarDay("sync_start_date", from); err != nil {
		return err
	}
	day := string(orElse(from, gigstack.Day(dayOf(c.now))))
	switch {
	case day > dayOf(c.now):
		return invalid("sync_start_date", "sync_start_date is in the future")
	case day < horizon(c.now):
		return invalid("sync_start_date", "sync_start_date is more than %d months back", historyMonths)
	case phone != nil && !isPhone(*phone):
		return invalid("phone", "phone must be international, such as +525512345678")
	}
	return nil
}

// isPhone reports whether s is a phone number with its country.
func isPhone(s string) bool {
	digits, international := strings.CutPrefix(strings.ReplaceAll(s, " ", ""), "+")
	return international && strings.Trim(digits, "0123456789") == "" && len(digits) >= 8 && len(digits) <= 15
}

// register makes the RFC known to the download provider.
func (d *download) register(from string, now time.Time) {
	d.registered, d.syncFrom, d.synced, d.lastSync = gigstack.MillisOf(now), from, true, now
}

// registerSATBusiness takes the widest history there is, whatever the day asked for.
func (c *call) registerSATBusiness(in gigstack.RegisterSATBusinessInput) (v gigstack.SATRegistration, err error) {
	d := &c.team.download
	if err := c.checkSyncStart(&in.SyncStartDate, &in.Phone); err != nil {
		return v, err
	}
	if err := within("max_monthly_invoices", in.MaxMonthlyInvoices, 1, 1_000_000); err != nil {
		return v, err
	}
	switch {
	case !d.active:
		return v, undone("Bulk SAT download is not active: %s", d.status())
	case d.fiel == nil:
		return v, invalid("", "Upload the FIEL first")
	}
	d.phone, d.monthlyCap = in.Phone, orElse(in.MaxMonthlyInvoices, d.monthlyCap)
	d.register(horizon(c.now), c.now)
	return gigstack.SATRegistration{Registered: true, RegisteredAt: d.registered, SyncStartDate: d.syncFrom}, nil
}

func (c *call) enableSATSync(gigstack.EnableSATSyncInput) (v gigstack.SATSync, err error) {
	d := &c.team.download
	if err := d.ready(c.now); err != nil {
		return v, err
	}
	d.synced = true
	return gigstack.SATSync{Enabled: true}, nil
}

// debugSATDownload is in a form of our own: gigstack's is not known.
func (c *call) debugSATDownload(struct{}) (gigstack.SATDebug, error) {
	d := &c.team.download
	v := gigstack.SATDebug{
		FIEL:            map[string]any{"uploaded": d.fiel != nil},
		Registration:    map[string]any{"registered": d.registered != 0},
		Schedule:        map[string]any{"enabled": d.schedule != nil && d.schedule.Enabled},
		SATConnectivity: map[string]any{"ok": true, "xmls_billed_this_month": d.billed[month(c.now)]},
	}
	if d.fiel != nil {
		v.FIEL["rfc"], v.FIEL["serial_number"], v.FIEL["expires_at"] = d.fiel.RFC, d.fiel.Serial, gigstack.MillisOf(d.fiel.Expires)
	}
	if d.registered != 0 {
		v.Registration["sync_start_date"], v.Registration["monthly_cap"] = d.syncFrom, d.monthlyCap
	}
	return v, nil
}
