package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/tools"
)

var update = flag.Bool("update", false, "write the generated parts of the documentation as they should be")

// The part of the README that TestDocs generates.
const (
	toolsBegin = "<!-- tools:begin -->\n"
	toolsEnd   = "<!-- tools:end -->"
)

// TestDocs keeps what is generated from the tools as the tools are: the README's
// table, a page for each toolset, and schemas/tools.json for those who call
// functions without MCP.
func TestDocs(t *testing.T) {
	pages := pagesOf(t)
	want := map[string]string{"README.md": readme(t, pages), filepath.Join("schemas", "tools.json"): toolsJSON(t, pages)}
	n := readNotes(t)
	for _, page := range pages {
		want[page.path()] = page.text(t, n)
	}
	if *update {
		require.NoError(t, os.RemoveAll(filepath.Join("docs", "tools")))
		require.NoError(t, os.MkdirAll(filepath.Join("docs", "tools"), 0o755))
		for name, text := range want {
			require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
		}
	}
	const remedy = "if this is meant: go test . -run TestDocs -update"
	for name, text := range want {
		have, err := os.ReadFile(name)
		require.NoError(t, err, remedy)
		require.True(t, text == string(have), "%s is stale; %s", name, remedy)
	}
	there, err := filepath.Glob(filepath.Join("docs", "tools", "*"))
	require.NoError(t, err)
	assert.Subset(t, slices.Collect(maps.Keys(want)), there, "pages of toolsets there are no more")
}

// toolPage is a toolset as its page of the documentation shows it.
type toolPage struct {
	name, doc string
	tools     []toolEntry
}

// toolEntry is one tool. op is nil for the server's own.
type toolEntry struct {
	mcp.Tool
	op gigstack.Operation
}

func (p toolPage) path() string { return filepath.Join("docs", "tools", p.name+".md") }

// tier is what the tool puts at stake.
func (e toolEntry) tier() string {
	return tools.TierOf(e.Name).String()
}

// pagesOf is every tool, by toolset.
func pagesOf(t *testing.T) []toolPage {
	p := program{getenv: func(string) string { return "" }, now: time.Now, random: rand.Reader}
	a, err := p.build(context.Background(), config.Config{Command: config.Tools, BaseURL: gigstack.DefaultBaseURL}, zerolog.Nop())
	require.NoError(t, err)
	defer a.close()
	offered := map[string]mcp.Tool{}
	for _, tool := range a.tools.List() {
		offered[tool.Name] = tool
	}
	var pages []toolPage
	for _, resource := range gigstack.API {
		page := toolPage{name: resource.Name, doc: resource.Doc}
		for _, op := range resource.Endpoints {
			page.tools = append(page.tools, toolEntry{offered[op.Spec().Name], op})
			delete(offered, op.Spec().Name)
		}
		pages = append(pages, page)
	}
	var own []toolPage
	for _, set := range tools.Own {
		page := toolPage{name: set.Name, doc: set.Doc}
		for _, name := range set.Names() {
			page.tools = append(page.tools, toolEntry{offered[name], nil})
		}
		if page.tools != nil {
			own = append(own, page)
		}
	}
	return append(own, pages...)
}

// readme is the README with a table of the toolsets between its two marks.
func readme(t *testing.T, pages []toolPage) string {
	have, err := os.ReadFile("README.md")
	require.NoError(t, err)
	before, rest, ok := bytes.Cut(have, []byte(toolsBegin))
	require.True(t, ok, "README.md has no %s", toolsBegin)
	_, after, ok := bytes.Cut(rest, []byte(toolsEnd))
	require.True(t, ok, "README.md has no %s", toolsEnd)

	var b strings.Builder
	total := 0
	b.WriteString("\n| toolset | tools | what it is about |\n|---|---|---|\n")
	for _, page := range pages {
		var names []string
		for _, tool := range page.tools {
			names = append(names, "`"+tool.Name+"`")
		}
		total += len(names)
		fmt.Fprintf(&b, "| [%s](docs/tools/%s.md) | %d | %s<br>%s |\n", page.name, page.name, len(names), cell(page.doc), strings.Join(names, " "))
	}
	fmt.Fprintf(&b, "\n%d tools in all. Their schemas, for function calling without MCP: [schemas/tools.json](schemas/tools.json).\n\n", total)
	return string(before) + toolsBegin + b.String() + toolsEnd + string(after)
}

// toolsJSON is every tool with its schemas, one a line.
func toolsJSON(t *testing.T, pages []toolPage) string {
	var lines []string
	for _, page := range pages {
		for _, tool := range page.tools {
			entry := struct {
				Name         string          `json:"name"`
				Toolset      string          `json:"toolset"`
				Tier         string          `json:"tier"`
				Endpoint     string          `json:"endpoint,omitempty"`
				Title        string          `json:"title"`
				Description  string          `json:"description"`
				InputSchema  json.RawMessage `json:"inputSchema"`
				OutputSchema json.RawMessage `json:"outputSchema"`
			}{tool.Name, page.name, tool.tier(), "", tool.Title, tool.Description, tool.RawInputSchema, tool.RawOutputSchema}
			if tool.op != nil {
				entry.Endpoint = tool.op.Spec().Route
			}
			raw, err := json.Marshal(entry)
			require.NoError(t, err)
			lines = append(lines, string(raw))
		}
	}
	return "{\"tools\": [\n" + strings.Join(lines, ",\n") + "\n]}\n"
}
