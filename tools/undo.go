package tools

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
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

// undo is the advice for a call that was answered with data. Nothing is read for
// it: where it takes what is not known, there is no call in it.
func (t *Tools) undo(r request, data json.RawMessage) *undo {
	u := &undo{Words: cmp.Or(r.spec.Undo, reversal(r.level))}
	back, err := r.spec.Reverse()
	if err != nil || back == nil { // a test has them all
		return u
	}
	known := sources{"args": tree(r.args), "data": tree(data), "was": tree(marshal(r.was))}
	args, ok := known.fill(*back)
	if !ok {
		return u
	}
	other := endpoints[back.Tool]()
	if r.to.source == fromArgument && !other.spec.Teamless {
		args[teamField.Name] = r.to.team
	}
	canonical, problems, err := other.input.Check(marshal(args))
	if err != nil || problems != nil {
		return u
	}
	u.Call = &undoCall{back.Tool, canonical}
	u.Until = until(back.Tool, data, t.Now())
	return u
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

// fill is the arguments of a reversal, and false when it does not apply.
func (s sources) fill(back gigstack.Reverse) (args map[string]any, ok bool) {
	if !s.applies(back.If) {
		return nil, false
	}
	args = map[string]any{}
	for name, value := range back.Args {
		if path, isText := value.(string); isText && strings.HasPrefix(path, "$") {
			value = s.find(path)
		}
		if name != "*" && value != nil {
			args[name] = value
		}
	}
	rest, all := back.Args["*"].(string)
	if !all {
		return args, true
	}
	sent, _ := s["args"].(map[string]any)
	was, _ := s.find(rest).(map[string]any)
	for name := range sent {
		if _, named := args[name]; !named && was[name] != nil {
			args[name], ok = was[name], true
		}
	}
	return args, ok
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
