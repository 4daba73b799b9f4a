package tools_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// lookup is what stands at a path in a JSON value, and whether anything does. A path is
// members and indexes with dots between them; a member of a list is that of each of its
// objects, # is how many there are, and [member=value] or [member~text] keeps those that
// are so:
//
//	data[status=valid][client.name~Karla].0.uuid
func lookup(v any, path string) (any, bool, error) {
	for path != "" && v != nil {
		var step string
		if path[0] == '[' {
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return nil, false, fmt.Errorf("%s: [ without ]", path)
			}
			step, path = path[:end], strings.TrimPrefix(path[end+1:], ".")
			kept, err := filter(v, step[1:])
			if err != nil {
				return nil, false, err
			}
			v = kept
			continue
		}
		if end := strings.IndexAny(path, ".["); end < 0 {
			step, path = path, ""
		} else {
			step, path = path[:end], strings.TrimPrefix(path[end:], ".")
		}
		v = member(v, step)
	}
	return v, v != nil, nil
}

// member is one step of a path, nil when it leads nowhere.
func member(v any, name string) any {
	list, isList := v.([]any)
	if !isList {
		object, _ := v.(map[string]any)
		return object[name]
	}
	if name == "#" {
		return float64(len(list))
	}
	if i, err := strconv.Atoi(name); err == nil {
		if i < len(list) {
			return list[i]
		}
		return nil
	}
	each := []any{}
	for _, element := range list {
		if value := member(element, name); value != nil {
			each = append(each, value)
		}
	}
	return each
}

func filter(v any, condition string) (any, error) {
	list, ok := v.([]any)
	at := strings.IndexAny(condition, "=~")
	if !ok || at < 0 {
		return nil, fmt.Errorf("[%s] filters no list", condition)
	}
	kept := []any{}
	for _, element := range list {
		value, ok, err := lookup(element, condition[:at])
		if err != nil {
			return nil, err
		}
		text := plainly(value)
		if ok && (condition[at] == '=' && text == condition[at+1:] || condition[at] == '~' && strings.Contains(text, condition[at+1:])) {
			kept = append(kept, element)
		}
	}
	return kept, nil
}

// want compares what stands at a path, as a want step says.
func want(v any, text string) error {
	path, rest := text, ""
	depth := 0
	for i, r := range text {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case r == ' ' && depth == 0:
			path, rest = text[:i], text[i+1:]
		}
		if rest != "" {
			break
		}
	}
	got, ok, err := lookup(v, path)
	if err != nil {
		return err
	}
	relation, value, _ := strings.Cut(rest, " ")
	switch {
	case relation == "absent" && ok:
		return fmt.Errorf("%s is there: %s", path, shown(got))
	case relation == "absent":
		return nil
	case !ok:
		return fmt.Errorf("%s is not there: %s", path, shown(v))
	case relation == "=" && !equal(got, value):
		return fmt.Errorf("%s is %s, not %q", path, shown(got), value)
	case relation == "~" && !strings.Contains(plainly(got), value):
		return fmt.Errorf("%s does not have %q: %s", path, value, shown(got))
	case relation == "!~" && strings.Contains(plainly(got), value):
		return fmt.Errorf("%s has %q: %s", path, value, shown(got))
	case relation == "=", relation == "~", relation == "!~":
		return nil
	}
	return fmt.Errorf("%q compares nothing", relation)
}

// equal compares with a text that is JSON or, when it is none, itself.
func equal(got any, text string) bool {
	var value any
	if got == text {
		return true
	}
	if json.Unmarshal([]byte(text), &value) != nil {
		value = text
	}
	return reflect.DeepEqual(got, value)
}

// plainly is a value as text, strings as they are.
func plainly(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return string(marshaled(v))
}

// shown is a value as an error shows it.
func shown(v any) string {
	text := string(marshaled(v))
	for len(text) > 4000 || !utf8.ValidString(text) {
		text = text[:min(len(text)-1, 4000)]
	}
	return text
}
