// Package session knows who is calling and which team a conversation has
// selected. It never holds a key or a client.
package session

import (
	"context"
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

// Life is how long a selection is remembered after the conversation last used it.
const Life = 12 * time.Hour

// Store keeps selections of teams, for [Life] after their last use.
type Store interface {
	// Selected is the team that a conversation has selected, "" for none. Asking
	// is using it.
	Selected(ctx context.Context, conversation string, now time.Time) (team string, err error)
	// Select has a conversation select a team.
	Select(ctx context.Context, conversation, team string, now time.Time) error
}

// Selections remembers which team each conversation has selected.
type Selections struct {
	store Store
	now   func() time.Time
}

// NewSelections returns a memory that is kept in store.
func NewSelections(store Store, now func() time.Time) *Selections { return &Selections{store, now} }

// Get is the team a conversation has selected, "" for none. The empty
// conversation never has one.
func (s *Selections) Get(ctx context.Context, conversation string) (team string, err error) {
	if conversation == "" {
		return "", nil
	}
	return s.store.Selected(ctx, conversation, s.now())
}

// Set selects a team for a conversation. It reports whether it could: a
// conversation without a name has no memory.
func (s *Selections) Set(ctx context.Context, conversation, team string) (remembered bool, err error) {
	if conversation == "" {
		return false, nil
	}
	err = s.store.Select(ctx, conversation, team, s.now())
	return err == nil, err
}
