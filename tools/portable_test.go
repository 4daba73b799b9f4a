package tools_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keywords are those of JSON Schema that every model provider accepts.
var keywords = []string{
	"type", "properties", "required", "additionalProperties", "enum", "items", "description", "default", "pattern", "format",
	"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems",
}

var toolName = regexp.MustCompile(`^[a-z][a-z0-9_]{2,39}$`)

// TestPortable holds the list against the rules of the house.
func TestPortable(t *testing.T) {
	for _, tool := range offer(t) {
		t.Run(tool.Name, func(t *testing.T) {
			assert.Regexp(t, toolName, tool.Name)
			assert.NotEmpty(t, tool.Title)
			assert.NotEmpty(t, tool.Description)
			assert.LessOrEqual(t, utf8.RuneCountInString(tool.Description), 1000)
			for _, hint := range []*bool{tool.Annotations.ReadOnlyHint, tool.Annotations.DestructiveHint, tool.Annotations.IdempotentHint, tool.Annotations.OpenWorldHint} {
				assert.NotNil(t, hint, "every annotation is given")
			}
			assert.Empty(t, unportable(decode(t, tool.InputSchema), "input", true))
			assert.Empty(t, unportable(decode(t, tool.OutputSchema), "output", false))
		})
	}
}

// TestUnportable proves that the rules find what breaks them.
func TestUnportable(t *testing.T) {
	for schema, problem := range map[string]string{
		`{"type":"string"}`: "s: the root is not an object",
		`{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}`:                   "s.a: no description",
		`{"type":"object","properties":{"a":{"type":"string","description":"A"}}}`:                              "s: not closed",
		`{"type":"object","properties":{"a":true},"additionalProperties":false}`:                                "s.a: a boolean schema",
		`{"type":"object","additionalProperties":true}`:                                                         "s: additionalProperties is true",
		`{"type":"object","oneOf":[]}`:                                                                          "s: oneOf",
		`{"type":"object","properties":{"a":{"$ref":"#","description":"A"}},"additionalProperties":false}`:      "s.a: $ref",
		`{"type":"object","additionalProperties":{"type":["string","null"]}}`:                                   "s.*: type is a list",
		`{"type":"object","properties":{"a":{"type":"array","items":true,"description":"A"}},"required":["b"]}`: "s: requires b, which it does not have",
	} {
		assert.Contains(t, unportable(decode(t, json.RawMessage(schema)), "s", true), problem, schema)
	}
}

// unportable lists what is wrong with the schema of a tool's arguments or, not
// closed, of its answer.
func unportable(schema any, path string, closed bool) (problems []string) {
	if root, ok := schema.(map[string]any); !ok || root["type"] != "object" {
		return []string{path + ": the root is not an object"}
	}
	return walk(schema, path, closed)
}

func walk(schema any, path string, closed bool) (problems []string) {
	report := func(path, format string, args ...any) {
		problems = append(problems, path+": "+fmt.Sprintf(format, args...))
	}
	node, ok := schema.(map[string]any)
	if !ok {
		report(path, "a boolean schema")
		return problems
	}
	for _, keyword := range slices.Sorted(maps.Keys(node)) {
		if !slices.Contains(keywords, keyword) {
			report(path, "%s", keyword)
		}
	}
	if _, ok := node["type"].([]any); ok {
		report(path, "type is a list")
	}
	properties, _ := node["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		member := path + "." + name
		problems = append(problems, walk(properties[name], member, closed)...)
		if field, ok := properties[name].(map[string]any); ok && closed && field["description"] == nil {
			report(member, "no description")
		}
	}
	required, _ := node["required"].([]any)
	for _, name := range required {
		if properties[name.(string)] == nil {
			report(path, "requires %s, which it does not have", name)
		}
	}
	switch rest := node["additionalProperties"].(type) {
	case map[string]any:
		problems = append(problems, walk(rest, path+".*", closed)...)
	case nil:
		if closed && properties != nil {
			report(path, "not closed")
		}
	default:
		if rest != false {
			report(path, "additionalProperties is %v", rest)
		}
	}
	if items, ok := node["items"]; ok {
		problems = append(problems, walk(items, path+"[]", closed)...)
	}
	return problems
}

func decode(t *testing.T, raw json.RawMessage) (value any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(raw, &value))
	return value
}
