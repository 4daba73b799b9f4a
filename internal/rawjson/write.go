// Package rawjson reads and writes JSON without reflection, for the way that every
// call takes. It makes of JSON what encoding/json makes of it, to the byte.
package rawjson

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Append writes maps, lists, texts, booleans, nil and [json.Number], with sorted
// members and without HTML escapes.
func Append(dst []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		if v {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case json.Number:
		return append(dst, v...)
	case string:
		return AppendString(dst, v)
	case []any:
		dst = append(dst, '[')
		for i, element := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = Append(dst, element)
		}
		return append(dst, ']')
	case map[string]any:
		dst = append(dst, '{')
		for i, name := range Names(v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = Append(append(AppendString(dst, name), ':'), v[name])
		}
		return append(dst, '}')
	}
	panic(fmt.Sprintf("rawjson: a %T is no value of JSON", value))
}

// Names are those of an object's members, sorted.
func Names(object map[string]any) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

const hexadecimal = "0123456789abcdef"

// AppendString writes text in quotes. What is not UTF-8 becomes U+FFFD.
func AppendString[T string | []byte](dst []byte, text T) []byte {
	dst = append(dst, '"')
	begin := 0
	for i := 0; i < len(text); {
		b := text[i]
		if b < utf8.RuneSelf {
			if b >= ' ' && b != '"' && b != '\\' {
				i++
				continue
			}
			dst = appendEscape(append(dst, text[begin:i]...), b)
			i++
			begin = i
			continue
		}
		r, size := utf8.DecodeRuneInString(string(text[i:min(i+utf8.UTFMax, len(text))]))
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, text[begin:i]...), `\ufffd`...)
			begin = i + size
		case r == '\u2028' || r == '\u2029': // JavaScript takes them for line breaks
			dst = append(append(dst, text[begin:i]...), `\u202`...)
			dst = append(dst, hexadecimal[r&0xF])
			begin = i + size
		}
		i += size
	}
	return append(append(dst, text[begin:]...), '"')
}

// appendEscape writes a character that cannot stand in quotes as it is.
func appendEscape(dst []byte, b byte) []byte {
	switch b {
	case '"', '\\':
		return append(dst, '\\', b)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexadecimal[b>>4], hexadecimal[b&0xF])
}
