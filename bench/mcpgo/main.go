// Command mcpgo is what mcp-go makes of the floor's tools on its own: its stock
// loop on stdio, its stock handler over HTTP, and nothing else set.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func main() {
	addr := flag.String("http", "", "address to serve HTTP at; stdio when empty")
	tools := flag.String("tools", "", "file with the result of tools/list")
	api := flag.String("api", "", "the API's base URL")
	flag.Parse()
	s := server.NewMCPServer("mcpgo", "1", server.WithToolCapabilities(false))
	if err := addTools(s, *tools, *api); err != nil {
		log.Fatal(err)
	}
	if *addr == "" {
		log.Fatal(server.ServeStdio(s))
	}
	log.Fatal(server.NewStreamableHTTPServer(s).Start(*addr))
}

func addTools(s *server.MCPServer, file, api string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var list struct {
		Tools []struct {
			Name, Title, Description  string
			InputSchema, OutputSchema json.RawMessage
			Annotations               mcp.ToolAnnotation
		}
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	for _, t := range list.Tools {
		tool := mcp.NewToolWithRawSchema(t.Name, t.Description, t.InputSchema)
		tool.Title, tool.RawOutputSchema, tool.Annotations = t.Title, t.OutputSchema, t.Annotations
		s.AddTool(tool, func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			path := "/clients?limit=20"
			if call.Params.Name == "get_client" {
				path = "/clients/" + call.GetString("id", "")
			}
			return get(ctx, client, api+path)
		})
	}
	return nil
}

// get passes the API's answer on, as structured content and as text.
func get(ctx context.Context, client *http.Client, url string) (*mcp.CallToolResult, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	return mcp.NewToolResultStructured(json.RawMessage(body), string(body)), nil
}
