package tools

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// Toolsets resolves a selection ("clients,invoices", "all,-webhooks") to names of
// pages of the API, in their order. Exclusions win; nothing selected means all.
func Toolsets(selection []string) ([]string, error) {
	var all, include, exclude, unknown []string
	for _, resource := range gigstack.API {
		all = append(all, resource.Name)
	}
	for _, name := range selection {
		name, excluded := strings.CutPrefix(strings.TrimSpace(name), "-")
		switch {
		case name == "":
		case name == "all" && !excluded:
			include = append(include, all...)
		case !slices.Contains(all, name):
			unknown = append(unknown, name)
		case excluded:
			exclude = append(exclude, name)
		default:
			include = append(include, name)
		}
	}
	if unknown != nil {
		return nil, fmt.Errorf("unknown toolset %s; valid are: all, %s (a leading - leaves one out)", strings.Join(unknown, ", "), strings.Join(all, ", "))
	}
	if include == nil {
		include = all
	}
	return slices.DeleteFunc(all, func(name string) bool {
		return !slices.Contains(include, name) || slices.Contains(exclude, name)
	}), nil
}

// ToolsetOf is the toolset of each tool that an operator's policy can be about, by its
// name: of every endpoint, and of what is composed of them to write.
func ToolsetOf() map[string]string {
	toolsets := map[string]string{}
	for toolset, op := range gigstack.Operations() {
		toolsets[op.Spec().Name] = toolset
	}
	for name := range composedTools {
		toolsets[name] = ComposedSet
	}
	return toolsets
}

// Chosen is the endpoints, by name, that a selection of toolsets and changes of
// single tools ("+get_client", "-delete_client") leave. Leaving out wins.
func Chosen(toolsets, changes []string) (map[string]bool, error) {
	pages, err := Toolsets(toolsets)
	if err != nil {
		return nil, err
	}
	chosen, all := map[string]bool{}, []string{}
	for page, op := range gigstack.Operations() {
		all = append(all, op.Spec().Name)
		chosen[op.Spec().Name] = slices.Contains(pages, page)
	}
	var out, unknown, bare []string
	for _, change := range changes {
		name := strings.TrimLeft(change, "+-")
		switch {
		case len(change) != len(name)+1:
			bare = append(bare, change)
		case !slices.Contains(all, name):
			unknown = append(unknown, name)
		case change[0] == '-':
			out = append(out, name)
		default:
			chosen[name] = true
		}
	}
	switch {
	case bare != nil:
		return nil, fmt.Errorf("%s: write +name to add a tool and -name to leave one out", strings.Join(bare, ", "))
	case unknown != nil:
		return nil, fmt.Errorf("unknown tool %s; valid are: %s", strings.Join(unknown, ", "), strings.Join(all, ", "))
	}
	for _, name := range out {
		chosen[name] = false
	}
	return chosen, nil
}
