package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/example"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// text is the page in Markdown.
func (p toolPage) text(t *testing.T) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\nGenerated from the endpoints by `go test . -run TestDocs -update`; do not edit.\n\n", p.name, p.doc)
	b.WriteString("| tool | tier | |\n|---|---|---|\n")
	for _, tool := range p.tools {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", tool.Name, tool.Name, tool.tier(), cell(tool.Title))
	}
	for _, tool := range p.tools {
		tool.write(t, &b)
	}
	return b.String()
}

// write is the tool's section of its page.
func (e toolEntry) write(t *testing.T, b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", e.Name, e.Description)
	if e.op == nil {
		b.WriteString("Answered by the server itself.\n")
	} else {
		spec := e.op.Spec()
		fmt.Fprintf(b, "`%s` · tier **%s**: %s.", spec.Route, spec.Risk, spec.Risk.Meaning())
		if spec.Undo != "" {
			fmt.Fprintf(b, " %s", spec.Undo)
		}
		b.WriteString("\n")
	}
	var input, output jsonschema.Schema
	require.NoError(t, json.Unmarshal(e.RawInputSchema, &input))
	require.NoError(t, json.Unmarshal(e.RawOutputSchema, &output))
	b.WriteString("\n| argument | type | |\n|---|---|---|\n")
	rows(b, &input, "", 2)
	data, ok := output.Properties.Get("data")
	if !ok {
		b.WriteString("\n| result | type | |\n|---|---|---|\n")
		rows(b, &output, "", 1)
		return
	}
	if data.Type == "array" {
		b.WriteString("\nResult: a page of `data`, each\n")
		data = data.Items
	} else {
		b.WriteString("\nResult: `data`\n")
	}
	if data != nil && data.Properties.Len() > 0 {
		b.WriteString("\n| member | type | |\n|---|---|---|\n")
		rows(b, data, "", 1)
	}
	e.writeExample(t, b)
}

// rows lists the properties of an object, those of inner objects below them.
func rows(b *strings.Builder, s *jsonschema.Schema, prefix string, depth int) {
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		name, p := prefix+pair.Key, pair.Value
		kind, inner := p.Type, p
		if p.Type == "array" {
			kind = "list"
			if p.Items != nil {
				kind, inner = "list of "+p.Items.Type, p.Items
			}
			name += "[]"
		}
		if slices.Contains(s.Required, pair.Key) {
			kind = "**" + kind + "**"
		}
		says := p.Description
		if inner.Enum != nil {
			says += " One of " + values(inner.Enum) + "."
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, kind, cell(strings.TrimSpace(says)))
		if depth > 1 {
			rows(b, inner, name+".", depth-1)
		}
	}
}

func values(enum []any) string {
	var texts []string
	for _, v := range enum {
		texts = append(texts, fmt.Sprintf("`%v`", v))
	}
	return strings.Join(texts, ", ")
}

// writeExample shows the documented request as the tool's arguments, which the tool
// must take.
func (e toolEntry) writeExample(t *testing.T, b *strings.Builder) {
	if e.op == nil {
		return // nobody documents it but we
	}
	file, err := example.Read(".", e.Name)
	require.NoError(t, err)
	args := file.Request.Arguments()
	schema := schemas.Input(e.op.Input())
	for name, value := range args {
		if text, ok := value.(string); ok {
			args[name] = strings.TrimPrefix(text, "@")
		}
		if slices.Contains(schema.Passwords(), name) {
			args[name] = "fiel" // the operator's name for it
		}
	}
	if len(args) == 0 {
		return
	}
	raw, err := json.Marshal(args)
	require.NoError(t, err)
	canonical, problems, err := schema.Check(raw)
	require.NoError(t, err)
	require.Empty(t, problems, "%s: the documented example is refused", e.Name)
	fmt.Fprintf(b, "\nExample: `%s`\n", canonical)
}

// cell is text that stays in its cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "|", `\|`), "\n", " ")
}
