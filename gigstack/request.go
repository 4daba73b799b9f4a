package gigstack

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

var pathName = regexp.MustCompile(`\{(\w+)\}`)

// queryName maps the few arguments whose name on the wire no schema for agents
// may carry (the brackets) to what gigstack calls them.
var queryName = map[string]string{
	"created_gte": "created[gte]",
	"created_lte": "created[lte]",
}

// plainNames is the lists that know no brackets.
var plainNames = map[string]bool{"GET /retentions": true}

// queryNames maps arguments to what the query of a route calls them.
func queryNames(route string) map[string]string {
	if plainNames[route] {
		return nil
	}
	return queryName
}

// bodyName maps the arguments that gigstack calls in the body what the path is
// called already: a member's user id, beside the id of the team.
var bodyName = map[string]string{"user_id": "id"}

// alwaysInQuery names the arguments that go to the query of any method, by route.
var alwaysInQuery = map[string]string{"POST /clients/csf": "client_id"}

// inHeader names the arguments that travel as a header, by route: idempotency_key
// as Idempotency-Key. (In other routes gigstack reads that one from the body.)
var inHeader = map[string]string{"POST /auth/signup": "idempotency_key"}

func headerName(argument string) string {
	return http.CanonicalHeaderKey(strings.ReplaceAll(argument, "_", "-"))
}

// wire says how one call looks on the network.
type wire struct {
	method, path string
	query        url.Values
	header       http.Header
	body         []byte // nil when the request has none
	contentType  string // of the body
	dialect      dialect
	secrets      []string // passwords in the body
}

// encode hands every JSON field of in to one place: to the path when the route
// names it in braces, else to the query of a GET, else to the body, which is JSON
// or, for a [Form], multipart.
func encode(route string, in any) (w wire, err error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return w, err
	}
	method, pattern, _ := strings.Cut(route, " ")
	w = wire{method: method, path: pattern, query: url.Values{}, header: http.Header{}, contentType: "application/json"}
	if list, ok := in.(paged); ok {
		w.dialect = list.dialect()
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
		return w, fillQuery(w.query, queryNames(route), w.dialect, fields)
	}
	if name := alwaysInQuery[route]; fields[name] != nil {
		w.query.Set(name, text(fields[name]))
		delete(fields, name)
	}
	if name := inHeader[route]; fields[name] != nil {
		w.header.Set(headerName(name), text(fields[name]))
		delete(fields, name)
	}
	if secret, ok := in.(interface{ secret() Secret }); ok {
		w.secrets = []string{string(secret.secret())}
	}
	if _, ok := in.(interface{ isForm() }); ok {
		w.body, w.contentType, err = encodeForm(fields)
		return w, err
	}
	rename(bodyNames(pattern), fields)
	if len(fields) > 0 || method != http.MethodDelete {
		w.body, err = json.Marshal(fields)
	}
	return w, err
}

// bodyNames maps arguments to what the body calls them.
func bodyNames(pattern string) map[string]string {
	names := map[string]string{}
	for ours, theirs := range bodyName {
		if strings.Contains(pattern, "{"+theirs+"}") {
			names[ours] = theirs
		}
	}
	return names
}

func rename(names map[string]string, fields map[string]json.RawMessage) {
	for from, to := range names {
		if value, ok := fields[from]; ok {
			delete(fields, from)
			fields[to] = value
		}
	}
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
func fillQuery(query url.Values, names map[string]string, paging dialect, fields map[string]json.RawMessage) error {
	for name, value := range fields {
		if wireName, ok := names[name]; ok {
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
	if cursor := query.Get("next"); cursor != "" {
		name, value, err := cursorParameter(paging, cursor)
		if err != nil {
			return fmt.Errorf("next: %w", err)
		}
		query.Del("next")
		query.Set(name, value)
	}
	return nil
}

var cursorNumber = regexp.MustCompile(`^(page:|offset:)([0-9]{1,9})$`)

// cursorParameter is how a cursor travels: one of ours that names a number as that
// number, where the list is paged so.
func cursorParameter(paging dialect, cursor string) (name, value string, err error) {
	number := cursorNumber.FindStringSubmatch(cursor)
	switch {
	case number != nil && number[1] == PageCursor && paging != byOffset && paging != byRecord:
		return string(byPage), number[2], nil
	case number != nil && number[1] == OffsetCursor && paging == byOffset:
		return string(byOffset), number[2], nil
	case paging == byPage || paging == byOffset:
		return "", "", errors.New("this is no cursor of this list; pass next as the previous answer gave it")
	}
	return cmp.Or(string(paging), string(byCursor)), cursor, nil
}

// position is where the page asked for begins.
func (w wire) position() (at position) {
	at.dialect = w.dialect
	for name := range w.query {
		if strings.HasPrefix(name, "metadata.") {
			at.dialect = byPage // no cursors while metadata is filtered
		}
	}
	if w.query.Has(string(byPage)) {
		at.dialect = byPage
	}
	asked := w.query.Get(string(at.dialect))
	at.first = asked == ""
	at.limit, _ = strconv.Atoi(w.query.Get("limit"))
	if at.dialect == byPage || at.dialect == byOffset {
		at.number, _ = strconv.Atoi(asked)
	}
	if at.dialect == byPage {
		at.number = max(at.number, 1)
	}
	return at
}

// text is a JSON scalar without its quotes; null is empty.
func text(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}
