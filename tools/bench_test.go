package tools

import (
	"testing"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// What deriving every tool costs at start-up.
func BenchmarkDerive(b *testing.B) {
	for b.Loop() {
		for _, resource := range gigstack.API {
			for _, op := range resource.Endpoints {
				newEndpoint(op, false)
			}
		}
	}
}
