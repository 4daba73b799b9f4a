package gigstack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/risk"
)

type thingRef struct {
	ID string `json:"id"`
}

type thing struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// One endpoint of each kind, of nobody's API.
var (
	getThing    = Endpoint[thingRef, thing]{Name: "get_thing", Route: "GET /things/{id}", Risk: risk.Read}
	createThing = Endpoint[thing, thing]{Name: "create_thing", Route: "POST /things", Risk: risk.Write}
	openThing   = Endpoint[thingRef, thing]{Name: "open_thing", Route: "GET /things/{id}/open", Risk: risk.Outward}
	unrated     = Endpoint[thingRef, thing]{Name: "unrated", Route: "GET /things/{id}"}
)

// server answers every call with answer and counts them.
func server(t *testing.T, answer http.HandlerFunc) (base string, calls *atomic.Int64) {
	t.Helper()
	calls = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		_, _ = io.Copy(io.Discard, r.Body) // only then the server notices a client that left
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/v2", calls
}

// says is an answer of always the same.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func failure(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	require.ErrorAs(t, err, &e)
	return e
}

func TestIDsStayInTheirPlace(t *testing.T) {
	var path string
	base, calls := server(t, func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.EscapedPath()
		_, _ = w.Write([]byte(`{"data":{}}`))
	})
	c := callerFor(t, base)
	for _, id := range []string{"", ".", "..", "a/b", "/", `a\b`, "a\nb", "a\x00", "\x7f", "a\u0085b", "../teams"} {
		t.Run(fmt.Sprintf("%q refused", id), func(t *testing.T) {
			_, err := getThing.Call(t.Context(), c, thingRef{ID: id})
			e := failure(t, err)
			assert.Equal(t, NotSent, e.Outcome)
			assert.Equal(t, "invalid_argument", e.Code)
			_, err = getThing.Call(t.Context(), c.As(id), thingRef{ID: "a"})
			if id != "" { // no team is the key's own
				assert.Equal(t, NotSent, failure(t, err).Outcome)
			}
		})
	}
	sent := calls.Load()
	assert.Equal(t, int64(1), sent, "only the call for no other team")
	for id, want := range map[string]string{
		"..%2fteams": "/v2/things/..%252fteams",
		"%2e%2e":     "/v2/things/%252e%252e",
		"a?b=c#d":    "/v2/things/a%3Fb=c%23d",
		"a b;c":      "/v2/things/a%20b%3Bc",
		"ñ":          "/v2/things/%C3%B1",
		"...":        "/v2/things/...",
	} {
		t.Run(id, func(t *testing.T) {
			_, err := getThing.Call(t.Context(), c, thingRef{ID: id})
			require.NoError(t, err)
			assert.Equal(t, want, path)
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere, visits := server(t, says(200, `{"data":{"id":"stolen"}}`))
	for _, status := range []int{301, 302, 303, 307, 308} {
		base, calls := server(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere, status)
		})
		c := callerFor(t, base)
		_, err := getThing.Call(t.Context(), c, thingRef{ID: "a"})
		e := failure(t, err)
		assert.Equal(t, CodeRedirect, e.Code)
		assert.Equal(t, status, e.Status)
		assert.False(t, e.Retryable())
		_, err = createThing.Call(t.Context(), c, thing{Name: "a"})
		assert.Equal(t, CodeRedirect, failure(t, err).Code)
		assert.Equal(t, int64(2), calls.Load())
	}
	assert.Zero(t, visits.Load())
}

func TestAnUnreadableAnswerIsNoFailedCall(t *testing.T) {
	base, _ := server(t, says(201, `{"data":{"id":{"not":"text"}}}`))
	_, err := createThing.Call(t.Context(), callerFor(t, base), thing{})
	var unreadable *DecodeError
	require.ErrorAs(t, err, &unreadable)
	assert.Equal(t, "create_thing", unreadable.Op)
	assert.Contains(t, err.Error(), "accepted the call")
	base, _ = server(t, says(204, ``))
	out, err := createThing.Call(t.Context(), callerFor(t, base), thing{})
	require.NoError(t, err)
	assert.Zero(t, out)
}

// The second door: without it, or against its will, only reads are sent.
func TestAllow(t *testing.T) {
	base, calls := server(t, says(200, `{"data":{}}`))
	key, err := NewKey("sk_test_of_nobody")
	require.NoError(t, err)
	refusal := errors.New("not today")
	var asked []string
	for name, allow := range map[string]func(context.Context, Spec, string) error{
		"without a door": nil,
		"a closed door": func(_ context.Context, spec Spec, team string) error {
			asked = append(asked, spec.Name+" "+team)
			return refusal
		},
	} {
		t.Run(name, func(t *testing.T) {
			calls.Store(0)
			c, err := New(Options{BaseURL: base, Key: key, Team: "team_2", Allow: allow})
			require.NoError(t, err)
			_, err = getThing.Call(t.Context(), c, thingRef{ID: "a"})
			require.NoError(t, err)
			for _, write := range []func() error{
				func() error { _, err := createThing.Call(t.Context(), c, thing{}); return err },
				func() error { _, err := openThing.Call(t.Context(), c, thingRef{ID: "a"}); return err },
				func() error { _, err := unrated.Call(t.Context(), c, thingRef{ID: "a"}); return err },
			} {
				e := failure(t, write())
				assert.Equal(t, NotSent, e.Outcome)
				assert.Equal(t, "not_allowed", e.Code)
				assert.Equal(t, allow != nil, errors.Is(e, refusal))
			}
			assert.Equal(t, int64(1), calls.Load(), "nothing but the read was sent")
		})
	}
	assert.Equal(t, []string{"create_thing team_2", "open_thing team_2", "unrated team_2"}, asked)
}

func TestStopping(t *testing.T) {
	base, calls := server(t, says(200, `{"data":{}}`))
	key, err := NewKey("sk_test_of_nobody")
	require.NoError(t, err)
	stopping := make(chan struct{})
	c, err := New(Options{BaseURL: base, Key: key, Stopping: stopping, Allow: func(context.Context, Spec, string) error { return nil }})
	require.NoError(t, err)
	_, err = createThing.Call(t.Context(), c, thing{})
	require.NoError(t, err)
	close(stopping)
	_, err = createThing.Call(t.Context(), c.As("team_2"), thing{})
	e := failure(t, err)
	assert.Equal(t, CodeStopping, e.Code)
	assert.Equal(t, NotSent, e.Outcome)
	_, err = getThing.Call(t.Context(), c, thingRef{ID: "a"})
	require.NoError(t, err, "reads go on")
	assert.Equal(t, int64(2), calls.Load())
}

func TestInvokeIsStrict(t *testing.T) {
	base, calls := server(t, says(200, `{"data":{"id":"a"}}`))
	c := callerFor(t, base)
	for _, args := range []string{`{"name":"a","surname":"b"}`, `{"name":"a"} {}`, `{"name":1}`, `[]`, `{`, `"a"`} {
		_, err := createThing.Invoke(t.Context(), c, json.RawMessage(args))
		require.Error(t, err, args)
	}
	assert.Zero(t, calls.Load())
	for _, args := range []string{``, `null`, `{}`, `{"name":"a"}`} {
		_, err := createThing.Invoke(t.Context(), c, json.RawMessage(args))
		require.NoError(t, err, args)
	}
}

func TestHeaders(t *testing.T) {
	var got *http.Request
	base, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		_, _ = w.Write([]byte(`{"data":{}}`))
	})
	c := callerFor(t, base+"/")
	_, err := createThing.Call(t.Context(), c.As("team_2"), thing{})
	require.NoError(t, err)
	assert.Equal(t, "Bearer sk_test_of_nobody", got.Header.Get("Authorization"))
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.Equal(t, "/v2/things", got.URL.Path)
	assert.Equal(t, "team=team_2", got.URL.RawQuery)
	assert.Empty(t, c.Team(), "As does not change its receiver")
	_, err = getThing.Call(t.Context(), c, thingRef{ID: "a"})
	require.NoError(t, err)
	assert.Empty(t, got.Header.Get("Content-Type"))
	assert.Empty(t, got.URL.RawQuery)
}

func TestBaseURL(t *testing.T) {
	for base, want := range map[string]string{
		"https://api.gigstack.io/v2":  "https://api.gigstack.io/v2",
		"https://api.gigstack.io/v2/": "https://api.gigstack.io/v2",
		"http://localhost:8080":       "http://localhost:8080",
		"http://127.0.0.1:8080/v2":    "http://127.0.0.1:8080/v2",
		"http://[::1]:8080/v2":        "http://[::1]:8080/v2",
		"http://api.gigstack.io/v2":   "",
		"http://localhost.evil.test":  "",
		"http://127.0.0.1.evil.test":  "",
		"http://10.0.0.1/v2":          "",
		"https://user:pw@gigstack.io": "",
		"https://user@gigstack.io":    "",
		"https://gigstack.io/v2?a=b":  "",
		"https://gigstack.io/v2?":     "",
		"https://gigstack.io/v2#a":    "",
		"https://gigstack.io/v2#":     "",
		"https://:443/v2":             "",
		"https:///v2":                 "",
		"ftp://gigstack.io":           "",
		"gigstack.io":                 "",
		"//gigstack.io":               "",
		"":                            "",
		"https://a b":                 "",
		"https://gigstack.io\n":       "",
	} {
		t.Run(base, func(t *testing.T) {
			u, err := ParseBaseURL(base)
			if want == "" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, want, u.String())
		})
	}
}
