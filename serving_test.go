package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// hashed is how the auth file has a token.
func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// authFile lets in three: erp for one team with the server's key, xenon with a key of
// its own, and all for whatever the server's key reaches.
func authFile(t *testing.T, box *sandbox.Sandbox) string {
	t.Helper()
	dir := t.TempDir()
	key := filepath.Join(dir, "xenon.key")
	for _, k := range box.DemoKeys() {
		if k.Team == sandbox.TeamXenon && !k.Livemode {
			require.NoError(t, os.WriteFile(key, []byte(k.Secret+"\n"), 0o600))
		}
	}
	require.FileExists(t, key)
	path := filepath.Join(dir, "auth.yaml")
	require.NoError(t, os.WriteFile(path, []byte(fmt.Sprintf(`tokens:
  - {name: erp, sha256: %s, teams: [team_kemper]}
  - {name: xenon, sha256: %s, key_file: %s}
  - {name: all, sha256: %s}
`, hashed("token-of-erp"), hashed("token-of-xenon"), key, hashed("token-of-all"))), 0o600))
	return path
}

// asked is one request of the newer era and its answer.
func asked(t *testing.T, url, tool, arguments string, header map[string]string) (status int, answer string) {
	t.Helper()
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`, tool, arguments)
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	for name, value := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool} {
		req.Header.Set(name, value)
	}
	for name, value := range header {
		if req.Header.Set(name, value); name == "Host" {
			req.Host = value
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if !assert.NoError(t, err) {
		return 0, ""
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	assert.NoError(t, err)
	return resp.StatusCode, resp.Header.Get("WWW-Authenticate") + string(raw)
}

func as(principal string) map[string]string {
	return map[string]string{"Authorization": "Bearer token-of-" + principal}
}

// TestWhoMayCall serves each principal as far as the auth file says.
func TestWhoMayCall(t *testing.T) {
	box, s := upstream(t)
	s.env["GIGSTACK_AUTH_FILE"], s.env["GIGSTACK_ALLOWED_HOSTS"] = authFile(t, box), "mcp.example.com"
	v := serveHTTP(t, s)
	for name, c := range map[string]struct {
		header    map[string]string
		tool, arg string
		status    int
		says      string
	}{
		"nobody":                  {nil, "get_context", `{}`, 401, `Bearer realm="gigstack-mcp"`},
		"a wrong token":           {as("nobody"), "get_context", `{}`, 401, "invalid_token"},
		"its team":                {as("erp"), "get_context", `{}`, 200, `"team":"team_kemper"`},
		"another team":            {as("erp"), "list_clients", `{"team":"team_xenon"}`, 200, "team_not_allowed"},
		"another team, by path":   {as("erp"), "get_team", `{"id":"team_xenon"}`, 200, "team_not_allowed"},
		"another team, by header": {map[string]string{"Authorization": "Bearer token-of-erp", "X-Gigstack-Team": "team_xenon"}, "list_clients", `{}`, 200, "team_not_allowed"},
		"another team, selected":  {as("erp"), "select_team", `{"team":"Xenon"}`, 200, "team_not_found"},
		"the account":             {as("erp"), "list_teams", `{}`, 400, "not found"},
		"whoever may":             {as("all"), "list_teams", `{}`, 200, "team_xenon"},
		"with a key of its own":   {as("xenon"), "get_context", `{}`, 200, `"team":"team_xenon"`},
		"a key nobody asked for":  {map[string]string{"Authorization": "Bearer token-of-all", "X-Gigstack-Api-Key": "canary"}, "get_context", `{}`, 403, "takes no keys"},
		"by its name":             {map[string]string{"Authorization": "Bearer token-of-all", "Host": "MCP.example.com:443"}, "get_context", `{}`, 200, `"team"`},
		"by another name":         {map[string]string{"Authorization": "Bearer token-of-all", "Host": "evil.example"}, "get_context", `{}`, 403, "not served here"},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := asked(t, v.url, c.tool, c.arg, c.header)
			assert.Equal(t, c.status, status, answer)
			assert.Contains(t, strings.ReplaceAll(answer, `\"`, `"`), c.says)
		})
	}
	resp, err := http.Get(strings.TrimSuffix(v.url, "/mcp") + "/healthz")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, 200, resp.StatusCode, "the process says that it is up to anybody")
	require.NoError(t, v.end())
	assert.NotContains(t, v.log.String(), "token-of")
	assert.NotContains(t, v.log.String(), "canary")

	out, _, err := s.run(t.Context(), "audit", "export")
	require.NoError(t, err)
	assert.NotContains(t, out, "token-of")
}

// TestRightsOfSome names nobody else's teams, and gives no folder and no passwords that
// are all companies'.
func TestRightsOfSome(t *testing.T) {
	box, s := upstream(t)
	path := filepath.Join(t.TempDir(), "auth.yaml")
	require.NoError(t, os.WriteFile(path, []byte(fmt.Sprintf("tokens:\n  - {name: two, sha256: %s, teams: [team_xenon, team_nueva]}\n", hashed("token-of-two"))), 0o600))
	s.env["GIGSTACK_AUTH_FILE"], s.env["GIGSTACK_FILES_DIR"], s.env["PASSWORD"], s.env["GIGSTACK_SECRETS"] = path, t.TempDir(), "canary", "fiel_of_all=env:PASSWORD"
	require.NoError(t, os.WriteFile(filepath.Join(s.env["GIGSTACK_FILES_DIR"], "all.pdf"), []byte("%PDF-1.4\n"), 0o600))
	v := serveHTTP(t, s)
	_, answer := asked(t, v.url, "list_clients", `{}`, as("two"))
	assert.Contains(t, answer, "team_ambiguous")
	assert.NotContains(t, answer, "team_kemper")
	_, answer = asked(t, v.url, "upload_client_csf", `{"team":"team_xenon","file":"all.pdf"}`, as("two"))
	assert.Contains(t, answer, "no_files_dir")
	_, answer = asked(t, v.url, "upload_sat_fiel", `{"team":"team_xenon","cer":"a.cer","key":"a.key","password":"none"}`, as("two"))
	assert.NotContains(t, answer, "fiel_of_all")
	require.NoError(t, v.end())
	_ = box
}

// TestChangesWhileServing lets keys and tokens be changed: the next request is by the
// new ones.
func TestChangesWhileServing(t *testing.T) {
	box, s := upstream(t)
	s.env["GIGSTACK_AUTH_FILE"] = authFile(t, box)
	v := serveHTTP(t, s)
	_, answer := asked(t, v.url, "get_context", `{}`, as("xenon"))
	require.Contains(t, answer, "team_xenon")
	key := filepath.Join(filepath.Dir(s.env["GIGSTACK_AUTH_FILE"]), "xenon.key")
	require.NoError(t, os.WriteFile(key, []byte(box.DemoKeys()[0].Secret), 0o600))
	_, answer = asked(t, v.url, "get_context", `{}`, as("xenon"))
	assert.Contains(t, answer, "team_kemper")

	file, err := os.ReadFile(s.env["GIGSTACK_AUTH_FILE"])
	require.NoError(t, err)
	change := func(content, says string) {
		require.NoError(t, os.WriteFile(s.env["GIGSTACK_AUTH_FILE"], []byte(content), 0o600))
		require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
		require.Eventually(t, func() bool { return strings.Contains(v.log.String(), says) }, 10*time.Second, 5*time.Millisecond)
	}
	change("tokens: []", "the auth file was not read again")
	status, _ := asked(t, v.url, "get_context", `{}`, as("all"))
	assert.Equal(t, 200, status)
	change(strings.Replace(string(file), hashed("token-of-all"), hashed("token-of-another"), 1), "the auth file was read again")
	status, _ = asked(t, v.url, "get_context", `{}`, as("all"))
	assert.Equal(t, 401, status)
	status, _ = asked(t, v.url, "get_context", `{}`, as("another"))
	assert.Equal(t, 200, status)
	require.NoError(t, v.end())
}

// TestReadinessIsCheap asks gigstack once in a while, however many ask the server.
func TestReadinessIsCheap(t *testing.T) {
	box, s := upstream(t)
	var asked atomic.Int64
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		box.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	s.env["GIGSTACK_BASE_URL"] = web.URL + "/v2"
	v := serveHTTP(t, s)
	for range 50 {
		resp, err := http.Get(strings.TrimSuffix(v.url, "/mcp") + "/readyz")
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 200, resp.StatusCode)
	}
	assert.LessOrEqual(t, asked.Load(), int64(2))
	require.NoError(t, v.end())
}

// TestOpenAddress serves others than this machine only where they say who they are.
func TestOpenAddress(t *testing.T) {
	box, s := upstream(t)
	_, _, err := s.run(t.Context(), "http", "--addr", "0.0.0.0:0")
	require.ErrorContains(t, err, "without --auth-file anybody there could call")
	_, _, err = s.run(t.Context(), "http", "--auth-file", filepath.Join(t.TempDir(), "none"))
	require.ErrorContains(t, err, "--auth-file")
	s.env["GIGSTACK_AUTH_FILE"] = authFile(t, box)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var v served
	go func() { ended <- s.program(&v.log, &v.log, "http", "--addr", "0.0.0.0:0").run(ctx) }()
	address(t, &v.log, `"url":"`, `"`)
	stop()
	require.NoError(t, <-ended)
}

// TestTenantsApart has two principals with keys of different companies call at once: no
// answer and no session crosses.
func TestTenantsApart(t *testing.T) {
	box, s := upstream(t)
	s.env["GIGSTACK_AUTH_FILE"] = authFile(t, box)
	v := serveHTTP(t, s)
	teams := map[string]string{"all": "team_kemper", "xenon": "team_xenon"}
	var wait sync.WaitGroup
	for principal, team := range teams {
		for i := range 4 {
			wait.Go(func() {
				for n := range 25 {
					tool, arguments := "get_context", `{}`
					if n%2 == 1 {
						tool, arguments = "create_service", fmt.Sprintf(`{"description":"%s %d %d","unit_price":1}`, principal, i, n)
					}
					status, answer := asked(t, v.url, tool, arguments, as(principal))
					assert.Equal(t, 200, status, answer)
					assert.Contains(t, answer, `"team":"`+team)
					for other, theirs := range teams {
						if other != principal {
							assert.NotContains(t, answer, theirs)
						}
					}
				}
			})
		}
	}
	wait.Wait()

	v.header = as("all")
	v.initialize(`{}`)
	assert.Contains(t, v.call("get_context", `{}`), "team_kemper")
	v.header = as("xenon")
	assert.NotContains(t, v.call("get_context", `{}`), "team_", "another's session is none")
	require.NoError(t, v.end())
	out, _, err := s.run(t.Context(), "audit", "export")
	require.NoError(t, err)
	for line := range strings.Lines(out) {
		principal, team := "all", "team_kemper"
		if strings.Contains(line, `"principal":"xenon"`) {
			principal, team = "xenon", "team_xenon"
		}
		assert.Contains(t, line, `"principal":"`+principal+`"`)
		assert.Contains(t, line, `"team":"`+team+`"`)
		assert.Contains(t, line, `"description":"`+principal+" ")
	}
	assert.Equal(t, 2*2*4*12, strings.Count(out, "\n"))
}

// TestKeysOfCallers serves each with the key they bring, and nobody without.
func TestKeysOfCallers(t *testing.T) {
	box, s := upstream(t)
	delete(s.env, "GIGSTACK_API_KEY")
	s.env["GIGSTACK_BYO_KEY"] = "true"
	v := serveHTTP(t, s)
	for _, k := range box.DemoKeys() {
		status, answer := asked(t, v.url, "get_context", `{}`, map[string]string{"X-Gigstack-Api-Key": k.Secret})
		assert.Equal(t, 200, status)
		assert.Contains(t, answer, k.Team)
	}
	status, answer := asked(t, v.url, "get_context", `{}`, nil)
	assert.Equal(t, 403, status)
	assert.Contains(t, answer, "there is no gigstack key for you here")
	status, _ = asked(t, v.url, "get_context", `{}`, map[string]string{"X-Gigstack-Api-Key": "  "})
	assert.Equal(t, 400, status)
	status, answer = asked(t, v.url, "get_context", `{}`, map[string]string{"X-Gigstack-Api-Key": "can ary"})
	assert.Equal(t, 403, status)
	assert.NotContains(t, answer, "can ary")
	require.NoError(t, v.end())
	for _, k := range box.DemoKeys() {
		assert.NotContains(t, v.log.String(), k.Secret)
	}
}

// TestKeysAreBounded closes a principal's own oldest tenant for its ninth key, and
// nobody else's; and all of them at the end.
func TestKeysAreBounded(t *testing.T) {
	box, s := upstream(t)
	s.env["GIGSTACK_AUTH_FILE"], s.env["GIGSTACK_BYO_KEY"] = authFile(t, box), "true"
	before := runtime.NumGoroutine()
	v := serveHTTP(t, s)
	_, answer := asked(t, v.url, "preview_draft_invoice", `{"id":"5b1d9c4ea07f3826d4c1"}`, as("all"))
	_, file, found := strings.Cut(answer, "gigstack://files/")
	require.True(t, found, answer)
	file, _, _ = strings.Cut(file, ".pdf")
	file = "gigstack://files/" + file + ".pdf"
	for i := range 40 {
		header := as("erp")
		header["X-Gigstack-Api-Key"] = fmt.Sprintf("sk_test_made_up_%d", i)
		asked(t, v.url, "get_context", `{}`, header)
	}
	req := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":%q,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`, file)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.url, strings.NewReader(req))
	require.NoError(t, err)
	for name, value := range map[string]string{"Authorization": "Bearer token-of-all", "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "resources/read", "Mcp-Name": file} {
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, errors.Join(err, resp.Body.Close()))
	assert.Contains(t, string(raw), "JVBERi", "another principal's file is still there")
	require.NoError(t, v.end())
	http.DefaultClient.CloseIdleConnections()
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+8 }, 10*time.Second, 50*time.Millisecond, "%d before", before)
}

// TestKeyIsSilent has all principals with a key wait when one of them was told to.
func TestKeyIsSilent(t *testing.T) {
	box, s := upstream(t)
	s.env["GIGSTACK_AUTH_FILE"], s.env["GIGSTACK_TIMEOUT"] = authFile(t, box), "1s"
	v := serveHTTP(t, s)
	says := func(principal, what string) {
		t.Helper()
		_, answer := asked(t, v.url, "list_clients", `{}`, as(principal))
		assert.Contains(t, strings.ReplaceAll(answer, `\"`, `"`), what)
	}
	says("all", `"data":[`)
	box.Fail(sandbox.Fault{Method: http.MethodGet, Status: http.StatusTooManyRequests, RetryAfter: "30", Body: `{"message":"slow down","error":"rate_limit_exceeded"}`})
	says("erp", `"outcome":"refused"`)
	says("all", `"outcome":"not_sent"`)
	says("xenon", `"data":[`)
}
