package main

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/capture"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// planOf takes the plan out of what a planned call answered, raw or in an event.
func planOf(t *testing.T, answer string) string {
	t.Helper()
	_, plan, found := strings.Cut(answer, `"plan":"`)
	require.True(t, found, answer)
	plan, _, _ = strings.Cut(plan, `"`)
	return plan
}

const (
	deletion  = `{"id":"wh_erp"}`
	confirmed = `{"id":"wh_erp","plan":"PLAN"}`
)

// conversation is one whole run on stdio with one call in it, and its answer.
func conversation(t *testing.T, s surroundings, tool, arguments string) string {
	t.Helper()
	in, client := io.Pipe()
	answers, out := io.Pipe()
	s.in, s.out = in, out
	ended := make(chan error, 1)
	go func() {
		_, _, err := s.run(t.Context(), "stdio")
		_ = out.Close()
		ended <- err
	}()
	lines := bufio.NewReader(answers)
	ask := func(message string) string {
		_, err := io.WriteString(client, message+"\n")
		require.NoError(t, err)
		answer, err := lines.ReadString('\n')
		require.NoError(t, err)
		return answer
	}
	ask(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	answer := ask(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"` + tool + `","arguments":` + arguments + `}}`)
	require.NoError(t, client.Close())
	require.NoError(t, <-ended)
	var message struct {
		Result struct{ StructuredContent json.RawMessage }
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &message))
	return string(message.Result.StructuredContent)
}

// TestPlanOutlivesProcess confirms on stdio what an earlier process planned, once.
func TestPlanOutlivesProcess(t *testing.T) {
	_, s := upstream(t)
	confirm := strings.Replace(confirmed, "PLAN", planOf(t, conversation(t, s, "delete_webhook", deletion)), 1)
	assert.Contains(t, conversation(t, s, "delete_webhook", confirm), `"status":"done"`)
	assert.Contains(t, conversation(t, s, "delete_webhook", confirm), "plan_already_used")
}

// TestReplicas confirms over HTTP at one replica what was planned at another, once.
func TestReplicas(t *testing.T) {
	_, s := upstream(t)
	key := filepath.Join(t.TempDir(), "seal.key")
	require.NoError(t, os.WriteFile(key, []byte("0123456789abcdef0123456789abcdef"), 0o600))
	s.env["GIGSTACK_LEDGER"], s.env["GIGSTACK_SEAL_KEY_FILE"] = postgres.Database(t), key
	one, two := serveHTTP(t, s), serveHTTP(t, s)
	one.initialize(`{}`)
	two.initialize(`{}`)
	confirm := strings.Replace(confirmed, "PLAN", planOf(t, one.call("delete_webhook", deletion)), 1)
	assert.Contains(t, two.call("delete_webhook", confirm), `"status":"done"`)
	assert.Contains(t, one.call("delete_webhook", confirm), "plan_already_used")
	require.NoError(t, one.end())
	require.NoError(t, two.end())

	s.env["GIGSTACK_LEDGER"] = "postgres://u:canary@127.0.0.1:1/nowhere"
	_, log, err := s.run(t.Context(), "http", "--addr", "127.0.0.1:0")
	require.ErrorContains(t, err, "ledger")
	assert.NotContains(t, err.Error()+log, "canary")
	s.env["GIGSTACK_LEDGER"] = "mysql://u:canary@127.0.0.1:1/nowhere"
	_, _, err = s.run(t.Context(), "call", "list_clients")
	require.ErrorContains(t, err, "ledger: that is no URL of a PostgreSQL database")
	assert.NotContains(t, err.Error(), "canary")
}

// TestSandboxLeavesNothing keeps what is not real apart from what is.
func TestSandboxLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := surroundings{env: map[string]string{"GIGSTACK_STATE_DIR": dir, "GIGSTACK_SANDBOX": "true"}}
	planOf(t, conversation(t, s, "delete_webhook", deletion))
	assert.Contains(t, conversation(t, s, "create_service", `{"description":"Prueba","unit_price":1}`), "Prueba")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// TestStateDirUnusable names what the operator can change, and does not keep a
// server from reading.
func TestStateDirUnusable(t *testing.T) {
	_, s := upstream(t)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	env := maps.Clone(s.env)
	env["GIGSTACK_STATE_DIR"] = file
	_, _, err := surroundings{env: env}.run(t.Context(), "stdio")
	require.ErrorContains(t, err, "the state directory")
	env["GIGSTACK_READ_ONLY"] = "true"
	assert.Contains(t, conversation(t, surroundings{env: env}, "list_clients", `{}`), `"data"`)
}

// TestLedgerCommands lists what a lost answer left unknown, says so at the next
// start, and settles it.
func TestLedgerCommands(t *testing.T) {
	box, s := upstream(t)
	out, _, err := s.run(t.Context(), "ledger", "pending")
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(out, "\n"), "only the heading")

	box.Fail(sandbox.Fault{Method: http.MethodPost, Drop: true})
	sale := `{"client":{"id":"` + clientOf(t, s) + `"},"items":[{"description":"Curso","unit_price":1500,"taxes":[{"type":"IVA","rate":0.16}]}]}`
	_, _, err = s.run(t.Context(), "call", "create_receipt", "--args", sale)
	require.ErrorIs(t, err, errToolFailed)

	env := maps.Clone(s.env)
	delete(env, "GIGSTACK_API_KEY")
	out, _, err = surroundings{env: env}.run(t.Context(), "ledger", "pending")
	require.NoError(t, err, "a list asks nobody")
	assert.Contains(t, out, "create_receipt")
	out, _, err = s.run(t.Context(), "ledger", "pending", "--json")
	require.NoError(t, err)
	attempt := parse(t, out)["attempts"].([]any)[0].(map[string]any)
	assert.Equal(t, "unknown", attempt["outcome"])

	in, client := io.Pipe()
	var log capture.Buffer
	s.in = in
	ended := make(chan error, 1)
	go func() { ended <- s.program(io.Discard, &log, "stdio").run(t.Context()) }()
	assert.Eventually(t, func() bool { return strings.Contains(log.String(), "ledger resolve") }, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, client.Close())
	require.NoError(t, <-ended)
	s.in = nil

	env["GIGSTACK_API_KEY"] = box.DemoKeys()[1].Secret
	out, _, err = surroundings{env: env}.run(t.Context(), "ledger", "resolve")
	require.NoError(t, err)
	assert.Equal(t, "undecided", parse(t, out)["verdict"])
	assert.Contains(t, out, "another API key", "another key sees another world")
	_, _, err = s.run(t.Context(), "ledger", "resolve", "none")
	require.ErrorContains(t, err, "there is no attempt")
	out, _, err = s.run(t.Context(), "ledger", "resolve")
	require.NoError(t, err)
	assert.Equal(t, "found", parse(t, out)["verdict"], out)
	out, _, err = s.run(t.Context(), "ledger", "resolve", attempt["id"].(string))
	require.NoError(t, err)
	assert.Equal(t, "found", parse(t, out)["verdict"], "it was settled: %s", out)
	served := serveHTTP(t, s)
	require.NoError(t, served.end())
	assert.NotContains(t, served.log.String(), "ledger resolve")
}

// clientOf is the id of a client of the demonstration company whose data are
// complete.
func clientOf(t *testing.T, s surroundings) string {
	out, _, err := s.run(t.Context(), "call", "list_clients", "--args", `{"limit":100}`)
	require.NoError(t, err)
	for _, client := range parse(t, out)["data"].([]any) {
		if client := client.(map[string]any); client["name"] == "Karla Fuente" {
			return client["id"].(string)
		}
	}
	require.Fail(t, "there is none")
	return ""
}
