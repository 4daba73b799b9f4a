package gigstack

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzPath has no id leave its place in the path: it is refused, or it arrives as
// it was.
func FuzzPath(f *testing.F) {
	for _, id := range []string{"client_1", "", ".", "..", "a/b", `a\b`, "a?b=c", "a#b", "%2e%2e%2f", "ñ", "a\x00", "\u0085", "a b", "{id}", "team/{id}", "..%2f", "\xff"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if !utf8.ValidString(id) {
			t.Skip("JSON cannot carry it")
		}
		w, err := encode("DELETE /clients/{id}/things", map[string]string{"id": id})
		if err != nil {
			require.Error(t, CheckID(id))
			return
		}
		require.True(t, strings.HasPrefix(w.path, "/clients/") && strings.HasSuffix(w.path, "/things"), w.path)
		u, err := url.Parse("https://api.example/v2" + w.path)
		require.NoError(t, err)
		require.Empty(t, u.RawQuery+u.Fragment)
		segments := strings.Split(u.EscapedPath(), "/")
		require.Len(t, segments, 5, w.path)
		arrived, err := url.PathUnescape(segments[3])
		require.NoError(t, err)
		require.Equal(t, id, arrived)
		require.Equal(t, "/v2"+w.path, u.EscapedPath(), "nothing is cleaned away")
	})
}

// FuzzCursor has every cursor arrive at the server as it was handed out, in each
// dialect of paging.
func FuzzCursor(f *testing.F) {
	for _, cursor := range []string{"abc", "page:2", "page:007", "page:", "page:-1", "offset:20", "offset:x", "a&b=c", "", "page:9999999999999999999", "ñ ", "null", "[1]", `{"a":1}`} {
		f.Add(cursor)
	}
	routes := map[string]func(string) any{
		"cursor": func(next string) any { return ListClientsInput{Paging: Paging{Next: &next}} },
		"page":   func(next string) any { return Search{PagePaging: PagePaging{Paging{Next: &next}}, Q: "x"} },
		"offset": func(next string) any { return OffsetPaging{Paging{Next: &next}} },
		"record": func(next string) any { return RecordPaging{Paging{Next: &next}} },
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		if !utf8.ValidString(cursor) || cursor == "" {
			t.Skip("JSON cannot carry it, or it asks for the first page")
		}
		for name, input := range routes {
			w, err := encode("GET /things", input(cursor))
			if err != nil {
				require.Contains(t, []string{"page", "offset"}, name)
				require.NotRegexp(t, "^"+name+":[0-9]{1,9}$", cursor, "this is one that the list hands out")
				continue
			}
			w.position() // must not panic
			r := httptest.NewRequest(http.MethodGet, "/things?"+w.query.Encode(), nil)
			var back struct {
				Paging
				Q string `json:"q"`
			}
			require.NoError(t, Decode("GET /things", r, nil, &back), name)
			require.NotNil(t, back.Next, name)
			require.Equal(t, cursor, *back.Next, name)
		}
	})
}

// FuzzArguments has every input read any arguments without panicking, and accept
// nothing it would not send on.
func FuzzArguments(f *testing.F) {
	for _, args := range []string{`{}`, `{"id":"x"}`, `{"limit":1e9}`, `{"client":{"id":null}}`, `{"items":[{}]}`, `[]`, `null`, `{"a":`, `{"metadata":{"a":[1,{"b":null}]}}`,
		`{"date":"2026-11-21"}`, `{"created_gte":"2026-11-21T10:00:00-06:00"}`, `{"amount":"1.5"}`, `{"amount":1e999999999}`, `{"file":{"name":"a","media_type":"b","content":"JVBERg=="}}`, `{"cert":"x"}`, "{\"name\":\"\xff\"}"} {
		f.Add([]byte(args))
	}
	f.Fuzz(func(t *testing.T, args []byte) {
		for _, op := range operations {
			if _, err := op.Weigh(args); err == nil {
				require.True(t, len(bytes.TrimSpace(args)) == 0 || json.Valid(args), op.Spec().Name)
			}
		}
	})
}

// FuzzAnswer has every answer become a reply or an error, whatever stands in it.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{`{"data":{"id":"x"}}`, `{"data":[],"next":null,"has_more":false}`, `{"data":[1],"next":5,"has_more":true,"total_results":9}`,
		`{"message":"no","error":"text"}`, `{"success":false,"error":{"code":"c","message":"m","details":["a",{"field":"f","message":"m"}]}}`,
		`{"error":{"details":{"a":1}}}`, `{"error":[]}`, `{"error":null}`, `<html>`, ``, `null`, `[]`, `{"success":"yes"}`, `{"pdf":"JVBERi0="}`, `{"found":3,"page":1,"per_page":2,"data":[]}`} {
		for _, status := range []int{200, 400, 502} {
			f.Add(status, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		c := callerFor(t, "https://api.example/v2")
		resp := &http.Response{StatusCode: status, Header: http.Header{}}
		for _, spec := range []Spec{ListClients.Spec(), CancelInvoice.Spec()} {
			reply, err := c.answer(spec, resp, body, wire{dialect: byPage})
			if err == nil {
				require.Equal(t, 2, status/100)
				require.True(t, reply.Data == nil || json.Valid(reply.Data))
				continue
			}
			var e *Error
			require.ErrorAs(t, err, &e)
			require.NotEmpty(t, e.Outcome)
			require.True(t, utf8.ValidString(e.Message), "%q", e.Message)
		}
	})
}
