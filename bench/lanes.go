package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// question is one message that is asked over and over, in either era.
type question struct {
	name   string // of the tool, or of the method
	method string
	params string // members, without the braces
	modern bool
}

const modernVersion = "2026-07-28"

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`

func call(tool, arguments string, modern bool) question {
	return question{tool, "tools/call", fmt.Sprintf(`"name":%q,"arguments":%s`, tool, arguments), modern}
}

// message is the question as JSON-RPC.
func (q question) message(id int) string {
	params := q.params
	if q.modern {
		params = strings.Trim(params+`,"_meta":{"io.modelcontextprotocol/protocolVersion":"`+modernVersion+`","io.modelcontextprotocol/clientCapabilities":{}}`, ",")
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":{%s}}`, id, q.method, params)
}

// header is what goes with the question over HTTP.
func (q question) header(session string) (lines string) {
	lines = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
	switch {
	case q.modern:
		lines += "MCP-Protocol-Version: " + modernVersion + "\r\nMcp-Method: " + q.method + "\r\n"
		if q.method == "tools/call" {
			lines += "Mcp-Name: " + q.name + "\r\n"
		}
	case session != "":
		lines += "MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: " + session + "\r\n"
	}
	return lines
}

// lane is one caller's way to a server. It asks one question at a time; its client
// is as thin as can be, so that the two CPUs are left to the servers.
type lane interface {
	prepare(q question)
	ask() error
}

var errFailed = errors.New("the call failed")

// failed reports whether an answer is an error of any kind.
func failed(answer []byte) bool {
	return bytes.Contains(answer, []byte(`"isError":true`)) || !bytes.Contains(answer, []byte(`"result":`))
}

// pipes is a process on stdio that several lanes share.
type pipes struct {
	in    io.Writer
	lanes []*pipeLane
}

type pipeLane struct {
	pipes   *pipes
	id      int
	line    []byte
	answers chan error
}

// sharePipes makes n lanes of a process's input and output, which end when the
// output does.
func sharePipes(in io.Writer, out *bufio.Reader, n int) []lane {
	p := &pipes{in: in}
	lanes := make([]lane, n)
	for i := range lanes {
		l := &pipeLane{p, i + 1, nil, make(chan error, 1)}
		p.lanes, lanes[i] = append(p.lanes, l), l
	}
	go p.read(out)
	return lanes
}

func (p *pipes) read(out *bufio.Reader) {
	for {
		line, err := out.ReadSlice('\n')
		if err != nil {
			for _, l := range p.lanes {
				close(l.answers)
			}
			return
		}
		_, after, _ := bytes.Cut(line[:min(len(line), 64)], []byte(`"id":`))
		id, _ := strconv.Atoi(string(after[:max(0, bytes.IndexAny(after, ",}"))]))
		if id < 1 || id > len(p.lanes) {
			continue // a notification
		}
		if failed(line) {
			err = fmt.Errorf("%w: %.300s", errFailed, line)
		}
		p.lanes[id-1].answers <- err
	}
}

func (l *pipeLane) prepare(q question) { l.line = []byte(q.message(l.id) + "\n") }

func (l *pipeLane) ask() error {
	if _, err := l.pipes.in.Write(l.line); err != nil { // one write is not torn apart: os.File locks
		return err
	}
	err, open := <-l.answers
	if !open {
		return io.ErrUnexpectedEOF
	}
	return err
}

// httpLane is a connection of its own.
type httpLane struct {
	conn    net.Conn
	in      *bufio.Reader
	addr    string
	session string // of the older era
	request []byte
}

func dial(addr string) (*httpLane, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &httpLane{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), addr: addr}, nil
}

func (l *httpLane) prepare(q question) { l.post(q.message(1), q.header(l.session)) }

func (l *httpLane) post(body, header string) {
	l.request = fmt.Appendf(nil, "POST /mcp HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %d\r\n\r\n%s", l.addr, header, len(body), body)
}

func (l *httpLane) ask() error {
	resp, err := l.do()
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || failed(answer)) {
		err = fmt.Errorf("%w: %s: %.300s", errFailed, resp.Status, answer)
	}
	return err
}

func (l *httpLane) do() (*http.Response, error) {
	if _, err := l.conn.Write(l.request); err != nil {
		return nil, err
	}
	return http.ReadResponse(l.in, nil)
}

// shake opens a session in the older way.
func (l *httpLane) shake() error {
	l.post(initialize, question{}.header(""))
	resp, err := l.do()
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	l.session = resp.Header.Get("Mcp-Session-Id")
	l.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, question{}.header(l.session))
	resp, err = l.do()
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// directLane reads the API itself, with Go's own client, as a program without MCP
// would.
type directLane struct {
	api, url string
	client   *http.Client
}

func (l *directLane) prepare(q question) {
	l.url = l.api + "/clients?limit=20"
	if q.name == "get_client" {
		l.url = l.api + "/clients/client_0000000001"
	}
}

func (l *directLane) ask() error {
	resp, err := l.client.Get(l.url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.ReadAll(resp.Body)
	return err
}
