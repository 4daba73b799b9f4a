package httpserve_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/internal/turns"
	"github.com/gigstack/gigstack-mcp/internal/wire"
)

// TestBusy turns away with 429 what is too much, and serves the rest.
func TestBusy(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := &stand{limits: &httpserve.Limits{Turns: turns.Turns{All: 2, Each: 2, Queue: 1}, Wait: 50 * time.Millisecond}, started: make(chan struct{}, 9), release: make(chan struct{})}
		s.serve(t)
		body, with := modern("hold")
		if era == "legacy" {
			body, with = legacyCall("hold"), legacy(t, s.url+"/mcp")
		}
		var wait sync.WaitGroup
		for range 2 {
			wait.Go(func() {
				resp, _ := send(t, http.MethodPost, s.url+"/mcp", body, with)
				assert.Equal(t, 200, resp.StatusCode)
			})
			<-s.started
		}
		resp, answer := send(t, http.MethodPost, s.url+"/mcp", body, with)
		assert.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
		assert.Equal(t, "1", resp.Header.Get("Retry-After"))
		assert.Contains(t, answer, "too many calls at once")
		close(s.release)
		wait.Wait()
		resp, _ = s.who(t, era, "/mcp", nil)
		assert.Equal(t, 200, resp.StatusCode)
	})
}

// TestDepth refuses what is nested beyond reason.
func TestDepth(t *testing.T) {
	s := newStand(t)
	inBothEras(t, func(t *testing.T, era string) {
		body, with := modern("who")
		if era == "legacy" {
			body, with = legacyCall("who"), legacy(t, s.url+"/mcp")
		}
		nested := func(inside string) string {
			return strings.Replace(body, `"arguments":{}`, `"arguments":{"x":`+inside+`}`, 1)
		}
		resp, _ := send(t, http.MethodPost, s.url+"/mcp", nested(strings.Repeat("[", 200)+strings.Repeat("]", 200)), with)
		assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
		resp, _ = send(t, http.MethodPost, s.url+"/mcp", nested("["+strings.Repeat("1,", 100_000)+"1]"), with)
		assert.Equal(t, http.StatusBadRequest, resp.StatusCode, "too many values")
		resp, _ = send(t, http.MethodPost, s.url+"/mcp", nested(`"\"`+strings.Repeat("[", 200)+`\\"`), with)
		assert.Equal(t, http.StatusOK, resp.StatusCode, "in a text it is none")
	})
}

// TestAnswersPass has a person's answer come through although calls that wait for
// answers hold all places.
func TestAnswersPass(t *testing.T) {
	s := &stand{limits: &httpserve.Limits{Turns: turns.Turns{All: 1, Each: 1, Queue: 1}, Wait: 50 * time.Millisecond}, started: make(chan struct{}, 9), release: make(chan struct{})}
	s.serve(t)
	with := legacy(t, s.url+"/mcp")
	var wait sync.WaitGroup
	wait.Go(func() { send(t, http.MethodPost, s.url+"/mcp", legacyCall("hold"), with) })
	<-s.started
	resp, answer := send(t, http.MethodPost, s.url+"/mcp", `{"jsonrpc":"2.0","id":77,"result":{"action":"accept","content":{}}}`, with)
	assert.NotEqual(t, http.StatusTooManyRequests, resp.StatusCode, answer)
	resp, _ = send(t, http.MethodPost, s.url+"/mcp", legacyCall("who"), with)
	assert.Equal(t, http.StatusTooManyRequests, resp.StatusCode, "a call does not")
	close(s.release)
	wait.Wait()
}

// TestStreamsWait keeps a stream open over HTTP/2 for longer than a reader may take.
func TestStreamsWait(t *testing.T) {
	m := server.NewMCPServer("test", "1", server.WithToolCapabilities(false))
	m.AddTool(mcp.Tool{Name: "pause", RawInputSchema: json.RawMessage(`{"type":"object"}`)}, func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		_ = m.SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": "p", "progress": 1})
		time.Sleep(600 * time.Millisecond)
		return mcp.NewToolResultText("after all"), nil
	})
	tenant := httpserve.NewTenant(httpserve.TenantOptions{MCP: m, Encoder: &wire.Encoder{}, Principal: "local", SessionKey: []byte("key"), Now: time.Now, Random: rand.Reader})
	defer tenant.Close()
	web := httptest.NewUnstartedServer(httpserve.Handler(httpserve.Options{
		Admit: func(*http.Request) (httpserve.Guest, error) {
			return httpserve.Guest{Principal: "local", Tenant: tenant}, nil
		},
		Now: time.Now, Slowest: 200 * time.Millisecond, Log: zerolog.Nop(),
	}))
	web.EnableHTTP2 = true
	web.StartTLS()
	defer web.Close()
	body, with := modern("pause")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, web.URL+"/mcp", strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range with {
		req.Header.Set(name, value)
	}
	resp, err := web.Client().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 2, resp.ProtoMajor)
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Contains(t, string(answer), "after all")
}

// TestDoor tells who is not let in no more than it must.
func TestDoor(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		says   string
	}{
		"denied":  {&httpserve.Denied{Status: 401, Challenge: `Bearer realm="x"`, Message: "unauthorized"}, 401, "unauthorized"},
		"failure": {errors.New("canary"), 503, "try again in a moment"},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewServer(httpserve.Handler(httpserve.Options{Admit: func(*http.Request) (httpserve.Guest, error) { return httpserve.Guest{}, c.err }, Now: time.Now, Log: zerolog.Nop()}))
			defer web.Close()
			body, with := modern("who")
			resp, answer := send(t, http.MethodPost, web.URL+"/mcp", body, with)
			assert.Equal(t, c.status, resp.StatusCode)
			assert.Contains(t, answer, c.says)
			assert.NotContains(t, answer, "canary")
			assert.Equal(t, c.status == 401, resp.Header.Get("WWW-Authenticate") == `Bearer realm="x"`)
		})
	}
}

// TestSlowReader cuts off a client that does not read what it asked for.
func TestSlowReader(t *testing.T) {
	m := server.NewMCPServer("test", "1", server.WithToolCapabilities(false))
	m.AddTool(mcp.Tool{Name: "much", RawInputSchema: json.RawMessage(`{"type":"object"}`)}, func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(strings.Repeat("x", 32<<20)), nil
	})
	left := make(chan struct{})
	tenant := httpserve.NewTenant(httpserve.TenantOptions{MCP: m, Encoder: &wire.Encoder{}, Principal: "local", SessionKey: []byte("key"), Now: time.Now, Random: rand.Reader})
	defer tenant.Close()
	web := httptest.NewServer(httpserve.Handler(httpserve.Options{
		Admit: func(*http.Request) (httpserve.Guest, error) {
			return httpserve.Guest{Principal: "local", Tenant: tenant, Leave: func() { close(left) }}, nil
		}, Now: time.Now, Slowest: 300 * time.Millisecond, Log: zerolog.Nop(),
	}))
	defer web.Close()
	conn, err := net.Dial("tcp", strings.TrimPrefix(web.URL, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	body, with := modern("much")
	request := fmt.Sprintf("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: %d\r\n", len(body))
	for name, value := range with {
		request += name + ": " + value + "\r\n"
	}
	_, err = io.WriteString(conn, request+"\r\n"+body)
	require.NoError(t, err)
	select {
	case <-left:
	case <-time.After(20 * time.Second):
		require.Fail(t, "it still waits for the client to read")
	}
}
