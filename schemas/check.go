package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/gigstack/gigstack-mcp/internal/rawjson"
)

// Problem is one thing that is wrong with arguments, in words that tell what
// would be right. It never repeats the value.
type Problem struct {
	Path    string `json:"path"` // "client.tax_id", "items[0].unit_price"; "" for the whole
	Message string `json:"message"`
}

// Check reads arguments against the schema. It accepts what plainly means the
// right thing (an object sent as a string of JSON, a number in quotes) and
// returns the arguments in canonical form: the same for the same meaning, with
// members sorted. With problems, the arguments must not be used.
func (s *Schema) Check(args json.RawMessage) (canonical json.RawMessage, problems []Problem, err error) {
	value, err := decode(args)
	if err != nil {
		return nil, []Problem{{Message: "the arguments are not valid JSON"}}, nil
	}
	if value == nil {
		value = map[string]any{}
	}
	f := &fitter{}
	value, _ = f.fit(s.root, value)
	if problems := unsound(value, s.root, nil); problems != nil { // also of what was sent as text
		return nil, problems, nil
	}
	value, ok := plainNumbers(value)
	if !ok {
		return nil, []Problem{{Message: "a number is too long, or its exponent too large"}}, nil
	}
	compiled, err := s.compile()
	if err != nil {
		return nil, nil, fmt.Errorf("compile schema: %w", err)
	}
	var invalid *validator.ValidationError
	if err := compiled.Validate(value); errors.As(err, &invalid) {
		s.explain(invalid, &problems)
		slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Path+a.Message, b.Path+b.Message) })
		return nil, problems, nil
	} else if err != nil {
		return nil, nil, err
	}
	return rawjson.Append(nil, value), nil, nil
}

// Bounds of arguments. No field of gigstack's comes near them.
const (
	maxText  = 256 << 10 // bytes of one text; files have limits of their own
	maxName  = 200       // bytes of a member's name
	maxDepth = 32        // objects and lists within each other
)

// unsound reports what no schema tells: text that is too long or not text at all,
// and values too deep inside each other.
func unsound(value any, n *node, at []string) (problems []Problem) {
	if len(at) > maxDepth {
		return []Problem{{path(at[:4]) + "…", fmt.Sprintf("is nested more than %d levels deep", maxDepth)}}
	}
	switch v := value.(type) {
	case string:
		switch {
		case len(v) > maxText && (n == nil || n.upload == nil):
			return []Problem{{path(at), fmt.Sprintf("has %d bytes; at most %d are accepted", len(v), maxText)}}
		case strings.ContainsRune(v, utf8.RuneError): // what the decoder makes of bytes that are not UTF-8
			return []Problem{{path(at), "is not valid UTF-8 text; send the characters themselves"}}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if len(name) > maxName || strings.ContainsRune(name, utf8.RuneError) {
				problems = append(problems, Problem{path(at), fmt.Sprintf("the name of a member is longer than %d bytes or not valid UTF-8", maxName)})
				continue
			}
			problems = append(problems, unsound(v[name], n.member(name), append(slices.Clip(at), name))...)
		}
	case []any:
		for i, element := range v {
			problems = append(problems, unsound(element, n.element(), append(slices.Clip(at), strconv.Itoa(i)))...)
		}
	}
	return problems
}

func (n *node) member(name string) *node {
	if n == nil {
		return nil
	}
	return n.properties[name]
}

func (n *node) element() *node {
	if n == nil {
		return nil
	}
	return n.items
}

// explain turns the leaves of a validation error into problems.
func (s *Schema) explain(e *validator.ValidationError, problems *[]Problem) {
	if len(e.Causes) > 0 {
		for _, cause := range e.Causes {
			s.explain(cause, problems)
		}
		return
	}
	at := path(e.InstanceLocation)
	add := func(format string, args ...any) {
		*problems = append(*problems, Problem{at, fmt.Sprintf(format, args...)})
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		valid := s.at(e.InstanceLocation).names
		for _, name := range k.Properties {
			add("unknown argument %q; valid are: %s", clip(name), strings.Join(valid, ", "))
		}
	case *kind.Required:
		for _, name := range k.Missing {
			*problems = append(*problems, Problem{path(append(slices.Clip(e.InstanceLocation), name)), "is required"})
		}
	case *kind.Type:
		add("must be %s, not %s", strings.Join(k.Want, " or "), k.Got)
	case *kind.Enum:
		add("must be one of: %s", list(k.Want))
	case *kind.Pattern:
		add("%s", join("must look like", k.Want, parenthesized(s.at(e.InstanceLocation).words)))
	case *kind.Minimum:
		add("must be at least %s", k.Want.RatString())
	case *kind.ExclusiveMinimum:
		add("must be more than %s", k.Want.RatString())
	case *kind.Maximum:
		add("must be at most %s", k.Want.RatString())
	case *kind.MinItems:
		add("must have at least %d", k.Want)
	case *kind.MaxItems:
		add("must have at most %d", k.Want)
	case *kind.MinLength:
		add("must have at least %d characters", k.Want)
	case *kind.MaxLength:
		add("must have at most %d characters", k.Want)
	default:
		add("does not fit the schema")
	}
}

// parenthesized is what is said of a value, as an aside.
func parenthesized(words string) string {
	if words == "" {
		return ""
	}
	return "(" + strings.TrimSuffix(words, ".") + ")"
}

// at is the node that describes the value at a location.
func (s *Schema) at(location []string) *node {
	n := s.root
	for _, token := range location {
		switch {
		case n.items != nil:
			n = n.items
		case n.properties[token] != nil:
			n = n.properties[token]
		default:
			return &node{}
		}
	}
	return n
}

// path is a location as people write it: client.address.zip, items[0].
func path(location []string) string {
	var b strings.Builder
	for _, token := range location {
		switch {
		case token != "" && strings.Trim(token, "0123456789") == "":
			b.WriteString("[" + token + "]")
		case b.Len() > 0:
			b.WriteString("." + clip(token))
		default:
			b.WriteString(clip(token))
		}
	}
	return b.String()
}

func list(values []any) string {
	var texts []string
	for _, v := range values {
		texts = append(texts, fmt.Sprint(v))
	}
	return strings.Join(texts, ", ")
}

// clip keeps a name that came from outside short and printable.
func clip(name string) string {
	if len(name) > 60 {
		name = strings.ToValidUTF8(name[:60], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if Hidden(r) {
			return -1
		}
		return r
	}, name)
}
