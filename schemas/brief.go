package schemas

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
)

// An agent pays for every word of every tool in every request, so it is shown less of
// arguments than they are checked against. Limits of texts, numbers and lists are told
// when they are broken. Objects inside arguments are told in the description of the
// argument that holds them, in a notation that reads like the types of a program:
//
//	[{description* quantity taxes[{type*:IVA|ISR|IEPS rate*(0.16) inclusive/withholding:bool}]}]
//
// A star marks what is required, a slash joins members of one type, and what has no
// type is text or a number.

// brief reduces the schema of arguments to what an agent is shown.
func brief(s *jsonschema.Schema) {
	told := teller{}
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		argument := pair.Value
		argument.Description = told.once(pair.Key, argument.Description)
		if inner := innermost(argument); inner.Properties.Len() > 0 {
			argument.Description = join(argument.Description, told.inner(pair.Key, argument))
			inner.Properties, inner.Required = nil, nil
		}
		if run := values(argument.Enum); len(argument.Enum) > 3 && !strings.Contains(run, "|") {
			argument.Enum, argument.Description = nil, join(run+".", argument.Description)
		}
		each(argument, func(s *jsonschema.Schema) {
			s.AdditionalProperties = nil
			s.Pattern = ""
			unlimit(s)
		})
	}
}

// innermost is what a list lists, or s itself.
func innermost(s *jsonschema.Schema) *jsonschema.Schema {
	for s.Items != nil {
		s = s.Items
	}
	return s
}

// teller writes the notation for one tool. It says a thing once: what it told, and the
// argument at which it did.
type teller map[string]string

// once is a description where a name first has it, later nothing.
func (told teller) once(name, description string) string {
	if key := name + ": " + description; told[key] == "" {
		told[key] = name
		return description
	}
	return ""
}

// inner is what an argument holds, or the earlier argument that holds the same.
func (told teller) inner(argument string, s *jsonschema.Schema) string {
	whole := teller{}.value(s)
	if first, again := told[whole]; again {
		return "As " + first + "."
	}
	told[whole] = argument
	return told.value(s)
}

// value is the type of a value, as it follows the value's name.
func (told teller) value(s *jsonschema.Schema) string {
	switch {
	case s.Items != nil:
		return "[" + strings.TrimPrefix(told.value(s.Items), ":") + "]"
	case s.Properties.Len() > 0:
		return "{" + told.members(s) + "}"
	case s.Enum != nil:
		return ":" + values(s.Enum)
	case s.Type == "boolean":
		return ":bool"
	case s.Type == "integer":
		return ":int"
	case s.Type == "object":
		return "{}"
	}
	return ""
}

// members is what an object has.
func (told teller) members(s *jsonschema.Schema) string {
	var b strings.Builder
	last := "" // what is still to be said of the member before
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		kind := told.value(pair.Value)
		if slices.Contains(s.Required, pair.Key) {
			kind = "*" + kind
		}
		kind += parenthesized(told.once(pair.Key, pair.Value.Description))
		switch {
		case b.Len() == 0:
		case kind == last && len(kind) > 1:
			b.WriteString("/")
		default:
			b.WriteString(last + " ")
		}
		b.WriteString(pair.Key)
		last = kind
	}
	return b.String() + last
}

// values is a closed list in the notation: a|b, or 01-08 for codes that are counted.
func values(enum []any) string {
	if len(enum) == 0 {
		return ""
	}
	first, last := fmt.Sprint(enum[0]), fmt.Sprint(enum[len(enum)-1])
	if from, err := strconv.Atoi(first); err == nil && len(enum) > 2 {
		if to, err := strconv.Atoi(last); err == nil && to-from == len(enum)-1 {
			return first + "-" + last
		}
	}
	return strings.ReplaceAll(list(enum), ", ", "|")
}
