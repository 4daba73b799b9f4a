package schemas

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/internal/rawjson"
)

// fitter moves a value into the shape a schema asks for.
type fitter struct {
	answer bool     // an answer of gigstack's; else arguments
	shown  StandIns // of an answer
	wary   bool     // see [Schema]
	odd    []string // paths whose value did not fit and was left out
	says   bool     // see [Fitted]
	at     []step   // the way to the value
}

// step leads to a member, or to an element of a list.
type step struct {
	name    string
	element bool
	index   int
}

// path is where the value is: "client.tax_id", "items[0].unit_price". It is shown among
// words of ours, so a name that could be a sentence is left out of it.
func (f *fitter) path() string {
	var b strings.Builder
	for _, s := range f.at {
		switch {
		case s.element:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case memberName.MatchString(s.name):
			b.WriteString("." + s.name)
		default:
			b.WriteString(".*")
		}
	}
	return strings.TrimPrefix(b.String(), ".")
}

var memberName = regexp.MustCompile(`^[\w-]{1,40}$`)

// name is what the value is called.
func (f *fitter) name() string {
	if len(f.at) == 0 {
		return ""
	}
	return f.at[len(f.at)-1].name
}

// within fits a value that is one step further.
func (f *fitter) within(s step, n *node, value any) (any, bool) {
	f.at = append(f.at, s)
	fitted, keep := f.fit(n, value)
	f.at = f.at[:len(f.at)-1]
	return fitted, keep
}

// StandIns is what an answer shows in place of what it must not show. A nil one
// leaves the value as it is.
type StandIns struct {
	Secret   func(member, secret string) string  // for a credential; member is its path in the data
	Download func(member, content string) string // for a file
}

// Fitted is an answer in the shape of its schema.
type Fitted struct {
	Data json.RawMessage
	Odd  []string // paths whose value did not fit and was left out
	Says bool     // some text or name in it says more than a code does: see [Says]
}

// shownText is text of an answer as it is shown.
func (f *fitter) shownText(s string) string {
	s = Visible(s)
	f.says = f.says || Says(s)
	return s
}

// undescribed is a value that no schema describes: as it is in arguments, and in an
// answer without what cannot be seen. In an answer with credentials, texts that look
// like one are treated as one.
func (f *fitter) undescribed(value any) any {
	if !f.answer {
		return value
	}
	switch v := value.(type) {
	case string:
		if f.wary && f.shown.Secret != nil && v != "" {
			if credentialName.MatchString(f.name()) || credentialText.MatchString(v) {
				return f.shown.Secret(f.path(), v)
			}
		}
		return f.shownText(v)
	case map[string]any:
		return f.object(&node{rest: &node{}}, v)
	case []any:
		for i := range v {
			v[i], _ = f.within(step{element: true, index: i}, nil, v[i])
		}
	}
	return value
}

// What a credential is called, or looks like: an address, or a long text without a
// blank that is no UUID.
var (
	credentialName = regexp.MustCompile(`(?i)pass|secret|token|otp|code|key|link|url|session`)
	credentialText = regexp.MustCompile(`^(https?://\S+|[A-Za-z0-9_.+/=-]{40,})$`)
)

// decode reads JSON without rounding its numbers.
func decode(raw json.RawMessage) (value any, err error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is text after the JSON value")
	}
	return value, nil
}

// fit returns the value in n's shape, and whether there is any to keep.
func (f *fitter) fit(n *node, value any) (any, bool) {
	if n == nil || n.kind == "" && !n.secret {
		return f.undescribed(value), true
	}
	if value == nil {
		return nil, !f.answer // arguments keep null: it may clear a field, or be refused with a reason
	}
	if fitted, ok := f.scalarOrTree(n, value); ok {
		return fitted, true
	}
	if f.answer {
		f.odd = append(f.odd, cmp.Or(f.path(), "the whole answer"))
		return nil, false
	}
	return value, true // the validator will say what is wrong with it
}

func (f *fitter) scalarOrTree(n *node, value any) (any, bool) {
	switch n.kind {
	case "object":
		object, ok := f.parsed(value).(map[string]any)
		if !ok {
			return nil, false
		}
		return f.object(n, object), true
	case "array":
		list, ok := f.parsed(value).([]any)
		if !ok {
			return nil, false
		}
		return f.list(n, list), true
	case "string":
		text, ok := asText(value)
		switch {
		case !ok || !f.answer:
		case n.moment:
			if text, ok = moment(Visible(text)); !ok {
				return nil, false
			}
		case n.secret && f.shown.Secret != nil && text != "":
			text = f.shown.Secret(f.path(), text)
		case n.download && f.shown.Download != nil && text != "":
			text = f.shown.Download(f.path(), text) // to the byte: it may be sealed
		case !n.download:
			text = f.shownText(text)
		}
		return text, ok
	case "number", "integer":
		return asNumber(n.kind, value)
	case "boolean":
		return asBool(value)
	}
	return value, true
}

// parsed undoes an agent's habit of sending an object as a string of JSON.
func (f *fitter) parsed(value any) any {
	text, ok := value.(string)
	if !ok || f.answer {
		return value
	}
	if inner, err := decode(json.RawMessage(text)); err == nil {
		return inner
	}
	return value
}

func (f *fitter) object(n *node, object map[string]any) any {
	fitted := make(map[string]any, len(object))
	for _, name := range rawjson.Names(object) { // in one order, as notes and files are made on the way
		shown := name
		if f.answer {
			shown = f.shownText(name)
		}
		if _, taken := fitted[shown]; taken {
			continue // it only looks like the one that is there
		}
		member, known := n.properties[shown]
		if !known {
			member = n.rest
			if f.answer {
				member = n.secretLike(shown, member)
			}
		}
		if value, keep := f.within(step{name: shown}, member, object[name]); keep {
			fitted[shown] = value
		}
	}
	return fitted
}

// secretLike is the credential whose name an unknown member has but for the case,
// otherwise what else it is.
func (n *node) secretLike(name string, otherwise *node) *node {
	for known, member := range n.properties {
		if member.secret && strings.EqualFold(known, name) {
			return member
		}
	}
	return otherwise
}

func (f *fitter) list(n *node, list []any) any {
	kept := make([]any, 0, len(list))
	for i, value := range list {
		if fitted, keep := f.within(step{element: true, index: i}, n.items, value); keep {
			kept = append(kept, fitted)
		} else if value == nil {
			f.odd = append(f.odd, f.path()+"["+strconv.Itoa(i)+"]")
		}
	}
	return kept
}

func asText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

func asNumber(kind string, value any) (any, bool) {
	text, ok := asText(value)
	number := json.Number(strings.TrimSpace(text))
	if !ok || !json.Valid([]byte(number)) {
		return nil, false
	}
	plain, ok := plainNumber(number)
	if !ok {
		return nil, false
	}
	if kind == "integer" {
		return plain, !strings.Contains(string(plain), ".")
	}
	return number, true
}

// Bounds of a number. Nothing that is counted or paid comes near them, and
// computing with an exponent of a million takes seconds.
const (
	maxDigits   = 40
	maxExponent = 30
)

// plainNumber is a number in the one form that equal numbers share: no exponent,
// no zeros that say nothing. It reports whether the number is within bounds.
func plainNumber(number json.Number) (json.Number, bool) {
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(string(number)), "e")
	if power, err := strconv.Atoi(exponent); len(mantissa) > maxDigits || scientific && (err != nil || power < -maxExponent || power > maxExponent) {
		return number, false
	}
	exact, err := decimal.NewFromString(string(number))
	if err != nil {
		return number, false
	}
	return json.Number(exact.String()), true
}

// plainNumbers puts every number of a value into its plain form, so that equal
// arguments are equal text; ok is false when one is out of bounds.
func plainNumbers(value any) (plain any, ok bool) {
	ok = true
	each := func(v any) any {
		p, fits := plainNumbers(v)
		ok = ok && fits
		return p
	}
	switch v := value.(type) {
	case json.Number:
		return plainNumber(v)
	case map[string]any:
		for name := range v {
			v[name] = each(v[name])
		}
	case []any:
		for i := range v {
			v[i] = each(v[i])
		}
	}
	return value, ok
}

func asBool(value any) (any, bool) {
	switch v := value.(type) {
	case bool:
		return v, true
	case string:
		b, err := strconv.ParseBool(v)
		return b, err == nil && len(v) > 1
	}
	return nil, false
}
