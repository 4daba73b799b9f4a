package httpserve

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestSessionIDs remembers no id longer than its session lasts.
func TestSessionIDs(t *testing.T) {
	var s sessions
	ended := func(id string) bool {
		over, err := s.Validate(id)
		assert.NoError(t, err)
		return over
	}
	one, other := s.Generate(), s.Generate()
	assert.False(t, ended(one))
	assert.True(t, ended("mcp-session-00000000-0000-4000-8000-000000000000"))
	for range 2 {
		_, err := s.Terminate(one)
		assert.NoError(t, err)
	}
	assert.True(t, ended(one))
	assert.False(t, ended(other))
	var open int
	s.open.Range(func(any, any) bool { open++; return true })
	assert.Equal(t, 1, open)
}
