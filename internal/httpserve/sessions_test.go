package httpserve

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ends is a store that replicas share, which can fail.
type ends struct {
	ended  map[string]bool
	asked  int
	broken bool
}

func (e *ends) End(_ context.Context, session string, _ time.Time) error {
	e.ended[session] = true
	return nil
}

func (e *ends) Ended(_ context.Context, session string) (bool, error) {
	e.asked++
	if e.broken {
		return false, errors.New("connection refused")
	}
	return e.ended[session], nil
}

// replica issues and knows ids as one of several servers does.
func replica(key, principal string, store Ends, now *time.Time) *sessionIDs {
	return &sessionIDs{key: []byte(key), principal: principal, now: func() time.Time { return *now }, random: rand.Reader, ends: &knownEnds{store: store}}
}

// TestSessionsOfReplicas are known at all of them, to their principal, while they live.
func TestSessionsOfReplicas(t *testing.T) {
	now, store := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), &ends{ended: map[string]bool{}}
	one, two := replica("k", "ana", store, &now), replica("k", "ana", store, &now)
	id, other := one.Generate(), one.Generate()
	require.NotEqual(t, id, other)
	assert.True(t, one.alive(t.Context(), id))
	assert.True(t, two.alive(t.Context(), id))
	assert.False(t, replica("k", "eve", store, &now).alive(t.Context(), id), "it lets in nobody else")
	assert.False(t, replica("another", "ana", store, &now).alive(t.Context(), id))
	for i := range id {
		forged := []byte(id)
		if forged[i] = 'A'; forged[i] != id[i] {
			assert.False(t, one.alive(t.Context(), string(forged)), "byte %d", i)
		}
	}
	for _, rubbish := range []string{"", "x", id + "A", id[:40]} {
		assert.False(t, one.alive(t.Context(), rubbish), rubbish)
	}

	asked := store.asked
	for range 100 {
		require.True(t, two.alive(t.Context(), other))
	}
	assert.LessOrEqual(t, store.asked, asked+1, "the store is asked now and then")

	r, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, "http://x", nil)
	require.NoError(t, err)
	_, err = one.ResolveSessionIdManager(r).Terminate(id)
	require.NoError(t, err)
	assert.False(t, one.alive(t.Context(), id), "here at once")
	now = now.Add(endFresh)
	assert.False(t, two.alive(t.Context(), id), "elsewhere soon")
	assert.True(t, two.alive(t.Context(), other))
	_, err = one.ResolveSessionIdManager(nil).Terminate(other)
	require.NoError(t, err)
	assert.True(t, one.alive(t.Context(), other), "one that was idle here may be busy elsewhere")

	store.broken = true
	now = now.Add(endFresh)
	assert.True(t, two.alive(t.Context(), other), "who calls was found out before")
	now = now.Add(sessionLife)
	assert.False(t, two.alive(t.Context(), other))
}

// TestSessionsAreBounded begins no more than so many within the time for which each is
// kept.
func TestSessionsAreBounded(t *testing.T) {
	now := time.Now()
	s := replica("k", "ana", nil, &now)
	for range mostSessions {
		require.True(t, s.room())
		s.Generate()
	}
	require.False(t, s.room())
	now = now.Add(sessionIdle + time.Second)
	require.True(t, s.room())
}

// TestEndIsForGood although a look at the store began before it.
func TestEndIsForGood(t *testing.T) {
	k := &knownEnds{}
	k.note("s", end{true, time.Now()})
	k.note("s", end{false, time.Now()})
	assert.True(t, k.has(t.Context(), "s", time.Now()))
}

// TestEndsAreForgotten keeps no more than so many.
func TestEndsAreForgotten(t *testing.T) {
	now := time.Now()
	k := &knownEnds{}
	for range mostEnds + 10 {
		require.NoError(t, k.add(t.Context(), replica("k", "ana", nil, &now).Generate(), now, now))
	}
	assert.LessOrEqual(t, len(k.seen), mostEnds)
}
