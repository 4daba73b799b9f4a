package session

import (
	"context"
	"sync"
	"time"
)

// most is how many conversations are remembered in memory; the longest unused is
// forgotten first.
const most = 10_000

// Memory keeps the selections of one process.
type Memory struct {
	mu   sync.Mutex
	team map[string]*selection
}

type selection struct {
	team string
	used time.Time
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{team: map[string]*selection{}} }

// Selected implements [Store].
func (m *Memory) Selected(_ context.Context, conversation string, now time.Time) (team string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, ok := m.team[conversation]
	if !ok || now.Sub(found.used) > Life {
		delete(m.team, conversation)
		return "", nil
	}
	found.used = now
	return found.team, nil
}

// Select implements [Store].
func (m *Memory) Select(_ context.Context, conversation, team string, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.team[conversation]; !known && len(m.team) >= most {
		m.forgetOldest(now)
	}
	m.team[conversation] = &selection{team, now}
	return nil
}

func (m *Memory) forgetOldest(at time.Time) {
	oldest := ""
	for conversation, found := range m.team {
		if !found.used.After(at) {
			oldest, at = conversation, found.used
		}
	}
	delete(m.team, oldest)
}
