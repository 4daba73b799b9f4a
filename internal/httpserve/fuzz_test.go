package httpserve_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gigstack/gigstack-mcp/internal/capture"
)

// fuzzed is a handler of which only panics are errors of the server's.
func fuzzed(f *testing.F) http.Handler {
	f.Helper()
	s := &stand{log: &capture.Buffer{}, started: make(chan struct{}, 100), release: make(chan struct{})}
	close(s.release)
	return s.handler(f)
}

// answered has a handler answer, in the form its answer says it has.
func answered(t *testing.T, h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Less(t, w.Code, 500, w.Body.String())
	switch w.Header().Get("Content-Type") {
	case "application/json":
		assert.True(t, json.Valid(w.Body.Bytes()), w.Body.String())
	case "text/event-stream":
		for line := range strings.Lines(w.Body.String()) {
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				assert.True(t, json.Valid([]byte(data)), line)
			}
		}
	}
	return w
}

// FuzzBody answers any body in either era.
func FuzzBody(f *testing.F) {
	called, _ := modern("who")
	notified, _ := modern("notify")
	for _, seed := range []string{
		"", "null", "{}", "[]", "1", `"x"`, "\xff\xfe", called, notified, called[:60], called + called, "[" + called + "]", initialize, legacyCall("who"),
		strings.Repeat("[", 12_000), strings.Replace(called, `"id":1`, `"id":1e999`, 1), strings.Replace(called, `"id":1`, `"id":null`, 1),
		strings.Replace(called, `{}`, `null`, 1), strings.Replace(called, `"method"`, `"METHOD":"x","method"`, 1), `{"jsonrpc":"2.0","id":1,"result":{}}`,
	} {
		f.Add([]byte(seed), "who")
	}
	h := fuzzed(f)
	f.Fuzz(func(t *testing.T, body []byte, name string) {
		for _, version := range []string{"2026-07-28", "2025-11-25", ""} {
			r := httptest.NewRequest(http.MethodPost, "http://localhost/mcp", strings.NewReader(string(body)))
			r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Mcp-Protocol-Version": {version}, "Mcp-Method": {"tools/call"}, "Mcp-Name": {name}}
			answered(t, h, r)
		}
	})
}

// FuzzHeaders runs a call of the modern era only if its headers say what its body
// says, and none for a page from elsewhere.
func FuzzHeaders(f *testing.F) {
	for _, seed := range [][6]string{
		{"2026-07-28", "tools/call", "who", "", "localhost:8080", ""},
		{"2026-07-28", "tools/call", "=?base64?d2hv?=", "http://localhost", "[::1]", "team_a"},
		{"2026-07-28", "tools/call", "=?base64?%?=", "null", "localhost", " "},
		{"2026-07-28", "tools/list", "hold", "https://evil.example", "evil.example", "../x"},
		{"2025-11-25", "", "", "http://%zz", "[::1", "\xff"},
		{"2099-01-01", "tools/call\x00", "who ", "https://app.example.com", "127.0.0.1:x", "a,b"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4], seed[5])
	}
	h := fuzzed(f)
	body, _ := modern("who")
	f.Fuzz(func(t *testing.T, version, method, name, origin, host, team string) {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/mcp", strings.NewReader(body))
		r.Host = host
		r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Mcp-Protocol-Version": {version}, "Mcp-Method": {method}, "Mcp-Name": {name}, "Origin": {origin}, "X-Gigstack-Team": {team}}
		if w := answered(t, h, r); strings.Contains(w.Body.String(), `"local/`) {
			assert.Equal(t, "2026-07-28", version)
			assert.Equal(t, "tools/call", strings.TrimSpace(method))
			assert.True(t, strings.TrimSpace(name) == "who" || strings.HasPrefix(name, "=?base64?"), name)
			assert.NotContains(t, origin+host, "evil")
			assert.NotEmpty(t, strings.TrimSpace(team))
		}
	})
}
