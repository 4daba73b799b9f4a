//go:build !conformance

package main

import "github.com/mark3labs/mcp-go/server"

// addFixtures adds nothing: a released program has no fixtures.
func addFixtures(*server.MCPServer) {}
