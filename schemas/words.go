package schemas

import (
	"reflect"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// hint is what an agent is told of an argument: what is true of all of its type, and
// its doc tag. It is nothing of a type, whose field is "".
func hint(t reflect.Type, field string) string {
	if field == "" {
		return ""
	}
	f, _ := t.FieldByName(field)
	doc := f.Tag.Get("doc")
	switch v := reflect.Zero(underlying(f.Type)).Interface().(type) {
	case interface{ Hint() string }:
		return join(v.Hint()+".", doc)
	case gigstack.Uploadable:
		return join(doc, uploadWords(v.Rule()))
	case gigstack.Secret:
		return join(doc, "Name of an operator's secret, never the password.")
	}
	return doc
}

func join(texts ...string) string {
	return strings.TrimSpace(strings.Join(texts, " "))
}

// describe is a hint, with what the values of a closed list mean.
func describe(t reflect.Type, field string) string {
	if field == "" {
		return ""
	}
	f, _ := t.FieldByName(field)
	if v, ok := reflect.Zero(underlying(f.Type)).Interface().(interface{ Choices() []gigstack.Choice }); ok {
		return join(hint(t, field), meanings(v.Choices()))
	}
	return hint(t, field)
}

// underlying is what a pointer points to, a list lists, and null clears.
func underlying(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if v, ok := reflect.Zero(t).Interface().(interface{ Inner() any }); ok {
		return underlying(reflect.TypeOf(v.Inner()))
	}
	return t
}

func uploadWords(rule gigstack.FileRule) string {
	if rule.Private {
		return "Path in the files folder."
	}
	return "Path, gigstack://files/ link or data: URI."
}

func meanings(choices []gigstack.Choice) string {
	var parts []string
	for _, c := range choices {
		if c.Meaning != "" {
			parts = append(parts, c.Value+" "+c.Meaning)
		}
	}
	if parts == nil {
		return ""
	}
	return strings.Join(parts, "; ") + "."
}
