package httpserve

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/server"
)

// sessionLife is how long a session of the older era lives at most.
const sessionLife = 24 * time.Hour

// Ends remembers which sessions were ended before their time, for all replicas.
type Ends interface {
	// End remembers, until a time, that a session was ended. session is a digest of
	// its id, which lets in whoever has it.
	End(ctx context.Context, session string, until time.Time) error
	// Ended reports whether it was.
	Ended(ctx context.Context, session string) (bool, error)
}

// sessionIDs issues the ids of one principal's sessions, and knows them again, also
// at another replica with the same key: an id says when it was issued, under a MAC
// that is the principal's own. Nothing has to be kept for it.
type sessionIDs struct {
	key       []byte // secret
	principal string
	now       func() time.Time
	random    io.Reader
	ends      *knownEnds

	mu     sync.Mutex
	issued []time.Time // of those that may still be kept here, oldest first
}

// mostSessions is how many of one principal's sessions are kept at once.
const mostSessions = 2000

// room reports whether another session may begin: mcp-go keeps each until it was idle
// for long enough.
func (s *sessionIDs) room() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := 0
	for old < len(s.issued) && s.now().Sub(s.issued[old]) > sessionIdle {
		old++
	}
	s.issued = s.issued[old:]
	return len(s.issued) < mostSessions
}

const (
	nonceSize  = 12
	issuedSize = 8
	macSize    = 16
)

var errNoSession = errors.New("there is no such session")

// Generate implements server.SessionIdManager.
func (s *sessionIDs) Generate() string {
	var nonce [nonceSize]byte
	if _, err := io.ReadFull(s.random, nonce[:]); err != nil {
		panic(err) // the system's randomness does not fail
	}
	s.mu.Lock()
	s.issued = append(s.issued, s.now())
	s.mu.Unlock()
	raw := binary.BigEndian.AppendUint64(nonce[:], uint64(s.now().Unix()))
	return base64.RawURLEncoding.EncodeToString(append(raw, s.mac(raw)...))
}

func (s *sessionIDs) mac(raw []byte) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte("session of "))
	h.Write(raw)
	h.Write([]byte(s.principal))
	return h.Sum(nil)[:macSize]
}

// until is when a session ends at the latest, an error for what is no id of the
// principal's.
func (s *sessionIDs) until(id string) (time.Time, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(raw) != nonceSize+issuedSize+macSize {
		return time.Time{}, errNoSession
	}
	said, mac := raw[:nonceSize+issuedSize], raw[nonceSize+issuedSize:]
	if !hmac.Equal(mac, s.mac(said)) {
		return time.Time{}, errNoSession
	}
	return time.Unix(int64(binary.BigEndian.Uint64(said[nonceSize:])), 0).Add(sessionLife), nil
}

// alive reports whether a session can be used.
func (s *sessionIDs) alive(ctx context.Context, id string) bool {
	until, err := s.until(id)
	return err == nil && s.now().Before(until) && !s.ends.has(ctx, digest(id), s.now())
}

// ResolveSessionIdManager implements server.SessionIdManagerResolver. mcp-go asks
// without a request when it frees what a session held here that was idle: it may be
// alive elsewhere.
func (s *sessionIDs) ResolveSessionIdManager(r *http.Request) server.SessionIdManager {
	if r == nil {
		return &idleSessions{s}
	}
	return &requestSessions{s, r.Context()}
}

// requestSessions is the ids as one request sees them.
type requestSessions struct {
	*sessionIDs
	ctx context.Context
}

// Validate implements server.SessionIdManager.
func (s *requestSessions) Validate(id string) (terminated bool, err error) {
	if !s.alive(s.ctx, id) {
		return false, errNoSession
	}
	return false, nil
}

// Terminate implements server.SessionIdManager.
func (s *requestSessions) Terminate(id string) (notAllowed bool, err error) {
	until, err := s.until(id)
	if err != nil {
		return false, nil //nolint:nilerr // what never was has ended
	}
	return false, s.ends.add(context.WithoutCancel(s.ctx), digest(id), until, s.now()) // a client that ends has gone
}

type idleSessions struct{ *sessionIDs }

// Validate implements server.SessionIdManager.
func (s *idleSessions) Validate(string) (bool, error) { return false, nil }

// Terminate implements server.SessionIdManager.
func (s *idleSessions) Terminate(string) (bool, error) { return false, nil }

func digest(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

// Bounds of what a process remembers of sessions' ends.
const (
	endFresh = 5 * time.Second // how long another replica's ending a session may go unnoticed
	mostEnds = 20_000
)

// knownEnds asks the store about each session now and then only.
type knownEnds struct {
	store Ends // nil: this process's sessions are known to no other
	mu    sync.Mutex
	seen  map[string]end
}

type end struct {
	ended bool
	asked time.Time
}

func (k *knownEnds) has(ctx context.Context, session string, now time.Time) bool {
	k.mu.Lock()
	known := k.seen[session]
	k.mu.Unlock()
	if known.ended || k.store == nil || now.Sub(known.asked) < endFresh {
		return known.ended
	}
	ended, err := k.store.Ended(ctx, session)
	if err != nil {
		return false // who calls was found out before; a session lets nobody in
	}
	k.note(session, end{ended, now})
	return ended
}

func (k *knownEnds) add(ctx context.Context, session string, until, now time.Time) error {
	k.note(session, end{true, now})
	if k.store == nil {
		return nil
	}
	return k.store.End(ctx, session, until)
}

// note remembers a look. When there is too much of it, all is looked at anew.
func (k *knownEnds) note(session string, e end) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.seen == nil || len(k.seen) >= mostEnds {
		k.seen = map[string]end{}
	}
	e.ended = e.ended || k.seen[session].ended // a look that began before the end is old news
	k.seen[session] = e
}
