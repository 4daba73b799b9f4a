// Package httpserve serves MCP over HTTP, in both of the protocol's eras on one
// address, behind the checks that a listening server needs.
package httpserve

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/internal/wire"
)

// modern answers the stateless requests of protocol 2026-07-28 straight from the
// MCP server, and hands everything else to mcp-go's transport. mcp-go's own
// modern transport may lose the last notification of a call (its issue 969),
// allocates a session for each request and reads bodies without a bound.
type modern struct {
	mcp      *server.MCPServer
	sessions *sessionIDs // of the older era
	legacy   http.Handler
	encoder  *wire.Encoder
	clients  clients // of the older era

	mu      sync.Mutex
	streams map[string]int // open standing streams of the older era, by session
}

// message is what routing needs to know of a JSON-RPC message.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method mcp.MCPMethod   `json:"method"`
	Params json.RawMessage `json:"params"`
}

// messageOf is what routing needs to know of a body, nothing of one that is no message.
func messageOf(body []byte) (m message) {
	if json.Unmarshal(body, &m) != nil {
		return message{}
	}
	return m
}

// ServeHTTP routes a request to its era.
func (h *modern) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		if r.Method == http.MethodGet {
			h.listen(w, r)
			return
		}
		h.clients.end(r.Header.Get(server.HeaderKeySessionID))
		h.legacy.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		writeError(w, http.StatusRequestEntityTooLarge, mcp.INVALID_REQUEST, "the request body is too large or broke off")
		return
	}
	m := messageOf(body)
	if len(body) > maxPlain && m.Method != mcp.MethodToolsCall {
		writeError(w, http.StatusRequestEntityTooLarge, mcp.INVALID_REQUEST, "only a call of a tool may be this long")
		return
	}
	if m.Method == mcp.MethodInitialize && !h.mayBegin(w, body) {
		return
	}
	if tooMuch(body) {
		writeError(w, http.StatusBadRequest, mcp.INVALID_REQUEST, "the message is nested too deeply, or has too many values")
		return
	}
	if isModern(r, m) {
		h.serve(w, r, body)
		return
	}
	if r.Header.Get("MCP-Protocol-Version") == mcp.ProtocolVersion20260728 && m.Method != "" && len(m.ID) == 0 {
		// A stateless client has nothing to tell: it cancels a call by closing its
		// stream. Without sessions an id is not even one client's own.
		w.WriteHeader(http.StatusAccepted)
		return
	}
	// The older era, or malformed: mcp-go words the answer. It puts questions to
	// the client on a stream that the client keeps open for it.
	if !h.listening(r.Header.Get(server.HeaderKeySessionID)) {
		c := session.CallerOf(r.Context())
		c.Unreachable = true
		r = r.WithContext(session.WithCaller(r.Context(), c))
	}
	if s := h.plainSession(r, m); s != nil {
		h.servePlain(w, r, body, s)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	h.legacy.ServeHTTP(w, r)
	if m.Method == mcp.MethodInitialize {
		h.clients.begin(w.Header().Get(server.HeaderKeySessionID), m.Params, h.sessions.now())
	}
}

// mayBegin reports whether a session may begin with this handshake; if not, it has
// answered why.
func (h *modern) mayBegin(w http.ResponseWriter, handshake []byte) bool {
	switch {
	case len(handshake) > maxHandshake:
		writeError(w, http.StatusRequestEntityTooLarge, mcp.INVALID_REQUEST, "the client says too much about itself")
		return false
	case !h.sessions.room():
		writeError(w, http.StatusTooManyRequests, busyCode, "too many sessions stand open: end some, or wait")
		return false
	}
	return true
}

// listen opens a client's standing stream, on which it can be asked.
func (h *modern) listen(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get(server.HeaderKeySessionID)
	switch {
	case id == "":
		w.Header().Set("Allow", "POST, DELETE")
		http.Error(w, "a stream belongs to a session", http.StatusMethodNotAllowed)
		return
	case !h.sessions.alive(r.Context(), id): // mcp-go would open one for any id
		http.Error(w, "there is no such session", http.StatusNotFound)
		return
	}
	h.count(id, 1)
	defer h.count(id, -1)
	h.legacy.ServeHTTP(w, r)
}

func (h *modern) count(id string, by int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.streams == nil {
		h.streams = map[string]int{}
	}
	if h.streams[id] += by; h.streams[id] == 0 {
		delete(h.streams, id)
	}
}

func (h *modern) listening(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.streams[id] > 0
}

// maxHandshake bounds what a client may say of itself when it opens a session, which
// keeps it.
const maxHandshake = 8 << 10

// maxPlain bounds every message but a tool call, which may carry a file: a session
// keeps what its client says of itself, and mcp-go takes microseconds for each byte of
// a resource's URI.
const maxPlain = 64 << 10

// Bounds of what a message may hold: decoded, each value takes a hundred times its text.
const (
	deepest    = 100
	mostValues = 100_000
)

// tooMuch reports whether JSON goes beyond them. What is no JSON may be anything.
func tooMuch(body []byte) bool {
	depth, values, inText := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '{' || c == '[':
			if depth++; depth > deepest {
				return true
			}
		case c == '}' || c == ']':
			depth--
		case c == ',':
			if values++; values > mostValues {
				return true
			}
		}
	}
	return false
}

// isModern reports whether header and body agree that this is a request of
// protocol 2026-07-28.
func isModern(r *http.Request, m message) bool {
	const version = mcp.ProtocolVersion20260728
	var p struct {
		Meta struct {
			Version string `json:"io.modelcontextprotocol/protocolVersion"`
		} `json:"_meta"`
	}
	return r.Header.Get("MCP-Protocol-Version") == version &&
		len(m.ID) > 0 && string(m.ID) != "null" &&
		json.Unmarshal(m.Params, &p) == nil && p.Meta.Version == version &&
		mcp.ValidateStandardHeaders(r.Header.Get, version, m.Method, m.Params) == nil
}

// serve answers one modern request: with JSON, or as an event stream once the
// call has sent a notification.
func (h *modern) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	out := &stream{w: w}
	s := &requestSession{out: out}
	box := &rpcError{}
	ctx := context.WithValue(r.Context(), rpcErrorKey{}, box)
	response := h.mcp.HandleMessage(h.mcp.WithContext(ctx, s), body)
	s.finish()
	if failed, ok := response.(mcp.JSONRPCError); ok && box.details != nil {
		failed.Error = *box.details
		response = failed
	}
	if r.Context().Err() != nil {
		return
	}
	h.last(out, statusOf(response), response)
}

// stream writes either one JSON body or server-sent events.
type stream struct {
	w       http.ResponseWriter
	mu      sync.Mutex
	started bool
}

// event sends one message of several.
func (s *stream) event(v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.started {
		s.started = true
		header := s.w.Header()
		header.Set("Content-Type", "text/event-stream")
		header.Set("Cache-Control", "no-cache")
		header.Set("X-Accel-Buffering", "no")
		s.w.WriteHeader(http.StatusOK)
	}
	_, _ = s.w.Write([]byte("event: message\ndata: " + string(raw) + "\n\n"))
	if flusher, ok := s.w.(http.Flusher); ok {
		flusher.Flush()
	}
}

// last sends the response.
func (h *modern) last(s *stream, status int, response mcp.JSONRPCMessage) {
	switch {
	case s.started:
		s.event(response)
	case response == nil:
		s.w.WriteHeader(http.StatusAccepted)
	default:
		raw, err := h.encoder.Encode(response)
		writeRaw(s.w, status, raw, err)
	}
}

// statusOf is the HTTP status the specification gives a JSON-RPC response.
func statusOf(response mcp.JSONRPCMessage) int {
	failed, ok := response.(mcp.JSONRPCError)
	if !ok {
		return http.StatusOK
	}
	switch failed.Error.Code {
	case mcp.METHOD_NOT_FOUND:
		return http.StatusNotFound
	case mcp.HEADER_MISMATCH, mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, mcp.UNSUPPORTED_PROTOCOL_VERSION, mcp.INVALID_REQUEST, mcp.INVALID_PARAMS, mcp.PARSE_ERROR:
		return http.StatusBadRequest
	}
	return http.StatusOK
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	raw, err := json.Marshal(v)
	writeRaw(w, status, raw, err)
}

func writeRaw(w http.ResponseWriter, status int, raw []byte, err error) {
	if err != nil {
		http.Error(w, "the answer could not be encoded", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(raw))) // else a long one goes in chunks
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

func writeError(w http.ResponseWriter, status, code int, text string) {
	writeJSON(w, status, mcp.JSONRPCError{JSONRPC: mcp.JSONRPC_VERSION, Error: mcp.JSONRPCErrorDetails{Code: code, Message: text}})
}

// requestSession is the session of one stateless request: it exists to carry
// notifications into the request's own stream, and has no name, so that nothing
// is ever remembered for it.
type requestSession struct {
	out           *stream
	once          sync.Once
	notifications chan mcp.JSONRPCNotification
	stop, stopped chan struct{}
}

func (s *requestSession) Initialize()       {}
func (s *requestSession) Initialized() bool { return true }
func (s *requestSession) SessionID() string { return "" }

// NotificationChannel starts the stream at its first use.
func (s *requestSession) NotificationChannel() chan<- mcp.JSONRPCNotification {
	s.once.Do(func() {
		s.notifications = make(chan mcp.JSONRPCNotification, 64)
		s.stop, s.stopped = make(chan struct{}), make(chan struct{})
		go s.forward()
	})
	return s.notifications
}

// forward writes notifications as they come; told to stop, it writes those that
// are still waiting.
func (s *requestSession) forward() {
	defer close(s.stopped)
	for {
		select {
		case n := <-s.notifications:
			s.out.event(n)
			continue
		case <-s.stop:
		}
		for {
			select {
			case n := <-s.notifications:
				s.out.event(n)
			default:
				return
			}
		}
	}
}

// finish waits until every notification of the call is written.
func (s *requestSession) finish() {
	s.once.Do(func() {}) // from here on nothing starts any more
	if s.stop != nil {
		close(s.stop)
		<-s.stopped
	}
}

// rpcError is where a handler leaves the JSON-RPC error it wants to answer with;
// mcp-go itself turns every error into an internal one.
type rpcError struct{ details *mcp.JSONRPCErrorDetails }

type rpcErrorKey struct{}

// Fail makes the current modern request answer with a JSON-RPC error of its own.
// The handler returns any error afterwards. Elsewhere it has no effect.
func Fail(ctx context.Context, code int, text string, data any) {
	if box, ok := ctx.Value(rpcErrorKey{}).(*rpcError); ok {
		details := mcp.NewJSONRPCErrorDetails(code, text, data)
		box.details = &details
	}
}
