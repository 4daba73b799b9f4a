package gigstack

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type everywhere struct {
	ID     string         `json:"id"`
	Text   *string        `json:"text,omitempty"`
	Count  *int           `json:"count,omitempty"`
	Flag   *bool          `json:"flag,omitempty"`
	Amount *Decimal       `json:"amount,omitempty"`
	List   []string       `json:"list,omitempty"`
	Filter MetadataFilter `json:"metadata,omitempty"`
	Clear  Nullable[int]  `json:"clear,omitzero"`
	From   *Since         `json:"created_gte,omitempty"`
}

// arrive is what a server makes of a call: encode, a request, Decode.
func arrive(t *testing.T, route string, in everywhere) (out everywhere, w wire) {
	t.Helper()
	w, err := encode(route, in)
	require.NoError(t, err)
	r := httptest.NewRequest(w.method, "http://localhost"+w.path+"?"+w.query.Encode(), nil)
	if strings.Contains(route, "{id}") {
		id := strings.TrimPrefix(r.URL.EscapedPath(), "/things/")
		id, err = url.PathUnescape(id)
		require.NoError(t, err)
		r.SetPathValue("id", id)
	}
	require.NoError(t, Decode(route, r, w.body, &out))
	return out, w
}

func TestEncodeAndDecode(t *testing.T) {
	full := everywhere{
		ID: "a b/ñ", Text: new(""), Count: new(0), Flag: new(false), Amount: new(Dec("0.10")), List: []string{"x", "y"},
		Filter: MetadataFilter{"order id": "Ñ & co=1"}, Clear: Nullable[int]{Set: true}, From: new(Since(5)),
	}
	inPath := full
	inPath.ID = "a b?ñ"
	inQuery := inPath
	inQuery.Clear = Nullable[int]{} // a query has no null
	for route, test := range map[string]struct {
		in   everywhere
		path string
	}{
		"POST /things":        {full, "/things"},
		"PUT /things/{id}":    {inPath, "/things/a%20b%3F%C3%B1"},
		"DELETE /things/{id}": {inPath, "/things/a%20b%3F%C3%B1"},
		"GET /things/{id}":    {inQuery, "/things/a%20b%3F%C3%B1"},
	} {
		t.Run(route, func(t *testing.T) {
			out, w := arrive(t, route, test.in)
			assert.Equal(t, test.path, w.path)
			assert.Equal(t, test.in.Amount.String(), out.Amount.String())
			out.Amount = test.in.Amount // equal amounts need not be equal structs
			assert.Equal(t, test.in, out)
			assert.Equal(t, w.method == http.MethodGet, w.body == nil)
			assert.Equal(t, w.method == http.MethodGet, len(w.query) > 0)
		})
	}
}

func TestEncodeOfNothing(t *testing.T) {
	for route, body := range map[string]string{
		"GET /things/{id}": "", "DELETE /things/{id}": "", "POST /things/{id}/paid": "{}", "PUT /things/{id}": "{}",
	} {
		w, err := encode(route, thingRef{ID: "a"})
		require.NoError(t, err)
		assert.Equal(t, body, string(w.body), route)
	}
	_, err := encode("GET /things/{missing}", thingRef{ID: "a"})
	require.ErrorContains(t, err, "missing: an id is required")
}

// Both spellings of dates and metadata, and the page number, reach the input.
func TestDecodeSpellings(t *testing.T) {
	decode := func(query string) (in listThingsInput) {
		require.NoError(t, Decode("GET /things", httptest.NewRequest(http.MethodGet, "http://localhost/things?"+query, nil), nil, &in))
		return in
	}
	for _, query := range []string{"created[gte]=5&created[lte]=6", "created_gte=5&created_lte=6", "created%5Bgte%5D=5&created%5Blte%5D=6"} {
		in := decode(query)
		assert.Equal(t, Since(5), *in.CreatedGTE)
		assert.Equal(t, Until(6), *in.CreatedLTE)
	}
	for _, query := range []string{"metadata.a=b&metadata.c=1", "metadata_a=b&metadata_c=1"} {
		assert.Equal(t, MetadataFilter{"a": "b", "c": "1"}, decode(query).Metadata)
	}
	assert.Equal(t, "page:3", *decode("page=3").Next)
	assert.Zero(t, decode("team=team_1"))
	for _, query := range []string{"limit=ten", "created_gte=yesterday"} {
		var in listThingsInput
		require.Error(t, Decode("GET /things", httptest.NewRequest(http.MethodGet, "http://localhost/things?"+query, nil), nil, &in), query)
	}
}

// Whatever text an id or a filter holds, it is refused or arrives as it was.
func FuzzEncodeDecode(f *testing.F) {
	for _, seed := range [][2]string{{"a", "b"}, {"..", "%2f"}, {"ñ/..", "a&b=c"}, {"a?b", "null"}, {"#", "12"}, {"%00", `"x"`}, {"a;b", "[1]"}, {".", "{}"}, {"a+b", " "}, {"\u0085", "\x00"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, id, text string) {
		if !utf8.ValidString(id) || !utf8.ValidString(text) {
			return // JSON has replaced it before
		}
		if CheckID(id) != nil {
			_, err := encode("GET /things/{id}", everywhere{ID: id})
			require.Error(t, err)
			return
		}
		in := everywhere{ID: id, Text: &text, Filter: MetadataFilter{"key": text}}
		for _, route := range []string{"GET /things/{id}", "PUT /things/{id}"} {
			out, w := arrive(t, route, in)
			assert.Equal(t, in, out)
			assert.Equal(t, 2, strings.Count(w.path, "/"), "the id stays in its segment")
		}
	})
}
