package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// way is one way of reading a client.
type way struct {
	name string
	call func() error
	took []time.Duration
}

// measureCalls reads one client over and over, directly, over stdio and over
// HTTP in both eras, one after the other in each round, so that a noisy machine
// is noisy to all of them.
func (r *rig) measureCalls(calls int) error {
	arguments := fmt.Sprintf(`"name":"get_client","arguments":{"id":%q}`, r.client)
	s, err := r.startStdio()
	if err != nil {
		return err
	}
	defer s.stop()
	if _, err := s.ask(initialize); err != nil {
		return err
	}
	url, stop, err := r.startHTTP()
	if err != nil {
		return err
	}
	defer stop()
	session, err := openSession(url)
	if err != nil {
		return err
	}
	legacy := `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{` + arguments + `}}`
	modern := `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{` + arguments +
		`,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`
	ways := []*way{
		{name: "direct HTTP to the API", call: func() error { _, err := r.direct("/clients/" + r.client); return err }},
		{name: "stdio, 2025-11-25", call: func() error { _, err := s.ask(legacy); return err }},
		{name: "stdio, 2026-07-28", call: func() error { _, err := s.ask(modern); return err }},
		{name: "HTTP, 2025-11-25", call: func() error { return post(url, legacy, "Mcp-Session-Id", session) }},
		{name: "HTTP, 2026-07-28", call: func() error {
			return post(url, modern, "MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "get_client")
		}},
	}
	for i := range calls + calls/10 {
		for _, w := range ways {
			begin := time.Now()
			if err := w.call(); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			if i >= calls/10 { // the first tenth warms up
				w.took = append(w.took, time.Since(begin))
			}
		}
	}
	fmt.Printf("\nget_client, %d calls each    p50 ms   p99 ms   added p50\n", calls)
	for _, w := range ways {
		slices.Sort(w.took)
		p50, p99 := w.took[len(w.took)/2], w.took[len(w.took)*99/100]
		fmt.Printf("%-28s %6.3f   %6.3f   %+6.3f\n", w.name, ms(p50), ms(p99), ms(p50-ways[0].took[len(w.took)/2]))
	}
	return nil
}

func (r *rig) startHTTP() (url string, stop func(), err error) {
	addr, err := freeAddr()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(r.binary, "http", "--addr", addr, "--log-level", "off")
	cmd.Env = append(os.Environ(), "GIGSTACK_API_KEY="+r.key, "GIGSTACK_BASE_URL="+r.api, "GIGSTACK_STATE_DIR="+filepath.Dir(r.binary))
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	if err := waitFor(addr); err != nil {
		stop()
		return "", nil, err
	}
	return "http://" + addr + "/mcp", stop, nil
}

// openSession shakes hands in the older way.
func openSession(url string) (string, error) {
	req, err := request(url, initialize)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	id := resp.Header.Get("Mcp-Session-Id")
	req, err = request(url, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, "Mcp-Session-Id", id)
	if err != nil {
		return "", err
	}
	done, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	return id, done.Body.Close()
}

func request(url, body string, header ...string) (*http.Request, error) {
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req, nil
}

func post(url, body string, header ...string) error {
	req, err := request(url, body, header...)
	if err != nil {
		return err
	}
	answer, err := fetch(req)
	if err == nil && strings.Contains(string(answer), `"isError":true`) {
		err = fmt.Errorf("the call failed: %.300s", answer)
	}
	return err
}
