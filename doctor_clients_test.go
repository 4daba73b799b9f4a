package main

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// TestDoctorClients looks at the settings of clients and repeats none.
func TestDoctorClients(t *testing.T) {
	program, err := os.Executable()
	require.NoError(t, err)
	plain := filepath.Join(t.TempDir(), "gigstack-mcp")
	require.NoError(t, os.WriteFile(plain, nil, 0o600))
	for name, c := range map[string]struct {
		file, content string
		check         string
		state         state
		found         string
	}{
		"Claude Desktop on Linux": {".config/Claude/claude_desktop_config.json", `{"mcpServers":{"gigstack":{"command":"` + program + `","env":{"GIGSTACK_API_KEY":"canary"}}}}`, "Claude Desktop", fine, "its command is there"},
		"Claude Desktop on a Mac": {"Library/Application Support/Claude/claude_desktop_config.json", `{"mcpServers":{"gigstack":{"command":"` + program + `"}}}`, "Claude Desktop", fine, "its command is there"},
		"project of Claude Code":  {".claude.json", `{"projects":{"/canary":{"mcpServers":{"canary":{"command":"/nowhere/gigstack-mcp"}}}}}`, "Claude Code", problem, "is not there"},
		"Cursor over HTTP":        {".cursor/mcp.json", `{"mcpServers":{"gigstack":{"url":"http://canary/mcp","headers":{"Authorization":"Bearer canary"}}}}`, "Cursor", fine, "over HTTP"},
		"VS Code":                 {".config/Code/User/mcp.json", `{"servers":{"gigstack":{"command":"` + plain + `"}}}`, "VS Code", problem, "may not be run"},
		"found in PATH":           {".cursor/mcp.json", `{"mcpServers":{"gigstack":{"command":"sh","args":["canary"]}}}`, "Cursor", warning, "found from here"},
		"key as an argument":      {".cursor/mcp.json", `{"mcpServers":{"gigstack":{"command":"` + program + `","args":["sk_live_canary"]}}}`, "Cursor", warning, "a key among its arguments"},
		"nothing to start":        {".cursor/mcp.json", `{"mcpServers":{"gigstack":{}}}`, "Cursor", problem, "neither"},
		"comments":                {".config/Code/User/mcp.json", "// canary\n{}", "VS Code", skipped, "plain JSON"},
		"another server":          {".cursor/mcp.json", `{"mcpServers":{"canary":{"command":"canary"}},"list":[1,"x",null]}`, "clients", skipped, "none names this server"},
		"none":                    {"else", "", "clients", skipped, "no settings"},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			path := filepath.Join(home, c.file)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
			require.NoError(t, os.WriteFile(path, []byte(c.content), 0o600))
			checks := surroundings{env: map[string]string{"HOME": home}}.examined(t, nil, "--sandbox")
			assert.Equal(t, c.state, checks[c.check].State, checks[c.check].Found)
			assert.Contains(t, checks[c.check].Found, c.found)
			holds(t, checks, c.check)
		})
	}
}

// TestDoctorPending counts calls of unknown outcome, and leaves them as they are.
func TestDoctorPending(t *testing.T) {
	box, s := upstream(t)
	box.Fail(sandbox.Fault{Method: "POST", Drop: true})
	out, _, err := s.run(t.Context(), "call", "create_service", "--args", `{"description":"Clase","product_key":"86121500","unit_key":"E48","unit_name":"Servicio","unit_price":10}`)
	require.ErrorIs(t, err, errToolFailed, out)
	require.Contains(t, out, `"unknown"`)
	for range 2 {
		checks := s.examined(t, nil)
		assert.Equal(t, warning, checks["ledger"].State)
		assert.Contains(t, checks["ledger"].Found, "1 calls")
		holds(t, checks, "ledger")
	}
}

// TestDoctorNeedsNoRoom works where nothing can be written.
func TestDoctorNeedsNoRoom(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("the system lets root write everywhere")
	}
	_, s := upstream(t)
	s.env["GIGSTACK_STATE_DIR"] = filepath.Join(t.TempDir(), "closed", "state")
	require.NoError(t, os.Mkdir(filepath.Dir(s.env["GIGSTACK_STATE_DIR"]), 0o500))
	checks := s.examined(t, nil)
	assert.Equal(t, problem, checks["state"].State, checks["state"].Found)
	assert.Contains(t, checks["state"].Found, "cannot be made")
	holds(t, checks, "state", "hand-off")
}

// TestDoctorSendsNoWrite asks gigstack with GET alone, once each.
func TestDoctorSendsNoWrite(t *testing.T) {
	_, s := upstream(t)
	var sent requests
	s.transport = &sent
	holds(t, s.examined(t, nil))
	require.Len(t, sent, 4)
	for i, request := range sent {
		assert.Equal(t, http.MethodGet, request.Method)
		assert.Equal(t, i > 0, request.Header.Get("Authorization") != "", "who has not answered yet is shown no key")
	}
}

// requests is what was sent, one after another.
type requests []*http.Request

func (all *requests) RoundTrip(r *http.Request) (*http.Response, error) {
	*all = append(*all, r)
	return http.DefaultTransport.RoundTrip(r)
}

// TestDoctorServing looks at what a server that many share needs.
func TestDoctorServing(t *testing.T) {
	box, s := upstream(t)
	cert, key, _ := certificate(t) // for an hour
	seal := filepath.Join(t.TempDir(), "seal.key")
	require.NoError(t, os.WriteFile(seal, make([]byte, 32), 0o600))
	args := []string{"http", "--addr", "0.0.0.0:8443", "--auth-file", authFile(t, box), "--tls-cert-file", cert, "--tls-key-file", key, "--seal-key-file", seal}
	checks := s.examined(t, nil, args...)
	holds(t, checks, "TLS")
	assert.Contains(t, checks["TLS"].Found, "ends on")
	assert.Contains(t, checks["callers"].Found, "auth file")
	checks = s.examined(t, func(p *program) { p.now = func() time.Time { return time.Now().Add(2 * time.Hour) } }, args...)
	assert.Contains(t, checks["TLS"].Found, "ended on")
	holds(t, checks, "TLS", "clock")
	delete(s.env, "GIGSTACK_API_KEY")
	checks = s.examined(t, nil, "http", "--byo-key", "--seal-key-file", seal)
	assert.Equal(t, []state{fine, skipped, skipped}, []state{checks["host"].State, checks["key"].State, checks["tools"].State})
	holds(t, checks)
}

// TestDoctorOtherProgram is a ledger whose tables another version made.
func TestDoctorOtherProgram(t *testing.T) {
	_, s := upstream(t)
	_, _, err := s.run(t.Context(), "ledger", "resolve") // makes it
	require.NoError(t, err)
	holds(t, s.examined(t, nil))
	for change, want := range map[string]string{"-1": "an older program", "+1": "a newer program"} {
		db, err := sql.Open("sqlite", filepath.Join(s.env["GIGSTACK_STATE_DIR"], "ledger.db"))
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), `create table if not exists original as select max(version_id) as latest from gigstack_mcp_migrations`)
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), `update gigstack_mcp_migrations set version_id = (select latest `+change+` from original) where version_id = (select max(version_id) from gigstack_mcp_migrations)`)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		checks := s.examined(t, nil)
		assert.Equal(t, warning, checks["ledger"].State)
		assert.Contains(t, checks["ledger"].Found, want)
		holds(t, checks, "ledger")
	}
}
