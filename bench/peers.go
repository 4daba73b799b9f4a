package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// The servers that are compared, by their names in the tables.
const (
	ours   = "gigstack-mcp"
	floor  = "floor"
	mcpgo  = "mcp-go"
	direct = "direct"
)

var peers = []string{floor, ours, mcpgo}

// key opens nothing; it says whose it is, so that nobody has to be asked.
var key = "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"team":"team_1234567890","livemode":false}`)) + ".c2lnbmF0dXJl"

// rig is what was built, and the stub that stands for gigstack.
type rig struct {
	dir  string // of the binaries
	stub string // its address
}

func (r rig) binary(name string) string { return filepath.Join(r.dir, name) }

func (r rig) api() string { return "http://" + r.stub + "/v2" }

// prepare builds the servers, starts the stub, and has the others offer the tools
// that ours does.
func (r *rig) prepare() (stop func(), err error) {
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", r.dir, ".", "./bench/floor", "./bench/mcpgo", "./bench/stub")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	tools, err := exec.Command(r.binary(ours), "tools", "--json").Output()
	if err != nil {
		return nil, fmt.Errorf("list the tools: %w", err)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, tools); err != nil {
		return nil, err
	}
	if err := os.WriteFile(r.binary("tools.json"), line.Bytes(), 0o600); err != nil {
		return nil, err
	}
	if r.stub, err = freeAddr(); err != nil {
		return nil, err
	}
	return serve(exec.Command(r.binary("stub"), "-addr", r.stub), r.stub)
}

// delay has the stub answer so much later.
func (r rig) delay(long time.Duration) error {
	req, err := http.NewRequest(http.MethodPut, "http://"+r.stub+"/delay/"+long.String(), nil)
	if err != nil {
		return err
	}
	_, err = fetch(req)
	return err
}

// command starts a peer over HTTP at addr, or on stdio when that is empty.
func (r rig) command(peer, addr string) *exec.Cmd {
	switch peer {
	case floor, mcpgo:
		name := map[string]string{floor: "floor", mcpgo: "mcpgo"}[peer]
		return exec.Command(r.binary(name), "-http", addr, "-tools", r.binary("tools.json"), "-api", r.api())
	}
	cmd := exec.Command(r.binary(ours), "stdio")
	if addr != "" {
		cmd = exec.Command(r.binary(ours), "http", "--addr", addr)
	}
	cmd.Env = append(os.Environ(), "GIGSTACK_API_KEY="+key, "GIGSTACK_BASE_URL="+r.api(), "GIGSTACK_STATE_DIR="+filepath.Join(r.dir, "state"))
	return cmd
}

// process is a peer that runs.
type process struct {
	cmd  *exec.Cmd
	in   io.WriteCloser // on stdio
	out  *bufio.Reader
	addr string // over HTTP
	stop func()
}

func (r rig) startStdio(peer string) (*process, error) { return startPipes(r.command(peer, "")) }

// startPipes starts a server on stdio.
func startPipes(cmd *exec.Cmd) (*process, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &process{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 4<<20), stop: func() { _ = in.Close(); _ = cmd.Wait() }}, nil
}

// ask sends a line and reads the answer.
func (p *process) ask(line string) ([]byte, error) {
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		return nil, err
	}
	answer, err := p.out.ReadBytes('\n')
	if err == nil && failed(answer) {
		err = fmt.Errorf("%w: %.300s", errFailed, answer)
	}
	return answer, err
}

func (r rig) startHTTP(peer string) (*process, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	cmd := r.command(peer, addr)
	stop, err := serve(cmd, addr)
	return &process{cmd: cmd, addr: addr, stop: stop}, err
}

// serve starts a server and waits until it listens.
func serve(cmd *exec.Cmd, addr string) (stop func(), err error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	if err := waitFor(addr); err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

// lanes are n callers of a peer, on stdio or over HTTP, and the process that they
// call.
func (r rig) lanes(peer, way string, n int) (lanes []lane, p *process, err error) {
	switch {
	case peer == direct:
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}}
		return slices.Repeat([]lane{&directLane{api: r.api(), client: client}}, n), nil, nil
	case way == "stdio":
		if p, err = r.startStdio(peer); err != nil {
			return nil, nil, err
		}
		if _, err = p.ask(initialize); err == nil {
			_, err = io.WriteString(p.in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n")
		}
		return sharePipes(p.in, p.out, n), p, err
	}
	if p, err = r.startHTTP(peer); err != nil {
		return nil, nil, err
	}
	for range n {
		l, err := dial(p.addr)
		if err == nil {
			err = l.shake()
		}
		if err != nil {
			return nil, p, err
		}
		lanes = append(lanes, l)
	}
	return lanes, p, nil
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

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func waitFor(addr string) error {
	for range 400 {
		if c, err := net.Dial("tcp", addr); err == nil {
			return c.Close()
		}
		time.Sleep(5 * time.Millisecond)
	}
	return errors.New("nothing listens at " + addr)
}
