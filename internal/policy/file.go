package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Known is what a file may speak of.
type Known struct {
	Tools map[string]string // toolset by tool
}

// Problem is something wrong in a file.
type Problem struct {
	Line int // from 1
	What string
}

// Problems is everything wrong in a file, by line.
type Problems []Problem

// Error lists the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = fmt.Sprintf("line %d: %s", problem.Line, problem.What)
	}
	return strings.Join(lines, "\n")
}

// file is what a file looks like.
type file struct {
	Mode    text   `yaml:"mode"`
	Default text   `yaml:"default"`
	Rules   []rule `yaml:"rules"`
}

type rule struct {
	Name       text    `yaml:"name"`
	Tools      []text  `yaml:"tools"`
	Toolsets   []text  `yaml:"toolsets"`
	Teams      []text  `yaml:"teams"`
	Principals []text  `yaml:"principals"`
	Risk       text    `yaml:"risk"`
	Verdict    text    `yaml:"verdict"`
	Receivers  []text  `yaml:"receivers"`
	Hours      *hours  `yaml:"hours"`
	TestOnly   bool    `yaml:"test_only"`
	Amount     *sum    `yaml:"amount"`
	Caps       []limit `yaml:"caps"`
	Otherwise  text    `yaml:"otherwise"`

	line int
}

type hours struct {
	Days []text `yaml:"days"`
	From text   `yaml:"from"`
	To   text   `yaml:"to"`

	line int
}

type sum struct {
	UpTo     text `yaml:"up_to"`
	Currency text `yaml:"currency"`

	line int
}

type limit struct {
	sum   `yaml:",inline"`
	Days  text `yaml:"days"`
	Count text `yaml:"count"`
}

// text is a value as it is written, and where: numbers stay decimal, and times of day
// are none of YAML's.
type text struct {
	value string
	line  int
}

// UnmarshalYAML keeps the value's line.
func (t *text) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: one value belongs here, not a list or a group", n.Line)}}
	}
	t.value, t.line = n.Value, n.Line
	return nil
}

// Parse reads a file. What is wrong with it is a [Problems].
func Parse(data []byte, known Known) (*Policy, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, problemsOf(err)
	}
	if document.Kind == 0 {
		return nil, Problems{{1, "the file is empty; to allow everything, say so with default: allow"}}
	}
	c := &checker{known: known}
	c.empties(&document)
	var f file
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil {
		c.problems = append(c.problems, problemsOf(err)...)
	} else if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		c.problems = append(c.problems, Problem{document.Line, "a second document follows in the file; only the first would count"})
	}
	if len(c.problems) > 0 {
		return nil, c.sorted()
	}
	f.place(&document)
	p := c.policy(f)
	if len(c.problems) > 0 {
		return nil, c.sorted()
	}
	sum := sha256.Sum256(data)
	p.Digest = hex.EncodeToString(sum[:])
	return p, nil
}

// place notes the lines at which rules and their parts begin.
func (f *file) place(document *yaml.Node) {
	for i, node := range items(member(document.Content[0], "rules")) {
		f.Rules[i].line = node.Line
		if at := member(node, "hours"); at != nil {
			f.Rules[i].Hours.line = at.Line
		}
		if at := member(node, "amount"); at != nil {
			f.Rules[i].Amount.line = at.Line
		}
		for j, at := range items(member(node, "caps")) {
			f.Rules[i].Caps[j].line = at.Line
		}
	}
}

func resolved(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func member(n *yaml.Node, name string) *yaml.Node {
	n = resolved(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

func items(n *yaml.Node) []*yaml.Node {
	if n = resolved(n); n == nil {
		return nil
	}
	return n.Content
}

// empties finds what is there and says nothing: an empty list would be about
// everything, where its author meant nothing.
func (c *checker) empties(n *yaml.Node) {
	null := n.Kind == yaml.ScalarNode && (n.ShortTag() == "!!null" || strings.TrimSpace(n.Value) == "")
	group := n.Kind == yaml.SequenceNode || n.Kind == yaml.MappingNode
	switch {
	case null || group && len(n.Content) == 0:
		c.blame(n.Line, "this is empty: fill it, or leave its name out too")
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "<<" {
				c.blame(n.Content[i].Line, "merge keys are not read")
			}
		}
	}
	for _, child := range n.Content {
		c.empties(child)
	}
}

var (
	atLine  = regexp.MustCompile(`(?s)^(?:yaml: )?line (\d+): (.*)$`)
	goType  = regexp.MustCompile(` in type \S+$| into \S+$`)
	unknown = regexp.MustCompile(`^field (\S+) not found$`)
)

// problemsOf is the problems that the YAML reader speaks of, without its Go types.
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
		p.What = unknown.ReplaceAllString(p.What, "there is no $1 here")
		problems = append(problems, p)
	}
	return problems
}

// checker collects problems while it makes a policy of a file.
type checker struct {
	known    Known
	problems Problems
}

func (c *checker) blame(line int, format string, args ...any) {
	c.problems = append(c.problems, Problem{line, fmt.Sprintf(format, args...)})
}

func (c *checker) sorted() Problems {
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return a.Line - b.Line })
	return c.problems
}
