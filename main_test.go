package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/capture"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// surroundings is what a run of the program finds.
type surroundings struct {
	env map[string]string
	in  io.Reader
	out io.Writer // when a test reads while the program runs

	atTerminal bool
	transport  http.RoundTripper // to gigstack
}

// run runs the program to its end.
func (s surroundings) run(ctx context.Context, args ...string) (out, log string, err error) {
	var o, l capture.Buffer
	p := s.program(&o, &l, args...)
	if s.out != nil {
		p.out = s.out
	}
	err = p.run(ctx)
	return o.String(), l.String(), err
}

// program is the program in these surroundings, before it runs.
func (s surroundings) program(out, log io.Writer, args ...string) program {
	p := program{args: args, getenv: func(name string) string { return s.env[name] }, in: s.in, out: out, err: log, now: time.Now, random: rand.Reader,
		terminal: func() bool { return s.atTerminal }, login: func() (string, error) { return "berta", nil }, transport: s.transport}
	if p.in == nil {
		p.in = strings.NewReader("")
	}
	return p
}

// upstream is a sandbox of its own, with the surroundings of a program that
// uses it.
func upstream(t *testing.T) (*sandbox.Sandbox, surroundings) {
	t.Helper()
	box := sandbox.New(sandbox.Options{Now: time.Now})
	web := httptest.NewServer(box)
	t.Cleanup(web.Close)
	return box, surroundings{env: map[string]string{
		"GIGSTACK_API_KEY": box.DemoKeys()[0].Secret, "GIGSTACK_BASE_URL": web.URL + "/v2", "GIGSTACK_STATE_DIR": t.TempDir(),
	}}
}

func parse(t *testing.T, raw string) (v map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(raw), &v), raw)
	return v
}

func TestVersion(t *testing.T) {
	out, log, err := surroundings{}.run(t.Context(), "version")
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(out, "gigstack-mcp "), out)
	assert.Empty(t, log)
}

func TestHelp(t *testing.T) {
	out, log, err := surroundings{}.run(t.Context(), "--help")
	require.NoError(t, err)
	assert.Contains(t, out, "--sandbox", "who asks for help gets it as the result")
	assert.Empty(t, log)
}

func TestTools(t *testing.T) {
	out, _, err := surroundings{}.run(t.Context(), "tools")
	require.NoError(t, err, "no key is needed for a look")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	count := 1 + 3 + 2 // the heading, the server's own, and those of the SAT
	for _, resource := range gigstack.API {
		count += len(resource.Endpoints)
	}
	assert.Len(t, lines, count)
	assert.Contains(t, out, "cancel_invoice")
	out, _, err = surroundings{}.run(t.Context(), "tools", "--json", "--read-only", "--toolsets", "clients")
	require.NoError(t, err)
	list := parse(t, out)["tools"].([]any)
	var names []any
	for _, tool := range list {
		names = append(names, tool.(map[string]any)["name"])
		assert.Contains(t, tool, "inputSchema")
		assert.Contains(t, tool, "outputSchema")
	}
	assert.Subset(t, names, []any{"get_context", "select_team", "list_clients", "get_client"})
	assert.NotContains(t, names, "create_client")
	assert.NotContains(t, names, "list_services")
}

func TestSettingsAreWrong(t *testing.T) {
	_, _, err := surroundings{env: map[string]string{"GIGSTACK_API_KEY": "a b"}}.run(t.Context(), "--base-url", "http://evil.example/v2", "--team", "a/b", "--toolsets", "clients,nothing", "--log-level", "loud")
	require.Error(t, err)
	for _, part := range []string{"--base-url", "--team", "unknown toolset nothing", "--log-level", "API key"} {
		assert.ErrorContains(t, err, part)
	}
	assert.NotContains(t, err.Error(), "a b")
	for _, url := range []string{"https://user:canary@x.example/v2", "https://x.example/v2?key=canary", "ftp://x.example", "https://"} {
		_, _, err := surroundings{}.run(t.Context(), "--sandbox", "--base-url", url)
		require.ErrorContains(t, err, "--base-url", url)
		assert.NotContains(t, err.Error(), "canary")
	}
}

func TestCall(t *testing.T) {
	_, s := upstream(t)
	file := filepath.Join(t.TempDir(), "args.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"limit":2}`), 0o600))
	for name, c := range map[string]struct {
		args []string
		in   string
		want int
	}{
		"JSON":           {[]string{"--args", `{"limit":1}`}, "", 1},
		"file":           {[]string{"--args", "@" + file}, "", 2},
		"standard input": {[]string{"--args", "-"}, `{"limit":3}`, 3},
		"nothing":        {nil, "", 10},
	} {
		t.Run(name, func(t *testing.T) {
			s.in = strings.NewReader(c.in)
			out, log, err := s.run(t.Context(), append([]string{"call", "list_clients"}, c.args...)...)
			require.NoError(t, err, log)
			assert.Len(t, parse(t, out)["data"], c.want)
			assert.NotContains(t, log, s.env["GIGSTACK_API_KEY"])
		})
	}
	for name, c := range map[string]struct{ args, want string }{
		"no JSON": {`{"limit":`, "not valid JSON"},
		"no file": {"@/nowhere/at/all", "arguments"},
	} {
		out, _, err := s.run(t.Context(), "call", "list_clients", "--args", c.args)
		require.ErrorContains(t, err, c.want, name)
		assert.Empty(t, out)
	}
	_, _, err := s.run(t.Context(), "call", "make_coffee")
	require.ErrorContains(t, err, `no tool "make_coffee"`)
	out, _, err := s.run(t.Context(), "call", "get_client", "--args", `{"id":"client_nobody"}`)
	require.ErrorIs(t, err, errToolFailed)
	assert.Contains(t, out, "resource_not_found", "the result is printed all the same")
}

// TestPlanAcrossRuns confirms in one run what another one planned, once.
func TestPlanAcrossRuns(t *testing.T) {
	const with = `{"url":"https://example.com/hook","events":["invoice.created"]`
	_, s := upstream(t)
	out, _, err := s.run(t.Context(), "call", "create_webhook", "--args", with+"}")
	require.NoError(t, err)
	plan, ok := parse(t, out)["plan"].(string)
	require.True(t, ok, out)
	confirm := with + `,"plan":"` + plan + `"}`
	other := surroundings{env: map[string]string{"GIGSTACK_API_KEY": s.env["GIGSTACK_API_KEY"], "GIGSTACK_BASE_URL": s.env["GIGSTACK_BASE_URL"], "GIGSTACK_STATE_DIR": t.TempDir()}}
	out, _, err = other.run(t.Context(), "call", "create_webhook", "--args", confirm)
	require.ErrorIs(t, err, errToolFailed)
	assert.Contains(t, out, "plan_not_valid", "a plan is for the state directory it was made in")
	out, _, err = s.run(t.Context(), "call", "create_webhook", "--args", confirm)
	require.NoError(t, err, out)
	assert.Equal(t, "done", parse(t, out)["status"])
	out, _, err = s.run(t.Context(), "call", "create_webhook", "--args", confirm)
	require.ErrorIs(t, err, errToolFailed)
	assert.Contains(t, out, "plan_already_used")
}

// TestHandOff saves a link for the person, where nobody else can read it.
func TestHandOff(t *testing.T) {
	_, s := upstream(t)
	with := `{"email":"karla.fuente@example.mx"`
	out, log, err := s.run(t.Context(), "call", "create_client_portal_link", "--args", with+"}")
	require.NoError(t, err, out)
	plan := parse(t, out)["plan"].(string)
	out, more, err := s.run(t.Context(), "call", "create_client_portal_link", "--args", with+`,"plan":"`+plan+`"}`)
	require.NoError(t, err, out)
	files, err := filepath.Glob(filepath.Join(s.env["GIGSTACK_STATE_DIR"], "handoff", "*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	info, err := os.Stat(files[0])
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	link, err := os.ReadFile(files[0])
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(link), "http"))
	assert.NotContains(t, out+log+more, strings.TrimSpace(string(link)))
	assert.Contains(t, out, filepath.Base(files[0]))
}

// TestCallSavesFiles leaves what was answered as a file where it can be read when the
// program has ended.
func TestCallSavesFiles(t *testing.T) {
	_, s := upstream(t)
	out, _, err := s.run(t.Context(), "call", "preview_draft_invoice", "--args", `{"id":"5b1d9c4ea07f3826d4c1"}`)
	require.NoError(t, err, out)
	file := parse(t, out)["files"].([]any)[0].(map[string]any)
	pdf, err := os.ReadFile(filepath.Join(s.env["GIGSTACK_STATE_DIR"], "files", file["saved_as"].(string)))
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(pdf), "%PDF-"))
}

// TestSignup opens an account with a partner's key and saves what opens it.
func TestSignup(t *testing.T) {
	_, s := upstream(t)
	with := `{"email":"agente@example.mx","name":"Agente","plan_id":"free"`
	sign := func(args string) (string, error) {
		out, log, err := s.run(t.Context(), "call", "signup_account", "--allow-critical", "--args", args+"}")
		assert.NotContains(t, out+log, sandbox.PartnerKey)
		return out, err
	}
	out, err := sign(with)
	require.ErrorIs(t, err, errToolFailed)
	assert.Contains(t, out, "this server has no partner key")
	s.env["GIGSTACK_PARTNER_KEY"] = sandbox.PartnerKey
	out, err = sign(with)
	require.NoError(t, err, out)
	person := surroundings{env: s.env, in: strings.NewReader("agente@example.mx\n"), atTerminal: true}
	_, _, err = person.run(t.Context(), "approvals", "approve", parse(t, out)["approval"].(string))
	require.NoError(t, err)
	out, err = sign(with)
	require.NoError(t, err, out)
	files, err := filepath.Glob(filepath.Join(s.env["GIGSTACK_STATE_DIR"], "handoff", "signup_account-*"))
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, file := range files {
		secret, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.NotContains(t, out, strings.TrimSpace(string(secret)))
	}
}

// TestStdio has a whole conversation with the real program: stdout carries the
// protocol and nothing else.
func TestStdio(t *testing.T) {
	const in = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"select_team","arguments":{"team":"xenon"}}}
`
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	ended := make(chan error, 1)
	var log string
	go func() {
		var err error
		_, log, err = surroundings{in: inR, out: outW}.run(t.Context(), "--sandbox", "--log-level", "debug")
		_ = outW.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(outR)
	lines.Buffer(nil, 8<<20)
	read := func() map[string]any {
		require.True(t, lines.Scan())
		return parse(t, lines.Text())
	}
	go func() { _, _ = io.WriteString(inW, in) }()
	assert.Contains(t, read()["result"].(map[string]any)["instructions"], "gigstack")
	selected := read()["result"].(map[string]any)["structuredContent"].(map[string]any)
	assert.Equal(t, true, selected["remembered"])
	go func() {
		_, _ = io.WriteString(inW, `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"list_clients","arguments":{}}}`+"\n")
		_ = inW.Close()
	}()
	assert.Equal(t, "team_xenon", read()["result"].(map[string]any)["structuredContent"].(map[string]any)["team"])
	require.NoError(t, <-ended)
	assert.False(t, lines.Scan())
	assert.Contains(t, log, "serving on stdio")
}

// address takes the URL that a running program says it serves at.
func address(t *testing.T, said *capture.Buffer, before, after string) string {
	t.Helper()
	var found string
	require.Eventually(t, func() bool {
		_, rest, ok := strings.Cut(said.String(), before)
		url, _, ended := strings.Cut(rest, after)
		found = url
		return ok && ended
	}, 5*time.Second, 5*time.Millisecond)
	return found
}

// TestHTTP has the real program serve both eras, know a conversation's team in
// the one and not in the other, say when gigstack is gone, and stop.
func TestHTTP(t *testing.T) {
	box, s := upstream(t)
	served := serveHTTP(t, s)
	url := served.url
	for era, remembered := range map[string]bool{"modern": false, "legacy": true} {
		t.Run(era, func(t *testing.T) {
			c := connect(t, url, era, nil)
			r := call(t, c, "select_team", map[string]any{"team": "xenon"})
			assert.Equal(t, remembered, r["remembered"])
			want := map[bool]string{true: "team_xenon", false: "team_kemper"}[remembered]
			assert.Equal(t, want, call(t, c, "list_clients", nil)["team"])
			assert.Equal(t, "team_robotica", call(t, connect(t, url, era, map[string]string{"X-Gigstack-Team": "team_robotica"}), "list_clients", nil)["team"])
			of := strings.Replace(url, "/mcp", "/t/team_robotica/mcp", 1)
			assert.Equal(t, "team_robotica", call(t, connect(t, of, era, nil), "list_clients", nil)["team"])
			planned := call(t, c, "delete_webhook", map[string]any{"id": "wh_erp", "team": "team_kemper"})
			assert.Equal(t, "confirmation_required", planned["status"])
		})
	}
	ready := strings.Replace(url, "/mcp", "/readyz", 1)
	assert.Equal(t, 200, status(t, ready))
	box.Fail(sandbox.Fault{Status: http.StatusServiceUnavailable, Times: -1})
	assert.Eventually(t, func() bool { return status(t, ready) == 503 }, 10*time.Second, 100*time.Millisecond, "what was asked a moment ago holds that long")
	require.NoError(t, served.end())
	assert.NotContains(t, served.log.String(), s.env["GIGSTACK_API_KEY"])
	_, _, err := s.run(t.Context(), "http", "--addr", "0.0.0.0:0")
	assert.ErrorContains(t, err, "loopback")
}

func connect(t *testing.T, url, era string, headers map[string]string) *client.Client {
	t.Helper()
	tr, err := transport.NewStreamableHTTP(url, transport.WithHTTPHeaders(headers))
	require.NoError(t, err)
	var options []client.ClientOption
	if era == "legacy" {
		//lint:ignore SA1019 clients of the older era exist, and are what is tested here
		options = append(options, client.WithLegacyProtocolOnly())
	}
	c := client.NewClient(tr, options...)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.Start(t.Context()))
	_, err = c.Initialize(t.Context(), mcp.InitializeRequest{Params: mcp.InitializeParams{ProtocolVersion: mcp.LATEST_PROTOCOL_VERSION, ClientInfo: mcp.Implementation{Name: "test", Version: "1"}}})
	require.NoError(t, err)
	require.Equal(t, era == "modern", c.ProtocolVersion() == mcp.ProtocolVersion20260728)
	return c
}

func call(t *testing.T, c *client.Client, tool string, with map[string]any) map[string]any {
	t.Helper()
	request := mcp.CallToolRequest{}
	request.Params.Name, request.Params.Arguments = tool, with
	r, err := c.CallTool(t.Context(), request)
	require.NoError(t, err)
	require.False(t, r.IsError, "%v", r.Content)
	return r.StructuredContent.(map[string]any)
}

func status(t *testing.T, url string) int {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	_ = resp.Body.Close()
	return resp.StatusCode
}

// TestSandboxCommand serves the imitation and prints keys that open it.
func TestSandboxCommand(t *testing.T) {
	var out capture.Buffer
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, _, err := surroundings{out: &out}.run(ctx, "sandbox", "--addr", "127.0.0.1:0")
		ended <- err
	}()
	url := address(t, &out, "gigstack sandbox at ", " (")
	require.Eventually(t, func() bool { return strings.Count(out.String(), "eyJ") >= 8 }, 5*time.Second, 5*time.Millisecond)
	key := "eyJ" + strings.Fields(strings.SplitN(out.String(), "eyJ", 2)[1])[0]
	result, log, err := surroundings{env: map[string]string{"GIGSTACK_API_KEY": key}}.run(t.Context(), "call", "get_context", "--base-url", url)
	require.NoError(t, err, log)
	assert.Equal(t, "team_kemper", parse(t, result)["team"])
	stop()
	require.NoError(t, <-ended)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, _, err = surroundings{}.run(t.Context(), "sandbox", "--addr", l.Addr().String())
	assert.Error(t, err, "the address is taken")
}
