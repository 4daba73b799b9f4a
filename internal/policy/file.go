package policy

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/gigstack/gigstack-mcp/internal/yamlfile"
)

// Known is what a file may speak of.
type Known struct {
	Tools map[string]string // toolset by tool
}

// file is what a file looks like.
type file struct {
	Mode    yamlfile.Text `yaml:"mode"`
	Default yamlfile.Text `yaml:"default"`
	Rules   []rule        `yaml:"rules"`
}

type rule struct {
	Name       yamlfile.Text   `yaml:"name"`
	Tools      []yamlfile.Text `yaml:"tools"`
	Toolsets   []yamlfile.Text `yaml:"toolsets"`
	Teams      []yamlfile.Text `yaml:"teams"`
	Principals []yamlfile.Text `yaml:"principals"`
	Risk       yamlfile.Text   `yaml:"risk"`
	Verdict    yamlfile.Text   `yaml:"verdict"`
	Receivers  []yamlfile.Text `yaml:"receivers"`
	Hours      *hours          `yaml:"hours"`
	TestOnly   bool            `yaml:"test_only"`
	Amount     *sum            `yaml:"amount"`
	Caps       []limit         `yaml:"caps"`
	Otherwise  yamlfile.Text   `yaml:"otherwise"`

	line int
}

type hours struct {
	Days []yamlfile.Text `yaml:"days"`
	From yamlfile.Text   `yaml:"from"`
	To   yamlfile.Text   `yaml:"to"`

	line int
}

type sum struct {
	UpTo     yamlfile.Text `yaml:"up_to"`
	Currency yamlfile.Text `yaml:"currency"`

	line int
}

type limit struct {
	sum   `yaml:",inline"`
	Days  yamlfile.Text `yaml:"days"`
	Count yamlfile.Text `yaml:"count"`
}

// Parse reads a file. What is wrong with it is a [yamlfile.Problems].
func Parse(data []byte, known Known) (*Policy, error) {
	var f file
	root, err := yamlfile.Decode(data, &f, "to allow everything, say so with default: allow")
	if err != nil {
		return nil, err
	}
	f.place(root)
	c := &checker{known: known}
	p := c.policy(f)
	if err := c.Err(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	p.Digest = hex.EncodeToString(sum[:])
	return p, nil
}

// place notes the lines at which rules and their parts begin.
func (f *file) place(root yamlfile.Group) {
	for i, at := range root.Member("rules").Items() {
		f.Rules[i].line = at.Line()
		if hours := at.Member("hours"); hours.Line() != 0 {
			f.Rules[i].Hours.line = hours.Line()
		}
		if amount := at.Member("amount"); amount.Line() != 0 {
			f.Rules[i].Amount.line = amount.Line()
		}
		for j, limit := range at.Member("caps").Items() {
			f.Rules[i].Caps[j].line = limit.Line()
		}
	}
}

// checker collects problems while it makes a policy of a file.
type checker struct {
	known Known
	yamlfile.Problems
}
