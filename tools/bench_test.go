package tools

import (
	"testing"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// What deriving every tool costs at start-up.
func BenchmarkDerive(b *testing.B) {
	for b.Loop() {
		for toolset, op := range gigstack.Operations() {
			newEndpoint(toolset, op, false)
		}
	}
}
