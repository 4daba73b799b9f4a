package ledger

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/gigstack/gigstack-mcp/internal/guard"
)

// Memory is a journal without a database, for tests of other packages. It forgets
// nothing while it lives.
type Memory struct {
	mu       sync.Mutex
	attempts []guard.Attempt // in the order of opening
}

// NewMemory returns an empty journal.
func NewMemory() *Memory { return &Memory{} }

// Open implements guard.Journal.
func (m *Memory) Open(_ context.Context, a guard.Attempt) (guard.Attempt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.index(a.ID); i >= 0 {
		return m.attempts[i], guard.ErrUsed
	}
	if last, ok := m.last(a.Digest); ok && a.Outcome != guard.Refused && last.Overtakes(a) {
		return last, guard.ErrOvertaken
	}
	m.attempts = append(m.attempts, a)
	return guard.Attempt{}, nil
}

// Close implements guard.Journal.
func (m *Memory) Close(_ context.Context, id, outcome, resource string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.index(id)
	if i < 0 {
		return fmt.Errorf("ledger: no attempt %s", id)
	}
	m.attempts[i].Outcome, m.attempts[i].Resource = outcome, resource
	return nil
}

// Find implements guard.Journal.
func (m *Memory) Find(_ context.Context, id string) (guard.Attempt, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.index(id); i >= 0 {
		return m.attempts[i], true, nil
	}
	return guard.Attempt{}, false, nil
}

// Last implements guard.Journal.
func (m *Memory) Last(_ context.Context, digest string) (guard.Attempt, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.last(digest)
	return a, ok, nil
}

// Pending implements guard.Journal.
func (m *Memory) Pending(context.Context) (pending []guard.Attempt, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range slices.Backward(m.attempts) {
		if a.Outcome == guard.Unknown || a.Outcome == guard.Running {
			pending = append(pending, a)
		}
	}
	return pending, nil
}

// Settle implements guard.Journal.
func (m *Memory) Settle(_ context.Context, id, outcome, resource string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.index(id); i >= 0 && m.attempts[i].Outcome == guard.Unknown {
		m.attempts[i].Outcome, m.attempts[i].Resource = outcome, resource
	}
	return nil
}

func (m *Memory) index(id string) int {
	return slices.IndexFunc(m.attempts, func(a guard.Attempt) bool { return a.ID == id })
}

func (m *Memory) last(digest string) (guard.Attempt, bool) {
	for _, a := range slices.Backward(m.attempts) {
		if a.Digest == digest && a.Outcome != guard.Refused {
			return a, true
		}
	}
	return guard.Attempt{}, false
}
