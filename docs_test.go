package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

var update = flag.Bool("update", false, "write the generated parts of the documentation as they should be")

// The part of the README that TestDocs generates.
const (
	toolsBegin = "<!-- tools:begin -->\n"
	toolsEnd   = "<!-- tools:end -->"
)

// TestDocs keeps the README's list of tools true.
func TestDocs(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	before, rest, ok := bytes.Cut(readme, []byte(toolsBegin))
	require.True(t, ok, "README.md has no %s", toolsBegin)
	_, after, ok := bytes.Cut(rest, []byte(toolsEnd))
	require.True(t, ok, "README.md has no %s", toolsEnd)

	want := string(before) + toolsBegin + toolTable(t) + toolsEnd + string(after)
	if *update {
		require.NoError(t, os.WriteFile("README.md", []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(readme), "README.md is stale; run: go test . -run TestDocs -update")
}

// toolTable is a table of every tool, one for each toolset.
func toolTable(t *testing.T) string {
	p := program{getenv: func(string) string { return "" }, now: time.Now, random: rand.Reader}
	a, err := p.build(context.Background(), config.Config{Command: config.Tools, BaseURL: gigstack.DefaultBaseURL}, zerolog.Nop())
	require.NoError(t, err)
	defer a.close()
	tiers := map[string]risk.Level{}
	toolsets := map[string]string{}
	for _, resource := range gigstack.API {
		for _, op := range resource.Endpoints {
			tiers[op.Spec().Name], toolsets[op.Spec().Name] = op.Spec().Risk, resource.Name
		}
	}
	var b strings.Builder
	last := "none"
	for _, tool := range a.tools.List() {
		toolset, tier := toolsets[tool.Name], tiers[tool.Name]
		if toolset == "" { // the server's own
			toolset, tier = "session", risk.Read
		}
		if toolset != last {
			fmt.Fprintf(&b, "\n**%s**\n\n| tool | tier | what it does |\n|---|---|---|\n", toolset)
			last = toolset
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", tool.Name, tier, firstSentence(tool.Description))
	}
	return b.String() + "\n"
}

func firstSentence(text string) string {
	sentence, _, _ := strings.Cut(text, ". ")
	return strings.ReplaceAll(strings.TrimSuffix(sentence, "."), "|", `\|`)
}
