package tools

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/gigstack/gigstack-mcp/internal/rawjson"
)

// mostTokens is how long a result may be, in tokens of a model.
const mostTokens = 25_000

// tokens is at least how many tokens of a model a text comes to, without counting
// them: three letters or digits of a row to a token, and each other character one.
func tokens[T ~string | ~[]byte](text T) int {
	n, run := 0, 0
	for i := 0; i < len(text); i++ {
		b := text[i]
		switch {
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == ' ':
			if run%3 == 0 {
				n++
			}
			run++
		default:
			n++
			run = 0
		}
	}
	return n
}

// tooLong reports whether a result would be more than a model should be given.
func tooLong(raw []byte) bool { return len(raw) > mostTokens && tokens(raw) > mostTokens }

// cut shortens the longest list of a result until the whole is short enough, and says
// in notes what was left out. It is for what is no page: those have shorter ones.
func cut(raw json.RawMessage) json.RawMessage {
	var whole map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&whole) != nil {
		return raw
	}
	notes, _ := whole["notes"].([]any)
	for range 20 {
		l := longestList(whole, "")
		if l.list == nil {
			break
		}
		keep := len(l.list) / 2
		l.set(l.list[:keep])
		whole["notes"] = append(notes[:len(notes):len(notes)], fmt.Sprintf("Cut to fit: %s has more than the %d elements that are here. Ask for less at once, or save the whole (export_documents).", l.path, keep))
		if raw = rawjson.Append(nil, whole); !tooLong(raw) {
			break
		}
	}
	return raw
}

// foundList is a list inside a value.
type foundList struct {
	list []any
	path string
	size int
	set  func([]any)
}

// longestList is the list that takes the most room.
func longestList(value any, path string) (best foundList) {
	consider := func(l foundList) {
		if l.size > best.size {
			best = l
		}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return best
	}
	for name, member := range object {
		at := name
		if path != "" {
			at = path + "." + name
		}
		switch v := member.(type) {
		case []any:
			if len(v) > 1 && name != "notes" {
				consider(foundList{v, at, len(rawjson.Append(nil, v)), func(shorter []any) { object[name] = shorter }})
			}
		case map[string]any:
			consider(longestList(v, at))
		}
	}
	return best
}
