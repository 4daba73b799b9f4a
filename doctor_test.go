package main

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/capture"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// examined is what the doctor found, by check.
func (s surroundings) examined(t *testing.T, change func(*program), args ...string) map[string]finding {
	t.Helper()
	var out capture.Buffer
	p := s.program(&out, io.Discard, append([]string{"doctor", "--json"}, args...)...)
	if change != nil {
		change(&p)
	}
	err := p.run(t.Context())
	var report struct {
		OK     bool
		Checks []finding
	}
	require.NoError(t, json.Unmarshal([]byte(out.String()), &report), "%v", err)
	assert.Equal(t, report.OK, err == nil)
	if key := s.env["GIGSTACK_API_KEY"]; key != "" {
		assert.NotContains(t, out.String(), key)
	}
	assert.NotContains(t, out.String(), "canary")
	checks := map[string]finding{}
	for _, f := range report.Checks {
		assert.NotEmpty(t, f.Found, f.Check)
		assert.Equal(t, f.State == warning || f.State == problem, f.Remedy != "", "%s: what is not as it should be has a remedy", f.Check)
		checks[f.Check] = f
	}
	return checks
}

// holds reports whether all is as it should be, but for the checks named.
func holds(t *testing.T, checks map[string]finding, but ...string) {
	t.Helper()
	for name, f := range checks {
		if f.State != fine && f.State != skipped {
			assert.Contains(t, but, name, f.Found)
		}
	}
}

func TestDoctorInTheSandbox(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	for _, args := range [][]string{{"--sandbox"}, {"http", "--sandbox"}, {"--sandbox", "--allow-critical"}} {
		s := surroundings{env: map[string]string{"GIGSTACK_STATE_DIR": state}}
		checks := s.examined(t, nil, args...)
		holds(t, checks)
		for _, check := range []string{"version", "settings", "host", "clock", "key", "mode", "team", "role", "certificate", "series", "credits", "integrations", "ledger", "policy", "tools"} {
			assert.Equal(t, fine, checks[check].State, "%v: %s: %s", args, check, checks[check].Found)
		}
		assert.NoDirExists(t, state, "it changes nothing")
		out, log, err := s.run(t.Context(), append([]string{"doctor"}, args...)...)
		require.NoError(t, err)
		assert.Empty(t, log)
		assert.Contains(t, out, "account\n")
		assert.Contains(t, out, " 0 warnings, 0 problems, ")
	}
}

// TestDoctorUpstream finds every single fault of the account, and nothing else.
func TestDoctorUpstream(t *testing.T) {
	now := time.Now()
	team := func(more string) func(*sandbox.Sandbox, *surroundings) {
		return func(box *sandbox.Sandbox, _ *surroundings) {
			box.Fail(sandbox.Fault{Path: "/v2/teams/" + sandbox.TeamKemper, Status: http.StatusOK, Body: `{"data":{"id":"` + sandbox.TeamKemper + `","status":"active","integrations":{"stripe":{"completed":true}},` + more + `}}`})
		}
	}
	valid := func(box *sandbox.Sandbox, s *surroundings, role string) {
		s.env["GIGSTACK_API_KEY"] = box.NewKey(sandbox.TeamKemper, false, role)
	}
	expiring := func(at gigstack.Seconds) func(*sandbox.Sandbox, *surroundings) {
		raw, _ := json.Marshal(gigstack.TeamSAT{Completed: true, CSDExpiresAt: at})
		return team(`"sat":` + string(raw))
	}
	for name, c := range map[string]struct {
		spoil       func(*sandbox.Sandbox, *surroundings)
		args        []string
		check       string
		state       state
		found       string
		skipped     string // a check that rests on it
		alsoExcused []string
	}{
		"revoked key":         {func(box *sandbox.Sandbox, s *surroundings) { box.RevokeKey(s.env["GIGSTACK_API_KEY"]) }, nil, "key", problem, "HTTP 401", "team", nil},
		"cut key":             {func(_ *sandbox.Sandbox, s *surroundings) { s.env["GIGSTACK_API_KEY"] = "canary" }, nil, "key", problem, "HTTP 401", "certificate", []string{"mode"}},
		"malformed key":       {func(_ *sandbox.Sandbox, s *surroundings) { s.env["GIGSTACK_API_KEY"] = "canary canary" }, nil, "API key", problem, "no key has", "key", nil},
		"no key":              {func(_ *sandbox.Sandbox, s *surroundings) { delete(s.env, "GIGSTACK_API_KEY") }, nil, "API key", problem, "there is none", "key", nil},
		"other mode":          {nil, []string{"--expect-mode", "live"}, "mode", problem, "not of live mode", "", []string{"tools"}},
		"no role":             {func(box *sandbox.Sandbox, s *surroundings) { valid(box, s, "blocked") }, nil, "role", problem, "role does not allow", "team", nil},
		"strange team":        {nil, []string{"--team", sandbox.TeamStranger}, "team", problem, "no matched teams", "role", nil},
		"no such team":        {nil, []string{"--team", "team_none"}, "team", problem, "does not exist", "role", nil},
		"no team's name":      {nil, []string{"--team", "a/b"}, "--team", problem, "", "team", nil},
		"no certificate":      {nil, []string{"--team", sandbox.TeamNueva}, "certificate", problem, "no CSD", "", []string{"credits", "integrations", "series"}},
		"ending certificate":  {nil, []string{"--team", sandbox.TeamRobotica}, "certificate", warning, "in 11 days", "", []string{"credits"}},
		"ended certificate":   {expiring(gigstack.SecondsOf(now.AddDate(0, 0, -1))), nil, "certificate", problem, "ended on", "", nil},
		"ended in ms":         {expiring(gigstack.Seconds(gigstack.MillisOf(now.AddDate(0, 0, -1)))), nil, "certificate", problem, "ended on", "", nil},
		"valid in ms":         {expiring(gigstack.Seconds(gigstack.MillisOf(now.AddDate(1, 0, 0)))), nil, "certificate", fine, now.AddDate(1, 0, 0).Format("2006"), "", nil},
		"unknown certificate": {team(`"sat":{"completed":true}`), nil, "certificate", warning, "until when", "", nil},
		"deleted team":        {team(`"status":"pending_deletion"`), nil, "team", problem, "pending_deletion", "", []string{"certificate"}},
		"no credits":          {team(`"credit_limit":100,"used_credits":100`), nil, "credits", problem, "used up", "", []string{"certificate"}},
		"few credits":         {team(`"credit_limit":100,"used_credits":91`), nil, "credits", warning, "91 of 100", "", []string{"certificate"}},
		"no provider":         {team(`"integrations":{"stripe":{"completed":false}}`), nil, "integrations", warning, "no payment provider", "", []string{"certificate"}},
		"no series":           {series(`{"data":[]}`), nil, "series", warning, "none", "", nil},
		"gigstack is down":    {down, nil, "host", warning, "HTTP 502", "team", []string{"key"}},
	} {
		t.Run(name, func(t *testing.T) {
			box, s := upstream(t)
			if c.spoil != nil {
				c.spoil(box, &s)
			}
			checks := s.examined(t, nil, c.args...)
			assert.Equal(t, c.state, checks[c.check].State, checks[c.check].Found)
			assert.Contains(t, checks[c.check].Found, c.found)
			if c.skipped != "" {
				assert.Equal(t, skipped, checks[c.skipped].State, checks[c.skipped].Found)
			}
			holds(t, checks, append(c.alsoExcused, c.check)...)
		})
	}
}

func series(body string) func(*sandbox.Sandbox, *surroundings) {
	return func(box *sandbox.Sandbox, _ *surroundings) {
		box.Fail(sandbox.Fault{Path: "/v2/teams/" + sandbox.TeamKemper + "/series", Status: http.StatusOK, Body: body})
	}
}

func down(box *sandbox.Sandbox, _ *surroundings) {
	box.Fail(sandbox.Fault{Times: -1, Status: http.StatusBadGateway})
}

// TestDoctorUnreached is a server that is not there, one that is not trusted, and one
// that says nothing.
func TestDoctorUnreached(t *testing.T) {
	absent := httptest.NewServer(http.NotFoundHandler())
	absent.Close()
	strange := httptest.NewUnstartedServer(http.NotFoundHandler())
	strange.Config.ErrorLog = log.New(io.Discard, "", 0)
	strange.StartTLS()
	t.Cleanup(strange.Close)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(silent.Close)
	for name, c := range map[string]struct{ url, found, remedy string }{
		"absent":  {absent.URL, "refused", "firewall"},
		"strange": {strange.URL, "certificate", "proxy"},
		"silent":  {silent.URL, "deadline", "--timeout"},
		"no name": {"https://nowhere.invalid", "nowhere.invalid", "DNS"},
	} {
		t.Run(name, func(t *testing.T) {
			_, s := upstream(t)
			s.env["GIGSTACK_BASE_URL"] = c.url + "/v2"
			checks := s.examined(t, nil, "--timeout", "1s")
			assert.Equal(t, problem, checks["host"].State)
			assert.Contains(t, checks["host"].Found, c.found)
			assert.Contains(t, checks["host"].Remedy, c.remedy)
			for _, check := range []string{"clock", "key", "team", "certificate"} {
				assert.Equal(t, skipped, checks[check].State, check)
			}
			holds(t, checks, "host")
		})
	}
}

func TestDoctorClock(t *testing.T) {
	for off, want := range map[time.Duration]state{0: fine, 30 * time.Second: fine, -5 * time.Minute: problem, 5 * time.Minute: problem} {
		_, s := upstream(t)
		checks := s.examined(t, func(p *program) { p.now = func() time.Time { return time.Now().Add(off) } })
		assert.Equal(t, want, checks["clock"].State, "%v: %s", off, checks["clock"].Found)
		holds(t, checks, "clock")
		if off != 0 {
			assert.Contains(t, checks["clock"].Found, map[bool]string{true: "ahead", false: "behind"}[off > 0])
		}
	}
}

// TestDoctorHere finds what is wrong on this machine.
func TestDoctorHere(t *testing.T) {
	file := func(t *testing.T, content string) string {
		path := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	for name, c := range map[string]struct {
		args  func(t *testing.T, s surroundings) []string
		check string
		state state
		found string
		also  []string
	}{
		"broken ledger": {func(t *testing.T, s surroundings) []string {
			require.NoError(t, os.WriteFile(filepath.Join(s.env["GIGSTACK_STATE_DIR"], "ledger.db"), []byte(strings.Repeat("canary", 99)), 0o600))
			return nil
		}, "ledger", problem, "not a database", nil},
		"open state directory": {func(t *testing.T, s surroundings) []string {
			require.NoError(t, os.Chmod(s.env["GIGSTACK_STATE_DIR"], 0o777))
			return nil
		}, "ledger", problem, "others can write", []string{"state"}},
		"state directory is a file": {func(t *testing.T, _ surroundings) []string { return []string{"--state-dir", file(t, "")} }, "state", problem, "no directory", []string{"hand-off"}},
		"unreached database": {func(_ *testing.T, s surroundings) []string {
			s.env["GIGSTACK_LEDGER"] = "postgres://u:canary@127.0.0.1:1/d"
			return nil
		}, "ledger", problem, "cannot be used", []string{"audit key"}},
		"wrong database": {func(_ *testing.T, s surroundings) []string { s.env["GIGSTACK_LEDGER"] = "canary"; return nil }, "ledger", skipped, "see ledger above", nil},
		"bad policy":     {func(t *testing.T, _ surroundings) []string { return []string{"--policy", file(t, "mode: loud\n")} }, "--policy", problem, "line 1", nil},
		"shadow policy": {func(t *testing.T, _ surroundings) []string {
			return []string{"--policy", file(t, "mode: shadow\ndefault: deny\n")}
		}, "policy", warning, "mode shadow", nil},
		"policy denies all": {func(t *testing.T, _ surroundings) []string {
			return []string{"--policy", file(t, "mode: enforce\ndefault: deny\n")}
		}, "policy", warning, "every tool", nil},
		"policy denies some": {func(t *testing.T, _ surroundings) []string {
			return []string{"--policy", file(t, "mode: enforce\ndefault: allow\nrules:\n- name: none\n  tools: [cancel_invoice]\n  verdict: deny\n")}
		}, "policy", fine, "denies 1 of", nil},
		"no folder for files": {func(_ *testing.T, _ surroundings) []string { return []string{"--files-dir", "/nowhere/at/all"} }, "files", problem, "no such file", []string{"tools"}},
		"lost password":       {func(*testing.T, surroundings) []string { return []string{"--secrets", "fiel=file:/nowhere/canary"} }, "password", warning, "fiel cannot be read", nil},
		"unknown toolset":     {func(*testing.T, surroundings) []string { return []string{"--toolsets", "coffee"} }, "--toolsets", problem, "unknown toolset", nil},
		"all tools":           {func(*testing.T, surroundings) []string { return []string{"--surface", "all"} }, "tools", fine, "surface all", nil},
		"unsealed":            {func(*testing.T, surroundings) []string { return []string{"http"} }, "seal key", warning, "not offered", nil},
		"open address":        {func(*testing.T, surroundings) []string { return []string{"http", "--addr", "0.0.0.0:1"} }, "callers", problem, "0.0.0.0:1", []string{"seal key", "TLS"}},
		"no certificate": {func(t *testing.T, _ surroundings) []string {
			return []string{"http", "--tls-cert-file", file(t, ""), "--tls-key-file", file(t, "")}
		}, "TLS", problem, "PEM", []string{"seal key"}},
		"short seal key": {func(t *testing.T, _ surroundings) []string {
			return []string{"http", "--seal-key-file", file(t, "canary")}
		}, "--seal-key-file", problem, "32 bytes", nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, s := upstream(t)
			checks := s.examined(t, nil, c.args(t, s)...)
			assert.Equal(t, c.state, checks[c.check].State, checks[c.check].Found)
			assert.Contains(t, checks[c.check].Found, c.found)
			if c.state == skipped {
				return
			}
			holds(t, checks, append(c.also, c.check)...)
		})
	}
}
