package tools_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCache keeps what an agent reads, and lets nothing be decided by it.
func TestCache(t *testing.T) {
	s := newStand(t, setting{cache: time.Minute})
	a := s.agent(t, "modern", nil)
	service := args{"id": "service_f3b3879bb8"}
	old := a.call(t, "get_service", service).get("data", "description")
	require.NotEmpty(t, old)
	s.reached()
	assert.Equal(t, old, a.call(t, "get_service", service).get("data", "description"))
	assert.Empty(t, s.reached(), "the answer was kept")

	a.plan(t, "delete_service", service)
	assert.NotEmpty(t, s.reached(), "a preview asks")
	a.call(t, "get_service", service)
	assert.Empty(t, s.reached(), "a plan changes nothing")

	require.Empty(t, a.call(t, "update_service", args{"id": service["id"], "description": "Otro"}).code())
	require.Len(t, s.reached(), 2, "what it overwrites, and itself")
	assert.Equal(t, "Otro", a.call(t, "get_service", service).get("data", "description"))
	assert.Len(t, s.reached(), 1)
}
