package tools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

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

// mostCuts is how often something of a result is halved before the rest goes.
const mostCuts = 60

// cut halves the largest list or text of a result, again and again, until the whole is
// short enough, and says in notes what was left out. It is for what is no page: those
// have shorter ones. What cannot be cut so is left out altogether.
func cut(raw json.RawMessage) json.RawMessage {
	var whole map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&whole) != nil {
		return raw
	}
	notes, _ := whole["notes"].([]any)
	kept := map[string]string{}
	note := func() json.RawMessage {
		all := slices.Clip(notes)
		for _, path := range slices.Sorted(maps.Keys(kept)) {
			all = append(all, fmt.Sprintf("Cut to fit: %s is longer than %s. Ask for less at once, or save the whole (export_documents).", named([]string{path}), kept[path]))
		}
		whole["notes"] = all
		return rawjson.Append(nil, whole)
	}
	for range mostCuts {
		l := largest(whole, "")
		if l.set == nil {
			break
		}
		kept[l.path] = l.halve()
		if raw = note(); !tooLong(raw) {
			return raw
		}
	}
	delete(whole, "data")
	kept["data"] = "nothing of it, which is here"
	return note()
}

// piece is a list or a text inside a value.
type piece struct {
	list []any
	text string
	path string
	size int
	set  func(any)
}

// halve leaves the first half, and says what that is.
func (p piece) halve() string {
	if p.list != nil {
		p.set(p.list[:len(p.list)/2])
		return fmt.Sprintf("the %d elements that are here", len(p.list)/2)
	}
	p.set(strings.ToValidUTF8(p.text[:len(p.text)/2], "") + "…")
	return "the text that is here"
}

// shortest is what is not worth cutting.
const shortest = 200

// largest is the list or text that takes the most room, the outer one of two that take
// nearly the same.
func largest(value any, path string) (best piece) {
	consider := func(p piece) {
		if p.set != nil && p.size > best.size+best.size/8 {
			best = p
		}
	}
	switch v := value.(type) {
	case map[string]any:
		for _, name := range rawjson.Names(v) {
			if path == "" && (name == "notes" || name == "plan") {
				continue
			}
			at := strings.TrimPrefix(path+"."+name, ".")
			consider(pieceOf(v[name], at, func(shorter any) { v[name] = shorter }))
			consider(largest(v[name], at))
		}
	case []any:
		for i := range v {
			consider(pieceOf(v[i], path+".*", func(shorter any) { v[i] = shorter }))
			consider(largest(v[i], path+".*"))
		}
	}
	return best
}

// pieceOf is a value as something that can be cut, if it is.
func pieceOf(value any, path string, set func(any)) piece {
	switch v := value.(type) {
	case []any:
		if len(v) > 1 {
			return piece{list: v, path: path, size: len(rawjson.Append(nil, v)), set: set}
		}
	case string:
		if len(v) > shortest {
			return piece{text: v, path: path, size: len(v), set: set}
		}
	}
	return piece{}
}
