package rawjson

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// Text is what a JSON string says; "" of any other value. raw must be valid.
func Text(raw []byte) (text string) {
	if raw = trim(raw); len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') >= 0 || !utf8.Valid(inner) {
		_ = json.Unmarshal(raw, &text)
		return text
	}
	return string(inner)
}

// Member is the value of an object's member, nil when it has none of that very name
// or raw is no object. raw must be valid.
func Member(raw []byte, name string) (found json.RawMessage) {
	for n, member := range Members(raw) {
		if n == name {
			found = member // the last one counts
		}
	}
	return found
}

// Members are those of an object, none of any other value. raw must be valid.
func Members(raw []byte) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		var name string
		for token := range tokens(raw, '{') {
			if token.name {
				name = Text(token.raw)
			} else if !yield(name, token.raw) {
				return
			}
		}
	}
}

// Fields are the members of an object with their names as they stand, in quotes. raw
// must be valid.
func Fields(raw []byte) iter.Seq2[[]byte, json.RawMessage] {
	return func(yield func([]byte, json.RawMessage) bool) {
		var name []byte
		for token := range tokens(raw, '{') {
			if token.name {
				name = token.raw
			} else if !yield(name, token.raw) {
				return
			}
		}
	}
}

// Elements are those of a list, none of any other value. raw must be valid.
func Elements(raw []byte) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		for token := range tokens(raw, '[') {
			if !yield(token.raw) {
				return
			}
		}
	}
}

// token is a name or a value of those that stand directly in an object or a list.
type token struct {
	raw  []byte
	name bool
}

func tokens(raw []byte, opening byte) iter.Seq[token] {
	return func(yield func(token) bool) {
		raw = trim(raw)
		if len(raw) == 0 || raw[0] != opening {
			return
		}
		name := opening == '{'
		for i := 1; i < len(raw)-1; {
			switch raw[i] {
			case ' ', '\t', '\r', '\n', ',', ':':
				i++
				continue
			}
			end := i + length(raw[i:])
			if !yield(token{raw[i:end:end], name}) {
				return
			}
			if opening == '{' {
				name = !name
			}
			i = end
		}
	}
}

// length is how long the value is that raw begins with.
func length(raw []byte) int {
	depth := 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			for i++; raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth--; depth < 0 { // of what stands around a number
				return i
			}
		case ' ', '\t', '\r', '\n', ',', ':':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(raw)
}

// trim takes off white space as JSON knows it.
func trim(raw []byte) []byte {
	for len(raw) > 0 && blank(raw[0]) {
		raw = raw[1:]
	}
	for len(raw) > 0 && blank(raw[len(raw)-1]) {
		raw = raw[:len(raw)-1]
	}
	return raw
}

func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }
