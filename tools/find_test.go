package tools

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/ledger"
)

// findsFor is what find_tools of a server answers.
func findsFor(t *testing.T, with Options, arguments string) (r struct {
	Tools []struct {
		Name, Title, Why, Tier string
		InputSchema            json.RawMessage `json:"input_schema"`
		Companions             []string
	}
	Error *failure
}) {
	t.Helper()
	key, err := gigstack.NewKey("sk_test_none")
	require.NoError(t, err)
	with.Caller, err = gigstack.New(gigstack.Options{BaseURL: gigstack.DefaultBaseURL, Key: key, Allow: Allow})
	require.NoError(t, err)
	if with.Guard == nil {
		with.Guard = guarding(t, guard.Policy{})
	}
	with.Now, with.Log = time.Now, zerolog.Nop()
	all, err := New(with)
	require.NoError(t, err)
	call := mcp.CallToolRequest{}
	call.Params.RawArguments = json.RawMessage(arguments)
	result, err := all.findTools().tool().Handler(t.Context(), call)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(result.RawStructuredContent, &r))
	require.Equal(t, result.IsError, r.Error != nil)
	return r
}

func guarding(t *testing.T, policy guard.Policy) *guard.Guard {
	t.Helper()
	journal, err := ledger.New(ledger.Options{Now: time.Now, Random: rand.Reader})
	require.NoError(t, err)
	g, err := guard.New(guard.Options{Policy: policy, Journal: journal, SealKey: make([]byte, 32), Now: time.Now, Random: rand.Reader})
	require.NoError(t, err)
	return g
}

func TestFindTools(t *testing.T) {
	r := findsFor(t, Options{}, `{"query":"tumba la factura A-1032"}`)
	require.NotEmpty(t, r.Tools)
	first := r.Tools[0]
	assert.Equal(t, "cancel_invoice", first.Name)
	assert.Equal(t, "fiscal", first.Tier)
	assert.Equal(t, gigstack.CancelInvoice.Title, first.Title)
	assert.Contains(t, first.Why, "«tumba»")
	assert.JSONEq(t, string(endpoints["cancel_invoice"]().input.Full()), string(first.InputSchema))
	assert.Equal(t, []string{"search_invoices", "get_income_invoice", "list_payment_complements"}, first.Companions)
	assert.Len(t, findsFor(t, Options{}, `{"query":"invoice"}`).Tools, 5)
	assert.Len(t, findsFor(t, Options{}, `{"query":"invoice","limit":7}`).Tools, 7)
	assert.Empty(t, findsFor(t, Options{}, `{"query":"what's the weather"}`).Tools)
	assert.Equal(t, "invalid_arguments", findsFor(t, Options{}, `{"query":""}`).Error.Code)
}

// Only what this server offers is found, or named as a companion.
func TestFindToolsFindsWhatIsOffered(t *testing.T) {
	for name, with := range map[string]Options{
		"toolsets":  {Toolsets: []string{"invoices"}, Changes: []string{"-search_invoices"}},
		"read-only": {Guard: guarding(t, guard.Policy{ReadOnly: true})},
		"surface":   {Surface: SurfaceSearch, Toolsets: []string{"clients"}},
	} {
		for _, query := range []string{"cancela la factura y emite la correcta", "find a tool", "run_write_tool delete_team", "refund the payment and its credit note", "dar de alta un cliente"} {
			var names []string
			for _, tool := range findsFor(t, with, `{"query":"`+query+`","limit":20}`).Tools {
				names = append(append(names, tool.Name), tool.Companions...)
				assert.False(t, name == "read-only" && tool.Tier != "read", "%s: %s", name, tool.Name)
			}
			assert.NotContains(t, names, "run_write_tool")
			assert.NotContains(t, names, "delete_team", name)
			assert.NotContains(t, names, "refund_payment", name)
			if name == "toolsets" {
				assert.NotContains(t, names, "search_invoices")
				assert.NotContains(t, names, "create_client")
			}
		}
	}
}

// The lexicon, which is held to testdata/eval/composed.json, knows every tool of the
// server's own.
func TestOwnToolsCanBeFound(t *testing.T) {
	content, err := os.ReadFile("../testdata/eval/composed.json")
	require.NoError(t, err)
	var composed map[string]any
	require.NoError(t, json.Unmarshal(content, &composed))
	var own []string
	for _, set := range Own {
		own = append(own, set.Names()...)
	}
	assert.ElementsMatch(t, own, slices.Collect(maps.Keys(composed)))
}

// What finding costs: the first question of a process, and each further one.
func BenchmarkSearchable(b *testing.B) {
	every := func(string) bool { return true }
	for b.Loop() {
		_, err := searchable().Find(b.Context(), "mándale su liga de pago a Juan", usuallyFound, every)
		require.NoError(b, err)
	}
}
