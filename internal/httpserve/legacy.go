package httpserve

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// Most requests of the older era need nothing that mcp-go's transport has beyond the
// one of the newer: their session is known by its id, its client cannot be asked anything,
// and the answer is one message. They are answered like those
// of the newer era, at half the cost and without losing the last notification (mcp-go's
// issue 969). Whatever else a session needs stays mcp-go's.

// client is what the client of a session said of itself when it began.
type client struct {
	info mcp.Implementation
	used time.Time
	kept time.Time // when mcp-go last saw a request: it forgets sessions that are idle
}

// clients remembers those of the sessions that began here, as long as they are used.
type clients struct {
	mu    sync.Mutex
	known map[string]client
}

// begin remembers who began a session and cannot be asked anything on it.
func (c *clients) begin(session string, handshake json.RawMessage, now time.Time) {
	var said struct {
		ClientInfo   mcp.Implementation     `json:"clientInfo"`
		Capabilities mcp.ClientCapabilities `json:"capabilities"`
	}
	if session == "" || json.Unmarshal(handshake, &said) != nil {
		return
	}
	if can := said.Capabilities; can.Elicitation != nil || can.Sampling != nil || can.Roots != nil {
		return // it can be asked, also on the stream of a call
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[string]client{}
	}
	for id, other := range c.known {
		if now.Sub(other.used) > sessionIdle {
			delete(c.known, id)
		}
	}
	if len(c.known) < mostSessions {
		c.known[session] = client{said.ClientInfo, now, now}
	}
}

// of is the client of a session, false for one that is not known here, and now and then
// for any: so that mcp-go, too, sees that it is in use.
func (c *clients) of(session string, now time.Time) (mcp.Implementation, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.known[session]
	if !ok {
		return known.info, false
	}
	known.used = now
	if due := now.Sub(known.kept) > sessionIdle/3; due {
		known.kept, ok = now, false
	}
	c.known[session] = known
	return known.info, ok
}

// end forgets a session.
func (c *clients) end(session string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, session)
}

// answersItself are the methods whose answer depends on nothing that mcp-go keeps for a
// session.
var answersItself = []mcp.MCPMethod{
	mcp.MethodToolsCall, mcp.MethodToolsList, mcp.MethodResourcesList, mcp.MethodResourcesRead, mcp.MethodResourcesTemplatesList,
	mcp.MethodPromptsList, mcp.MethodPromptsGet, mcp.MethodCompletionComplete, mcp.MethodPing,
}

// plainSession is the session of a request of the older era that needs no more than an
// answer, nil for every other.
func (h *modern) plainSession(r *http.Request, m message) *legacySession {
	id, version := r.Header.Get(server.HeaderKeySessionID), r.Header.Get(mcp.HeaderProtocolVersion)
	accepts := r.Header.Get("Accept")
	if len(m.ID) == 0 || string(m.ID) == "null" || !slices.Contains(answersItself, m.Method) || !mcp.IsValidProtocolVersion(version) ||
		!strings.Contains(accepts, "application/json") || !strings.Contains(accepts, "text/event-stream") ||
		!strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || h.listening(id) {
		return nil
	}
	info, known := h.clients.of(id, h.sessions.now())
	if !known || !h.sessions.alive(r.Context(), id) {
		return nil
	}
	return &legacySession{id: id, version: version, client: info}
}

// legacySession is a session as one request sees it. Nobody can be asked on it.
type legacySession struct {
	requestSession
	id, version string
	client      mcp.Implementation
}

// SessionID is the session's own, by which what belongs to it is remembered.
func (s *legacySession) SessionID() string { return s.id }

// ProtocolVersion is the one agreed upon, as the client repeats it in every request.
func (s *legacySession) ProtocolVersion() string { return s.version }

// GetClientInfo is what the client called itself.
func (s *legacySession) GetClientInfo() mcp.Implementation { return s.client }

// SetClientInfo is for handshakes, which do not come here.
func (s *legacySession) SetClientInfo(mcp.Implementation) {}

// GetClientCapabilities is nothing: there is no stream to use them on.
func (s *legacySession) GetClientCapabilities() mcp.ClientCapabilities {
	return mcp.ClientCapabilities{}
}

// SetClientCapabilities is for handshakes, which do not come here.
func (s *legacySession) SetClientCapabilities(mcp.ClientCapabilities) {}

// servePlain answers a request of the older era.
func (h *modern) servePlain(w http.ResponseWriter, r *http.Request, body []byte, s *legacySession) {
	out := &stream{w: w}
	s.out = out
	response := h.mcp.HandleMessage(h.mcp.WithContext(r.Context(), s), body)
	s.finish()
	if r.Context().Err() == nil {
		h.last(out, http.StatusOK, response)
	}
}
