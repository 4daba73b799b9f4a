package prompts

import (
	"fmt"
	"strings"
	"text/template"
)

// version reads a prompt's file in one language, with the rules that all
// prompts of the language share. It panics on a malformed file: a broken build.
func version(name, language string) Version {
	file := name + "." + language + ".md"
	v, body, err := parse(read(file))
	if err != nil {
		panic(fmt.Sprintf("%s: %v", file, err))
	}
	v.body = template.Must(template.New(file).Parse(body))
	template.Must(v.body.New("rules").Parse(strings.TrimSpace(read("rules." + language + ".md"))))
	return v
}

func read(file string) string {
	raw, err := files.ReadFile(file)
	if err != nil {
		panic(err) // a broken build
	}
	return string(raw)
}

// parse splits a file into what its header says and the text below it. Header
// lines are "title: …", "description: …" and "argument NAME [required]: …".
func parse(file string) (v Version, body string, err error) {
	rest, ok := strings.CutPrefix(file, "---\n")
	header, body, closed := strings.Cut(rest, "\n---\n")
	if !ok || !closed {
		return v, "", fmt.Errorf("no header between lines of dashes")
	}
	for line := range strings.Lines(header) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		words := strings.Fields(key)
		switch {
		case !ok || len(words) == 0:
			return v, "", fmt.Errorf("header line %q is not key: value", line)
		case key == "title":
			v.Title = value
		case key == "description":
			v.Description = value
		case words[0] == "argument" && (len(words) == 2 || len(words) == 3 && words[2] == "required"):
			v.Arguments = append(v.Arguments, Argument{Name: words[1], Description: value, Required: len(words) == 3})
		default:
			return v, "", fmt.Errorf("header line %q says nothing known", line)
		}
	}
	return v, strings.TrimSpace(body) + "\n", nil
}
