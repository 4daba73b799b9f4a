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

// page lists the table's records as gigstack does: newest first unless sort
// says otherwise, dates and metadata filtered, 10 to a page. keep may be nil.
func page[T any](t *table[T], paging gigstack.Paging, filter gigstack.ListFilter, of func(*T) listed, keep func(*T) bool) (p gigstack.Page[T], err error) {
	limit := 10
	if paging.Limit != nil {
		limit = *paging.Limit
	}
	if limit < 1 || limit > 100 {
		return p, invalid("limit", "limit must be between 1 and 100")
	}
	var rows []*T
	for _, row := range t.rows {
		if inFilter(of(row), filter) && (keep == nil || keep(row)) {
			rows = append(rows, row)
		}
	}
	sortRows(rows, filter, of)
	start, byNumber, err := begin(paging.Next, filter, limit)
	if err != nil {
		return p, err
	}
	p = gigstack.Page[T]{Data: []T{}, TotalResults: new(len(rows))}
	start = min(start, len(rows))
	end := min(start+limit, len(rows))
	for _, row := range rows[start:end] {
		p.Data = append(p.Data, *row)
	}
	if p.HasMore = end < len(rows); p.HasMore && !byNumber {
		p.Next = base64.RawURLEncoding.EncodeToString([]byte("after:" + strconv.Itoa(end)))
	}
	return p, nil
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

func sortRows[T any](rows []*T, f gigstack.ListFilter, of func(*T) listed) {
	byName := f.OrderBy != nil && *f.OrderBy == "name"
	slices.SortStableFunc(rows, func(a, b *T) int {
		x, y := of(a), of(b)
		if byName {
			return cmp.Compare(strings.ToLower(x.name), strings.ToLower(y.name))
		}
		return cmp.Compare(x.created, y.created)
	})
	if f.Sort == nil || *f.Sort != "asc" {
		slices.Reverse(rows)
	}
}

// begin is where a page starts. With a metadata filter gigstack has no cursor
// and counts pages from 1.
func begin(next *string, f gigstack.ListFilter, limit int) (start int, byNumber bool, err error) {
	byNumber = len(f.Metadata) > 0
	if next == nil {
		return 0, byNumber, nil
	}
	if number, ok := strings.CutPrefix(*next, gigstack.PageCursor); ok {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 {
			return 0, byNumber, invalid("page", "page must be a number from 1")
		}
		return (n - 1) * limit, true, nil
	}
	if byNumber {
		return 0, true, invalid("next", "with a metadata filter use page, not next")
	}
	raw, err := base64.RawURLEncoding.DecodeString(*next)
	after, ok := strings.CutPrefix(string(raw), "after:")
	start, convErr := strconv.Atoi(after)
	if err != nil || !ok || convErr != nil || start < 0 {
		return 0, false, invalid("next", "next is not a cursor of this list")
	}
	return start, false, nil
}
