package tools_test

import (
	"bytes"
	"cmp"
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

// What tools may take of a model's context, in tokens (o200k) of name, description and
// input schema.
const (
	endpointsBudget = 18_000 // the tools of all endpoints together
	toolBudget      = 1_500  // any one
	coreBudget      = 6_000  // what the core surface lists
	searchBudget    = 1_000  // what the search surface lists
)

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

// TestTokens keeps the list affordable: a model pays for it in every request. With -v it
// shows what each tool takes.
func TestTokens(t *testing.T) {
	spent := map[string]int{}
	for _, tool := range offer(t) {
		spent[tool.Name] = tool.tokens(t)
		assert.LessOrEqual(t, spent[tool.Name], toolBudget, tool.Name)
	}
	var table strings.Builder
	total, count := 0, 0
	for _, resource := range gigstack.API {
		var names []string
		sum := 0
		for _, op := range resource.Endpoints {
			names = append(names, op.Spec().Name)
			sum += spent[op.Spec().Name]
		}
		slices.SortFunc(names, func(a, b string) int { return cmp.Or(spent[b]-spent[a], strings.Compare(a, b)) })
		fmt.Fprintf(&table, "\n%6d  %s: %d tools, %d each\n", sum, resource.Name, len(names), sum/len(names))
		for _, name := range names {
			fmt.Fprintf(&table, "%14d  %s\n", spent[name], name)
		}
		total, count = total+sum, count+len(names)
	}
	t.Logf("%s\n%6d  tokens of at most %d: %d tools, %d each", &table, total, endpointsBudget, count, total/count)
	assert.LessOrEqual(t, total, endpointsBudget)
}

// TestSurfaceTokens keeps each surface affordable.
func TestSurfaceTokens(t *testing.T) {
	for surface, most := range map[tools.Surface]int{tools.SurfaceCore: coreBudget, tools.SurfaceSearch: searchBudget, tools.SurfaceAll: endpointsBudget + 6_000} {
		list, err := newStand(t, setting{surface: surface}).agent(t, "modern", nil).ListTools(t.Context(), mcp.ListToolsRequest{})
		require.NoError(t, err)
		total := 0
		for _, tool := range list.Tools {
			raw := json.RawMessage(jsonOf(t, tool))
			o := offered{raw: raw}
			require.NoError(t, json.Unmarshal(raw, &o))
			n := o.tokens(t)
			assert.LessOrEqual(t, n, toolBudget, tool.Name)
			if surface == tools.SurfaceCore {
				t.Logf("%14d  %s", n, tool.Name)
			}
			total += n
		}
		t.Logf("%6d  tokens of at most %d: surface %s, %d tools", total, most, surface, len(list.Tools))
		assert.LessOrEqual(t, total, most, surface)
	}
}

// tokens is what the tool takes of a model's context.
func (o offered) tokens(t *testing.T) int {
	seen, err := json.Marshal(struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		InputSchema json.RawMessage `json:"inputSchema"`
	}{o.Name, o.Description, o.InputSchema})
	require.NoError(t, err)
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	require.NoError(t, err)
	tokens, err := codec.Count(string(seen))
	require.NoError(t, err)
	return tokens
}
