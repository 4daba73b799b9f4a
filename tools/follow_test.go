package tools

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// TestRemediesLeadSomewhere has every remedy, after every tool, lead to a tool that is
// there; where it is neither the same nor one it names, to one that only reads.
func TestRemediesLeadSomewhere(t *testing.T) {
	ours := []string{"get_context", "select_team", "resolve_outcome"}
	for failed := range endpoints {
		for code, m := range remedies {
			if m.tool == "" {
				continue
			}
			tool := follow(m.tool, failed)
			if slices.Contains(ours, tool) {
				continue
			}
			if assert.Contains(t, endpoints, tool, "%s after %s", code, failed) && tool != failed {
				assert.Equal(t, risk.Read, endpoints[tool]().spec.Risk, "%s after %s leads to %s", code, failed, tool)
			}
		}
	}
	for key, m := range remediesOf {
		failed, code, _ := strings.Cut(key, " ")
		assert.Contains(t, endpoints, failed)
		assert.Contains(t, remedies, code)
		assert.Contains(t, endpoints, m.tool, key)
		assert.NotEmpty(t, m.cause, key)
		assert.NotEmpty(t, m.fix, key)
	}
	for failed, tool := range correctedWith {
		assert.Contains(t, endpoints, failed)
		assert.Contains(t, endpoints, tool)
	}
	assert.Equal(t, "get_client", follow(itsReader, "stamp_client_pending_receipts"))
	assert.Equal(t, "list_clients", follow(itsLister, "upload_client_support_document"))
	assert.Equal(t, "get_webhook", follow(itsReader, "delete_webhook"))
	assert.Equal(t, "list_income_invoices", follow(itsReader, "cancel_invoice"), "no tool reads any invoice")
}

// TestRejectionsNameRealArguments holds what is said of the SAT's codes to the tools
// there are.
func TestRejectionsNameRealArguments(t *testing.T) {
	var have func(path string, properties map[string]any) []string
	have = func(path string, properties map[string]any) (all []string) {
		for name, v := range properties {
			property := v.(map[string]any)
			at := path + name
			if items, isList := property["items"].(map[string]any); isList {
				at, property = at+"[]", items
			}
			all = append(all, strings.TrimSuffix(at, "[]"))
			inner, _ := property["properties"].(map[string]any)
			all = append(all, have(at+".", inner)...)
		}
		return all
	}
	schema := tree(endpoints["create_income_invoice"]().input.Full()).(map[string]any)
	arguments := have("", schema["properties"].(map[string]any))
	for _, r := range catalogs.Rejections() {
		if r.Argument != "" {
			assert.Contains(t, arguments, r.Argument, r.Code)
		}
		if r.Tool != "" {
			assert.Contains(t, endpoints, r.Tool, r.Code)
		}
	}
}
