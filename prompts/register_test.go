package prompts

import (
	"encoding/json"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ask sends a request to a server with our prompts and decodes its answer.
func ask(t *testing.T, method string, params any, answer any) {
	t.Helper()
	s := server.NewMCPServer("test", "1")
	Register(s)
	request, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	require.NoError(t, err)
	raw, err := json.Marshal(s.HandleMessage(t.Context(), request))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, answer), "%s", raw)
}

type getParams struct {
	Name      string            `json:"name"`
	Arguments map[string]string `json:"arguments,omitempty"`
}

func TestListPrompts(t *testing.T) {
	var answer struct {
		Result struct {
			Prompts []struct {
				Name, Title, Description string
				Arguments                []Argument
			}
		}
	}
	ask(t, "prompts/list", map[string]any{}, &answer)
	require.Len(t, answer.Result.Prompts, len(All()))
	for _, listed := range answer.Result.Prompts {
		p := prompt(t, listed.Name)
		assert.Equal(t, p.ES.Title, listed.Title)
		assert.Contains(t, listed.Description, p.ES.Description)
		assert.Contains(t, listed.Description, p.EN.Description)
		require.Len(t, listed.Arguments, len(p.ES.Arguments))
		for i, a := range listed.Arguments {
			assert.Equal(t, p.ES.Arguments[i].Name, a.Name)
			assert.Equal(t, p.ES.Arguments[i].Required, a.Required, a.Name)
			assert.Contains(t, a.Description, p.EN.Arguments[i].Description)
		}
	}
}

func TestGetPrompt(t *testing.T) {
	args := map[string]string{"invoice": "A-1032", "language": "en"}
	var answer struct {
		Result struct {
			Description string
			Messages    []struct {
				Role    string
				Content struct{ Type, Text string }
			}
		}
	}
	ask(t, "prompts/get", getParams{"cancel_and_replace_invoice", args}, &answer)
	p := prompt(t, "cancel_and_replace_invoice")
	assert.Equal(t, p.EN.Description, answer.Result.Description)
	require.Len(t, answer.Result.Messages, 1)
	message := answer.Result.Messages[0]
	assert.Equal(t, "user", message.Role)
	assert.Equal(t, "text", message.Content.Type)
	want, err := p.Render(args)
	require.NoError(t, err)
	assert.Equal(t, want, message.Content.Text)
}

func TestGetPromptRefuses(t *testing.T) {
	var answer struct {
		Error struct{ Message string }
	}
	ask(t, "prompts/get", getParams{Name: "invoice_client"}, &answer)
	assert.Contains(t, answer.Error.Message, "missing argument client")
}

// A broken prompt costs its caller an error, not the server.
func TestPanicsStayInside(t *testing.T) {
	s := server.NewMCPServer("test", "1")
	s.AddPrompt(mcp.NewPrompt("broken"), Prompt{Name: "broken"}.get)
	raw, err := json.Marshal(s.HandleMessage(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"broken"}}`)))
	require.NoError(t, err)
	assert.Contains(t, string(raw), "prompt broken: runtime error")
}
