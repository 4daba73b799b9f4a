package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/tools"
)

// TestCompletions has the real program complete arguments as far as the principal's
// rights go, in both eras.
func TestCompletions(t *testing.T) {
	_, s := upstream(t)
	path := filepath.Join(t.TempDir(), "auth.yaml")
	require.NoError(t, os.WriteFile(path, []byte(fmt.Sprintf("tokens:\n  - {name: all, sha256: %s}\n  - {name: one, sha256: %s, teams: [team_xenon]}\n", hashed("token-of-all"), hashed("token-of-one"))), 0o600))
	s.env["GIGSTACK_AUTH_FILE"] = path
	v := serveHTTP(t, s)
	type list = []string
	for name, c := range map[string]struct {
		principal, prompt, argument, value, team string
		has, hasNot                              list
	}{
		"every team":           {"all", "invoice_client", "team", "", "", list{"Escuela Kemper", "Xenon Industrial"}, nil},
		"the teams of one":     {"one", "invoice_client", "team", "", "", list{"Xenon Industrial"}, list{"Escuela Kemper"}},
		"clients":              {"all", "invoice_client", "client", "ñavez", "", list{"ORGANICOS ÑAVEZ OSORIO"}, nil},
		"clients of a team":    {"all", "invoice_client", "client", "", "Xenon Industrial", list{"KARLA FUENTE NOLASCO"}, nil},
		"clients of one":       {"one", "invoice_client", "client", "", "", list{"KARLA FUENTE NOLASCO"}, nil},
		"not of another":       {"one", "invoice_client", "client", "", sandbox.TeamKemper, list{}, list{"KARLA FUENTE NOLASCO"}},
		"languages":            {"one", "collections", "language", "", "", list{"es", "en"}, nil},
		"months":               {"one", "month_end_close", "month", "oct 2024", "", list{"2024-10"}, nil},
		"free text":            {"one", "invoice_client", "concept", "a", "", list{}, nil},
		"nothing it takes":     {"all", "companies_summary", "client", "", "", list{}, list{"KARLA FUENTE NOLASCO"}},
		"of a prompt not here": {"all", "nothing", "team", "", "", list{}, list{"Xenon Industrial"}},
	} {
		for _, era := range []string{"modern", "legacy"} {
			t.Run(name+" "+era, func(t *testing.T) {
				request := mcp.CompleteRequest{}
				request.Params.Ref = mcp.PromptReference{Type: "ref/prompt", Name: c.prompt}
				request.Params.Argument = mcp.CompleteArgument{Name: c.argument, Value: c.value}
				request.Params.Context = mcp.CompleteContext{Arguments: map[string]string{"team": c.team}}
				r, err := connect(t, v.url, era, as(c.principal)).Complete(t.Context(), request)
				require.NoError(t, err)
				assert.Subset(t, r.Completion.Values, c.has)
				for _, value := range c.hasNot {
					assert.NotContains(t, r.Completion.Values, value)
				}
			})
		}
	}
	require.NoError(t, v.end())
}

// TestRecordsByRights has resources show no more than the principal's tools would.
func TestRecordsByRights(t *testing.T) {
	box, s := upstream(t)
	s.env["GIGSTACK_AUTH_FILE"] = authFile(t, box)
	v := serveHTTP(t, s)
	invoice := call(t, connect(t, v.url, "modern", as("all")), "list_income_invoices", map[string]any{"team": sandbox.TeamXenon, "limit": 1})["data"].([]any)[0].(map[string]any)["uuid"].(string)
	for _, era := range []string{"modern", "legacy"} {
		for name, c := range map[string]struct {
			principal, team, says string
			refused               bool
		}{
			"its own":      {"erp", sandbox.TeamKemper, "team_kemper", false},
			"another's":    {"erp", sandbox.TeamXenon, "You may not act for that team", true},
			"of the whole": {"all", sandbox.TeamXenon, "team_xenon", false},
		} {
			t.Run(name+" "+era, func(t *testing.T) {
				header := as(c.principal)
				header["X-Gigstack-Team"] = c.team
				agent := connect(t, v.url, era, header)
				for _, uri := range []string{"gigstack://team", "gigstack://invoices/" + invoice} {
					read, err := agent.ReadResource(t.Context(), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: uri}})
					switch {
					case c.refused:
						assert.ErrorContains(t, err, c.says)
					case c.team == sandbox.TeamKemper && uri != "gigstack://team":
						assert.ErrorContains(t, err, "not found", "it is another team's")
					default:
						require.NoError(t, err)
						assert.Contains(t, read.Contents[0].(mcp.TextResourceContents).Text, c.says)
					}
				}
			})
		}
	}
	require.NoError(t, v.end())
}

// TestGuides has both the guides and what completes their address served.
func TestGuides(t *testing.T) {
	_, s := upstream(t)
	v := serveHTTP(t, s)
	c := connect(t, v.url, "modern", nil)
	read, err := c.ReadResource(t.Context(), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: "gigstack://guides/es/cancellation"}})
	require.NoError(t, err)
	assert.Contains(t, read.Contents[0].(mcp.TextResourceContents).Text, "# Cancelar y sustituir")
	for template, want := range map[string][]string{"gigstack://guides/{language}/{topic}": {"cancellation", "connect"}, "gigstack://catalogs/{name}": nil} {
		request := mcp.CompleteRequest{}
		request.Params.Ref = mcp.ResourceReference{Type: "ref/resource", URI: template}
		request.Params.Argument = mcp.CompleteArgument{Name: "topic", Value: "c"}
		r, err := c.Complete(t.Context(), request)
		require.NoError(t, err)
		assert.Subset(t, r.Completion.Values, want, template)
	}
	require.NoError(t, v.end())
}

// TestCompletionPanics has a broken completion offer nothing, and the server live on.
func TestCompletionPanics(t *testing.T) {
	c, err := completions{&tools.Tools{}}.CompletePromptArgument(t.Context(), "invoice_client", mcp.CompleteArgument{Name: "team"}, mcp.CompleteContext{})
	require.NoError(t, err)
	assert.Empty(t, c.Values)
}
