package main

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// TestGoSDK has the official Go client hold a whole conversation with the program, in
// each era of the protocol and over each transport, able and unable to ask its person.
func TestGoSDK(t *testing.T) {
	for _, version := range []string{"2026-07-28", "2025-11-25"} {
		for how, dial := range map[string]func(*testing.T, surroundings) func() mcp.Transport{"stdio": dialProcess, "HTTP": dialHTTP} {
			t.Run(version+" over "+how, func(t *testing.T) {
				server := dial(t, surroundings{env: map[string]string{"GIGSTACK_SANDBOX": "true", "GIGSTACK_ALLOW_CRITICAL": "true"}})
				t.Run("without a person", func(t *testing.T) {
					c := newSDKClient(t, server(), version, nil)
					c.looksAround()
					c.writes()
					c.confirmsByPlan()
					c.waits()
					require.NoError(t, c.Close())
				})
				t.Run("with a person", func(t *testing.T) {
					person := &sdkPerson{}
					c := newSDKClient(t, server(), version, person)
					c.confirmsByAsking(person)
					c.waits()
					require.NoError(t, c.Close())
				})
			})
		}
	}
}

// dialProcess has each client start a program of its own.
func dialProcess(t *testing.T, s surroundings) func() mcp.Transport {
	return func() mcp.Transport {
		cmd := exec.Command(os.Args[0])
		cmd.Args = []string{"gigstack-mcp", "stdio"}
		cmd.Env = append(os.Environ(), asProgram+"=1", "GIGSTACK_STATE_DIR="+t.TempDir())
		for name, value := range s.env {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		return &mcp.CommandTransport{Command: cmd}
	}
}

// dialHTTP has all clients call one program.
func dialHTTP(t *testing.T, s surroundings) func() mcp.Transport {
	served := serveHTTP(t, s)
	t.Cleanup(func() { assert.NoError(t, served.end()) })
	return func() mcp.Transport { return &mcp.StreamableClientTransport{Endpoint: served.url} }
}

// sdkPerson answers what they are asked.
type sdkPerson struct {
	reply mcp.ElicitResult
	asked []string
}

func (p *sdkPerson) elicit(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
	p.asked = append(p.asked, r.Params.Message)
	reply := p.reply
	return &reply, nil
}

// sdkClient is a session of the official client.
type sdkClient struct {
	*mcp.ClientSession
	t *testing.T
}

// newSDKClient connects a client that must agree on a version. One with a person can
// ask them.
func newSDKClient(t *testing.T, to mcp.Transport, version string, person *sdkPerson) sdkClient {
	options := &mcp.ClientOptions{}
	if person != nil {
		options.ElicitationHandler = person.elicit
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "go-sdk", Version: "1"}, options).
		Connect(t.Context(), to, &mcp.ClientSessionOptions{ProtocolVersion: version})
	require.NoError(t, err)
	agreed := session.InitializeResult()
	assert.Equal(t, version, agreed.ProtocolVersion)
	assert.Equal(t, "gigstack", agreed.ServerInfo.Name)
	assert.Contains(t, agreed.Instructions, "gigstack")
	return sdkClient{session, t}
}

// tool calls one that must succeed, and returns its answer.
func (c sdkClient) tool(name string, arguments map[string]any) map[string]any {
	c.t.Helper()
	result, err := c.CallTool(c.t.Context(), &mcp.CallToolParams{Name: name, Arguments: arguments})
	require.NoError(c.t, err)
	require.False(c.t, result.IsError, "%v", result.StructuredContent)
	return result.StructuredContent.(map[string]any)
}

// refused is the code of a tool's failure.
func (c sdkClient) refused(name string, arguments map[string]any) any {
	c.t.Helper()
	result, err := c.CallTool(c.t.Context(), &mcp.CallToolParams{Name: name, Arguments: arguments})
	require.NoError(c.t, err)
	require.True(c.t, result.IsError, "%v", result.StructuredContent)
	return result.StructuredContent.(map[string]any)["error"].(map[string]any)["code"]
}

// looksAround reads everything that is offered.
func (c sdkClient) looksAround() {
	t, ctx := c.t, c.t.Context()
	tools, err := c.ListTools(ctx, nil)
	require.NoError(t, err)
	count := 3 + 2 // the server's own, and those of the SAT
	for _, resource := range gigstack.API {
		count += len(resource.Endpoints)
	}
	assert.Len(t, tools.Tools, count)
	for _, tool := range tools.Tools {
		assert.NotNil(t, tool.Annotations, tool.Name)
	}

	prompts, err := c.ListPrompts(ctx, nil)
	require.NoError(t, err)
	assert.True(t, slices.ContainsFunc(prompts.Prompts, func(p *mcp.Prompt) bool { return p.Name == "month_end_close" }))
	prompt, err := c.GetPrompt(ctx, &mcp.GetPromptParams{Name: "month_end_close", Arguments: map[string]string{"month": "2026-06", "language": "en"}})
	require.NoError(t, err)
	assert.Contains(t, prompt.Messages[0].Content.(*mcp.TextContent).Text, "2026-06")
	completed, err := c.Complete(ctx, &mcp.CompleteParams{Ref: &mcp.CompleteReference{Type: "ref/prompt", Name: "month_end_close"}, Argument: mcp.CompleteParamsArgument{Name: "month", Value: "2026-1"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"2026-10", "2026-11", "2026-12"}, completed.Completion.Values)

	resources, err := c.ListResources(ctx, nil)
	require.NoError(t, err)
	assert.True(t, slices.ContainsFunc(resources.Resources, func(r *mcp.Resource) bool { return r.URI == "gigstack://catalogs/cfdi-uses" }))
	for _, uri := range []string{"gigstack://catalogs/cfdi-uses", "gigstack://catalog-codes/cfdi-uses/G03"} {
		read, err := c.ReadResource(ctx, &mcp.ReadResourceParams{URI: uri})
		require.NoError(t, err)
		assert.Contains(t, read.Contents[0].Text, "G03")
	}

	assert.Equal(t, true, c.tool("get_context", nil)["sandbox"])
	first := c.tool("list_clients", map[string]any{"limit": 2})
	require.Len(t, first["data"], 2)
	assert.NotEqual(t, first["data"], c.tool("list_clients", map[string]any{"limit": 2, "next": first["next"]})["data"])
	assert.Equal(t, "invalid_arguments", c.refused("list_clients", map[string]any{"limits": 2}))
	_, err = c.CallTool(ctx, &mcp.CallToolParams{Name: "make_coffee"})
	assert.Error(t, err)
}

// writes does what needs no confirmation.
func (c sdkClient) writes() {
	created := c.tool("create_service", map[string]any{"description": "Del cliente oficial", "unit_price": 1})
	read := c.tool("get_service", map[string]any{"id": created["data"].(map[string]any)["id"]})
	assert.Equal(c.t, "Del cliente oficial", read["data"].(map[string]any)["description"])
}

// confirmsByPlan repeats a call with its plan, which runs once.
func (c sdkClient) confirmsByPlan() {
	call := map[string]any{"id": "wh_erp"}
	planned := c.tool("delete_webhook", call)
	assert.Equal(c.t, "confirmation_required", planned["status"])
	confirmed := maps.Clone(call)
	confirmed["plan"] = planned["plan"]
	assert.Equal(c.t, "done", c.tool("delete_webhook", confirmed)["status"])
	assert.Equal(c.t, "plan_already_used", c.refused("delete_webhook", confirmed))
}

// confirmsByAsking has the person say no, and then yes.
func (c sdkClient) confirmsByAsking(person *sdkPerson) {
	call := map[string]any{"id": "wh_pruebas"}
	person.reply = mcp.ElicitResult{Action: "decline"}
	assert.Equal(c.t, "declined", c.tool("delete_webhook", call)["status"])
	c.tool("get_webhook", call)
	person.reply = mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}
	assert.Equal(c.t, "done", c.tool("delete_webhook", call)["status"])
	assert.Equal(c.t, "resource_not_found", c.refused("get_webhook", call))
	require.Len(c.t, person.asked, 2, "each call asks once")
	assert.Contains(c.t, person.asked[1], "webhook")
}

// waits asks for what somebody else has to approve.
func (c sdkClient) waits() {
	waiting := c.tool("reset_user_password", map[string]any{"email": "diego@kemper.example.mx"})
	assert.Equal(c.t, "waiting_for_approval", waiting["status"])
	assert.NotEmpty(c.t, waiting["approval"])
}
