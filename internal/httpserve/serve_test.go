package httpserve_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/capture"
	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/internal/telemetry"
	"github.com/gigstack/gigstack-mcp/internal/wire"
)

// stand is a handler served over real HTTP, with what it logged.
type stand struct {
	url     string
	log     *capture.Buffer
	ready   error
	started chan struct{} // a call of "hold" runs
	release chan struct{} // lets calls of "hold" end
	limits  *httpserve.Limits
}

func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{log: &capture.Buffer{}, started: make(chan struct{}, 100), release: make(chan struct{})}
	s.serve(t)
	return s
}

func (s *stand) serve(t *testing.T) {
	t.Helper()
	if s.log == nil {
		s.log = &capture.Buffer{}
	}
	web := httptest.NewServer(s.handler(t))
	t.Cleanup(web.Close)
	s.url = web.URL
}

func (s *stand) handler(t testing.TB) http.Handler {
	t.Helper()
	log, err := telemetry.New(s.log, "debug")
	require.NoError(t, err)
	m := server.NewMCPServer("test", "1", server.WithToolCapabilities(false), server.WithPromptCapabilities(false))
	tool := func(name string, h server.ToolHandlerFunc) {
		m.AddTool(mcp.Tool{Name: name, RawInputSchema: json.RawMessage(`{"type":"object"}`)}, h)
	}
	tool("who", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		c := session.CallerOf(ctx)
		return mcp.NewToolResultText(c.Principal + "/" + c.Team), nil
	})
	tool("hold", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		s.started <- struct{}{}
		select {
		case <-s.release:
			return mcp.NewToolResultText("released"), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	tool("notify", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for i := range 20 {
			_ = m.SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": "p", "progress": i})
		}
		return mcp.NewToolResultText("done"), nil
	})
	tool("fail", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		httpserve.Fail(ctx, -32021, "a capability is missing", map[string]any{"requiredCapabilities": map[string]any{}})
		return nil, errors.New("failed")
	})
	tool("panic", func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) { panic("canary") })
	tenant := httpserve.NewTenant(httpserve.TenantOptions{MCP: m, Encoder: &wire.Encoder{}, Principal: "local", SessionKey: []byte("key"), Now: time.Now, Random: rand.Reader, Log: log})
	t.Cleanup(tenant.Close)
	return httpserve.Handler(httpserve.Options{
		Admit: func(*http.Request) (httpserve.Guest, error) {
			return httpserve.Guest{Principal: "local", Tenant: tenant}, nil
		},
		AllowedOrigins: []string{"https://app.example.com"}, AllowedHosts: []string{"mcp.example.com"}, EndStreams: tenant.EndStreams, Limits: s.limits, Now: time.Now, Log: log,
		Ready: func(context.Context) error { return s.ready },
	})
}

// header is what a request carries, by name; "Host" is the host.
type header map[string]string

// send sends a request and reads its answer whole.
func send(t *testing.T, method, url, body string, with header) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range with {
		if name == "Host" {
			r.Host = value
		} else {
			r.Header.Set(name, value)
		}
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(answer)
}

const initialize = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`

// legacy opens a session of the older era and returns its header.
func legacy(t *testing.T, url string) header {
	t.Helper()
	resp, body := send(t, http.MethodPost, url, initialize, nil)
	require.Equal(t, http.StatusOK, resp.StatusCode, body)
	id := resp.Header.Get("Mcp-Session-Id")
	require.NotEmpty(t, id)
	return header{"Mcp-Session-Id": id, "MCP-Protocol-Version": "2025-11-25"}
}

func legacyCall(tool string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":{}}}`, tool)
}

// modern is a call of the modern era with its headers.
func modern(tool string) (string, header) {
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`, tool)
	return body, header{"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool}
}

// who calls the tool of that name in an era.
func (s *stand) who(t *testing.T, era, path string, with header) (*http.Response, string) {
	t.Helper()
	body, all := modern("who")
	if era == "legacy" {
		body, all = legacyCall("who"), legacy(t, s.url+"/mcp")
	}
	for name, value := range with {
		all[name] = value
	}
	return send(t, http.MethodPost, s.url+path, body, all)
}

func inBothEras(t *testing.T, test func(t *testing.T, era string)) {
	for _, era := range []string{"modern", "legacy"} {
		t.Run(era, func(t *testing.T) { test(t, era) })
	}
}

func TestOriginAndHost(t *testing.T) {
	s := newStand(t)
	for name, c := range map[string]struct {
		header header
		status int
	}{
		"no browser":          {nil, 200},
		"loopback page":       {header{"Origin": "http://localhost:3000"}, 200},
		"loopback page, IP":   {header{"Origin": "http://127.0.0.1"}, 200},
		"loopback page, IPv6": {header{"Origin": "http://[::1]:8080"}, 200},
		"allowed page":        {header{"Origin": "https://app.example.com"}, 200},
		"its subdomain":       {header{"Origin": "https://x.app.example.com"}, 403},
		"its other scheme":    {header{"Origin": "http://app.example.com"}, 403},
		"elsewhere":           {header{"Origin": "https://evil.example"}, 403},
		"like loopback":       {header{"Origin": "http://localhost.evil.example"}, 403},
		"no origin at all":    {header{"Origin": "null"}, 403},
		"a file":              {header{"Origin": "file://localhost"}, 403},
		"rubbish":             {header{"Origin": "http://%zz"}, 403},
		"bound name":          {header{"Host": "evil.example"}, 403},
		"bound name and port": {header{"Host": "evil.example:8080"}, 403},
		"localhost":           {header{"Host": "localhost:8080"}, 200},
		"IPv6":                {header{"Host": "[::1]:8080"}, 200},
		"IPv6 without port":   {header{"Host": "[::1]"}, 200},
		"like localhost":      {header{"Host": "localhost.evil.example"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				resp, body := s.who(t, era, "/mcp", c.header)
				assert.Equal(t, c.status, resp.StatusCode, body)
				if c.status == 200 {
					assert.Contains(t, body, `"local/"`)
				}
			})
		})
	}
	resp, _ := send(t, http.MethodDelete, s.url+"/mcp", "", header{"Origin": "https://evil.example"})
	assert.Equal(t, 403, resp.StatusCode, "every method is guarded")
}

func TestTeamOfTransport(t *testing.T) {
	s := newStand(t)
	for name, c := range map[string]struct {
		path   string
		header header
		want   string
		status int
	}{
		"none":      {"/mcp", nil, `"local/"`, 200},
		"header":    {"/mcp", header{"X-Gigstack-Team": "team_a"}, `"local/team_a"`, 200},
		"URL":       {"/t/team_b/mcp", nil, `"local/team_b"`, 200},
		"both":      {"/t/team_b/mcp", header{"X-Gigstack-Team": "team_b"}, `"local/team_b"`, 200},
		"conflict":  {"/t/team_b/mcp", header{"X-Gigstack-Team": "team_a"}, "different teams", 400},
		"empty":     {"/t//mcp", nil, "", 404},
		"elsewhere": {"/t/team_b/other", nil, "", 404},
	} {
		t.Run(name, func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				resp, body := s.who(t, era, c.path, c.header)
				if c.status == 404 {
					assert.NotEqual(t, 200, resp.StatusCode)
					return
				}
				assert.Equal(t, c.status, resp.StatusCode)
				assert.Contains(t, body, c.want)
			})
		})
	}
}

func TestBodyLimit(t *testing.T) {
	s := newStand(t)
	inBothEras(t, func(t *testing.T, era string) {
		body, with := modern("who")
		if era == "legacy" {
			body, with = legacyCall("who"), legacy(t, s.url+"/mcp")
		}
		body = strings.Replace(body, `"arguments":{}`, `"arguments":{"x":"`+strings.Repeat("x", 17<<20)+`"}`, 1)
		resp, answer := send(t, http.MethodPost, s.url+"/mcp", body, with)
		assert.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
		assert.Contains(t, answer, "too large")
	})
}

func TestSessions(t *testing.T) {
	s := newStand(t)
	with := legacy(t, s.url+"/mcp")
	resp, _ := send(t, http.MethodPost, s.url+"/mcp", legacyCall("who"), with)
	require.Equal(t, 200, resp.StatusCode)
	resp, _ = send(t, http.MethodDelete, s.url+"/mcp", "", with)
	assert.Equal(t, 200, resp.StatusCode)
	for name, with := range map[string]header{
		"ended":        with,
		"never issued": {"Mcp-Session-Id": "mcp-session-00000000-0000-4000-8000-000000000000"},
		"rubbish":      {"Mcp-Session-Id": "x"},
	} {
		resp, body := send(t, http.MethodPost, s.url+"/mcp", legacyCall("who"), with)
		assert.Equal(t, 404, resp.StatusCode, "%s: %s", name, body)
	}
	resp, _ = send(t, http.MethodGet, s.url+"/mcp", "", header{"Mcp-Session-Id": "x", "Accept": "text/event-stream"})
	assert.Equal(t, 404, resp.StatusCode)
	resp, _ = send(t, http.MethodPut, s.url+"/mcp", "{}", nil)
	assert.GreaterOrEqual(t, resp.StatusCode, 400)
}

func TestHealth(t *testing.T) {
	s := newStand(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		resp, body := send(t, http.MethodGet, s.url+path, "", nil)
		assert.Equal(t, 200, resp.StatusCode)
		assert.Equal(t, "ok\n", body)
	}
	s.ready = errors.New("canary")
	resp, body := send(t, http.MethodGet, s.url+"/readyz", "", nil)
	assert.Equal(t, 503, resp.StatusCode)
	assert.NotContains(t, body, "canary")
	assert.Contains(t, s.log.String(), "canary")
	resp, _ = send(t, http.MethodGet, s.url+"/healthz", "", nil)
	assert.Equal(t, 200, resp.StatusCode)
	resp, _ = send(t, http.MethodGet, s.url+"/", "", nil)
	assert.Equal(t, 404, resp.StatusCode)
}

// TestPanic has a panic be one answer, without what it panicked with.
func TestPanic(t *testing.T) {
	s := newStand(t)
	body, with := modern("panic")
	resp, answer := send(t, http.MethodPost, s.url+"/mcp", body, with)
	assert.Equal(t, 500, resp.StatusCode)
	assert.NotContains(t, answer+s.log.String(), "canary")
	assert.Contains(t, s.log.String(), "a request panicked")
	resp, _ = s.who(t, "modern", "/mcp", nil)
	assert.Equal(t, 200, resp.StatusCode)
}

// TestAccessLog has a line for every request, without what it carried.
func TestAccessLog(t *testing.T) {
	s := newStand(t)
	s.who(t, "modern", "/mcp?token=canary", header{"Authorization": "Bearer canary"})
	assert.Contains(t, s.log.String(), `"route":"POST /mcp","status":200`)
	s.who(t, "modern", "/t/canary/mcp", nil)
	assert.Contains(t, s.log.String(), `"route":"POST /t/{team}/mcp","status":200`)
	s.who(t, "modern", "/canary", nil)
	assert.Contains(t, s.log.String(), `"route":"","status":404`)
	resp, _ := send(t, "CANARY", s.url+"/mcp", "", nil)
	assert.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
	assert.NotContains(t, strings.ToLower(s.log.String()), "canary")
}

func TestListen(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:0", "[::]:0", "nothing", "127.0.0.1"} {
		_, err := httpserve.Listen(addr, false)
		assert.Error(t, err, addr)
	}
	for _, addr := range []string{"127.0.0.1:0", "localhost:0"} {
		l, err := httpserve.Listen(addr, false)
		require.NoError(t, err, addr)
		require.NoError(t, l.Close())
	}
}

// TestShutdown finishes a call in flight in either era, and then ends.
func TestShutdown(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := &stand{log: &capture.Buffer{}, started: make(chan struct{}, 1), release: make(chan struct{})}
		l, err := httpserve.Listen("127.0.0.1:0", false)
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- httpserve.Serve(ctx, l, s.handler(t), 10*time.Second, nil) }()
		s.url = "http://" + l.Addr().String()
		body, with := modern("hold")
		if era == "legacy" {
			body, with = legacyCall("hold"), legacy(t, s.url+"/mcp")
		}
		answered := make(chan string, 1)
		go func() {
			_, answer := send(t, http.MethodPost, s.url+"/mcp", body, with)
			answered <- answer
		}()
		<-s.started
		stop()
		select {
		case err := <-ended:
			require.Fail(t, "it ended before the call", "%v", err)
		case <-time.After(50 * time.Millisecond):
		}
		close(s.release)
		assert.Contains(t, <-answered, "released")
		assert.NoError(t, <-ended)
		_, err = http.Get(s.url + "/healthz")
		assert.Error(t, err)
	})
}

// TestGoneClient cancels the call of a client that went away.
func TestGoneClient(t *testing.T) {
	s := newStand(t)
	ctx, leave := context.WithCancel(t.Context())
	body, with := modern("hold")
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/mcp", strings.NewReader(body))
	require.NoError(t, err)
	for name, value := range with {
		r.Header.Set(name, value)
	}
	go func() { <-s.started; leave() }()
	_, err = http.DefaultClient.Do(r)
	assert.ErrorIs(t, err, context.Canceled)
}

// TestNoLeak leaves nothing behind after many calls.
func TestNoLeak(t *testing.T) {
	s := newStand(t)
	body, with := modern("notify")
	send(t, http.MethodPost, s.url+"/mcp", body, with)
	before := runtime.NumGoroutine()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 25 {
				send(t, http.MethodPost, s.url+"/mcp", body, with)
			}
		})
	}
	wait.Wait()
	http.DefaultClient.CloseIdleConnections()
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+4 }, 5*time.Second, 20*time.Millisecond)
}
