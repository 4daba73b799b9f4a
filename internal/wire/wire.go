// Package wire writes what the MCP server answers. It writes what mcp-go's types
// would marshal into, without their detour: they build a map, marshal it, and have
// every byte of it read again by each value around it.
package wire

import (
	"bytes"
	"encoding/json"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/internal/rawjson"
)

// Encoder writes the messages of one server whose tools do not change once they were
// listed. Its zero value is ready, and safe for concurrent use.
type Encoder struct {
	lists sync.Map // results of tools/list, by their resultType: each era has its own
}

// Encode writes one message.
func (e *Encoder) Encode(message any) ([]byte, error) {
	response, ok := message.(mcp.JSONRPCResponse)
	if !ok {
		return json.Marshal(message)
	}
	id, err := json.Marshal(response.ID)
	if err != nil {
		return nil, err
	}
	switch result := response.Result.(type) {
	case *mcp.CallToolResult:
		if plain(result) {
			return appendCall(begin(id, 3*len(result.RawStructuredContent)), result)
		}
	case mcp.ListToolsResult:
		list, err := e.list(result)
		return append(append(begin(id, len(list)), list...), '}'), err
	}
	return json.Marshal(message)
}

// begin is a response up to its result, with room for that.
func begin(id []byte, room int) []byte {
	dst := append(make([]byte, 0, 256+len(id)+room), `{"jsonrpc":"2.0","id":`...)
	return append(append(dst, id...), `,"result":`...)
}

// list writes a list once.
func (e *Encoder) list(result mcp.ListToolsResult) ([]byte, error) {
	if written, ok := e.lists.Load(result.ResultType); ok {
		return written.([]byte), nil
	}
	list, err := json.Marshal(result)
	if err == nil {
		e.lists.Store(result.ResultType, list)
	}
	return list, err
}

// plain reports whether a result has nothing but content, on one line.
func plain(r *mcp.CallToolResult) bool {
	return len(r.RawStructuredContent) > 0 && bytes.IndexByte(r.RawStructuredContent, '\n') < 0 && len(r.InputRequests) == 0 && r.RequestState == ""
}

// appendCall writes a result, its members in mcp-go's order, and ends the response.
func appendCall(dst []byte, r *mcp.CallToolResult) ([]byte, error) {
	dst = append(dst, '{')
	if r.Meta != nil {
		meta, err := json.Marshal(r.Meta)
		if err != nil {
			return nil, err
		}
		dst = append(append(append(dst, `"_meta":`...), meta...), ',')
	}
	dst = append(dst, `"content":[`...)
	for i, content := range r.Content {
		if i > 0 {
			dst = append(dst, ',')
		}
		if text, ok := content.(mcp.TextContent); ok && text.Annotations == nil && text.Meta == nil {
			dst = append(rawjson.AppendString(append(dst, `{"type":"text","text":`...), text.Text), '}')
			continue
		}
		raw, err := json.Marshal(content)
		if err != nil {
			return nil, err
		}
		dst = append(dst, raw...)
	}
	dst = append(dst, ']')
	if r.IsError {
		dst = append(dst, `,"isError":true`...)
	}
	if r.ResultType != "" {
		dst = rawjson.AppendString(append(dst, `,"resultType":`...), string(r.ResultType))
	}
	return append(append(append(dst, `,"structuredContent":`...), r.RawStructuredContent...), "}}"...), nil
}
