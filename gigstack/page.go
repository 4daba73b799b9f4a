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
)

// PageCursor begins a cursor of ours that stands for a page number, the dialect
// gigstack pages in while a metadata filter is present.
const PageCursor = "page:"

// Reply is an answer of gigstack with its envelope taken off: the one form of
// its several dialects.
type Reply struct {
	Data    json.RawMessage // the object, or the list when List
	Message string          // gigstack's own words, untrusted
	List    bool            // the answer is a page of a list

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
	Limit *int    `json:"limit,omitempty" doc:"Page size, 10 when absent." jsonschema:"minimum=1,maximum=100"`
	Next  *string `json:"next,omitempty" doc:"Cursor from the previous answer's next; leave out for the first page."`
}

// From asks for the page that cursor names.
func (p *Paging) From(cursor string) { p.Next = &cursor }

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

// envelope is the union of every envelope gigstack has been seen to send.
type envelope struct {
	Success      *bool           `json:"success"`
	Message      string          `json:"message"`
	Data         json.RawMessage `json:"data"`
	Next         *Scalar         `json:"next"`
	NextCursor   *Scalar         `json:"next_cursor"`
	HasMore      *bool           `json:"has_more"`
	HasMoreCamel *bool           `json:"hasMore"`
	Total        *int            `json:"total_results"`
	TotalCamel   *int            `json:"totalResults"`
	Error        json.RawMessage `json:"error"`
}

// readReply takes the envelope off a successful body. page is the page number
// that was asked for, 0 when the call was not paged by number.
func readReply(body []byte, page int) (r Reply, e envelope, err error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return Reply{}, e, nil // 204 and its kin
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return r, e, errors.New("the answer is not a JSON object in gigstack's envelope")
	}
	r = Reply{Data: e.Data, Message: e.Message, TotalResults: cmp.Or(e.Total, e.TotalCamel)}
	r.List = bytes.HasPrefix(bytes.TrimSpace(e.Data), []byte("["))
	if next := cmp.Or(e.Next, e.NextCursor); next != nil {
		r.Next = string(*next)
	}
	if more := cmp.Or(e.HasMore, e.HasMoreCamel); more != nil {
		r.HasMore = *more
	} else {
		r.HasMore = r.Next != ""
	}
	if r.HasMore && page > 0 {
		r.Next = PageCursor + strconv.Itoa(page+1)
	}
	if !r.HasMore {
		r.Next = ""
	}
	return r, e, nil
}
