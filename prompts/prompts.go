// Package prompts is the words this server offers to agents: common jobs as MCP
// prompts and guides to the domain as resources, both in Spanish and English, and
// the server's instructions.
//
// A prompt is a pair of files, name.es.md and name.en.md. Each begins with a
// header (title, description, one line per argument) between lines of dashes;
// below it is a text/template of the message. A guide is a pair of files too,
// guides/topic.es.md and guides/topic.en.md. In all these texts backticks are kept
// for names of tools, so that [ToolNames] can find them.
package prompts

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template"
)

// Languages a prompt is written in.
const (
	Spanish = "es"
	English = "en"
)

// Prompt is a job that people ask for, as steps for an agent to follow.
type Prompt struct {
	Name   string
	ES, EN Version
}

// Version is a prompt in one language. Both versions take the same arguments.
type Version struct {
	Title, Description string
	Arguments          []Argument
	body               *template.Template
}

// Argument is something that the person may say beforehand.
type Argument struct {
	Name, Description string
	Required          bool
}

//go:embed *.es.md *.en.md instructions.md guides/*.md
var files embed.FS

var load = sync.OnceValue(func() []Prompt {
	names := []string{
		"invoice_client", "register_payment_and_send_invoice", "send_payment_link", "collections",
		"cancel_and_replace_invoice", "refund_with_credit_note", "stamp_pending_receipts", "why_nothing_stamps",
		"month_end_close", "reconcile_with_sat", "review_suppliers", "companies_summary",
	}
	all := make([]Prompt, len(names))
	for i, name := range names {
		all[i] = Prompt{Name: name, ES: version(name, Spanish), EN: version(name, English)}
	}
	return all
})

// All is every prompt, always in the same order.
func All() []Prompt { return slices.Clone(load()) }

// Instructions is what an agent is told of the server when it connects.
func Instructions() string { return strings.TrimSpace(read("instructions.md")) }

// Render is the message of the prompt, in the language that the argument
// language asks for, Spanish when it does not. Arguments appear in it as quoted
// data; blank ones count as absent. The error names everything wrong with the
// arguments.
func (p Prompt) Render(args map[string]string) (string, error) {
	given := make(map[string]string, len(args))
	for name, value := range args {
		if value = clean(value); value != "" {
			given[name] = value
		}
	}
	v, errs := p.version(given["language"])
	for _, a := range v.Arguments {
		if a.Required && given[a.Name] == "" {
			errs = append(errs, fmt.Errorf("missing argument %s: %s", a.Name, a.Description))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if !v.takes(name) {
			errs = append(errs, fmt.Errorf("unknown argument %.40q; it takes %s", name, strings.Join(v.names(), ", ")))
		}
	}
	if len(errs) > 0 {
		return "", fmt.Errorf("prompt %s: %w", p.Name, errors.Join(errs...))
	}
	for name, value := range given {
		given[name] = `"` + value + `"`
	}
	var b strings.Builder
	if err := v.body.Execute(&b, given); err != nil {
		return "", fmt.Errorf("prompt %s: %w", p.Name, err)
	}
	return b.String(), nil
}

// version is the prompt in a language, Spanish when it is unknown too, so that
// the other arguments can still be checked.
func (p Prompt) version(language string) (Version, []error) {
	switch strings.ToLower(language) {
	case "", Spanish:
		return p.ES, nil
	case English:
		return p.EN, nil
	default:
		return p.ES, []error{fmt.Errorf("unknown language %.40q; it is es or en", language)}
	}
}

func (v Version) names() []string {
	names := make([]string, len(v.Arguments))
	for i, a := range v.Arguments {
		names[i] = a.Name
	}
	return names
}

func (v Version) takes(name string) bool { return slices.Contains(v.names(), name) }

// Takes reports whether there is such a prompt and it takes such an argument.
func Takes(prompt, argument string) bool {
	i := slices.IndexFunc(load(), func(p Prompt) bool { return p.Name == prompt })
	return i >= 0 && load()[i].ES.takes(argument)
}

// ToolNames is every tool that a prompt, a guide or the instructions mention, sorted.
func ToolNames() []string {
	found := map[string]bool{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		for _, match := range toolName.FindAllStringSubmatch(read(name), -1) {
			found[match[1]] = true
		}
		return nil
	})
	if err != nil {
		panic(err) // a broken build
	}
	return slices.Sorted(maps.Keys(found))
}

var toolName = regexp.MustCompile("`([a-z]+(?:_[a-z]+)+)`")
