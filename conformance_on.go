//go:build conformance

package main

import (
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/internal/conformance"
)

// addFixtures makes this build a subject of the conformance suite.
func addFixtures(s *server.MCPServer) { conformance.Register(s) }
