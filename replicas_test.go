package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/capture"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// conversations is how many TestThreeReplicas has; half of them in each era.
const conversations = 500

// TestThreeReplicas has conversations of both eras go through a proxy that sends each
// request to another replica, and kills one of them in the middle. Every conversation
// comes to its end, and each of its calls has its effect once, for its own team.
func TestThreeReplicas(t *testing.T) {
	many := conversations
	if testing.Short() {
		many = 40
	}
	box, s := upstream(t)
	database := postgres.Database(t)
	key := filepath.Join(t.TempDir(), "seal.key")
	require.NoError(t, os.WriteFile(key, []byte("0123456789abcdef0123456789abcdef"), 0o600))
	proxy := &roundRobin{}
	var processes []*exec.Cmd
	for range 3 {
		cmd, url := replicaProcess(t, s, "GIGSTACK_LEDGER="+database, "GIGSTACK_SEAL_KEY_FILE="+key)
		processes, proxy.replicas = append(processes, cmd), append(proxy.replicas, strings.TrimSuffix(url, "/mcp"))
	}
	web := httptest.NewServer(proxy)
	t.Cleanup(web.Close)

	clients := map[string]string{sandbox.TeamKemper: clientIn(t, box, sandbox.TeamKemper), sandbox.TeamXenon: clientIn(t, box, sandbox.TeamXenon)}
	work := make(chan int)
	var wait sync.WaitGroup
	var lost atomic.Int64
	for range 12 {
		wait.Go(func() {
			for n := range work {
				c := &conversationOf{t: t, url: web.URL + "/mcp", modern: n%2 == 0, n: n, team: sandbox.TeamKemper, lost: &lost}
				if n%3 == 0 {
					c.team = sandbox.TeamXenon
				}
				c.client = clients[c.team]
				c.hold(database)
			}
		})
	}
	for n := range many {
		if n == many/2 {
			require.NoError(t, processes[0].Process.Kill())
		}
		work <- n
	}
	close(work)
	wait.Wait()

	sold := map[string]int{}
	for _, team := range []string{sandbox.TeamKemper, sandbox.TeamXenon} {
		for invoice, err := range gigstack.Each(t.Context(), callerFor(t, box, team), gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{Paging: gigstack.Paging{Limit: new(100)}}) {
			require.NoError(t, err)
			for _, item := range invoice.Items {
				if strings.HasPrefix(item.Description, "Conversación ") {
					sold[team+" "+item.Description]++
				}
			}
		}
	}
	assert.Equal(t, many, len(sold))
	for what, times := range sold {
		assert.Equal(t, 1, times, what)
	}
	for n := range many {
		team := sandbox.TeamKemper
		if n%3 == 0 {
			team = sandbox.TeamXenon
		}
		assert.Equal(t, 1, sold[fmt.Sprintf("%s Conversación %d", team, n)], "%d", n)
	}
	t.Logf("%d conversations over 3 replicas, one of them killed: %d requests, %d answers lost, %d invoices", many, proxy.sent.Load(), lost.Load(), len(sold))
}

// roundRobin sends each request to the next replica that takes it.
type roundRobin struct {
	replicas []string
	sent     atomic.Int64
}

// ServeHTTP answers 502 where a replica took a request and did not answer.
func (p *roundRobin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	for range p.replicas {
		to := p.replicas[int(p.sent.Add(1))%len(p.replicas)]
		req, err := http.NewRequestWithContext(r.Context(), r.Method, to+r.URL.Path, bytes.NewReader(body))
		if err != nil {
			return
		}
		req.Header = r.Header.Clone()
		resp, err := http.DefaultTransport.RoundTrip(req)
		var refused *os.SyscallError
		if errors.As(err, &refused) && refused.Syscall == "connect" {
			continue // it was not sent
		}
		if err != nil {
			break
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			break
		}
		for name, values := range resp.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = w.Write(raw)
		return
	}
	http.Error(w, "lost", http.StatusBadGateway)
}

// replicaProcess is a server in a process of its own, and where it is.
func replicaProcess(t *testing.T, s surroundings, more ...string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Args = []string{"gigstack-mcp", "http", "--addr", "127.0.0.1:0"}
	cmd.Env = append(os.Environ(), asProgram+"=1", "GIGSTACK_API_KEY="+s.env["GIGSTACK_API_KEY"], "GIGSTACK_BASE_URL="+s.env["GIGSTACK_BASE_URL"], "GIGSTACK_STATE_DIR="+t.TempDir(), "GIGSTACK_LOG_LEVEL=info")
	cmd.Env = append(cmd.Env, more...)
	log := &capture.Buffer{}
	cmd.Stderr = log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, address(t, log, `"url":"`, `"`)
}

// conversationOf is an agent that stamps one invoice for one team.
type conversationOf struct {
	t            *testing.T
	url, session string
	modern       bool
	n            int
	team, client string
	lost         *atomic.Int64
}

// hold goes from choosing the team to the invoice. Where an answer is lost it does what
// the server says: it looks, and does again what was not done.
func (c *conversationOf) hold(database string) {
	if !c.modern {
		c.open()
		c.must("select_team", map[string]any{"team": c.team})
	}
	c.must("list_clients", map[string]any{"limit": 3})
	sale := map[string]any{"client": map[string]any{"id": c.client}, "payment_form": "03",
		"items": []any{map[string]any{"description": fmt.Sprintf("Conversación %d", c.n), "unit_price": 100, "taxes": []any{map[string]any{"type": "IVA", "rate": 0.16}}}}}
	for deadline := time.Now().Add(2 * time.Minute); assert.True(c.t, time.Now().Before(deadline), "%d comes to no end", c.n); {
		plan := c.must("create_income_invoice", sale)
		switch {
		case plan.Plan != "":
			done, ok := c.call("create_income_invoice", also(sale, "plan", plan.Plan))
			switch {
			case ok && done.Status == "done":
				assert.Equal(c.t, c.team, done.Team)
				return
			case ok && (done.Error == nil || done.Error.Code != "earlier_outcome_unknown"):
				assert.Fail(c.t, "refused", "%+v", done.Error)
				return
			}
		case plan.Error == nil || plan.Error.Code != "earlier_outcome_unknown":
			assert.Fail(c.t, "no plan", "%+v", plan.Error)
			return
		}
		c.endLeases(database)
		if c.done() {
			return
		}
	}
}

// done looks whether the call whose answer was lost took effect.
func (c *conversationOf) done() bool {
	for _, attempt := range c.must("resolve_outcome", nil).Attempts {
		r := c.must("resolve_outcome", map[string]any{"attempt": attempt.ID}).Resolved
		if r.Verdict == "undecided" {
			time.Sleep(time.Second) // it may be under way for all that anybody knows
		}
	}
	found := c.must("list_income_invoices", map[string]any{"limit": 100, "fields": "items"})
	return strings.Contains(string(found.Data), fmt.Sprintf(`"Conversación %d"`, c.n))
}

// endLeases stands for the minute for which a dead replica counts as alive.
func (c *conversationOf) endLeases(database string) {
	db, err := sql.Open("pgx", database)
	if assert.NoError(c.t, err) {
		_, err = db.Exec(`update instances set seen = seen - interval '1 minute'`)
		assert.NoError(c.t, errors.Join(err, db.Close()))
	}
}

// open begins a session of the older era.
func (c *conversationOf) open() {
	for range 5 {
		_, header, ok := c.post(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`, "")
		if c.session = header.Get("Mcp-Session-Id"); ok && c.session != "" {
			return
		}
	}
	assert.Fail(c.t, "no session")
}

// must makes a call that can be made again until it is answered.
func (c *conversationOf) must(tool string, with map[string]any) answered {
	for range 5 {
		if a, ok := c.call(tool, with); ok {
			return a
		}
	}
	assert.Fail(c.t, "no answer", tool)
	return answered{}
}

// call makes a call; not ok where its answer is lost.
func (c *conversationOf) call(tool string, with map[string]any) (a answered, ok bool) {
	meta := ""
	if c.modern {
		meta = `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
		if tool != "resolve_outcome" {
			with = also(with, "team", c.team)
		}
	}
	if with == nil {
		with = map[string]any{}
	}
	arguments, err := json.Marshal(with)
	if !assert.NoError(c.t, err) {
		return a, true
	}
	raw, _, ok := c.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":%q,"arguments":%s%s}}`, tool, arguments, meta), tool)
	if !ok {
		return a, false
	}
	if i := bytes.Index(raw, []byte("\ndata: ")); i >= 0 { // of a stream
		raw = raw[i+len("\ndata: "):]
	}
	var message struct {
		Result struct{ StructuredContent answered }
	}
	assert.NoError(c.t, json.Unmarshal(bytes.TrimSpace(raw), &message), "%s", raw)
	return message.Result.StructuredContent, true
}

func (c *conversationOf) post(body, tool string) (raw []byte, header http.Header, ok bool) {
	req, err := http.NewRequest(http.MethodPost, c.url, strings.NewReader(body))
	if !assert.NoError(c.t, err) {
		return nil, nil, false
	}
	set := map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
	if c.modern {
		set["MCP-Protocol-Version"], set["Mcp-Method"], set["Mcp-Name"] = "2026-07-28", "tools/call", tool
	} else if c.session != "" {
		set["Mcp-Session-Id"] = c.session
	}
	for name, value := range set {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if !assert.NoError(c.t, err) {
		return nil, nil, false
	}
	defer resp.Body.Close()
	raw, err = io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode == http.StatusBadGateway {
		c.lost.Add(1)
		return nil, resp.Header, false
	}
	assert.Equal(c.t, http.StatusOK, resp.StatusCode, "%s", raw)
	return raw, resp.Header, true
}

// callerFor reads the sandbox past all servers.
func callerFor(t *testing.T, box *sandbox.Sandbox, team string) *gigstack.Caller {
	t.Helper()
	web := httptest.NewServer(box)
	t.Cleanup(web.Close)
	key, err := gigstack.NewKey(box.DemoKeys()[0].Secret)
	require.NoError(t, err)
	c, err := gigstack.New(gigstack.Options{BaseURL: web.URL + "/v2", Key: key, Team: team})
	require.NoError(t, err)
	return c
}

// clientIn is a client of a team who can be invoiced.
func clientIn(t *testing.T, box *sandbox.Sandbox, team string) string {
	t.Helper()
	for client, err := range gigstack.Each(t.Context(), callerFor(t, box, team), gigstack.ListClients, gigstack.ListClientsInput{Paging: gigstack.Paging{Limit: new(100)}}) {
		require.NoError(t, err)
		if client.TaxID != "" && client.TaxID != "XAXX010101000" && client.IsValid != nil && *client.IsValid {
			return client.ID
		}
	}
	require.Fail(t, "there is none")
	return ""
}
