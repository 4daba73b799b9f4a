// Package stdioserve serves MCP over standard input and output, in both of the
// protocol's eras.
//
// It replaces mcp-go's own loop, whose five workers block for good once all of
// them wait for an answer from the person, and which drops the answers to calls
// in flight when the input ends.
package stdioserve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"
)

// Bounds of what a client may cost.
const (
	maxLine    = 16 << 20 // the largest file (10 MiB) in base64, and room for the rest
	maxCalls   = 1024
	maxResting = 64
)

// Serve answers the lines of in on out until the input ends or ctx does. Calls
// in flight then are answered before it returns, but none is waited for longer
// than drain.
func Serve(ctx context.Context, s *server.MCPServer, in io.Reader, out io.Writer, log zerolog.Logger, drain time.Duration) error {
	// A call in flight outlives the order to stop: cutting it off would leave a
	// write with an unknown outcome.
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	conn := newConnection(out)
	if err := s.RegisterSession(calls, conn); err != nil {
		return err
	}
	defer s.UnregisterSession(calls, conn.SessionID())
	l := &loop{server: s, conn: conn, log: log, slots: make(chan struct{}, maxCalls), next: make(chan func()), resting: make(chan struct{}, maxResting)}
	lines := make(chan error, 1)
	go func() { lines <- l.read(s.WithContext(calls, conn), in) }()
	var err error
	select {
	case err = <-lines: // the input ended: nobody can be asked any more
		conn.hangUp()
	case <-ctx.Done(): // told to stop; the reader stays blocked on its input
		conn.hangUp()
	}
	return errors.Join(err, l.drain(drain))
}

// loop reads messages and answers each in a goroutine of its own, so that no
// number of waiting calls keeps the next line from being read. Some goroutines wait
// for another call when they are done: a new one's stack has to grow first.
type loop struct {
	server  *server.MCPServer
	conn    *connection
	log     zerolog.Logger
	slots   chan struct{}
	next    chan func()   // to a goroutine that waits
	resting chan struct{} // holds one for each that does

	mu       sync.Mutex // between a call that begins and the end
	stopping bool
	calls    sync.WaitGroup
}

func (l *loop) read(ctx context.Context, in io.Reader) error {
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := readLine(r)
		if line = bytes.TrimSpace(line); len(line) > 0 {
			l.handle(ctx, line)
		}
		switch {
		case errors.Is(err, errTooLong):
			l.conn.write(rpcError(nil, mcp.INVALID_REQUEST, "the message is too large"))
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

var errTooLong = errors.New("line too long")

// readLine reads a line of at most maxLine bytes; the rest of a longer one is
// skipped.
func readLine(r *bufio.Reader) (line []byte, err error) {
	tooLong := false
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			tooLong, line = true, nil
		}
		if !tooLong {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if tooLong && err == nil {
			err = errTooLong
		}
		return line, err
	}
}

// envelope is what routing needs to know of a message.
type envelope struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

func (l *loop) handle(ctx context.Context, line []byte) {
	var e envelope
	_ = json.Unmarshal(line, &e) // what does not parse is answered by mcp-go
	isRequest := len(e.ID) > 0 && string(e.ID) != "null"
	switch {
	case e.Method == "" && isRequest && (e.Result != nil || e.Error != nil):
		l.conn.deliver(e)
		return
	case !isRequest || e.Method == string(mcp.MethodInitialize):
		// Notifications are short, and what follows an initialize may rely on it.
		l.answer(ctx, line)
		return
	}
	if busy := l.begin(func() { l.answer(ctx, line) }); busy != "" {
		l.conn.write(rpcError(e.ID, mcp.INTERNAL_ERROR, busy))
	}
}

// begin runs a call in a goroutine of its own, or says why not.
func (l *loop) begin(call func()) (busy string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopping {
		return "the server is stopping"
	}
	select {
	case l.slots <- struct{}{}:
	default:
		return "too many calls at once"
	}
	l.calls.Add(1)
	select {
	case l.next <- call:
	default:
		go l.work(call)
	}
	return ""
}

// work makes a call, and further ones as they come.
func (l *loop) work(call func()) {
	for more := true; more; {
		call()
		<-l.slots
		l.calls.Done()
		select {
		case l.resting <- struct{}{}:
			call, more = <-l.next
			<-l.resting
		default:
			return
		}
	}
}

func (l *loop) answer(ctx context.Context, line []byte) {
	if response := l.server.HandleMessage(ctx, line); response != nil {
		l.conn.write(response)
	}
}

var errCut = errors.New("calls were still running at the end")

// drain lets no further call begin and waits for those in flight.
func (l *loop) drain(limit time.Duration) error {
	l.mu.Lock()
	l.stopping = true
	close(l.next)
	l.mu.Unlock()
	done := make(chan struct{})
	go func() { l.calls.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-time.After(limit):
		return errCut
	}
}

func rpcError(id json.RawMessage, code int, text string) any {
	if id == nil {
		id = json.RawMessage("null")
	}
	return map[string]any{"jsonrpc": mcp.JSONRPC_VERSION, "id": id, "error": map[string]any{"code": code, "message": text}}
}
