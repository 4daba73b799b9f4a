// Command bench measures the built program as a user meets it: how long it needs
// to answer initialize, what it weighs in memory, and what a call costs over
// stdio and HTTP next to the same call made directly to the API, and what plan, ledger
// and audit add to a write.
//
// It builds the program, starts its sandbox and its servers as processes on
// loopback, and prints a table. Run it with: go run ./bench
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	calls := flag.Int("calls", 2000, "calls of each kind")
	starts := flag.Int("starts", 10, "starts of the program")
	writes := flag.Int("writes", 500, "writes of each kind")
	ledger := flag.String("ledger", "", "URL of an empty PostgreSQL database, to measure writes with a ledger there too")
	flag.Parse()
	if err := run(*calls, *starts, *writes, *ledger); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// rig is the program under test and the sandbox it talks to.
type rig struct {
	binary, api, key string
	client           string // id of a client in the sandbox
}

func run(calls, starts, writes int, ledger string) error {
	dir, err := os.MkdirTemp("", "gigstack-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := rig{binary: filepath.Join(dir, "gigstack-mcp")}
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", r.binary, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	stop, err := r.startSandbox()
	if err != nil {
		return err
	}
	defer stop()
	if info, err := os.Stat(r.binary); err == nil {
		fmt.Printf("binary                     %6.1f MB\n", float64(info.Size())/1e6)
	}
	if err := r.measureStart(starts); err != nil {
		return err
	}
	if err := r.measureCalls(calls); err != nil {
		return err
	}
	if err := r.measureWrites("SQLite", "", writes); err != nil || ledger == "" {
		return err
	}
	return r.measureWrites("PostgreSQL", ledger, writes)
}

// startSandbox serves the imitation of gigstack and finds a key and a client.
func (r *rig) startSandbox() (stop func(), err error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(r.binary, "sandbox", "--addr", addr)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	r.api = "http://" + addr + "/v2"
	key := regexp.MustCompile(`\S+\.\S+\.\S+$`)
	for lines := bufio.NewScanner(out); r.key == "" && lines.Scan(); {
		if strings.HasPrefix(strings.TrimSpace(lines.Text()), "eyJ") {
			r.key = key.FindString(lines.Text())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if err := waitFor(addr); err != nil {
		stop()
		return nil, err
	}
	body, err := r.direct("/clients?limit=1")
	if err != nil {
		stop()
		return nil, err
	}
	r.client = string(regexp.MustCompile(`client_\w+`).Find(body))
	return stop, nil
}

// direct calls the API itself.
func (r *rig) direct(path string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, r.api+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+r.key)
	return fetch(req)
}

func fetch(req *http.Request) ([]byte, error) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s: %.200s", resp.Status, body)
	}
	return body, err
}

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`

// measureStart times exec to the answer of initialize, and the memory after it
// and after the first list of tools.
func (r *rig) measureStart(starts int) error {
	var took []time.Duration
	var idle, listed []float64
	for range starts + 1 {
		begin := time.Now()
		s, err := r.startStdio()
		if err != nil {
			return err
		}
		if _, err := s.ask(initialize); err != nil {
			return err
		}
		took = append(took, time.Since(begin))
		idle = append(idle, s.rss())
		if _, err := s.ask(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`); err != nil {
			return err
		}
		listed = append(listed, s.rss())
		s.stop()
	}
	took, idle, listed = took[1:], idle[1:], listed[1:] // the first warms the disk cache
	slices.Sort(took)
	fmt.Printf("exec → initialize          %6.1f ms   (median of %d; fastest %.1f)\n", ms(took[len(took)/2]), starts, ms(took[0]))
	fmt.Printf("memory after initialize    %6.1f MB   after tools/list %.1f MB\n", median(idle), median(listed))
	return nil
}

// stdio is the program serving on pipes.
type stdio struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func (r *rig) startStdio(more ...string) (*stdio, error) {
	cmd := exec.Command(r.binary, "stdio", "--log-level", "off")
	cmd.Env = append(os.Environ(), "GIGSTACK_API_KEY="+r.key, "GIGSTACK_BASE_URL="+r.api, "GIGSTACK_STATE_DIR="+filepath.Dir(r.binary))
	cmd.Env = append(cmd.Env, more...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &stdio{cmd, in, bufio.NewReaderSize(out, 1<<20)}, cmd.Start()
}

// ask sends a line and reads the answer.
func (s *stdio) ask(line string) ([]byte, error) {
	if _, err := io.WriteString(s.in, line+"\n"); err != nil {
		return nil, err
	}
	answer, err := s.out.ReadBytes('\n')
	if err == nil && bytes.Contains(answer, []byte(`"isError":true`)) || bytes.HasPrefix(answer, []byte(`{"jsonrpc":"2.0","id":1,"error"`)) {
		err = fmt.Errorf("the call failed: %.300s", answer)
	}
	return answer, err
}

func (s *stdio) stop() { _ = s.in.Close(); _ = s.cmd.Wait() }

// rss is the process's resident memory in MB.
func (s *stdio) rss() float64 {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	var kb float64
	if m := regexp.MustCompile(`VmRSS:\s+(\d+)`).FindSubmatch(raw); m != nil {
		_, _ = fmt.Sscan(string(m[1]), &kb)
	}
	return kb / 1024
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func waitFor(addr string) error {
	for range 200 {
		if c, err := net.Dial("tcp", addr); err == nil {
			return c.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("nothing listens at " + addr)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
