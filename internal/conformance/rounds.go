//go:build conformance

package conformance

import (
	"context"
	"errors"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/internal/httpserve"
)

// nameField is the form most fixtures show.
const nameField = `{"name": {"type": "string"}}`

// registerRounds adds the tools that need several rounds in the newer era.
func registerRounds(s *server.MCPServer) {
	add(s, "test_input_required_result_elicitation", "", askName)
	add(s, "test_streaming_elicitation", "", func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if err := report(ctx, s, mcp.MethodNotificationProgress, map[string]any{"progressToken": "fixture", "progress": 1}); err != nil {
			return nil, err
		}
		return askName(ctx, r)
	})
	add(s, "test_input_required_result_sampling", "", func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if said := server.SamplingResponse(r.Params.InputResponses, "capital_question"); said != nil {
			return mcp.NewToolResultText(mcp.GetTextFromContent(said.Content)), nil
		}
		return server.NewInputRequestBuilder("").Sample("capital_question", sampling("What is the capital of France?", 100)).ToolResult(), nil
	})
	add(s, "test_input_required_result_list_roots", "", func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if roots := server.RootsResponse(r.Params.InputResponses, "client_roots"); roots != nil {
			return mcp.NewToolResultText(fmt.Sprintf("%d roots", len(roots.Roots))), nil
		}
		return server.NewInputRequestBuilder("").Roots("client_roots").ToolResult(), nil
	})
	add(s, "test_input_required_result_request_state", "", keepState)
	add(s, "test_input_required_result_tampered_state", "", keepState)
	add(s, "test_input_required_result_multiple_inputs", "", func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		in := r.Params.InputResponses
		if server.ElicitationResponse(in, "user_name") != nil && server.SamplingResponse(in, "greeting") != nil && server.RootsResponse(in, "client_roots") != nil {
			return mcp.NewToolResultText("all three are here"), nil
		}
		return server.NewInputRequestBuilder("multiple").Elicit("user_name", form("What is your name?", nameField)).
			Sample("greeting", sampling("Generate a greeting", 50)).Roots("client_roots").ToolResult(), nil
	})
	add(s, "test_input_required_result_multi_round", "", twoRounds)
	add(s, "test_input_required_result_capabilities", "", askWhatIsPossible)
	add(s, "test_missing_capability", "", needSampling)
}

func askName(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if name, ok := filledIn(r.Params.InputResponses, "user_name", "name"); ok {
		return mcp.NewToolResultText("Hello, " + name + "!"), nil
	}
	return server.NewInputRequestBuilder("").Elicit("user_name", form("What is your name?", nameField)).ToolResult(), nil
}

// keepState accepts no state but its own.
func keepState(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	const state = "sealed-by-the-fixture"
	switch {
	case r.Params.RequestState == state:
		return mcp.NewToolResultText("state-ok"), nil
	case r.Params.RequestState != "" || len(r.Params.InputResponses) > 0:
		httpserve.Fail(ctx, mcp.INVALID_PARAMS, "requestState is not ours", nil)
		return nil, errors.New("requestState is not ours")
	}
	return server.NewInputRequestBuilder(state).Elicit("confirm", form("Please confirm", `{"ok": {"type": "boolean"}}`)).ToolResult(), nil
}

func twoRounds(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	switch r.Params.RequestState {
	case "second":
		if color, ok := filledIn(r.Params.InputResponses, "step2", "color"); ok {
			return mcp.NewToolResultText("done: " + color), nil
		}
	case "first":
		if _, ok := filledIn(r.Params.InputResponses, "step1", "name"); ok {
			return server.NewInputRequestBuilder("second").Elicit("step2", form("Step 2: What is your favorite color?", `{"color": {"type": "string"}}`)).ToolResult(), nil
		}
	}
	return server.NewInputRequestBuilder("first").Elicit("step1", form("Step 1: What is your name?", nameField)).ToolResult(), nil
}

// askWhatIsPossible asks only in ways that the client said it knows.
func askWhatIsPossible(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	b := server.NewInputRequestBuilder("capabilities")
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.ClientCapabilities != nil {
		if info.ClientCapabilities.Elicitation != nil {
			b.Elicit("name", form("What is your name?", nameField))
		}
		if info.ClientCapabilities.Sampling != nil {
			b.Sample("greeting", sampling("Generate a greeting", 50))
		}
	}
	return b.ToolResult(), nil
}

// needSampling refuses a client of the newer era that cannot sample.
func needSampling(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	info := server.RequestProtocolInfoFromContext(ctx)
	if info == nil || !info.Modern || info.ClientCapabilities != nil && info.ClientCapabilities.Sampling != nil {
		return mcp.NewToolResultText("ok"), nil
	}
	httpserve.Fail(ctx, mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, "sampling is required",
		map[string]any{"requiredCapabilities": map[string]any{"sampling": map[string]any{}}})
	return nil, errors.New("sampling is required")
}

// filledIn is one text field of an accepted form.
func filledIn(responses mcp.InputResponses, id, field string) (string, bool) {
	r := server.ElicitationResponse(responses, id)
	if r == nil || r.Action != mcp.ElicitationResponseActionAccept {
		return "", false
	}
	content, _ := r.Content.(map[string]any)
	text, ok := content[field].(string)
	return text, ok
}
