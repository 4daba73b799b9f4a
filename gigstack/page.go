package gigstack

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"github.com/gigstack/gigstack-mcp/internal/rawjson"
)

// Cursors of ours that stand for a number, where gigstack counts pages or records
// instead of handing out cursors.
const (
	PageCursor   = "page:"
	OffsetCursor = "offset:"
)

// dialect is the query parameter by which a list of gigstack's is told where a
// page begins. An agent sees one way only: next.
type dialect string

// The four dialects. Every list changes to pages while it is filtered by metadata.
const (
	byCursor dialect = "next"
	byPage   dialect = "page"
	byOffset dialect = "offset"
	byRecord dialect = "starting_after"
)

// paged is an input of a list.
type paged interface{ dialect() dialect }

// Reply is an answer of gigstack with its envelope taken off: the one form of
// its several dialects.
type Reply struct {
	Data    json.RawMessage // the object, or the list when List
	Message string          // gigstack's own words, untrusted
	List    bool            // the answer is a page of a list
	Status  int             // HTTP's

	Next         string // cursor of the next page; "" on the last
	HasMore      bool   // there are further pages
	TotalResults *int   // how many there are in all, when gigstack says so
}

// Page is one page of a list. The zero Page is an empty, last one.
type Page[T any] struct {
	Data         []T    `json:"data"`
	Next         string `json:"next,omitempty"`
	HasMore      bool   `json:"has_more"`
	TotalResults *int   `json:"total_results,omitempty"`
}

// Envelope is the page as gigstack writes it: its data, and what stands beside
// them.
func (p Page[T]) Envelope() (data any, next *string, hasMore bool, total *int) {
	if p.Data == nil {
		p.Data = []T{}
	}
	if p.Next != "" {
		next = &p.Next
	}
	return p.Data, next, p.HasMore, p.TotalResults
}

// Element is a zero value of what the page lists, for those who describe it.
func (Page[T]) Element() any { var zero T; return zero }

// fromReply lets a page read the envelope beside the data.
func (p *Page[T]) fromReply(r Reply) error {
	p.Next, p.HasMore, p.TotalResults = r.Next, r.HasMore, r.TotalResults
	if len(r.Data) == 0 {
		return nil
	}
	return json.Unmarshal(r.Data, &p.Data)
}

// into decodes the reply into a value of an endpoint's output type. An absent or
// empty data leaves out as it is.
func (r Reply) into(out any) error {
	if page, ok := out.(interface{ fromReply(Reply) error }); ok {
		return page.fromReply(r)
	}
	if len(r.Data) == 0 {
		return nil
	}
	return json.Unmarshal(r.Data, out)
}

// Paging is embedded in the input of every list.
type Paging struct {
	Limit *int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100"` // page size, 10 when absent
	Next  *string `json:"next,omitempty"`                                     // cursor from the previous answer's next; leave out for the first page
}

// From asks for the page that cursor names.
func (p *Paging) From(cursor string) { p.Next = &cursor }

func (Paging) dialect() dialect { return byCursor }

// PagePaging is the Paging of lists that gigstack pages by number.
type PagePaging struct{ Paging }

func (PagePaging) dialect() dialect { return byPage }

// OffsetPaging is the Paging of lists that gigstack pages by how many records to
// leave out.
type OffsetPaging struct {
	Limit *int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100"` // page size, 20 when absent
	Next  *string `json:"next,omitempty"`                                     // cursor from the previous answer's next; leave out for the first page
}

// From asks for the page that cursor names.
func (p *OffsetPaging) From(cursor string) { p.Next = &cursor }

func (OffsetPaging) dialect() dialect { return byOffset }

// RecordPaging is the Paging of lists that gigstack pages by the last record seen.
type RecordPaging struct{ Paging }

func (RecordPaging) dialect() dialect { return byRecord }

// Search is the input of a search, or embedded in it. What was written a moment
// ago may not be found yet.
type Search struct {
	PagePaging
	Q      string  `json:"q" jsonschema:"minLength=1"`              // words to find; a typo is forgiven
	Fields *string `json:"fields,omitempty" doc:"Comma-separated."` // only in these, comma-separated: name,tax_id,email
}

// Each walks through all pages of a list, from the one in names, and yields
// every element. It goes on over empty pages that say there are more and stops
// with an error when gigstack repeats a cursor, so that a caller who reaches the
// end without an error has seen the whole list.
func Each[In, T any, P interface {
	*In
	From(cursor string)
}](ctx context.Context, c *Caller, e Endpoint[In, Page[T]], in In) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		seen := map[string]bool{}
		for {
			page, err := e.Call(ctx, c, in)
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for _, element := range page.Data {
				if !yield(element, nil) {
					return
				}
			}
			if !page.HasMore {
				return
			}
			if page.Next == "" || seen[page.Next] {
				var zero T
				yield(zero, fmt.Errorf("%s: gigstack says there are more but not where: the list is incomplete", e.Name))
				return
			}
			seen[page.Next] = true
			P(&in).From(page.Next)
		}
	}
}

// envelope is the union of every envelope gigstack has been seen to send. What
// stands beside the data is read leniently: an answer is not unreadable because a
// count is text.
type envelope struct {
	Success      *bool           `json:"success"`
	Message      word            `json:"message"`
	Data         json.RawMessage `json:"data"`
	Next         word            `json:"next"`
	NextCursor   word            `json:"next_cursor"`
	HasMore      answerBool      `json:"has_more"`
	HasMoreCamel answerBool      `json:"hasMore"`
	Total        count           `json:"total_results"`
	TotalCamel   count           `json:"totalResults"`
	Found        count           `json:"found"`    // of a search
	TotalShort   count           `json:"total"`    // of the list of CFDI errors
	PerPage      count           `json:"per_page"` // of a search
	Limit        count           `json:"limit"`    // of the list of CFDI errors
	Error        json.RawMessage `json:"error"`
	Details      json.RawMessage `json:"details"` // of an error, where these stand beside it
	Errors       json.RawMessage `json:"errors"`
}

// word is a scalar as text; "" when it is none.
type word string

// UnmarshalJSON never fails.
func (w *word) UnmarshalJSON(raw []byte) error {
	var s Scalar
	if s.UnmarshalJSON(raw) == nil {
		*w = word(s)
	}
	return nil
}

// count is a number of records; nil when there is none, or something else.
type count struct{ n *int }

// UnmarshalJSON never fails.
func (c *count) UnmarshalJSON(raw []byte) error {
	if n, err := strconv.Atoi(text(raw)); err == nil && n >= 0 {
		c.n = &n
	}
	return nil
}

// answerBool is true or false, also as text; nil when it is something else.
type answerBool struct{ is *bool }

// UnmarshalJSON never fails.
func (b *answerBool) UnmarshalJSON(raw []byte) error {
	if is, err := strconv.ParseBool(text(raw)); err == nil {
		b.is = &is
	}
	return nil
}

func (c count) or(otherwise int) int {
	if c.n == nil {
		return otherwise
	}
	return *c.n
}

// envelopeNames is the members of an answer that are no data of its own.
var envelopeNames = []string{"success", "message", "error", "timestamp", "next", "next_cursor", "has_more", "hasMore", "total_results", "totalResults"}

// position is where the page of a request begins, in the dialect of its list.
type position struct {
	dialect dialect
	number  int  // page from 1, or records left out
	limit   int  // records asked for; 0 when not said
	first   bool // it is the first page
}

// readReply takes the envelope off a successful body. at is what was asked for.
func readReply(body []byte, at position) (r Reply, e envelope, err error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return Reply{}, e, nil // 204 and its kin
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return r, e, errors.New("the answer is not a JSON object in gigstack's envelope")
	}
	if e.Data == nil {
		e.Data = bare(body)
	}
	r = Reply{Data: e.Data, Message: string(e.Message)}
	r.List = bytes.HasPrefix(bytes.TrimSpace(e.Data), []byte("["))
	if !r.List {
		return r, e, nil
	}
	r.TotalResults = cmp.Or(e.Total.n, e.TotalCamel.n, e.Found.n, e.TotalShort.n)
	r.Next = string(cmp.Or(e.Next, e.NextCursor))
	seen := at.seen(e)
	switch more := cmp.Or(e.HasMore.is, e.HasMoreCamel.is); {
	case more != nil:
		r.HasMore = *more
	case r.Next != "":
		r.HasMore = true
	case seen > 0 && r.TotalResults != nil:
		r.HasMore = seen < *r.TotalResults
	}
	switch {
	case !r.HasMore:
		r.Next = ""
	case at.dialect == byPage:
		r.Next = PageCursor + strconv.Itoa(at.number+1)
	case at.dialect == byOffset:
		r.Next = ""
		if seen > at.number { // an empty page leads nowhere
			r.Next = OffsetCursor + strconv.Itoa(seen)
		}
	}
	return r, e, nil
}

// seen is how many records there were up to the end of the page that e holds; 0
// when that cannot be told. (A cursor does not tell how many lie before it.)
func (at position) seen(e envelope) int {
	records := 0
	for range rawjson.Elements(e.Data) {
		records++
	}
	switch {
	case at.dialect == byPage:
		size := e.PerPage.or(e.Limit.or(cmp.Or(at.limit, 10)))
		return (at.number-1)*size + records
	case at.dialect == byOffset || at.first:
		return at.number + records
	default:
		return 0
	}
}

// bare is the data of an answer that came without an envelope, or with part of
// its data beside one; nil when there is none.
func bare(body []byte) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	for _, name := range envelopeNames {
		delete(members, name)
	}
	if len(members) == 0 {
		return nil
	}
	data, err := json.Marshal(members)
	if err != nil {
		return nil
	}
	return data
}
