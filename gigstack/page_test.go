package gigstack

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/risk"
)

type listThingsInput struct {
	Paging
	ListFilter
}

var listThings = Endpoint[listThingsInput, Page[thing]]{Name: "list_things", Route: "GET /things", Risk: risk.Read}

// pages answers one body after the other and keeps the queries.
func pages(bodies ...string) (answer http.HandlerFunc, queries *[]string) {
	queries = &[]string{}
	return func(w http.ResponseWriter, r *http.Request) {
		query, _ := url.QueryUnescape(r.URL.RawQuery)
		*queries = append(*queries, query)
		_, _ = w.Write([]byte(bodies[min(len(*queries), len(bodies))-1]))
	}, queries
}

// Every way gigstack has been seen to page, walked to the end.
func TestEach(t *testing.T) {
	for name, test := range map[string]struct {
		bodies  []string
		filter  ListFilter
		ids     []string
		queries []string
		broken  bool // ends with an error: the list may be incomplete
	}{
		"one page":          {[]string{`{"data":[{"id":"a"}],"next":null,"has_more":false}`}, ListFilter{}, []string{"a"}, []string{""}, false},
		"no page":           {[]string{`{"data":[]}`}, ListFilter{}, nil, []string{""}, false},
		"cursors":           {[]string{`{"data":[{"id":"a"}],"next":"c1","has_more":true}`, `{"data":[{"id":"b"}],"has_more":false}`}, ListFilter{}, []string{"a", "b"}, []string{"", "next=c1"}, false},
		"an empty page":     {[]string{`{"data":[],"next":"c1","has_more":true}`, `{"data":[{"id":"b"}],"has_more":false}`}, ListFilter{}, []string{"b"}, []string{"", "next=c1"}, false},
		"next_cursor":       {[]string{`{"data":[{"id":"a"}],"next_cursor":"c1","has_more":true}`, `{"data":[{"id":"b"}],"next_cursor":null}`}, ListFilter{}, []string{"a", "b"}, []string{"", "next=c1"}, false},
		"a numeric cursor":  {[]string{`{"data":[{"id":"a"}],"next":7}`, `{"data":[]}`}, ListFilter{}, []string{"a"}, []string{"", "next=7"}, false},
		"camel case":        {[]string{`{"data":[{"id":"a"}],"next":"c1","hasMore":true,"totalResults":2}`, `{"data":[],"hasMore":false}`}, ListFilter{}, []string{"a"}, []string{"", "next=c1"}, false},
		"only a cursor":     {[]string{`{"data":[{"id":"a"}],"next":"c1"}`, `{"data":[{"id":"b"}]}`}, ListFilter{}, []string{"a", "b"}, []string{"", "next=c1"}, false},
		"a last cursor":     {[]string{`{"data":[{"id":"a"}],"next":"c1","has_more":false}`}, ListFilter{}, []string{"a"}, []string{""}, false},
		"metadata filter":   {[]string{`{"data":[{"id":"a"}],"has_more":true}`, `{"data":[{"id":"b"}],"has_more":true}`, `{"data":[],"has_more":false}`}, ListFilter{Metadata: MetadataFilter{"k": "v"}}, []string{"a", "b"}, []string{"metadata.k=v", "metadata.k=v&page=2", "metadata.k=v&page=3"}, false},
		"a repeated cursor": {[]string{`{"data":[{"id":"a"}],"next":"c1","has_more":true}`}, ListFilter{}, []string{"a", "a"}, []string{"", "next=c1"}, true},
		"a circle":          {[]string{`{"data":[],"next":"c1"}`, `{"data":[],"next":"c2"}`, `{"data":[],"next":"c1"}`}, ListFilter{}, nil, []string{"", "next=c1", "next=c2"}, true},
		"more, but where":   {[]string{`{"data":[{"id":"a"}],"has_more":true}`}, ListFilter{}, []string{"a"}, []string{""}, true},
		"a broken page":     {[]string{`{"data":[{"id":"a"}],"next":"c1"}`, `{"data":{"id":"b"}}`}, ListFilter{}, []string{"a"}, []string{"", "next=c1"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			answer, queries := pages(test.bodies...)
			base, _ := server(t, answer)
			var ids []string
			var failed error
			for thing, err := range Each(t.Context(), callerFor(t, base), listThings, listThingsInput{ListFilter: test.filter}) {
				require.NoError(t, failed, "nothing follows an error")
				if failed = err; err == nil {
					ids = append(ids, thing.ID)
				}
			}
			assert.Equal(t, test.ids, ids)
			assert.Equal(t, test.queries, *queries)
			assert.Equal(t, test.broken, failed != nil, "%v", failed)
		})
	}
	t.Run("stops when told", func(t *testing.T) {
		answer, queries := pages(`{"data":[{"id":"a"},{"id":"b"}],"next":"c1"}`)
		base, _ := server(t, answer)
		for range Each(t.Context(), callerFor(t, base), listThings, listThingsInput{}) {
			break
		}
		assert.Len(t, *queries, 1)
	})
	t.Run("begins where it is told", func(t *testing.T) {
		answer, queries := pages(`{"data":[]}`)
		base, _ := server(t, answer)
		for _, err := range Each(t.Context(), callerFor(t, base), listThings, listThingsInput{Paging: Paging{Next: new("c5")}}) {
			require.NoError(t, err)
		}
		assert.Equal(t, []string{"next=c5"}, *queries)
	})
}

func TestPage(t *testing.T) {
	answer, queries := pages(`{"success":true,"message":"Here","data":[{"id":"a"}],"next":"c1","has_more":true,"total_results":25}`)
	base, _ := server(t, answer)
	in := listThingsInput{Paging: Paging{Limit: new(5)}, ListFilter: ListFilter{CreatedGTE: new(Since(1)), CreatedLTE: new(Until(2)), OrderBy: new(ListOrder("name"))}}
	page, err := listThings.Call(t.Context(), callerFor(t, base), in)
	require.NoError(t, err)
	assert.Equal(t, Page[thing]{Data: []thing{{ID: "a"}}, Next: "c1", HasMore: true, TotalResults: new(25)}, page)
	assert.Equal(t, []string{"created[gte]=1&created[lte]=2&limit=5&order_by=name"}, *queries)

	reply, err := listThings.Invoke(t.Context(), callerFor(t, base), nil)
	require.NoError(t, err)
	assert.True(t, reply.List)
	assert.Equal(t, "Here", reply.Message)

	data, next, more, total := Page[thing]{}.Envelope()
	assert.Equal(t, "[] <nil> false <nil>", fmt.Sprint(data, next, more, total))
}

// A list says that it goes on whenever that can be known, whichever of gigstack's
// envelopes it came in; it is never silently cut short.
func TestListsAreNotCutShort(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		at   position
		more bool
		next string
	}{
		"search, no page size":    {`{"data":[1,2],"found":50}`, position{dialect: byPage, number: 1, first: true}, true, "page:2"},
		"search, page size":       {`{"data":[1,2],"found":50,"per_page":2}`, position{dialect: byPage, number: 24}, true, "page:25"},
		"search, last page":       {`{"data":[1,2],"found":50,"per_page":2}`, position{dialect: byPage, number: 25}, false, ""},
		"search, page size asked": {`{"data":[1],"found":6}`, position{dialect: byPage, number: 2, limit: 5}, false, ""},
		"errors":                  {`{"data":[1],"total":2,"limit":1}`, position{dialect: byPage, number: 1, first: true}, true, "page:2"},
		"metadata":                {`{"data":[1,2],"total_results":50}`, position{dialect: byPage, number: 1, first: true}, true, "page:2"},
		"legacy":                  {`{"data":[1,2],"totalResults":50}`, position{dialect: byOffset, first: true}, true, "offset:2"},
		"legacy, further on":      {`{"data":[1,2],"totalResults":50}`, position{dialect: byOffset, number: 48}, false, ""},
		"legacy, empty":           {`{"data":[],"hasMore":true}`, position{dialect: byOffset, number: 20}, true, ""},
		"cursor without a cursor": {`{"data":[1,2],"total_results":50}`, position{dialect: byCursor, first: true}, true, ""},
		"cursor, last page":       {`{"data":[1,2],"total_results":50}`, position{dialect: byCursor}, false, ""},
		"two cursors":             {`{"data":[1],"next":"","next_cursor":"abc"}`, position{dialect: byCursor}, true, "abc"},
		"said in words":           {`{"data":[1],"next":"abc","has_more":"true"}`, position{dialect: byCursor}, true, "abc"},
	} {
		r, _, err := readReply([]byte(c.body), c.at)
		require.NoError(t, err, name)
		assert.Equal(t, c.more, r.HasMore, name)
		assert.Equal(t, c.next, r.Next, name)
	}
}

// What stands beside the data in an odd type does not make an answer unreadable: a
// write that was done would look as if it were in doubt.
func TestOddEnvelopes(t *testing.T) {
	for _, body := range []string{
		`{"uuid":"u","total":1160.50}`, `{"success":true,"data":{"uuid":"u"},"total":1160.50}`, `{"data":[],"total_results":"25"}`,
		`{"data":{"id":"x"},"limit":"10","has_more":"no"}`, `{"data":{"id":"x"},"message":{"es":"listo"},"next":{}}`,
	} {
		r, _, err := readReply([]byte(body), position{})
		require.NoError(t, err, body)
		assert.NotEmpty(t, r.Data, body)
	}
}
