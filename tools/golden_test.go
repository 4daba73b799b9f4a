package tools_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tiktoken-go/tokenizer"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/tools"
)

var update = flag.Bool("update", false, "write testdata/tools as the tools are now")

// tokenBudget is how many tokens of a model's context (o200k) the whole list may
// take: name, description and input schema of every tool.
const tokenBudget = 50_900

// offered is one tool as it crosses the wire.
type offered struct {
	Name         string             `json:"name"`
	Title        string             `json:"title"`
	Description  string             `json:"description"`
	InputSchema  json.RawMessage    `json:"inputSchema"`
	OutputSchema json.RawMessage    `json:"outputSchema"`
	Annotations  mcp.ToolAnnotation `json:"annotations"`
	raw          json.RawMessage
}

// offer is the answer to tools/list of a server with every tool. Nothing is
// called for it.
func offer(t *testing.T) (list []offered) {
	t.Helper()
	key, err := gigstack.NewKey("sk_test_none")
	require.NoError(t, err)
	caller, err := gigstack.New(gigstack.Options{BaseURL: gigstack.DefaultBaseURL, Key: key, Allow: tools.Allow})
	require.NoError(t, err)
	journal, err := ledger.New(ledger.Options{Now: time.Now, Random: rand.Reader})
	require.NoError(t, err)
	g, err := guard.New(guard.Options{Journal: journal, SealKey: make([]byte, 32), Now: time.Now, Random: rand.Reader})
	require.NoError(t, err)
	all, err := tools.New(tools.Options{Caller: caller, Guard: g, Selections: session.NewSelections(session.NewMemory(), time.Now), Now: time.Now, Log: zerolog.Nop()})
	require.NoError(t, err)
	s := server.NewMCPServer("gigstack", "test", server.WithToolCapabilities(false))
	all.Register(s)

	answer, err := json.Marshal(s.HandleMessage(context.Background(), json.RawMessage(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)))
	require.NoError(t, err)
	var wire struct {
		Result struct {
			Tools []json.RawMessage `json:"tools"`
		} `json:"result"`
	}
	require.NoError(t, json.Unmarshal(answer, &wire))
	for _, raw := range wire.Result.Tools {
		tool := offered{raw: raw}
		require.NoError(t, json.Unmarshal(raw, &tool))
		list = append(list, tool)
	}
	require.Len(t, list, len(all.List()))
	return list
}

// TestGolden shows every change of what agents see in a review of testdata/tools.
func TestGolden(t *testing.T) {
	dir := filepath.Join("..", "testdata", "tools")
	files := map[string]string{}
	var order strings.Builder
	for _, tool := range offer(t) {
		var b bytes.Buffer
		require.NoError(t, json.Indent(&b, tool.raw, "", "  "))
		files[tool.Name+".json"] = b.String() + "\n"
		order.WriteString(tool.Name + "\n")
	}
	files["ORDER"] = order.String()

	if *update {
		require.NoError(t, os.RemoveAll(dir))
		require.NoError(t, os.MkdirAll(dir, 0o755))
		for name, text := range files {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
		}
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var there []string
	for _, e := range entries {
		there = append(there, e.Name())
	}
	const remedy = "if this is meant: go test ./tools -run TestGolden -update"
	require.ElementsMatch(t, slices.Collect(maps.Keys(files)), there, remedy)
	for name, text := range files {
		golden, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.True(t, string(golden) == text, "%s has changed; %s", name, remedy) // the difference is git's to show
	}
}

// TestTokens keeps the list affordable: a model pays for it in every request.
func TestTokens(t *testing.T) {
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	require.NoError(t, err)
	toolsets := map[string]string{}
	for _, resource := range gigstack.API {
		for _, op := range resource.Endpoints {
			toolsets[op.Spec().Name] = resource.Name
		}
	}
	total, perToolset := 0, map[string]int{}
	for _, tool := range offer(t) {
		seen, err := json.Marshal(struct {
			Name        string          `json:"name"`
			Description string          `json:"description"`
			InputSchema json.RawMessage `json:"inputSchema"`
		}{tool.Name, tool.Description, tool.InputSchema})
		require.NoError(t, err)
		tokens, err := codec.Count(string(seen))
		require.NoError(t, err)
		t.Logf("%6d  %s", tokens, tool.Name)
		total += tokens
		perToolset[toolsets[tool.Name]] += tokens
	}
	for _, resource := range gigstack.API {
		t.Logf("%6d  toolset %s, %d tools", perToolset[resource.Name], resource.Name, len(resource.Endpoints))
	}
	t.Logf("%6d  in all, of at most %d", total, tokenBudget)
	require.LessOrEqual(t, total, tokenBudget)
}
