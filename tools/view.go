package tools

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/rawjson"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// How much of each record a list shows.
const (
	viewConcise = "concise"
	viewFull    = "full"
)

// The arguments by which a list is widened. Where gigstack has fields of its own, they
// say in which members a search looks.
var (
	viewField   = schemas.Field{Name: "view"}
	fieldsField = schemas.Field{Name: "fields"}
)

// viewOf is what a call wants to see of each record.
func (t *Tools) viewOf(e *endpoint, view, fields string) (*schemas.View, error) {
	switch {
	case e.brief == nil, view == viewFull:
		return nil, nil
	case view == "" && fields == "" && t.FullLists:
		return nil, nil
	case view != "" && view != viewConcise:
		return nil, invalidArguments([]schemas.Problem{{Path: viewField.Name, Message: fmt.Sprintf("is %q; valid are: concise, full", clip(view, shortText))}})
	}
	if fields == "" {
		return e.concise, nil
	}
	paths := slices.Clone(e.brief)
	known := e.output.Members()
	for field := range strings.SplitSeq(fields, ",") {
		field = strings.TrimSpace(field)
		if field == "" {
			continue
		}
		if first, _, _ := strings.Cut(field, "."); !slices.Contains(known, first) {
			return nil, invalidArguments([]schemas.Problem{{Path: fieldsField.Name, Message: fmt.Sprintf("there is no %q; valid are: %s", clip(field, shortText), strings.Join(known, ", "))}})
		}
		paths = append(paths, field)
	}
	return schemas.NewView(paths), nil
}

// limitCursor begins a cursor of ours that asks for the next page in pages of another
// size than the call says, because such a page was too long.
const limitCursor = "limit:"

// repaged makes arguments ask for pages of the size that their cursor names, and returns
// it; 0 where it names none.
func repaged(fields map[string]json.RawMessage) (size int) {
	rest, ok := strings.CutPrefix(text(fields["next"]), limitCursor)
	if !ok {
		return 0
	}
	limit, next, _ := strings.Cut(rest, ":")
	if size, err := strconv.Atoi(limit); err == nil && size > 0 {
		fields["limit"], fields["next"] = marshal(size), marshal(next)
		return size
	}
	return 0
}

// How many records gigstack puts on a page when it is not told, where it counts pages.
const usualPage = 10

// inShorterPages is a request of a list in pages of at most so many records, ok false
// when there is none. Where gigstack counts pages, the new size divides the old one, so
// that no record is passed over; a page that gigstack made shorter by itself says nothing
// of where it began.
func inShorterPages(r request, reply gigstack.Reply, rows, most int) (request, int, bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(r.args, &fields) != nil || !slices.Contains(r.input.Names(), "limit") {
		return r, 0, false
	}
	page, counted := strings.CutPrefix(text(fields["next"]), gigstack.PageCursor)
	limit, err := strconv.Atoi(string(fields["limit"]))
	switch {
	case err != nil && counted:
		limit = usualPage
	case err != nil:
		limit = rows
	}
	smaller := min(most, limit-1)
	if smaller < 1 || counted && rows < limit && reply.HasMore {
		return r, 0, false
	}
	if counted {
		number, err := strconv.Atoi(page)
		if err != nil {
			return r, 0, false
		}
		for limit%smaller != 0 {
			smaller--
		}
		fields["next"] = marshal(gigstack.PageCursor + strconv.Itoa((number-1)*(limit/smaller)+1))
	}
	fields["limit"] = marshal(smaller)
	r.args = marshal(fields)
	return r, smaller, true
}

// countOf is how many elements a list has.
func countOf(list json.RawMessage) (n int) {
	for range rawjson.Elements(list) {
		n++
	}
	return n
}
