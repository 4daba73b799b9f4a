// Package ledger remembers the executions of plans: which ran, when, and what
// came of them.
package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/guard"
)

// keep is how long an attempt is remembered; plans live far shorter.
const keep = 24 * time.Hour

// Memory is a journal that lives as long as the process.
type Memory struct {
	mu       sync.Mutex
	attempts map[string]*guard.Attempt // by plan id
	last     map[string]string         // newest plan id by digest
}

// NewMemory returns an empty journal.
func NewMemory() *Memory {
	return &Memory{attempts: map[string]*guard.Attempt{}, last: map[string]string{}}
}

// Open implements guard.Journal.
func (m *Memory) Open(_ context.Context, a guard.Attempt) (guard.Attempt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if earlier, used := m.attempts[a.ID]; used {
		return *earlier, guard.ErrUsed
	}
	if last, ok := m.newest(a.Digest); ok && a.Outcome != guard.Refused && last.Overtakes(a) {
		return last, guard.ErrOvertaken
	}
	m.forget(a.At.Add(-keep))
	a.Prev = m.last[a.Digest]
	m.attempts[a.ID] = &a
	if a.Outcome != guard.Refused {
		m.last[a.Digest] = a.ID
	}
	return guard.Attempt{}, nil
}

// Close implements guard.Journal.
func (m *Memory) Close(_ context.Context, id, outcome, resource string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.attempts[id]
	if !ok {
		return fmt.Errorf("no attempt %s", id)
	}
	a.Outcome, a.Resource = outcome, resource
	return nil
}

// Find implements guard.Journal.
func (m *Memory) Find(_ context.Context, id string) (guard.Attempt, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, ok := m.attempts[id]; ok {
		return *a, true, nil
	}
	return guard.Attempt{}, false, nil
}

// Last implements guard.Journal.
func (m *Memory) Last(_ context.Context, digest string) (guard.Attempt, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.newest(digest)
	return a, ok, nil
}

// newest walks back from the last attempt to one that is not refused.
func (m *Memory) newest(digest string) (guard.Attempt, bool) {
	for id := m.last[digest]; ; {
		a, ok := m.attempts[id]
		if !ok {
			return guard.Attempt{}, false
		}
		if a.Outcome != guard.Refused {
			return *a, true
		}
		id = a.Prev
	}
}

// forget drops attempts from before a time; their plans have long expired.
func (m *Memory) forget(before time.Time) {
	for id, a := range m.attempts {
		if a.At.Before(before) {
			delete(m.attempts, id)
			if m.last[a.Digest] == id {
				delete(m.last, a.Digest)
			}
		}
	}
}
