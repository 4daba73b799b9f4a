package tools_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/example"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// october is a request for a month of expenses.
var october = args{"start_date": "2026-10-01", "end_date": "2026-10-31", "request_type": "cfdi", "rfc_type": "received"}

// satStand may do everything, and has certificates to upload.
func satStand(t *testing.T) (*stand, *agent) {
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}, files: filesFor(t), passwords: demoPasswords})
	return s, s.agent(t, "modern", nil)
}

// TestSATPreviews names what is charged, for which period and company, and of
// certificates the file alone.
func TestSATPreviews(t *testing.T) {
	_, a := satStand(t)
	with := func(cert, key string) args {
		return args{"cert": cert + ".cer", "key": cert + ".key", key: "certificate"}
	}
	kemper, xenon := "ESCUELA KEMPER URGATE, RFC EKU9003173C9", "XENON INDUSTRIAL ARTICLES, RFC XIA190128J61"
	mirrored := a.first(t, "list_sat_invoices", args{"direction": "received"}, "resource_status", "building")
	for name, c := range map[string]struct {
		tool    string
		args    args
		subject string
		says    []string // in facts or warnings
	}{
		"activate":   {"activate_sat_download", args{"team": sandbox.TeamXenon}, xenon, []string{"$0.20 MXN per XML"}},
		"deactivate": {"deactivate_sat_download", args{}, kemper, []string{"daily download at 03:30 (received) stops", "still billed"}},
		"request":    {"create_sat_download_request", october.with("rfc", "IXS7607092R5"), "CFDI received from 2026-10-01 to 2026-10-31, of " + kemper, []string{"$0.20 MXN per XML", "only counterparty IXS7607092R5"}},
		"register":   {"register_sat_business", args{"phone": "+527721234567", "sync_start_date": "2026-01-01"}, kemper, []string{"$0.20 MXN per XML", "from 2026-01-01", "71 months", "no cap"}},
		"xml":        {"fetch_sat_invoice_xml", args{"uuid": mirrored["uuid"]}, "INTERNACIONAL XIMBO Y SABORES (RFC IXS7607092R5) to " + "ESCUELA KEMPER URGATE", []string{"$0.20 MXN per XML"}},
		"no xml":     {"fetch_sat_invoice_xml", args{"uuid": "5F0C7A1E-3C52-4D0E-9A55-0D7A3B1C9E21"}, "5F0C7A1E", []string{"not in the mirror"}},
		"fiel":       {"upload_sat_fiel", with("fiel", "password").with("phone", "+527721234567").with("sync_start_date", "2026-01-01"), "The FIEL of " + kemper, []string{"certificate fiel.cer", "replaces the FIEL", "registers the RFC and syncs from 2026-01-01", "$0.20 MXN per XML"}},
		"csd":        {"upload_team_csd", with("csd", "keyPass").with("id", sandbox.TeamKemper), "The CSD of " + kemper, []string{"certificate csd.cer", "valid until 2028-01-05"}},
		"manifest":   {"sign_team_manifest", with("fiel-nueva", "password").with("id", sandbox.TeamNueva), "HERRERIA & ELECTRICOS, RFC H&E951128469", []string{"certificate fiel-nueva.cer", "legally binding"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := a.call(t, c.tool, c.args)
			require.True(t, r.planned(), r.text)
			assert.Contains(t, r.get("preview", "subject"), c.subject)
			facts, _ := r.get("preview", "facts").([]any)
			warnings, _ := r.get("preview", "warnings").([]any)
			said := ""
			for _, text := range append(facts, warnings...) {
				said += text.(string) + "\n"
			}
			for _, want := range c.says {
				assert.Contains(t, said, want)
			}
			assert.NotContains(t, said, "sha256")
		})
	}
}

// TestSATSureRefusals stops what would be refused before a person is asked.
func TestSATSureRefusals(t *testing.T) {
	s, a := satStand(t)
	for name, c := range map[string]struct {
		tool string
		args args
		says string
	}{
		"on already":         {"activate_sat_download", args{}, "on already"},
		"not in the plan":    {"activate_sat_download", args{"team": sandbox.TeamNueva}, "the plan does not have it"},
		"off already":        {"deactivate_sat_download", args{"team": sandbox.TeamXenon}, "off already"},
		"request while off":  {"create_sat_download_request", october.with("team", sandbox.TeamXenon), "bulk SAT download is off"},
		"register while off": {"register_sat_business", args{"team": sandbox.TeamXenon, "phone": "+527721234567", "sync_start_date": "2026-01-01"}, "bulk SAT download is off"},
		"backwards":          {"create_sat_download_request", october.with("end_date", "2026-09-30"), "before start_date"},
		"over a month":       {"create_sat_download_request", october.with("end_date", "2026-11-15"), "longer than a month"},
		"no day":             {"create_sat_download_request", october.with("start_date", "2026-10-32"), "is no day"},
	} {
		t.Run(name, func(t *testing.T) {
			s.reached()
			r := a.call(t, c.tool, c.args)
			assert.Equal(t, "would_be_refused", r.code(), r.text)
			assert.Contains(t, r.get("error", "message"), c.says)
			assert.NotEmpty(t, r.get("error", "next"))
			assert.Empty(t, s.writes())
		})
	}
	require.False(t, a.confirmed(t, "activate_sat_download", args{"team": sandbox.TeamXenon}).isError)
	r := a.call(t, "register_sat_business", args{"team": sandbox.TeamXenon, "phone": "+527721234567", "sync_start_date": "2026-01-01"})
	assert.Contains(t, r.get("error", "message"), "FIEL is not uploaded")
}

// TestSATPlanIsForWhatItShowed does not turn off a schedule nobody was told of.
func TestSATPlanIsForWhatItShowed(t *testing.T) {
	_, a := satStand(t)
	plan := a.plan(t, "deactivate_sat_download", args{})
	saved := a.confirmed(t, "save_sat_download_schedule", args{"enabled": true, "time": "05:00", "download_types": []string{"issued"}})
	require.False(t, saved.isError, saved.text)
	assert.Equal(t, "plan_stale", a.call(t, "deactivate_sat_download", args{"plan": plan}).code())
}

// What charges is planned, whatever its verb; switching off is not.
func TestDownloadsArePlanned(t *testing.T) {
	_, a := satStand(t)
	missing := a.first(t, "list_sat_invoices", args{"limit": 100}, "resource_status", "building")
	daily := args{"time": "05:00", "download_types": []string{"received"}}
	for name, c := range map[string]struct {
		tool string
		args args
		says string
	}{
		"another attempt": {"retry_sat_invoice_xml", args{"uuid": missing["uuid"]}, "0.20 MXN per XML"},
		"sync":            {"enable_sat_sync", args{}, "0.20 MXN per XML"},
		"schedule":        {"save_sat_download_schedule", daily.with("enabled", true), "every day at 05:00 (Mexico City), received, the last 7 days"},
	} {
		r := a.call(t, c.tool, c.args)
		require.Equal(t, "confirmation_required", r.get("status"), "%s: %s", name, r.text)
		assert.Equal(t, "fiscal", r.get("preview", "tier"))
		assert.Contains(t, jsonOf(t, r.get("preview", "facts")), c.says)
	}
	assert.Nil(t, a.call(t, "save_sat_download_schedule", daily.with("enabled", false)).get("plan"))
}

// A certificate that cannot be used is refused before a person is asked.
func TestCertificatesAreOpened(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, h example.Holder) {
		c, err := example.Draw(h)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".cer"), c.Cert, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".key"), c.Key, 0o600))
	}
	write("csd", example.Holder{Branch: "MATRIZ"})
	write("fiel", example.Holder{})
	write("other", example.Holder{Branch: "MATRIZ", RFC: "IXS7607092R5"})
	write("old", example.Holder{Branch: "MATRIZ", Expires: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)})
	write("odd", example.Holder{Branch: "MATRIZ", OddKey: true})
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}, files: dir, passwords: map[string]string{"right": example.Password, "wrong": "nothing"}})
	a := s.agent(t, "modern", nil)
	for name, c := range map[string]struct{ cert, key, password, code, says string }{
		"good":               {"csd.cer", "csd.key", "right", "", ""},
		"a FIEL":             {"fiel.cer", "fiel.key", "right", "would_be_refused", "is a FIEL, and a CSD is needed"},
		"another company's":  {"other.cer", "other.key", "right", "would_be_refused", "of RFC IXS7607092R5, and the team's is EKU9003173C9"},
		"expired":            {"old.cer", "old.key", "right", "would_be_refused", "expired on 2019-12-31"},
		"another key":        {"odd.cer", "odd.key", "right", "would_be_refused", "do not belong together"},
		"the wrong password": {"csd.cer", "csd.key", "wrong", "would_be_refused", "does not open the key"},
		"swapped":            {"csd.key", "csd.cer", "right", "invalid_arguments", "cert: the file is not a certificate"},
		"key twice":          {"csd.key", "csd.key", "right", "invalid_arguments", "cert: the file is not a certificate"},
		"no such password":   {"csd.cer", "csd.key", "12345678a", "unknown_secret", "there are: right, wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			s.reached()
			r := a.call(t, "upload_team_csd", args{"id": sandbox.TeamKemper, "cert": c.cert, "key": c.key, "keyPass": c.password})
			assert.Equal(t, c.code, r.code(), r.text)
			if c.code != "" {
				assert.Contains(t, r.get("error", "message"), c.says)
			}
			assert.Empty(t, s.writes())
			assert.NotContains(t, r.text+s.log.String(), example.Password, "not even where it was given in the place of its name")
		})
	}
}
