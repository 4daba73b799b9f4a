package gigstack

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Detail is one finding behind an error, such as a field that did not validate or
// what a service behind gigstack said. Its texts are untrusted.
type Detail struct {
	Code    string `json:"code,omitempty"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

// Bounds of the findings kept of one error.
const (
	mostDetails   = 20
	deepestDetail = 8
)

// readDetails digs the findings out of what an error carries beside its message:
// texts, objects with a message, lists and objects of these within each other, and
// JSON quoted in a text, as the services behind gigstack nest them.
func readDetails(carried ...json.RawMessage) []Detail {
	var d digger
	for _, raw := range carried {
		if v, ok := jsonIn(string(raw)); ok {
			d.dig(v, "", 0)
		}
	}
	return d.found
}

// digger collects findings, each once.
type digger struct{ found []Detail }

// What the members of a finding are called, in small letters.
var (
	detailMessages = []string{"message", "error", "description", "detail", "reason", "mensaje", "messagedetail"}
	detailCodes    = []string{"code", "codigo", "errorcode"}
	detailFields   = []string{"field", "path", "property", "param"}
)

// wrappers are members that hold findings and name no field.
var wrappers = []string{"data", "details", "errors", "error", "inner", "innererror", "issues", "provider", "providererror", "response", "body", "cause"}

// dig adds what v says about a field.
func (d *digger) dig(v any, field string, depth int) {
	if depth > deepestDetail {
		return
	}
	switch v := v.(type) {
	case string:
		if inner, ok := jsonIn(v); ok {
			d.dig(inner, field, depth+1)
			return
		}
		d.add(Detail{Field: field, Message: v})
	case json.Number:
		d.add(Detail{Field: field, Message: v.String()})
	case []any:
		for _, element := range v {
			d.dig(element, field, depth+1)
		}
	case map[string]any:
		d.object(v, field, depth)
	}
}

// object adds the finding that an object is, and those within it. One that says
// nothing in a way known here is kept as it is.
func (d *digger) object(object map[string]any, field string, depth int) {
	before, members := len(d.found), map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		members[strings.ToLower(name)] = object[name]
	}
	self := Detail{Code: takeText(members, detailCodes), Field: takeText(members, detailFields), Message: takeText(members, detailMessages)}
	if self.Field == "" {
		self.Field = field
	}
	if self.Message == "" {
		self.Message = self.Code
	}
	d.add(self)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		about := name
		if slices.Contains(wrappers, name) || slices.Contains(detailMessages, name) {
			about = self.Field
		}
		switch value := members[name].(type) {
		case []any, map[string]any:
			d.dig(value, about, depth+1)
		case string:
			if _, nested := jsonIn(value); nested || self.Message == "" {
				d.dig(value, about, depth+1)
			}
		}
	}
	if raw, err := json.Marshal(object); err == nil && self.Message == "" && len(d.found) == before && len(object) > 0 {
		d.add(Detail{Field: field, Message: string(raw)})
	}
}

func (d *digger) add(v Detail) {
	v = Detail{clip(v.Code), clip(v.Field), clip(v.Message)}
	if v.Message != "" && len(d.found) < mostDetails && !slices.Contains(d.found, v) {
		d.found = append(d.found, v)
	}
}

// takeText removes the first of these members that is a plain text, number or path
// of such, and returns it.
func takeText(members map[string]any, names []string) string {
	for _, name := range names {
		text, ok := plainText(members[name])
		if _, nested := jsonIn(text); ok && text != "" && !nested {
			delete(members, name)
			return text
		}
	}
	return ""
}

func plainText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case []any:
		var steps []string
		for _, element := range v {
			step, ok := plainText(element)
			if _, isList := element.([]any); !ok || isList {
				return "", false
			}
			steps = append(steps, step)
		}
		return strings.Join(steps, "."), len(steps) > 0
	}
	return "", false
}

// jsonIn is the JSON that a text is, if it is an object, a list or a quoted text.
func jsonIn(text string) (v any, ok bool) {
	if text = strings.TrimSpace(text); text == "" || !strings.ContainsRune(`{["`, rune(text[0])) || !json.Valid([]byte(text)) {
		return nil, false
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	return v, dec.Decode(&v) == nil
}
