package httpserve_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestModernHeaders(t *testing.T) {
	s := newStand(t)
	for name, c := range map[string]struct {
		change header
		code   int
	}{
		"other method": {header{"Mcp-Method": "tools/list"}, mcp.HEADER_MISMATCH},
		"other name":   {header{"Mcp-Name": "hold"}, mcp.HEADER_MISMATCH},
		"no method":    {header{"Mcp-Method": ""}, mcp.HEADER_MISMATCH},
		"no name":      {header{"Mcp-Name": ""}, mcp.HEADER_MISMATCH},
		"other era":    {header{"MCP-Protocol-Version": "2025-11-25"}, mcp.HEADER_MISMATCH},
		"no such era":  {header{"MCP-Protocol-Version": "2099-01-01"}, mcp.HEADER_MISMATCH},
	} {
		t.Run(name, func(t *testing.T) {
			resp, answer := s.who(t, "modern", "/mcp", c.change)
			assert.Equal(t, 400, resp.StatusCode, answer)
			assert.Contains(t, answer, fmt.Sprintf(`"code":%d`, c.code))
		})
	}
}

func TestModernErrors(t *testing.T) {
	s := newStand(t)
	body, with := modern("who")
	t.Run("unknown method", func(t *testing.T) {
		resp, answer := send(t, http.MethodPost, s.url+"/mcp", strings.Replace(body, "tools/call", "nothing/here", 1), header{"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "nothing/here"})
		assert.Equal(t, 404, resp.StatusCode)
		assert.Contains(t, answer, "-32601")
	})
	t.Run("unknown tool", func(t *testing.T) {
		body, with := modern("nothing")
		resp, answer := send(t, http.MethodPost, s.url+"/mcp", body, with)
		assert.Equal(t, 400, resp.StatusCode)
		assert.Contains(t, answer, "-32602")
	})
	t.Run("no JSON", func(t *testing.T) {
		resp, answer := send(t, http.MethodPost, s.url+"/mcp", body[:40], with)
		assert.Equal(t, 400, resp.StatusCode)
		assert.Contains(t, answer, "-32700")
	})
	t.Run("a code of its own", func(t *testing.T) {
		body, with := modern("fail")
		resp, answer := send(t, http.MethodPost, s.url+"/mcp", body, with)
		assert.Equal(t, 400, resp.StatusCode)
		assert.Contains(t, answer, "-32021")
		assert.Contains(t, answer, `"requiredCapabilities":{}`)
	})
	t.Run("no session", func(t *testing.T) {
		resp, _ := send(t, http.MethodPost, s.url+"/mcp", body, with)
		assert.Equal(t, 200, resp.StatusCode)
		assert.Empty(t, resp.Header.Get("Mcp-Session-Id"))
		assert.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	})
}

// TestNotifications has none of a call's notifications get lost, and the
// response come last.
func TestNotifications(t *testing.T) {
	s := newStand(t)
	body, with := modern("notify")
	for range 20 {
		resp, answer := send(t, http.MethodPost, s.url+"/mcp", body, with)
		require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
		assert.Equal(t, "no", resp.Header.Get("X-Accel-Buffering"))
		assert.Equal(t, 20, strings.Count(answer, "notifications/progress"))
		assert.Greater(t, strings.LastIndex(answer, `"result"`), strings.LastIndex(answer, "notifications/progress"))
	}
}

// TestPlainLimit lets nothing but a tool call be long.
func TestPlainLimit(t *testing.T) {
	s := newStand(t)
	long := strings.Repeat("x", 65<<10)
	for name, body := range map[string]string{
		"handshake": strings.Replace(initialize, `"name":"t"`, `"name":"`+long+`"`, 1),
		"read":      `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"` + long + `"}}`,
		"rubbish":   long,
	} {
		resp, answer := send(t, http.MethodPost, s.url+"/mcp", body, nil)
		assert.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode, name)
		assert.True(t, json.Valid([]byte(answer)), name)
	}
	body, with := modern("who")
	resp, _ := send(t, http.MethodPost, s.url+"/mcp", strings.Replace(body, `{}`, `{"x":"`+long+`"}`, 1), with)
	assert.Equal(t, 200, resp.StatusCode)
}
