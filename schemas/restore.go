package schemas

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// Restore is the arguments that put back what other arguments of the same tool
// changed, from what the record was before; with whole also what they left alone. A
// member that had no value becomes null where that clears it. What can neither be put
// back nor cleared is named in left, and so is what is secret.
func (s *Schema) Restore(sent, was map[string]any, whole bool, secret func(name string, value any) bool) (back map[string]any, left []string) {
	r := restorer{secret: secret}
	back = r.object(s.root, sent, was, whole, nil)
	return back, r.left
}

type restorer struct {
	secret func(name string, value any) bool
	left   []string
}

// object restores the members of an object.
func (r *restorer) object(n *node, sent, was map[string]any, whole bool, at []string) map[string]any {
	back := map[string]any{}
	names := maps.Clone(sent)
	if whole {
		names = maps.Clone(was)
		maps.Copy(names, sent)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		m, at := n.member(name), append(slices.Clip(at), name)
		free := m == nil && (n.rest != nil || n.kind == "")
		if free {
			m = &node{}
		}
		switch old := was[name]; {
		case m == nil: // not an argument
		case r.secret(name, old), Visible(name) != name:
			r.left = append(r.left, path(at))
		case old != nil:
			if value := r.value(m, sent[name], old, at); value != nil {
				back[name] = value
			}
		case m.nullable:
			back[name] = nil
		default:
			r.left = append(r.left, path(at))
		}
	}
	return back
}

// value restores one value, nil when there is nothing to put back. A group whose
// members can be cleared one by one is merged by gigstack; any other object may be
// replaced, and is put back whole.
func (r *restorer) value(n *node, sent, was any, at []string) any {
	switch old := was.(type) {
	case map[string]any:
		if n.kind != "" && n.kind != "object" {
			return old // the check will say that it does not fit
		}
		members, isObject := sent.(map[string]any)
		back := r.object(n, members, old, !n.nullable || !isObject, at)
		if len(back) == 0 {
			return nil
		}
		return back
	case []any:
		list := make([]any, len(old))
		for i := range old {
			list[i] = r.value(cmp.Or(n.items, &node{}), nil, old[i], append(slices.Clip(at), strconv.Itoa(i)))
		}
		return list
	}
	return was
}
