package sandbox

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// table is the records of one kind, in the order they were created. Records are
// pointers: whoever gets one may change it while the sandbox's lock is held.
type table[T any] struct {
	rows []*T
	byID map[string]*T
}

func (t *table[T]) get(id string) (*T, bool) {
	row, ok := t.byID[id]
	return row, ok
}

// find is the record stored under id; without one, a 404 that calls it kind.
func (t *table[T]) find(kind, id string) (*T, error) {
	if row, ok := t.get(id); ok {
		return row, nil
	}
	return nil, notFound(kind, id)
}

// first is the earliest record that has a property, nil when none has.
func (t *table[T]) first(has func(*T) bool) *T {
	if i := slices.IndexFunc(t.rows, has); i >= 0 {
		return t.rows[i]
	}
	return nil
}

// only is the one record that has a property, nil when none has; several says
// that it is not the only one.
func (t *table[T]) only(has func(*T) bool) (found *T, several bool) {
	for _, row := range t.rows {
		if !has(row) {
			continue
		}
		if found != nil {
			return found, true
		}
		found = row
	}
	return found, false
}

// add stores row under id and returns the stored record.
func (t *table[T]) add(id string, row T) *T {
	if t.byID == nil {
		t.byID = map[string]*T{}
	}
	stored := &row
	t.rows = append(t.rows, stored)
	t.byID[id] = stored
	return stored
}

func (t *table[T]) remove(id string) {
	row := t.byID[id]
	delete(t.byID, id)
	t.rows = slices.DeleteFunc(t.rows, func(r *T) bool { return r == row })
}

// listed is what a list needs to know of a record to filter and sort it.
type listed struct {
	created  gigstack.Seconds
	name     string
	metadata gigstack.Metadata
}

// idOf is what a stored record was stored under.
func (t *table[T]) idOf(row *T) string {
	for id, r := range t.byID {
		if r == row {
			return id
		}
	}
	return ""
}

// page lists the table's records as gigstack does: newest first unless sort
// says otherwise, dates and metadata filtered, 10 to a page. A cursor names the
// record it stands behind, so that records which come and go meanwhile neither
// repeat nor hide others. keep may be nil.
func page[T any](t *table[T], paging gigstack.Paging, filter gigstack.ListFilter, of func(*T) listed, keep func(*T) bool) (p gigstack.Page[T], err error) {
	limit := orElse(paging.Limit, 10)
	if limit < 1 || limit > 100 {
		return p, invalid("limit", "limit must be between 1 and 100")
	}
	if err := cmp.Or(allowed("order_by", filter.OrderBy), allowed("sort", filter.Sort)); err != nil {
		return p, err
	}
	from, err := begin(paging.Next, filter)
	if err != nil {
		return p, err
	}
	var rest []*T // after the cursor
	total, begun := 0, from.after == ""
	for _, row := range sorted(t.rows, filter, of) {
		if inFilter(of(row), filter) && (keep == nil || keep(row)) {
			total++
			if begun {
				rest = append(rest, row)
			}
		}
		begun = begun || row == t.byID[from.after]
	}
	if !begun {
		return p, invalid("next", "what next stands behind is gone; list from the beginning")
	}
	rest = rest[min(from.pages*limit+from.records, len(rest)):]
	p = gigstack.Page[T]{Data: []T{}, TotalResults: &total, HasMore: len(rest) > limit}
	for _, row := range rest[:min(limit, len(rest))] {
		p.Data = append(p.Data, *row)
	}
	if p.HasMore && !from.numbered {
		p.Next = cursorBehind(t.idOf(rest[limit-1]))
	}
	return p, nil
}

// cursorBehind is where a page behind a record begins.
func cursorBehind(id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("after:" + id))
}

func inFilter(l listed, f gigstack.ListFilter) bool {
	if f.CreatedGTE != nil && l.created < gigstack.Seconds(*f.CreatedGTE) || f.CreatedLTE != nil && l.created > gigstack.Seconds(*f.CreatedLTE) {
		return false
	}
	for key, want := range f.Metadata {
		if got, ok := l.metadata[key]; !ok || fmt.Sprint(got) != want {
			return false
		}
	}
	return true
}

// sorted is rows in the order a list wants them.
func sorted[T any](rows []*T, f gigstack.ListFilter, of func(*T) listed) []*T {
	rows = slices.Clone(rows)
	byName := orElse(f.OrderBy, "") == "name"
	slices.SortStableFunc(rows, func(a, b *T) int {
		x, y := of(a), of(b)
		if byName {
			return cmp.Compare(strings.ToLower(x.name), strings.ToLower(y.name))
		}
		return cmp.Compare(x.created, y.created)
	})
	if orElse(f.Sort, "desc") == "desc" {
		slices.Reverse(rows)
	}
	return rows
}

// beginning is where a page starts: behind a record, or so many pages on.
type beginning struct {
	after    string // id; "" for the first page
	pages    int    // to leave out
	records  int    // to leave out
	numbered bool   // a dialect of numbers, which has no cursor
}

// offsetPage is page for lists of the older documentation: 20 to a page, begun by a
// number of records.
func offsetPage[T any](t *table[T], paging gigstack.OffsetPaging, of func(*T) listed) (gigstack.Page[T], error) {
	in := gigstack.Paging(paging)
	in.Limit = cmp.Or(in.Limit, new(20))
	in.Next = cmp.Or(in.Next, new(gigstack.OffsetCursor+"0"))
	return page(t, in, gigstack.ListFilter{}, of, nil)
}

// maxPage is more pages, or records, than any list here has.
const maxPage = 1_000_000

// begin reads a cursor. With a metadata filter gigstack has none and counts pages
// from 1.
func begin(next *string, f gigstack.ListFilter) (b beginning, err error) {
	b.numbered = len(f.Metadata) > 0
	if orElse(next, "") == "" {
		return b, nil
	}
	if number, ok := strings.CutPrefix(*next, gigstack.PageCursor); ok {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > maxPage {
			return b, invalid("page", "page must be a number from 1")
		}
		return beginning{pages: n - 1, numbered: true}, nil
	}
	if number, ok := strings.CutPrefix(*next, gigstack.OffsetCursor); ok {
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n > maxPage {
			return b, invalid("offset", "offset must be a number from 0")
		}
		return beginning{records: n, numbered: true}, nil
	}
	if b.numbered {
		return b, invalid("next", "with a metadata filter use page, not next")
	}
	raw, err := base64.RawURLEncoding.DecodeString(*next)
	after, ok := strings.CutPrefix(string(raw), "after:")
	if err != nil || !ok || after == "" {
		return b, invalid("next", "next is not a cursor of this list")
	}
	return beginning{after: after}, nil
}
