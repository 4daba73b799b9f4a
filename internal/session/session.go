// Package session knows who is calling and which team a conversation has
// selected. It never holds a key or a client.
package session

import (
	"context"
	"sync"
	"time"
)

// Caller is who made a request, as the transport found out.
type Caller struct {
	Principal string // "local" on stdio and on an open loopback address
	Team      string // from the X-Gigstack-Team header or the /t/{team} URL; "" without

	// Unreachable says that the transport has no way to put a question to the
	// client while a call runs.
	Unreachable bool
}

type callerKey struct{}

// WithCaller returns a context that says who is calling.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf is who is calling; the zero Caller when nobody said.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// Bounds of the selections that are remembered.
const (
	Life = 12 * time.Hour // since the conversation last used it
	most = 10_000         // conversations; the longest unused is forgotten first
)

// Selections remembers which team each conversation has selected.
type Selections struct {
	now func() time.Time

	mu   sync.Mutex
	team map[string]*selection
}

type selection struct {
	team string
	used time.Time
}

// NewSelections returns an empty memory.
func NewSelections(now func() time.Time) *Selections {
	return &Selections{now: now, team: map[string]*selection{}}
}

// Get is the team a conversation has selected, "" for none. The empty
// conversation never has one.
func (s *Selections) Get(conversation string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.team[conversation]
	if !ok || s.now().Sub(found.used) > Life {
		delete(s.team, conversation)
		return ""
	}
	found.used = s.now()
	return found.team
}

// Set selects a team for a conversation; "" forgets the selection. It reports
// whether it could: a conversation without a name has no memory.
func (s *Selections) Set(conversation, team string) bool {
	if conversation == "" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if team == "" {
		delete(s.team, conversation)
		return true
	}
	if _, known := s.team[conversation]; !known && len(s.team) >= most {
		s.forgetOldest()
	}
	s.team[conversation] = &selection{team, s.now()}
	return true
}

func (s *Selections) forgetOldest() {
	oldest, at := "", s.now()
	for conversation, found := range s.team {
		if !found.used.After(at) {
			oldest, at = conversation, found.used
		}
	}
	delete(s.team, oldest)
}
