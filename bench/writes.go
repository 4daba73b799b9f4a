package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// box is a sandbox that runs, for writes: the stub has no memory.
type box struct{ binary, api, key string }

// way is one way of writing something.
type way struct {
	name string
	call func() error
	took []time.Duration
}

// measureWrites measures writes against the sandbox, with a ledger in SQLite and,
// where there is one, in PostgreSQL.
func (r rig) measureWrites(writes int, postgres string) error {
	b, stop, err := startSandbox(r.binary(ours))
	if err != nil {
		return err
	}
	defer stop()
	if err := b.measureWrites("SQLite", "", writes); err != nil || postgres == "" {
		return err
	}
	return b.measureWrites("PostgreSQL", postgres, writes)
}

// startSandbox serves the imitation of gigstack and finds a key to it.
func startSandbox(binary string) (b box, stop func(), err error) {
	addr, err := freeAddr()
	if err != nil {
		return b, nil, err
	}
	cmd := exec.Command(binary, "sandbox", "--addr", addr)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return b, nil, err
	}
	if stop, err = serve(cmd, addr); err != nil {
		return b, nil, err
	}
	b = box{binary: binary, api: "http://" + addr + "/v2"}
	secret := regexp.MustCompile(`\S+\.\S+\.\S+$`)
	for lines := bufio.NewScanner(out); b.key == "" && lines.Scan(); {
		if strings.HasPrefix(strings.TrimSpace(lines.Text()), "eyJ") {
			b.key = secret.FindString(lines.Text())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return b, stop, nil
}

// measureWrites makes writes, directly and over stdio with a ledger: a plain one, which
// the ledger remembers and the audit records twice, and one that is planned and then
// confirmed.
func (b box) measureWrites(engine, url string, writes int) error {
	cmd := exec.Command(b.binary, "stdio", "--log-level", "off")
	cmd.Env = append(os.Environ(), "GIGSTACK_API_KEY="+b.key, "GIGSTACK_BASE_URL="+b.api, "GIGSTACK_STATE_DIR="+filepath.Dir(b.binary), "GIGSTACK_LEDGER="+url)
	s, err := startPipes(cmd)
	if err != nil {
		return err
	}
	defer s.stop()
	if _, err := s.ask(initialize); err != nil {
		return err
	}
	n, plan := 0, ""
	hook := func() string {
		return fmt.Sprintf(`{"url":"https://example.com/%s/%d","events":["invoice.created"]`, engine, n)
	}
	ways := []*way{
		{name: "create_service, directly", call: func() error {
			return b.create("/services", fmt.Sprintf(`{"description":"%d","unit_price":1}`, n))
		}},
		{name: "create_service", call: func() error {
			_, err := s.call("create_service", fmt.Sprintf(`{"description":"%s %d","unit_price":1}`, engine, n))
			return err
		}},
		{name: "create_webhook, directly", call: func() error {
			return b.create("/webhooks", strings.Replace(hook(), "example.com", "example.org", 1)+"}")
		}},
		{name: "create_webhook, its plan", call: func() (err error) {
			plan, err = s.call("create_webhook", hook()+"}")
			return err
		}},
		{name: "create_webhook, confirmed", call: func() error {
			_, err := s.call("create_webhook", hook()+`,"plan":"`+plan+`"}`)
			return err
		}},
	}
	for n = range writes + writes/10 {
		for _, w := range ways {
			begin := time.Now()
			if err := w.call(); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			if n >= writes/10 { // the first tenth warms up
				w.took = append(w.took, time.Since(begin))
			}
		}
	}
	fmt.Printf("\n%-28s p50 ms   p99 ms\n", fmt.Sprintf("%d writes each, %s", writes, engine))
	for _, w := range ways {
		slices.Sort(w.took)
		fmt.Printf("%-28s %6.3f   %6.3f\n", w.name, ms(w.took[len(w.took)/2]), ms(w.took[len(w.took)*99/100]))
	}
	return nil
}

// call calls a tool and returns the plan of its result, "" when it has none.
func (p *process) call(tool, arguments string) (plan string, err error) {
	answer, err := p.ask(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"` + tool + `","arguments":` + arguments + `}}`)
	if err != nil {
		return "", err
	}
	var message struct {
		Result struct {
			StructuredContent struct{ Plan string }
		}
	}
	err = json.Unmarshal(answer, &message)
	return message.Result.StructuredContent.Plan, err
}

// create posts to the API itself.
func (b box) create(path, body string) error {
	req, err := http.NewRequest(http.MethodPost, b.api+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+b.key)
	req.Header.Set("Content-Type", "application/json")
	_, err = fetch(req)
	return err
}
