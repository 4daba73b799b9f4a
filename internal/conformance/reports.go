//go:build conformance

package conformance

import (
	"context"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// registerReports adds the tools that report while they run.
func registerReports(s *server.MCPServer) {
	add(s, "test_tool_with_logging", "", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for _, text := range []string{"Tool execution started", "Tool processing data", "Tool execution completed"} {
			note := map[string]any{"level": "info", "logger": "conformance", "data": text}
			if err := report(ctx, s, mcp.MethodNotificationMessage, note); err != nil {
				return nil, err
			}
		}
		return mcp.NewToolResultText("Tool with logging executed successfully"), nil
	})
	add(s, "test_tool_with_progress", "", func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if r.Params.Meta == nil || r.Params.Meta.ProgressToken == nil {
			return mcp.NewToolResultText("nobody asked for progress"), nil
		}
		for _, percent := range []int{0, 50, 100} {
			note := map[string]any{"progressToken": r.Params.Meta.ProgressToken, "progress": percent, "total": 100}
			if err := report(ctx, s, mcp.MethodNotificationProgress, note); err != nil {
				return nil, err
			}
		}
		return mcp.NewToolResultText("progress reported"), nil
	})
	add(s, "test_logging_tool", "", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		// Sent only to a client that asked for a level; that nobody asked is no error here.
		_ = s.SendLogMessageToClient(ctx, mcp.NewLoggingMessageNotification(mcp.LoggingLevelInfo, "conformance", "hello"))
		return mcp.NewToolResultText("ok"), nil
	})
}

// report notifies the client. The pause keeps mcp-go's transport of the older
// era from dropping a call's last notification (its issue 969); our own of the
// newer era needs none.
func report(ctx context.Context, s *server.MCPServer, method mcp.MCPMethod, params map[string]any) error {
	err := s.SendNotificationToClient(ctx, string(method), params)
	if info := server.RequestProtocolInfoFromContext(ctx); info == nil || !info.Modern {
		time.Sleep(20 * time.Millisecond)
	}
	return err
}
