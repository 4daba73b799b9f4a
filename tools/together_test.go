package tools

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestTogether has what one of several things panics with reach whoever waits, where
// it becomes a result: alone in its goroutine it would end the server.
func TestTogether(t *testing.T) {
	s := &study{tell: func(string) {}}
	did := make([]bool, 3)
	s.together(
		func() { did[0] = true; s.covered(coverage{Tool: "b", Records: 1}) },
		func() { did[1] = true; s.covered(coverage{Tool: "a", Records: 2}) },
		func() { did[2] = true; s.covered(coverage{Tool: "a", Records: 3, Missing: "x"}) },
	)
	assert.Equal(t, []bool{true, true, true}, did)
	assert.Equal(t, []coverage{{Tool: "a", Records: 5, Missing: "x"}, {Tool: "b", Records: 1}}, s.read)
	assert.Equal(t, "a: x", s.missing("b", "a"))
	assert.PanicsWithValue(t, "ouch", func() { s.together(func() {}, func() { panic("ouch") }) })
}
