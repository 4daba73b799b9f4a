//go:build conformance

package conformance

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// registerQuestions adds the tools that ask a client of the older era something
// in the middle of a call. They ask as our own tools do: by an input-required
// result, which mcp-go turns into a request to the client.
func registerQuestions(s *server.MCPServer) {
	add(s, "test_sampling", `{"prompt":{"type":"string"}}`, func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		said := server.SamplingResponse(r.Params.InputResponses, "prompt")
		if said == nil {
			return server.NewInputRequestBuilder("").Sample("prompt", sampling(r.GetString("prompt", ""), 100)).ToolResult(), nil
		}
		return mcp.NewToolResultText("LLM response: " + mcp.GetTextFromContent(said.Content)), nil
	})
	addForm(s, "test_elicitation", `{"username": {"type": "string"}, "email": {"type": "string"}}`)
	addForm(s, "test_elicitation_sep1034_defaults", `{
		"name": {"type": "string", "default": "John Doe"},
		"age": {"type": "integer", "default": 30},
		"score": {"type": "number", "default": 95.5},
		"status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
		"verified": {"type": "boolean", "default": true}
	}`)
	addForm(s, "test_elicitation_sep1330_enums", `{
		"untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
		"titledSingle": {"type": "string", "oneOf": [{"const": "value1", "title": "First"}, {"const": "value2", "title": "Second"}]},
		"legacyEnum": {"type": "string", "enum": ["opt1", "opt2"], "enumNames": ["Option One", "Option Two"]},
		"untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
		"titledMulti": {"type": "array", "items": {"anyOf": [{"const": "value1", "title": "First"}, {"const": "value2", "title": "Second"}]}}
	}`)
}

// addForm adds a tool that shows a form and repeats what was filled in.
func addForm(s *server.MCPServer, name, fields string) {
	add(s, name, `{"message":{"type":"string"}}`, func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		filled := server.ElicitationResponse(r.Params.InputResponses, "form")
		if filled == nil {
			return server.NewInputRequestBuilder("").Elicit("form", form(r.GetString("message", "Please fill in"), fields)).ToolResult(), nil
		}
		content, err := json.Marshal(filled.Content)
		return mcp.NewToolResultText(fmt.Sprintf("User response: action=%s, content=%s", filled.Action, content)), err
	})
}

// form is a question whose fields are given as JSON.
func form(message, fields string) mcp.ElicitationParams {
	return mcp.ElicitationParams{Mode: mcp.ElicitationModeForm, Message: message,
		RequestedSchema: map[string]any{"type": "object", "properties": json.RawMessage(fields)}}
}

// sampling is a question to the client's model.
func sampling(text string, tokens int) mcp.CreateMessageParams {
	return mcp.CreateMessageParams{MaxTokens: tokens, Messages: []mcp.SamplingMessage{{Role: mcp.RoleUser, Content: mcp.NewTextContent(text)}}}
}
