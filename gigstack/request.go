package gigstack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var pathName = regexp.MustCompile(`\{(\w+)\}`)

// queryName maps the few arguments whose name on the wire no schema for agents
// may carry (the brackets) to what gigstack calls them.
var queryName = map[string]string{
	"created_gte": "created[gte]",
	"created_lte": "created[lte]",
}

// bodyName maps the arguments that gigstack calls in the body what the path is
// called already: a member's user id, beside the id of the team.
var bodyName = map[string]string{"user_id": "id"}

// wire says how one call looks on the network.
type wire struct {
	method, path string
	query        url.Values
	body         json.RawMessage // nil when the request has none
}

// encode hands every JSON field of in to one place: to the path when the route
// names it in braces, else to the query of a GET, else to the JSON body.
func encode(route string, in any) (w wire, err error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return w, err
	}
	method, pattern, _ := strings.Cut(route, " ")
	w = wire{method: method, path: pattern, query: url.Values{}}
	if method != http.MethodGet && !strings.Contains(pattern, "{") {
		w.body = raw // every field belongs to the body
		return w, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return w, err
	}
	w.path, err = fillPath(pattern, fields)
	if err != nil {
		return w, err
	}
	if method == http.MethodGet {
		return w, fillQuery(w.query, fields)
	}
	for ours, theirs := range bodyName {
		if value, ok := fields[ours]; ok && strings.Contains(pattern, "{"+theirs+"}") {
			delete(fields, ours)
			fields[theirs] = value
		}
	}
	if len(fields) > 0 || method != http.MethodDelete {
		w.body, err = json.Marshal(fields)
	}
	return w, err
}

// fillPath puts fields into the braces of pattern and removes them from fields.
func fillPath(pattern string, fields map[string]json.RawMessage) (path string, err error) {
	path = pathName.ReplaceAllStringFunc(pattern, func(braced string) string {
		name := strings.Trim(braced, "{}")
		value := text(fields[name])
		delete(fields, name)
		if bad := CheckID(value); bad != nil && err == nil {
			err = fmt.Errorf("%s: %w", name, bad)
		}
		return url.PathEscape(value)
	})
	return path, err
}

// CheckID refuses an identifier that could leave its place in a URL path: empty,
// "." or "..", or holding a slash, a backslash or a control character.
func CheckID(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("an id is required")
	case id == "." || id == "..":
		return fmt.Errorf("%q is not an id", id)
	case strings.ContainsFunc(id, func(r rune) bool { return r == '/' || r == '\\' || r < 0x20 || r == 0x7f || r >= 0x80 && r <= 0x9f }):
		return fmt.Errorf("an id holds no slash, backslash or control character")
	}
	return nil
}

var teamID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// CheckTeam refuses what cannot be the id of a team.
func CheckTeam(id string) error {
	if !teamID.MatchString(id) {
		return errors.New("a team id is letters, digits, _ and - only (team_…)")
	}
	return nil
}

// fillQuery writes fields as query parameters: a list repeats its parameter, an
// object becomes one parameter a member ("metadata.key"), and a cursor that
// names a page number becomes that number.
func fillQuery(query url.Values, fields map[string]json.RawMessage) error {
	for name, value := range fields {
		if wireName, ok := queryName[name]; ok {
			name = wireName
		}
		switch trimmed := bytes.TrimSpace(value); {
		case bytes.Equal(trimmed, []byte("null")):
		case bytes.HasPrefix(trimmed, []byte("{")):
			var members map[string]json.RawMessage
			if err := json.Unmarshal(trimmed, &members); err != nil {
				return err
			}
			for key, member := range members {
				query.Set(name+"."+key, text(member))
			}
		case bytes.HasPrefix(trimmed, []byte("[")):
			var items []json.RawMessage
			if err := json.Unmarshal(trimmed, &items); err != nil {
				return err
			}
			for _, item := range items {
				query.Add(name, text(item))
			}
		default:
			query.Set(name, text(value))
		}
	}
	if number, ok := strings.CutPrefix(query.Get("next"), PageCursor); ok {
		query.Del("next")
		query.Set("page", number)
	}
	return nil
}

// text is a JSON scalar without its quotes; null is empty.
func text(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}

// Decode is encode backwards, for a server of this API: it gathers path, query
// and body of r into in. A query parameter is tried as text first and, where the
// field is no text, as a bare number or boolean. pathValue answers the names in
// the route's braces.
func Decode(route string, r *http.Request, body []byte, in any) error {
	body, err := ourNames(route, body)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) > 0 {
		if err := strict(body, in); err != nil {
			return err
		}
	}
	fields := map[string][]string{}
	objects := map[string]map[string]string{}
	if r.Method == http.MethodGet {
		gather(r.URL.Query(), fields, objects)
	}
	for _, m := range pathName.FindAllStringSubmatch(route, -1) {
		fields[m[1]] = []string{r.PathValue(m[1])}
	}
	for name, members := range objects {
		raw, err := json.Marshal(map[string]any{name: members})
		if err == nil {
			err = json.Unmarshal(raw, in)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, values := range fields {
		if err := setField(in, name, values); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// ourNames undoes bodyName in a body that arrived.
func ourNames(route string, body []byte) ([]byte, error) {
	for ours, theirs := range bodyName {
		var fields map[string]json.RawMessage
		if !strings.Contains(route, "{"+theirs+"}") || json.Unmarshal(body, &fields) != nil {
			continue
		}
		if fields[ours] != nil {
			return nil, fmt.Errorf("json: unknown field %q", ours)
		}
		if fields[theirs] == nil {
			continue
		}
		fields[ours] = fields[theirs]
		delete(fields, theirs)
		return json.Marshal(fields)
	}
	return body, nil
}

// gather sorts query parameters into plain fields and members of objects,
// accepting both spellings of dates and of metadata filters.
func gather(query url.Values, fields map[string][]string, objects map[string]map[string]string) {
	for name, values := range query {
		for ours, theirs := range queryName {
			if name == theirs {
				name = ours
			}
		}
		key, isMetadata := strings.CutPrefix(name, "metadata.")
		if !isMetadata {
			key, isMetadata = strings.CutPrefix(name, "metadata_")
		}
		switch {
		case isMetadata:
			if objects["metadata"] == nil {
				objects["metadata"] = map[string]string{}
			}
			objects["metadata"][key] = values[0]
		case name == "team": // belongs to the client, not to an input
		case name == "page": // the other dialect of next
			fields["next"] = []string{PageCursor + values[0]}
		default:
			fields[name] = values
		}
	}
}

// setField writes one named field of in from its text.
func setField(in any, name string, values []string) error {
	quoted := make([]json.RawMessage, len(values))
	for i, v := range values {
		quoted[i], _ = json.Marshal(v)
	}
	tries := []json.RawMessage{quoted[0], json.RawMessage(values[0])}
	if list, err := json.Marshal(quoted); err == nil {
		tries = append(tries, list)
	}
	var first error
	for _, value := range slices.DeleteFunc(tries, func(v json.RawMessage) bool { return !json.Valid(v) }) {
		raw, err := json.Marshal(map[string]json.RawMessage{name: value})
		if err != nil {
			return err
		}
		if err := json.Unmarshal(raw, in); err == nil {
			return nil
		} else if first == nil {
			first = err
		}
	}
	return first
}
