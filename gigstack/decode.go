package gigstack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Decode is encode backwards, for a server of this API: it gathers path, query,
// header and body of r into in. A query parameter is tried as text first and, where the
// field is no text, as a bare number or boolean. pathValue answers the names in
// the route's braces.
func Decode(route string, r *http.Request, body []byte, in any) error {
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		body, err = decodeForm(r.Header.Get("Content-Type"), body)
	} else {
		body, err = ourNames(route, body)
	}
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
		gather(r.URL.Query(), queryNames(route), fields, objects)
	}
	if name := alwaysInQuery[route]; r.URL.Query().Has(name) {
		fields[name] = r.URL.Query()[name]
	}
	if name := inHeader[route]; name != "" && r.Header.Get(headerName(name)) != "" {
		fields[name] = []string{r.Header.Get(headerName(name))}
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
	var fields map[string]json.RawMessage
	names := bodyNames(route)
	if len(names) == 0 || json.Unmarshal(body, &fields) != nil {
		return body, nil
	}
	back := map[string]string{}
	for ours, theirs := range names {
		if fields[ours] != nil {
			return nil, fmt.Errorf("json: unknown field %q", ours)
		}
		back[theirs] = ours
	}
	rename(back, fields)
	return json.Marshal(fields)
}

// gather sorts query parameters into plain fields and members of objects,
// accepting both spellings of dates and of metadata filters.
func gather(query url.Values, names map[string]string, fields map[string][]string, objects map[string]map[string]string) {
	for name, values := range query {
		for ours, theirs := range names {
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
		case name == string(byPage): // the other dialects of next
			fields["next"] = []string{PageCursor + values[0]}
		case name == string(byOffset):
			fields["next"] = []string{OffsetCursor + values[0]}
		case name == string(byRecord):
			fields["next"] = values
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
