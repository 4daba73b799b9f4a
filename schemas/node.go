package schemas

import (
	"encoding/json"

	"github.com/invopop/jsonschema"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// node is what fitting a value needs to know of a schema.
type node struct {
	kind       string // JSON Schema type; "" accepts anything
	words      string // its description
	properties map[string]*node
	names      []string // of the properties, in schema order
	rest       *node    // of properties not named; nil when none may be there
	items      *node
	nullable   bool
	secret     bool // a credential in an answer
	dump       bool // in no fixed form: anything may stand in it
	download   bool // a file in an answer
	password   bool // the name of a password in arguments
	upload     *gigstack.FileRule
	moment     bool   // a point in time
	bound      string // of a period that a list is filtered by: since or until
	name       string // of the property that it is
}

// marks of ours on a schema under construction; none of them is shown.
const (
	markNullable = "x-nullable"
	markSecret   = "x-secret"
	markDump     = "x-dump"
	markDownload = "x-download"
	markPassword = "x-password"
	markUpload   = "x-upload"
	markMoment   = "x-moment"
	markBound    = "x-bound"
)

func (n *node) holds(has func(*node) bool) bool {
	if n == nil || has(n) {
		return n != nil
	}
	for _, member := range n.properties {
		if member.holds(has) {
			return true
		}
	}
	return n.items.holds(has)
}

func newNode(s *jsonschema.Schema) *node {
	n := &node{kind: s.Type, words: s.Description, nullable: s.Extras[markNullable] == true, secret: s.Extras[markSecret] == true,
		dump: s.Extras[markDump] == true, download: s.Extras[markDownload] == true, password: s.Extras[markPassword] == true, moment: s.Extras[markMoment] == true}
	n.bound, _ = s.Extras[markBound].(string)
	if rule, ok := s.Extras[markUpload].(gigstack.FileRule); ok {
		n.upload = &rule
	}
	if s.Items != nil {
		n.items = newNode(s.Items)
	}
	if s.Type == "object" {
		n.rest = &node{}
		if s.AdditionalProperties != nil {
			n.rest = newNode(s.AdditionalProperties)
			if is(s.AdditionalProperties, "false") {
				n.rest = nil
			}
		}
		n.properties = map[string]*node{}
		for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
			n.properties[pair.Key] = newNode(pair.Value)
			n.properties[pair.Key].name = pair.Key
			n.names = append(n.names, pair.Key)
		}
	}
	return n
}

// is reports whether s is the boolean schema true or false.
func is(s *jsonschema.Schema, boolean string) bool {
	if s.Type != "" {
		return false
	}
	raw, err := json.Marshal(s)
	return err == nil && string(raw) == boolean
}

// each walks through s and everything inside it.
func each(s *jsonschema.Schema, visit func(*jsonschema.Schema)) {
	visit(s)
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		each(pair.Value, visit)
	}
	if s.Items != nil {
		each(s.Items, visit)
	}
}

// allowNull adds null to what a nullable field may be.
func allowNull(doc any, n *node) {
	schema, ok := doc.(map[string]any)
	if !ok || n == nil {
		return
	}
	if n.nullable {
		schema["type"] = []any{schema["type"], "null"}
		if enum, ok := schema["enum"].([]any); ok {
			schema["enum"] = append(enum, nil)
		}
	}
	allowNull(schema["items"], n.items)
	properties, _ := schema["properties"].(map[string]any)
	for name, property := range properties {
		allowNull(property, n.properties[name])
	}
}

// outline cuts an answer's schema off below a depth: what lies deeper is an
// object or a list of whatever gigstack sends. It is fitted all the same.
func outline(s *jsonschema.Schema, depth int) {
	if depth == 0 {
		s.Properties = nil
		if s.Items != nil && (s.Items.Type == "object" || s.Items.Type == "array") {
			s.Items = nil
		}
		return
	}
	if s.Items != nil {
		outline(s.Items, depth)
	}
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		outline(pair.Value, depth-1)
	}
}
