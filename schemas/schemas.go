// Package schemas shows gigstack's Go types to agents as JSON Schema, checks
// arguments against it, and fits answers into it.
//
// Only the subset that every model provider accepts is used: no references, no
// combinators, no type lists. An agent is shown arguments briefly ([Schema.JSON]); they
// are checked against all that is known of them ([Schema.Full]), closed to any depth.
package schemas

import (
	"bytes"
	"encoding/json"
	"reflect"
	"sync"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// Schema is the JSON Schema of a type. It is safe for concurrent use.
type Schema struct {
	raw     json.RawMessage
	full    func() json.RawMessage
	root    *node
	wary    bool // what it describes holds credentials: some may have a name nobody knows
	compile func() (*validator.Schema, error)
}

// Field is a property of ours beside those of the type.
type Field struct {
	Name, Doc string
	Required  bool
}

// secretName is what the name of an operator's password looks like.
const secretName = `^[A-Za-z0-9_-]{1,40}$`

// Input is the closed schema of an endpoint's arguments, followed by fields of
// ours (texts).
func Input(t reflect.Type, more ...Field) *Schema {
	s := arguments(t, hint, more)
	root := newNode(s)
	brief(s)
	full := func() json.RawMessage { return render(arguments(t, describe, more)) }
	return &Schema{raw: render(s), full: full, root: root, compile: compiled(full, root)}
}

// arguments is all that is checked of arguments, in the words of says.
func arguments(t reflect.Type, says func(t reflect.Type, field string) string, more []Field) *jsonschema.Schema {
	r := newReflector(true)
	r.LookupComment = says
	s := r.ReflectFromType(t)
	for _, f := range more {
		s.Properties.Set(f.Name, &jsonschema.Schema{Type: "string", Description: f.Doc})
		if f.Required {
			s.Required = append(s.Required, f.Name)
		}
	}
	return s
}

// Output is the schema of what a tool answers: the type under "data", beside
// the members every result has. Objects stay open, because gigstack may send
// fields that nobody has documented. files is the member of the result that only
// answers with a [gigstack.Download] have.
func Output(t reflect.Type, result reflect.Type, files string) *Schema {
	data := newReflector(false)
	element := data.ReflectFromType(elementOf(t))
	if elementOf(t) != t {
		element = &jsonschema.Schema{Type: "array", Items: element}
	}
	s := newReflector(false).ReflectFromType(result)
	s.Properties.Set("data", element)
	full := newNode(s)
	if !full.holds(isDownload) {
		s.Properties.Delete(files)
	}
	loosen(element)
	outline(element, answerDepth)
	sealed := seal(s)
	sealed.root = full
	sealed.wary = full.holds(isWary)
	return sealed
}

// elementOf is what a page lists, or the type itself when it is no page.
func elementOf(t reflect.Type) reflect.Type {
	if page, ok := reflect.Zero(t).Interface().(interface{ Element() any }); ok {
		return reflect.TypeOf(page.Element())
	}
	return t
}

// loosen takes the limits of arguments off types that answers share with them: a
// client must not reject an answer because gigstack stores what it no longer
// accepts.
func loosen(s *jsonschema.Schema) {
	each(s, func(s *jsonschema.Schema) {
		s.Enum, s.Pattern = nil, ""
		unlimit(s)
	})
}

func unlimit(s *jsonschema.Schema) {
	s.Minimum, s.Maximum, s.ExclusiveMinimum = "", "", ""
	s.MinLength, s.MaxLength, s.MinItems, s.MaxItems = nil, nil, nil, nil
}

// answerDepth is how many levels of an answer's data its schema spells out.
const answerDepth = 2

// Of is the schema of a result that is one of our own types, as it stands.
func Of(t reflect.Type) *Schema { return seal(newReflector(false).ReflectFromType(t)) }

// JSON is the schema as clients see it.
func (s *Schema) JSON() json.RawMessage { return s.raw }

// Full is the schema with all that is checked and what the values of closed lists mean,
// for those who do not pay by the word.
func (s *Schema) Full() json.RawMessage { return s.full() }

// Names lists the top-level properties in schema order.
func (s *Schema) Names() []string { return s.root.names }

// Members lists the members of the data, or of each record of a list.
func (s *Schema) Members() []string {
	data := s.root.properties["data"]
	if data.items != nil {
		data = data.items
	}
	return data.names
}

// HoldsDownload reports whether a value of the schema contains a file.
func (s *Schema) HoldsDownload() bool { return s.root.holds(isDownload) }

func isDownload(n *node) bool { return n.download }

func isWary(n *node) bool { return n.secret || n.dump }

// HoldsSecret reports whether a value of the schema contains a credential.
func (s *Schema) HoldsSecret() bool { return s.root.holds(func(n *node) bool { return n.secret }) }

// Uploads is what each top-level property that takes a file accepts.
func (s *Schema) Uploads() map[string]gigstack.FileRule {
	rules := map[string]gigstack.FileRule{}
	for name, member := range s.root.properties {
		if member.upload != nil {
			rules[name] = *member.upload
		}
	}
	return rules
}

// Which end of a period an argument is.
const (
	Since = "since"
	Until = "until"
)

// Bounds is the top-level properties that begin or end a period, and which they do.
func (s *Schema) Bounds() map[string]string {
	ends := map[string]string{}
	for name, member := range s.root.properties {
		if member.bound != "" {
			ends[name] = member.bound
		}
	}
	return ends
}

// Passwords names the top-level properties that name a password.
func (s *Schema) Passwords() (names []string) {
	for _, name := range s.root.names {
		if s.root.properties[name].password {
			names = append(names, name)
		}
	}
	return names
}

// newReflector describes inputs (closed) or outputs (open, nothing required).
func newReflector(input bool) *jsonschema.Reflector {
	r := &jsonschema.Reflector{
		Anonymous:                  true,
		DoNotReference:             true,
		ExpandedStruct:             true,
		AllowAdditionalProperties:  !input,
		RequiredFromJSONSchemaTags: !input,
		LookupComment:              describe,
	}
	r.Mapper = func(t reflect.Type) *jsonschema.Schema { return special(r, t) }
	return r
}

// special is the schema of the types that say themselves what they look like;
// nil for all others.
func special(r *jsonschema.Reflector, t reflect.Type) *jsonschema.Schema {
	if t.Kind() == reflect.Interface || t.Kind() == reflect.Pointer {
		return nil
	}
	switch v := reflect.Zero(t).Interface().(type) {
	case gigstack.Decimal:
		return &jsonschema.Schema{Type: "number"}
	case gigstack.Since, gigstack.SinceMillis:
		return &jsonschema.Schema{Type: "string", Extras: map[string]any{markBound: Since}}
	case gigstack.Until, gigstack.UntilMillis:
		return &jsonschema.Schema{Type: "string", Extras: map[string]any{markBound: Until}}
	case gigstack.Scalar:
		return &jsonschema.Schema{Type: "string"}
	case gigstack.Seconds, gigstack.Millis:
		return &jsonschema.Schema{Type: "string", Extras: map[string]any{markMoment: true}}
	case gigstack.SecretLink:
		return &jsonschema.Schema{Type: "string", Extras: map[string]any{markSecret: true}}
	case gigstack.Uploadable:
		return &jsonschema.Schema{Type: "string", Extras: map[string]any{markUpload: v.Rule()}}
	case gigstack.Secret:
		return &jsonschema.Schema{Type: "string", Pattern: secretName, Extras: map[string]any{markPassword: true}}
	case gigstack.Download:
		return &jsonschema.Schema{Type: "string", Extras: map[string]any{markDownload: true}}
	case json.RawMessage:
		return &jsonschema.Schema{Type: "object"}
	case gigstack.Dump:
		return &jsonschema.Schema{Type: "object", Extras: map[string]any{markDump: true}}
	case gigstack.MetadataFilter:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{Type: "string"}}
	case interface{ Choices() []gigstack.Choice }:
		s := &jsonschema.Schema{Type: "string"}
		for _, c := range v.Choices() {
			s.Enum = append(s.Enum, c.Value)
		}
		return s
	case interface{ Pattern() string }:
		return &jsonschema.Schema{Type: "string", Pattern: v.Pattern()}
	case interface{ Inner() any }:
		s := r.ReflectFromType(reflect.TypeOf(v.Inner()))
		s.Version = ""
		s.Extras = map[string]any{markNullable: true}
		return s
	}
	if t.Kind() == reflect.Map {
		return &jsonschema.Schema{Type: "object"}
	}
	return nil
}

// seal renders s once and keeps what fitting and checking need.
func seal(s *jsonschema.Schema) *Schema {
	root := newNode(s)
	raw := render(s)
	full := func() json.RawMessage { return raw }
	return &Schema{raw: raw, full: full, root: root, wary: root.holds(isWary), compile: compiled(full, root)}
}

// render is s as JSON, without our marks.
func render(s *jsonschema.Schema) json.RawMessage {
	each(s, func(s *jsonschema.Schema) {
		s.Extras, s.Version = nil, ""
		if s.Items != nil && is(s.Items, "true") {
			s.Items = nil // says nothing, and several clients know no boolean schemas
		}
	})
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // a type of ours that cannot be described
	}
	return raw
}

// schemaURL names a schema to its compiler. It is absolute: a relative one is looked
// for in the working directory, which may be gone.
const schemaURL = "mem:///arguments.json"

// compiled prepares checking when there is first something to check.
func compiled(full func() json.RawMessage, root *node) func() (*validator.Schema, error) {
	return sync.OnceValues(func() (*validator.Schema, error) { return compile(full(), root) })
}

// compile prepares checking. Where null clears a field, null is valid; clients
// see the plain type, because several reject a list of types.
func compile(raw []byte, root *node) (*validator.Schema, error) {
	doc, err := validator.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	allowNull(doc, root)
	c := validator.NewCompiler()
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, err
	}
	return c.Compile(schemaURL)
}
