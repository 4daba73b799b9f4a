// Package yamlfile reads the files that operators write, strictly, and names the line
// of everything that is wrong in one.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Problem is something wrong in a file.
type Problem struct {
	Line int // from 1
	What string
}

// Problems is everything wrong in a file. Returned as an error it is sorted.
type Problems []Problem

// Blame adds a problem.
func (p *Problems) Blame(line int, format string, args ...any) {
	*p = append(*p, Problem{line, fmt.Sprintf(format, args...)})
}

// Err is the problems by line, nil where there are none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int { return a.Line - b.Line })
	return p
}

// Error lists the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = fmt.Sprintf("line %d: %s", problem.Line, problem.What)
	}
	return strings.Join(lines, "\n")
}

// Text is a value as it is written, and where: numbers stay decimal, and times of day
// are none of YAML's.
type Text struct {
	Value string
	Line  int // 0 where the file has none
}

// UnmarshalYAML keeps the value's line.
func (t *Text) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: one value belongs here, not a list or a group", n.Line)}}
	}
	t.Value, t.Line = n.Value, n.Line
	return nil
}

// Values is what the texts say.
func Values(list []Text) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.Value)
	}
	return out
}

// Group is the root of a file, or a part of it, and where its parts are.
type Group struct{ node *yaml.Node }

// Decode reads a file into a struct. What is wrong with it is a [Problems]; hint says
// what to write into one that is empty.
func Decode(data []byte, into any, hint string) (Group, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return Group{}, problemsOf(err).Err()
	}
	if document.Kind == 0 {
		return Group{}, Problems{{1, "the file is empty; " + hint}}
	}
	var problems Problems
	problems.empties(&document)
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		problems = append(problems, problemsOf(err)...)
	} else if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		problems.Blame(document.Line, "a second document follows in the file; only the first would count")
	}
	return Group{document.Content[0]}, problems.Err()
}

// Line is where the group begins, 0 where the file has none.
func (g Group) Line() int {
	if g.node == nil {
		return 0
	}
	return g.node.Line
}

// Member is the part of this name.
func (g Group) Member(name string) Group {
	n := resolved(g.node)
	if n == nil || n.Kind != yaml.MappingNode {
		return Group{}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return Group{n.Content[i+1]}
		}
	}
	return Group{}
}

// Items is the parts of a list.
func (g Group) Items() []Group {
	n := resolved(g.node)
	if n == nil {
		return nil
	}
	items := make([]Group, len(n.Content))
	for i, item := range n.Content {
		items[i] = Group{item}
	}
	return items
}

func resolved(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// empties finds what is there and says nothing: an empty list would be about
// everything, where its author meant nothing.
func (p *Problems) empties(n *yaml.Node) {
	null := n.Kind == yaml.ScalarNode && (n.ShortTag() == "!!null" || strings.TrimSpace(n.Value) == "")
	group := n.Kind == yaml.SequenceNode || n.Kind == yaml.MappingNode
	switch {
	case null || group && len(n.Content) == 0:
		p.Blame(n.Line, "this is empty: fill it, or leave its name out too")
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "<<" {
				p.Blame(n.Content[i].Line, "merge keys are not read")
			}
		}
	}
	for _, child := range n.Content {
		p.empties(child)
	}
}

var (
	atLine  = regexp.MustCompile(`(?s)^(?:yaml: )?line (\d+): (.*)$`)
	goType  = regexp.MustCompile(` in type \S+$| into \S+$`)
	quoted  = regexp.MustCompile("(?s) `.*`")
	unknown = regexp.MustCompile(`^field (\S+) not found$`)
)

// problemsOf is the problems that the YAML reader speaks of, without its Go types, and
// without values: a secret may have been put into the wrong place.
func problemsOf(err error) Problems {
	said := []string{err.Error()}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		said = typed.Errors
	}
	problems := make(Problems, 0, len(said))
	for _, line := range said {
		p := Problem{1, strings.TrimPrefix(line, "yaml: ")}
		if parts := atLine.FindStringSubmatch(line); parts != nil {
			p.Line, _ = strconv.Atoi(parts[1])
			p.What = parts[2]
		}
		p.What = goType.ReplaceAllString(p.What, "")
		p.What = quoted.ReplaceAllString(p.What, "")
		p.What = unknown.ReplaceAllString(p.What, "there is no $1 here")
		problems = append(problems, p)
	}
	return problems
}
