package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/rawjson"
)

// FitData makes an answer of gigstack's match the "data" member of its schema, so
// that a strict client never rejects the result of a call that took effect: nulls
// are dropped, a number where text belongs becomes text and the reverse, moments
// become RFC 3339 times in Mexico City, and what fits in no way is left out and named. Unknown members stay as they are. Credentials and files are replaced by what
// stands in for them. Of each record, only what view has is kept.
func (s *Schema) FitData(data json.RawMessage, shown StandIns, view *View) (Fitted, error) {
	if data = bytes.TrimSpace(data); len(data) == 0 {
		data = json.RawMessage("null")
	}
	if !json.Valid(data) {
		return Fitted{}, errors.New("the answer is no JSON")
	}
	f := &fitter{answer: true, shown: shown, wary: s.wary}
	n := s.root.properties["data"]
	fitted, ok := f.append(make([]byte, 0, len(data)+len(data)/8), n, data, view)
	if !ok {
		return Fitted{Odd: f.odd}, nil
	}
	return Fitted{fitted, f.odd, f.says}, nil
}

// View is the members of a record that are kept, each with those of its own; nil keeps
// all.
type View struct{ members map[string]*View }

// NewView is the view of members by their paths: "uuid", "client.name". It is nil for
// no paths.
func NewView(paths []string) (v *View) {
	for _, path := range paths {
		if v == nil {
			v = &View{map[string]*View{}}
		}
		at := v
		for name := range strings.SplitSeq(path, ".") {
			if at.members[name] == nil {
				at.members[name] = &View{map[string]*View{}}
			}
			at = at.members[name]
		}
		at.members = nil
	}
	return v
}

// of is the view of a member's value; ok is false when it is not kept.
func (v *View) of(name string) (inner *View, ok bool) {
	if v == nil || v.members == nil {
		return nil, true
	}
	inner, ok = v.members[name]
	return inner, ok
}

// append writes a value of an answer in n's shape, without making a tree of it where
// nothing about it is out of the ordinary; keep is false when there is nothing to write.
func (f *fitter) append(dst []byte, n *node, raw []byte, view *View) (out []byte, keep bool) {
	if n == nil || n.kind == "" && !n.secret {
		if !f.wary && ordinary(raw) && view == nil {
			f.hear(raw)
			return append(dst, raw...), true
		}
		return f.appendTree(dst, n, raw, view)
	}
	switch first := raw[0]; {
	case first == 'n':
		return dst, false
	case n.kind == "object" && first == '{':
		return f.appendObject(dst, n, raw, view)
	case n.kind == "array" && first == '[':
		return f.appendList(dst, n, raw, view), true
	case n.moment:
		return f.appendMoment(dst, n, raw)
	case n.kind == "string" && first == '"' && !n.secret && !n.download && ordinary(raw):
		f.hear(raw)
		return append(dst, raw...), true
	case n.kind == "boolean" && (first == 't' || first == 'f'),
		n.kind == "integer" && len(raw) <= 15 && digits(raw),
		n.kind == "number" && len(raw) <= 30 && plainDecimal(raw):
		return append(dst, raw...), true
	}
	return f.appendTree(dst, n, raw, view)
}

// hear notes whether a text of an ordinary piece of JSON says more than a code does.
func (f *fitter) hear(raw []byte) {
	for !f.says {
		_, rest, ok := bytes.Cut(raw, []byte{'"'})
		text, rest, closed := bytes.Cut(rest, []byte{'"'})
		if !ok || !closed {
			return
		}
		f.says, raw = Says(text), rest
	}
}

// appendTree is append for what is out of the ordinary.
func (f *fitter) appendTree(dst []byte, n *node, raw []byte, view *View) ([]byte, bool) {
	value, err := decode(raw)
	if err != nil { // raw is valid: cannot be
		f.odd = append(f.odd, f.path())
		return dst, false
	}
	value, keep := f.fit(n, view.prune(value))
	if !keep {
		return dst, false
	}
	return rawjson.Append(dst, value), true
}

// prune takes off a tree what the view does not keep.
func (v *View) prune(value any) any {
	if v == nil || v.members == nil {
		return value
	}
	switch tree := value.(type) {
	case map[string]any:
		for name := range tree {
			inner, ok := v.of(Visible(name))
			if !ok {
				delete(tree, name)
				continue
			}
			tree[name] = inner.prune(tree[name])
		}
	case []any:
		for i := range tree {
			tree[i] = v.prune(tree[i])
		}
	}
	return value
}

func (f *fitter) appendObject(dst []byte, n *node, raw []byte, view *View) ([]byte, bool) {
	start, empty := len(dst), true
	dst = append(dst, '{')
	for name, value := range rawjson.Fields(raw) {
		if !ordinary(name) { // it may only look like another
			return f.appendTree(dst[:start], n, raw, view)
		}
		inner, ok := view.of(string(name[1 : len(name)-1]))
		if !ok {
			continue
		}
		member, known := n.properties[string(name[1:len(name)-1])]
		if !known {
			member = n.secretLike(string(name[1:len(name)-1]), n.rest)
			f.hear(name)
		}
		before := len(dst)
		if !empty {
			dst = append(dst, ',')
		}
		dst = append(append(dst, name...), ':')
		f.at = append(f.at, step{name: stepName(member, name)})
		after, keep := f.append(dst, member, value, inner)
		f.at = f.at[:len(f.at)-1]
		if !keep {
			dst = dst[:before]
			continue
		}
		dst, empty = after, false
	}
	return append(dst, '}'), true
}

// stepName is the name of a member without making it anew where the schema has it.
func stepName(n *node, quoted []byte) string {
	if n != nil && len(n.name) == len(quoted)-2 && n.name == string(quoted[1:len(quoted)-1]) {
		return n.name
	}
	return string(quoted[1 : len(quoted)-1])
}

func (f *fitter) appendList(dst []byte, n *node, raw []byte, view *View) []byte {
	dst = append(dst, '[')
	i, empty := -1, true
	for element := range rawjson.Elements(raw) {
		i++
		before := len(dst)
		if !empty {
			dst = append(dst, ',')
		}
		f.at = append(f.at, step{element: true, index: i})
		after, keep := f.append(dst, n.items, element, view)
		f.at = f.at[:len(f.at)-1]
		switch {
		case keep:
			dst, empty = after, false
			continue
		case element[0] == 'n':
			f.odd = append(f.odd, f.path()+"["+strconv.Itoa(i)+"]")
		}
		dst = dst[:before]
	}
	return append(dst, ']')
}

// appendMoment writes a moment as a time with its zone.
func (f *fitter) appendMoment(dst []byte, n *node, raw []byte) ([]byte, bool) {
	if !ordinary(raw) || raw[0] == '{' || raw[0] == '[' {
		return f.appendTree(dst, n, raw, nil)
	}
	text, ok := moment(strings.Trim(string(raw), `"`))
	switch {
	case ok:
		return rawjson.AppendString(dst, text), true
	case text != "":
		f.odd = append(f.odd, f.path())
	}
	return dst, false
}

// moment is a time in RFC 3339 with its zone, for a count of seconds or milliseconds;
// a time in text stays as it is, and anything else is none. Nought is no moment.
func moment(text string) (string, bool) {
	whole, _, _ := strings.Cut(text, ".")
	units, err := strconv.ParseInt(whole, 10, 64)
	switch {
	case err != nil:
		return text, written.MatchString(text)
	case units == 0:
		return "", false
	}
	at := gigstack.TimeOf(units)
	if year := at.Year(); year < 1 || year > 9999 {
		return text, false
	}
	return at.In(gigstack.MexicoCity).Format(time.RFC3339), true
}

// written is how a time in text begins.
var written = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]|$)`)

// ordinary reports whether a piece of JSON is printable ASCII without escapes, which
// can be shown as it stands.
func ordinary(raw []byte) bool {
	for _, b := range raw {
		if b < ' ' || b > '~' || b == '\\' {
			return false
		}
	}
	return true
}

func digits(raw []byte) bool {
	for _, b := range raw {
		if b < '0' || b > '9' {
			return false
		}
	}
	return true
}

// plainDecimal reports whether a number is written without an exponent.
func plainDecimal(raw []byte) bool {
	for _, b := range raw {
		if (b < '0' || b > '9') && b != '.' && b != '-' {
			return false
		}
	}
	return true
}
