// Package lines writes JSON as people read it, in fewer tokens of a model: lines of
// names and values, and tables.
package lines

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gigstack/gigstack-mcp/internal/rawjson"
)

// Of writes an object of valid JSON as lines: "name: value", what lies deeper indented, a
// list of like records as a table. It holds everything the value does, in its order.
func Of(raw json.RawMessage) string {
	var b bytes.Buffer
	b.Grow(len(raw))
	members(&b, raw, "")
	return strings.TrimSuffix(b.String(), "\n")
}

// members writes the members of an object, a line or a block each.
func members(b *bytes.Buffer, raw json.RawMessage, indent string) {
	for name, value := range rawjson.Members(raw) {
		block(b, name, value, indent)
	}
}

// deepest is how far a value is indented at most; what lies deeper stays JSON, or a few
// kilobytes would become megabytes of blanks.
const deepest = 24

// block writes a value under its name.
func block(b *bytes.Buffer, name string, value json.RawMessage, indent string) {
	b.WriteString(indent)
	b.WriteString(inline(name))
	b.WriteByte(':')
	switch {
	case len(indent) > deepest && (value[0] == '{' || value[0] == '['):
		b.WriteByte(' ')
		b.Write(value)
		b.WriteByte('\n')
	case value[0] == '{':
		b.WriteByte('\n')
		members(b, value, indent+"  ")
	case value[0] == '[':
		listing(b, value, indent+"  ")
	default:
		b.WriteByte(' ')
		b.WriteString(scalar(value))
		b.WriteByte('\n')
	}
}

// listing writes a list: scalars on one line, records as a table where they are flat, else
// one after the other.
func listing(b *bytes.Buffer, raw json.RawMessage, indent string) {
	elements := slices.Collect(rawjson.Elements(raw))
	if len(elements) == 0 {
		b.WriteString(" none\n")
		return
	}
	if !slices.ContainsFunc(elements, func(e json.RawMessage) bool { return e[0] == '{' || e[0] == '[' }) {
		for i, e := range elements {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(" " + scalar(e))
		}
		b.WriteByte('\n')
		return
	}
	b.WriteByte('\n')
	if columns, rows, ok := flatten(elements); ok {
		table(b, columns, rows, indent)
		return
	}
	for _, e := range elements {
		b.WriteString(indent + "-")
		switch e[0] {
		case '{':
			b.WriteByte('\n')
			members(b, e, indent+"  ")
		case '[':
			if len(indent) > deepest {
				b.WriteString(" " + string(e) + "\n")
				continue
			}
			listing(b, e, indent+"  ")
		default:
			b.WriteString(" " + scalar(e) + "\n")
		}
	}
}

// table writes records with a line for the names of their columns.
func table(b *bytes.Buffer, columns []string, rows [][]string, indent string) {
	b.WriteString(indent + strings.Join(columns, " | ") + "\n")
	for _, row := range rows {
		b.WriteString(indent + strings.TrimRight(strings.Join(row, " | "), " ") + "\n")
	}
}

// flatten makes rows of records, the members of inner objects under dotted names; ok is
// false where a record holds what does not go into a cell, or most cells would be empty.
func flatten(elements []json.RawMessage) (columns []string, rows [][]string, ok bool) {
	places := map[string]int{}
	for _, e := range elements {
		row := make([]string, len(columns))
		fits := e[0] == '{'
		cells(e, "", func(name, value string) {
			if value == "" {
				fits = false
			}
			at, known := places[name]
			if !known {
				at = len(columns)
				places[name], columns = at, append(columns, name)
			}
			for len(row) <= at {
				row = append(row, "")
			}
			row[at] = value
		})
		if !fits {
			return nil, nil, false
		}
		rows = append(rows, row)
	}
	return columns, rows, len(columns) <= widest && 2*filled(rows) >= len(columns)*len(rows)
}

// widest is how many columns a table has at most.
const widest = 20

// filled is how many cells hold something.
func filled(rows [][]string) (n int) {
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" {
				n++
			}
		}
	}
	return n
}

// cells yields the leaves of a record; an empty value is one that fits in no cell.
func cells(record json.RawMessage, prefix string, yield func(name, value string)) {
	for name, value := range rawjson.Members(record) {
		name = prefix + inline(name)
		switch value[0] {
		case '{':
			cells(value, name+".", yield)
		case '[':
			yield(name, cellOf(value))
		default:
			yield(name, scalar(value))
		}
	}
}

// cellOf is a list in a cell, its elements scalars or small records; "" for any other.
func cellOf(value json.RawMessage) string {
	var parts []string
	for e := range rawjson.Elements(value) {
		part := ""
		switch e[0] {
		case '{':
			part = small(e)
		case '[':
		default:
			part = scalar(e)
		}
		if part == "" {
			return ""
		}
		parts = append(parts, part)
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// small is a record of at most two scalars, "" for any other.
func small(record json.RawMessage) string {
	var parts []string
	for name, value := range rawjson.Members(record) {
		if value[0] == '{' || value[0] == '[' || len(parts) == 2 {
			return ""
		}
		parts = append(parts, inline(name)+": "+scalar(value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// scalar is a text, a number or a word of JSON. A text that could be taken for something
// else, or would break its line, stays in quotes.
func scalar(value json.RawMessage) string {
	if value[0] != '"' {
		return string(value)
	}
	return inline(rawjson.Text(value))
}

// inline is text on one line, in quotes where it would not be plain what it is.
func inline(s string) string {
	if s != "" && s == strings.TrimSpace(s) && s != "none" && s[0] != '"' && !strings.Contains(s, "|") && strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	return strconv.Quote(s)
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
