package tools_test

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBadInput is TestArguments for what no decent client would send: it too is a
// tool's error that names the field and says what would be right; nothing is sent,
// and the server goes on.
func TestBadInput(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000)
	for name, c := range map[string]struct{ tool, args, field, says string }{
		"missing inside":       {"create_income_invoice", `{"client":{"id":"c"},"payment_form":"03","items":[{"taxes":[{"type":"IVA"}]}]}`, "items[0].taxes[0]", "rate is required"},
		"bad enum":             {"cancel_invoice", `{"id":"x","motive":"05"}`, "motive", "must be one of: 01, 02, 03, 04"},
		"malformed RFC":        {"create_client", `{"name":"A","tax_id":"EKU-900317"}`, "tax_id", "must look like"},
		"malformed UUID":       {"create_webhook", `{"url":"https://a.example","events":[],"operation_id":"1234"}`, "operation_id", "must look like"},
		"malformed date":       {"list_clients", `{"created_gte":"whenever"}`, "created_gte", "is no period"},
		"negative amount":      {"refund_payment", `{"id":"p","amount":-1}`, "amount", "must be more than 0"},
		"exponent":             {"refund_payment", `{"id":"p","amount":1e400}`, "", "exponent"},
		"path in an id":        {"get_client", `{"id":"../teams"}`, "id", "no slash"},
		"ten megabytes":        {"create_client", `{"name":"` + strings.Repeat("a", 10<<20) + `"}`, "name", "at most 262144"},
		"ten megabytes inside": {"create_client", `{"name":"A","metadata":{"note":"` + strings.Repeat("a", 10<<20) + `"}}`, "metadata.note", "at most 262144"},
		"deep nesting":         {"create_client", `{"name":"A","metadata":` + deep + `}`, "metadata.a.a.a…", "32 levels"},
		"deep lists":           {"create_client", `{"name":"A","metadata":{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}}`, "metadata.a[0][0]…", "32 levels"},
		"deep in a text":       {"create_client", `{"name":"A","metadata":` + strconv.Quote(deep) + `}`, "metadata.a.a.a…", "32 levels"},
		"a name too long":      {"create_client", `{"name":"A","metadata":{"` + strings.Repeat("k", 1<<20) + `":1}}`, "metadata", "longer than 200 bytes"},
		"a name not UTF-8":     {"create_client", "{\"name\":\"A\",\"metadata\":{\"\xff\":1}}", "metadata", "not valid UTF-8"},
		"a long file name":     {"upload_client_csf", `{"file":"data:application/pdf;name=` + strings.Repeat("n", 2<<20) + `;base64,JVBERi0="}`, "file", "must be data:TYPE"},
		"invalid UTF-8":        {"create_client", "{\"name\":\"A\xff\xfeB\"}", "name", "UTF-8"},
		"half a surrogate":     {"create_client", `{"name":"\ud83d"}`, "name", "UTF-8"},
		"not JSON":             {"create_client", `{"name":`, "", "not valid JSON"},
		"no object":            {"create_client", `[1]`, "", "must be object"},
		"two values":           {"create_client", `{"name":"A"}{"name":"B"}`, "", "not valid JSON"},
		"a bad team":           {"list_clients", `{"team":"team kemper"}`, "", "team: a team id is"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, setting{})
			s.reached()
			tool, ok := s.tools.Find(c.tool)
			require.True(t, ok)
			request := mcp.CallToolRequest{}
			request.Params.Name, request.Params.RawArguments = c.tool, json.RawMessage(c.args)
			answered, err := tool.Handler(t.Context(), request)
			require.NoError(t, err)
			require.True(t, answered.IsError)
			text := string(answered.RawStructuredContent)
			assert.Less(t, len(text), 3000, "the answer does not repeat what was wrong")
			var refusal struct {
				Error struct {
					Code, Message, Outcome string
					Details                []struct{ Field, Message string }
				}
			}
			require.NoError(t, json.Unmarshal([]byte(text), &refusal))
			assert.Contains(t, []string{"invalid_arguments", "invalid_argument"}, refusal.Error.Code)
			assert.Equal(t, "not_sent", refusal.Error.Outcome)
			assert.Contains(t, refusal.Error.Message, c.says)
			assert.Contains(t, refusal.Error.Message, c.field)
			assert.Empty(t, s.reached(), "nothing was sent")

			request.Params.Name, request.Params.RawArguments = "list_clients", nil
			tool, _ = s.tools.Find("list_clients")
			answered, err = tool.Handler(t.Context(), request)
			require.NoError(t, err)
			assert.False(t, answered.IsError, "the server lives")
		})
	}
}

// TestWorkingDirectoryIsGone calls tools of a server whose directory was removed
// under it.
func TestWorkingDirectoryIsGone(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.RemoveAll(dir))
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	require.False(t, a.call(t, "list_payments", args{}).isError, s.log)
	require.False(t, a.confirmed(t, "delete_webhook", args{"id": "wh_erp"}).isError, s.log)
}
