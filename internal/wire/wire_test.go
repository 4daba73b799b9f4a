package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/wire"
)

const structured = `{"data":{"name":"Peña \"e\" hijos\n"},"team":"team_1"}`

func response(result any) mcp.JSONRPCResponse {
	return mcp.NewJSONRPCResultResponse(mcp.NewRequestId("a\"7"), result)
}

func result(change func(*mcp.CallToolResult)) mcp.JSONRPCResponse {
	r := &mcp.CallToolResult{Content: []mcp.Content{mcp.NewTextContent(structured)}, RawStructuredContent: json.RawMessage(structured)}
	change(r)
	return response(r)
}

// What is written is what mcp-go would write.
func TestEncode(t *testing.T) {
	list := mcp.ListToolsResult{Tools: []mcp.Tool{mcp.NewToolWithRawSchema("a", "<b>", json.RawMessage(`{"type":"object"}`))}}
	modern := list
	modern.ResultType = mcp.ResultTypeComplete
	meta := &mcp.Meta{}
	meta.SetServerInfo(mcp.Implementation{Name: "gigstack", Version: "1"})
	var e wire.Encoder
	for name, message := range map[string]any{
		"plain":      result(func(*mcp.CallToolResult) {}),
		"error":      result(func(r *mcp.CallToolResult) { r.IsError = true }),
		"modern":     result(func(r *mcp.CallToolResult) { r.ResultType = mcp.ResultTypeComplete; r.Meta = meta }),
		"two lines":  result(func(r *mcp.CallToolResult) { r.RawStructuredContent = json.RawMessage("{\n}") }),
		"no content": result(func(r *mcp.CallToolResult) { r.Content = nil }),
		"links": result(func(r *mcp.CallToolResult) {
			r.Content = append(r.Content, mcp.NewResourceLink("gigstack://files/1", "a", "", ""))
		}),
		"asks":          result(func(r *mcp.CallToolResult) { r.RequestState = "sealed" }),
		"unstructured":  result(func(r *mcp.CallToolResult) { r.RawStructuredContent = nil }),
		"a list":        response(list),
		"again":         response(list),
		"a modern list": response(modern),
		"something":     response(mcp.EmptyResult{}),
		"no response":   mcp.JSONRPCError{JSONRPC: "2.0", ID: mcp.NewRequestId(1), Error: mcp.NewJSONRPCErrorDetails(-32601, "no", nil)},
	} {
		want, err := json.Marshal(message)
		require.NoError(t, err, name)
		got, err := e.Encode(message)
		require.NoError(t, err, name)
		assert.Equal(t, string(want), string(got), name)
	}
}

func TestTextsKeepTheirMarks(t *testing.T) {
	var e wire.Encoder
	got, err := e.Encode(result(func(r *mcp.CallToolResult) { r.Content = []mcp.Content{mcp.NewTextContent("<a> & <b>")} }))
	require.NoError(t, err)
	assert.Contains(t, string(got), `"text":"<a> & <b>"`)
}
