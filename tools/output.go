package tools

import (
	"fmt"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/internal/lines"
)

// Output is in which form results are given to clients.
type Output string

// The forms. Text is what people read, compact: lines and tables, not JSON.
const (
	OutputBoth       Output = "both"       // structured content, and the same as text
	OutputText       Output = "text"       // text alone, and tools without output schemas
	OutputStructured Output = "structured" // structured content, and JSON as text
)

// Check refuses what is no form of results.
func (o Output) Check() error {
	if o == "" || slices.Contains([]Output{OutputBoth, OutputText, OutputStructured}, o) {
		return nil
	}
	return fmt.Errorf("unknown form of output %q; valid are: both, text, structured", string(o))
}

// dress gives a result the form that clients get.
func (o Output) dress(result *mcp.CallToolResult) *mcp.CallToolResult {
	raw := result.RawStructuredContent
	if len(raw) == 0 {
		return result
	}
	shown := string(raw)
	if o != OutputStructured {
		shown = lines.Of(raw)
	}
	result.Content = append([]mcp.Content{mcp.NewTextContent(shown)}, result.Content...)
	if o == OutputText {
		result.RawStructuredContent = nil
	}
	return result
}
