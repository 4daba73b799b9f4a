package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/capture"
	"github.com/gigstack/gigstack-mcp/internal/postgrestest"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// asProgram makes the test binary run main instead of the tests, for what only a
// process of its own can show.
const asProgram = "GIGSTACK_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(killedAt) != "":
		runUntilKilled()
		return
	case os.Getenv(asProgram) != "":
		main()
		return
	}
	code := m.Run()
	if err := postgres.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "PostgreSQL:", err)
	}
	os.Exit(code)
}

// postgres serves the tests of replicas.
var postgres postgrestest.Cluster

// TestHungUpClient has a client die with a write under way: what it reads no more
// does not keep the write from being finished.
func TestHungUpClient(t *testing.T) {
	box, s := upstream(t)
	arrived := make(chan struct{}, 1)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			arrived <- struct{}{}
		}
		box.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	s.env["GIGSTACK_BASE_URL"] = web.URL + "/v2"
	cmd := exec.Command(os.Args[0])
	cmd.Args = []string{"gigstack-mcp", "stdio"}
	cmd.Env = append(os.Environ(), asProgram+"=1", "GIGSTACK_API_KEY="+s.env["GIGSTACK_API_KEY"], "GIGSTACK_BASE_URL="+s.env["GIGSTACK_BASE_URL"], "GIGSTACK_STATE_DIR="+s.env["GIGSTACK_STATE_DIR"])
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	log, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = io.WriteString(in, `{"jsonrpc":"2.0","id":1,"method":"ping"}`+"\n")
	require.NoError(t, err)
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)

	box.Fail(sandbox.Fault{Method: http.MethodGet, Delay: 200 * time.Millisecond, Times: -1})
	box.Fail(sandbox.Fault{Method: http.MethodPost, Delay: 600 * time.Millisecond})
	_, err = io.WriteString(in, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list_clients"}}`+"\n"+
		`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"create_service","arguments":{"description":"Colgada","unit_price":1}}}`+"\n")
	require.NoError(t, err)
	select {
	case <-arrived:
	case <-time.After(20 * time.Second):
		require.Fail(t, "the write was not sent")
	}
	for _, pipe := range []io.Closer{in, out, log} {
		require.NoError(t, pipe.Close())
	}
	require.NoError(t, cmd.Wait(), "it ends by itself, not by a signal")
	assert.Contains(t, services(t, s), "Colgada")
}

// services is the catalogue, read past the program.
func services(t *testing.T, s surroundings) (descriptions []string) {
	t.Helper()
	key, err := gigstack.NewKey(s.env["GIGSTACK_API_KEY"])
	require.NoError(t, err)
	c, err := gigstack.New(gigstack.Options{BaseURL: s.env["GIGSTACK_BASE_URL"], Key: key})
	require.NoError(t, err)
	for service, err := range gigstack.Each(t.Context(), c, gigstack.ListServices, gigstack.ListServicesInput{}) {
		require.NoError(t, err)
		descriptions = append(descriptions, service.Description)
	}
	return descriptions
}

// TestClientWithoutStream gives an older client that could ask, but keeps no
// stream open on which it could be told to, a plan instead of a silent wait.
func TestClientWithoutStream(t *testing.T) {
	_, s := upstream(t)
	served := serveHTTP(t, s)
	served.initialize(`{"elicitation":{}}`)
	assert.Contains(t, served.call("delete_webhook", `{"id":"wh_erp"}`), "confirmation_required")
	require.NoError(t, served.end())
}

// TestStopping tells the server to stop while a confirmed call reads its subject
// again: its write does not begin any more. One that had begun is answered.
func TestStopping(t *testing.T) {
	for name, c := range map[string]struct {
		slow    string // the requests that are under way when the order comes
		want    string
		deleted bool
	}{
		"before the write": {slow: http.MethodGet, want: `"code":"stopping"`},
		"in the write":     {slow: http.MethodDelete, want: `"status":"done"`, deleted: true},
	} {
		t.Run(name, func(t *testing.T) {
			box, s := upstream(t)
			served := serveHTTP(t, s)
			served.initialize(`{}`)
			plan := planOf(t, served.call("delete_webhook", deletion))
			box.Fail(sandbox.Fault{Method: c.slow, Delay: 500 * time.Millisecond})
			answer := make(chan string, 1)
			go func() { answer <- served.call("delete_webhook", `{"id":"wh_erp","plan":"`+plan+`"}`) }()
			time.Sleep(150 * time.Millisecond)
			require.NoError(t, served.end())
			assert.Contains(t, <-answer, c.want)
			left, _, err := s.run(t.Context(), "call", "list_webhooks")
			require.NoError(t, err)
			assert.Equal(t, !c.deleted, strings.Contains(left, "wh_erp"))
		})
	}
}

// served is the program serving over HTTP, and an older client of it.
type served struct {
	t       *testing.T
	url     string
	log     capture.Buffer
	session string
	stop    context.CancelFunc
	ended   chan error
	header  map[string]string // of every request
}

func serveHTTP(t *testing.T, s surroundings) *served {
	ctx, stop := context.WithCancel(t.Context())
	v := &served{t: t, stop: stop, ended: make(chan error, 1)}
	go func() { v.ended <- s.program(&v.log, &v.log, "http", "--addr", "127.0.0.1:0").run(ctx) }()
	v.url = address(t, &v.log, `"url":"`, `"`)
	return v
}

// end stops the program and waits for it.
func (v *served) end() error {
	v.stop()
	return <-v.ended
}

func (v *served) initialize(capabilities string) {
	_, v.session = v.post(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":` + capabilities + `,"clientInfo":{"name":"t","version":"1"}}}`)
	require.NotEmpty(v.t, v.session)
}

func (v *served) call(tool, arguments string) string {
	answer, _ := v.post(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"` + tool + `","arguments":` + arguments + `}}`)
	return answer
}

func (v *served) post(body string) (answer, session string) {
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.url, strings.NewReader(body))
	if !assert.NoError(v.t, err) {
		return "", ""
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range v.header {
		req.Header.Set(name, value)
	}
	if v.session != "" {
		req.Header.Set("Mcp-Session-Id", v.session)
	}
	resp, err := http.DefaultClient.Do(req)
	if !assert.NoError(v.t, err) {
		return "", ""
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	assert.NoError(v.t, err)
	return string(raw), resp.Header.Get("Mcp-Session-Id")
}
