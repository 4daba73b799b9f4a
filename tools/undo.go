package tools

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// undo says how what was just done is taken back.
type undo struct {
	Call  *undoCall `json:"call,omitempty" doc:"The call that does it; absent when none does."`
	Words string    `json:"words"`
	Until string    `json:"until,omitempty" doc:"Last day (YYYY-MM-DD)."`
}

type undoCall struct {
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
}

// undo is the advice for a call that was answered with data. Where it takes what is
// not known, there is no call in it.
func (t *Tools) undo(r request, data json.RawMessage) *undo {
	u := &undo{Words: cmp.Or(r.spec.Undo, reversal(r.level))}
	call, left := r.reverse(data)
	switch {
	case left != nil:
		u.Words += " Not put back, since it was empty or is not shown: " + named(left) + "."
	case call == nil && r.was == nil && readers[r.spec.Name] != nil:
		u.Words += " The old values were not read."
	case call != nil && r.sameAs(*call):
		u.Words += " It was so already, perhaps by an earlier try whose answer was lost: what was before that is not known."
		return u
	}
	if call != nil {
		u.Call, u.Until = call, until(call.Tool, data, t.Now())
	}
	return u
}

// sameAs reports whether a call would do just what the request did.
func (r request) sameAs(other undoCall) bool {
	if other.Tool != r.spec.Name {
		return false
	}
	var texts [2]string
	for i, arguments := range []json.RawMessage{r.args, other.Arguments} {
		fields, _ := tree(arguments).(map[string]any)
		delete(fields, keyArgument)
		delete(fields, teamField.Name)
		texts[i] = string(marshal(fields))
	}
	return texts[0] == texts[1]
}

// reverse is the call that takes back one that was answered with data, nil for none,
// and what it changed that stays changed.
func (r request) reverse(data json.RawMessage) (call *undoCall, left []string) {
	all, err := r.spec.Reverses()
	if err != nil { // a test has them all
		return nil, nil
	}
	known := sources{"args": tree(r.args), "data": tree(data), "was": tree(marshal(r.was))}
	i := slices.IndexFunc(all, func(back gigstack.Reverse) bool { return known.applies(back.If) })
	if i < 0 {
		return nil, nil
	}
	back := all[i]
	other := endpoints[back.Tool]()
	args, left, ok := known.fill(back, other.input)
	if !ok {
		return nil, left
	}
	if r.to.source == fromArgument && !other.spec.Teamless {
		args[teamField.Name] = r.to.team
	}
	canonical, problems, err := other.input.Check(marshal(eachText(args, schemas.Visible)))
	if err != nil || problems != nil {
		return nil, nil
	}
	return &undoCall{back.Tool, canonical}, left
}

// until is the last day of an undoing that has one.
func until(tool string, data json.RawMessage, now time.Time) string {
	var of struct {
		Date       gigstack.Millis  `json:"date"`
		ValidUntil gigstack.Seconds `json:"valid_until"`
		IssuerInfo gigstack.Issuer  `json:"issuer_info"`
	}
	_ = json.Unmarshal(data, &of) // what is not there is not known
	switch tool {
	case gigstack.CancelInvoice.Name:
		if of.Date != 0 {
			now = of.Date.Time()
		}
		return lastDay(of.IssuerInfo.TaxID, now)
	case gigstack.CancelReceipt.Name:
		if of.ValidUntil != 0 {
			return day(of.ValidUntil.Time())
		}
	}
	return ""
}

// lastDay is the last on which what an issuer stamped can be cancelled.
func lastDay(issuer string, issued time.Time) string {
	return day(cfdi.CancellationEnd(cfdi.RFC(issuer).Person(), issued.In(gigstack.MexicoCity)).Add(-time.Second))
}

// sources is where the arguments of a reversal come from, by name.
type sources map[string]any

// tree is treeOf, nil for what is no JSON.
func tree(raw json.RawMessage) any {
	v, err := treeOf(raw)
	if err != nil {
		return nil
	}
	return v
}

// fill is the arguments of a reversal of a tool with that input, and what they leave
// changed; false when they would put nothing back.
func (s sources) fill(back gigstack.Reverse, input *schemas.Schema) (args map[string]any, left []string, ok bool) {
	args, ok = map[string]any{}, true
	for _, rest := range []string{"*", "**"} {
		path, all := back.Args[rest].(string)
		was, known := s.find(path).(map[string]any)
		switch {
		case !all:
			continue
		case !known:
			return nil, nil, false
		}
		sent, _ := s["args"].(map[string]any)
		sent = maps.Clone(sent)
		maps.DeleteFunc(sent, func(name string, _ any) bool { _, named := back.Args[name]; return named })
		args, left = input.Restore(sent, was, rest == "**", isSecret)
		ok = len(args) > 0
	}
	for name, value := range back.Args {
		path, _ := value.(string)
		if strings.HasPrefix(path, "$") {
			value = s.find(path)
		}
		switch old := strings.HasPrefix(path, "$was."); {
		case strings.HasPrefix(name, "*"):
		case value != nil && !(old && isSecret(name, value)):
			args[name] = value
		case old:
			left = append(left, name)
		}
	}
	slices.Sort(left)
	return args, left, ok
}

// isSecret reports whether an old value is none to be repeated.
func isSecret(name string, value any) bool {
	text, isText := value.(string)
	return secretName.MatchString(name) || isText && withoutSecrets(text) != text
}

// applies reports whether a reversal's condition holds.
func (s sources) applies(condition string) bool {
	path, want, compares := strings.Cut(condition, "=")
	is := s.find(path)
	switch {
	case condition == "":
		return true
	case !compares:
		return is != nil
	case want == "":
		return is == nil
	default:
		return is != nil && fmt.Sprint(is) == want
	}
}

// find is the value at a path such as $data.invoices.0, nil for none.
func (s sources) find(path string) any {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "$"), ".")
	value := s[first]
	for rest != "" {
		var name string
		name, rest, _ = strings.Cut(rest, ".")
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}
