package session

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSelections(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	s := NewSelections(func() time.Time { return now })

	assert.False(t, s.Set("", "team_a"), "no name, no memory")
	assert.Empty(t, s.Get(""))

	assert.True(t, s.Set("one", "team_a"))
	assert.True(t, s.Set("two", "team_b"))
	assert.Equal(t, "team_a", s.Get("one"))
	assert.Equal(t, "team_b", s.Get("two"))

	now = now.Add(Life / 2)
	assert.Equal(t, "team_a", s.Get("one"), "used, so it lives on")
	now = now.Add(Life/2 + time.Minute)
	assert.Equal(t, "team_a", s.Get("one"))
	assert.Empty(t, s.Get("two"), "unused for too long")

	s.Set("one", "")
	assert.Empty(t, s.Get("one"))
}

func TestSelectionsAreBounded(t *testing.T) {
	now := time.Now()
	s := NewSelections(func() time.Time { now = now.Add(time.Millisecond); return now })
	for i := range most + 10 {
		s.Set(strconv.Itoa(i), "team")
	}
	assert.Len(t, s.team, most)
	assert.Empty(t, s.Get("0"), "the oldest is forgotten first")
	assert.Equal(t, "team", s.Get(strconv.Itoa(most+9)))
}
