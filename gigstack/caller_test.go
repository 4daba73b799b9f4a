package gigstack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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

// What each kind of answer means, for a read and for a write.
func TestErrors(t *testing.T) {
	const html = "<html><body>Bad gateway</body></html>"
	for name, test := range map[string]struct {
		status      int
		body        string
		code        string
		message     string
		read, write Outcome
	}{
		"old form, code":       {404, `{"message":"Client not found","error":"resource_not_found"}`, "resource_not_found", "Client not found", Refused, Refused},
		"old form, text":       {400, `{"message":"Invalid","error":"Zip is wrong"}`, "", "Invalid: Zip is wrong", Refused, Refused},
		"new form":             {422, `{"success":false,"error":{"code":"cfdi_service_error","message":"No","details":[{"field":"CFDI40143","message":"RFC"}]}}`, "cfdi_service_error", "No", Refused, Refused},
		"numeric code":         {400, `{"error":{"code":40143,"message":"No"}}`, "40143", "No", Refused, Refused},
		"failure with 200":     {200, `{"success":false,"message":"No luck"}`, "", "No luck", Refused, Refused},
		"in part with 200":     {200, `{"success":false,"message":"Some failed","data":{"stamped":1}}`, "", "Some failed", Refused, Unknown},
		"no master team":       {401, `{"message":"Unauthorized","error":"Unauthorized, not a master team"}`, CodeNotMasterTeam, "not a master team", Refused, Refused},
		"no such team":         {404, `{"message":"Team not found","error":"The specified team does not exist"}`, CodeTeamNotFound, "does not exist", Refused, Refused},
		"no matched teams":     {401, `{"message":"Unauthorized","error":"Unauthorized, no matched teams"}`, CodeNoMatchedTeams, "no matched teams", Refused, Refused},
		"role on target":       {403, `{"success":false,"error":{"code":"forbidden","message":"Your role does not allow this action on the target team"}}`, CodeRoleTooLow, "Your role", Refused, Refused},
		"HTML from a gateway":  {502, html, CodeUnreadable, "no JSON", Refused, Unknown},
		"text from a gateway":  {503, "upstream down", CodeUnreadable, "upstream down", Refused, Unknown},
		"HTML with 200":        {200, html, CodeUnreadable, "no JSON", Refused, Unknown},
		"a list with 200":      {200, `[]`, CodeUnreadable, "no JSON", Refused, Unknown},
		"nothing with 500":     {500, ``, "", "Internal Server Error", Refused, Unknown},
		"error with 500":       {500, `{"success":false,"error":{"code":"internal_server_error","message":"Oops"}}`, "internal_server_error", "Oops", Refused, Unknown},
		"too many":             {429, `{"error":{"code":"rate_limit_exceeded","message":"Slow down"}}`, "rate_limit_exceeded", "Slow down", Refused, Refused},
		"a code and no words":  {400, `{"error":"validation_failed"}`, "validation_failed", "validation_failed", Refused, Refused},
		"control characters":   {400, `{"message":"a\u001b[31mb\nc"}`, "", "a [31mb c", Refused, Refused},
		"more than fits":       {200, `{"data":{"id":"` + strings.Repeat("x", 4096) + `"}}`, CodeUnreadable, "larger than 4096 bytes", Refused, Done},
		"more than fits, 500s": {500, strings.Repeat("x", 5000), CodeUnreadable, "larger than 4096 bytes", Refused, Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			base, _ := server(t, says(test.status, test.body))
			c := callerFor(t, base)
			c.options.Attempts, c.options.MaxBytes = 1, 4096
			_, err := getThing.Call(t.Context(), c.As("team_2"), thingRef{ID: "a"})
			e := failure(t, err)
			assert.Equal(t, test.read, e.Outcome)
			_, err = createThing.Call(t.Context(), c.As("team_2"), thing{Name: "a"})
			e = failure(t, err)
			assert.Equal(t, test.write, e.Outcome)
			assert.Equal(t, test.status, e.Status)
			assert.Equal(t, test.code, e.Code)
			assert.Contains(t, e.Message, test.message)
			assert.NotContains(t, e.Message, "<")
			assert.Equal(t, "create_thing", e.Op)
			assert.Equal(t, "team_2", e.Team)
			assert.Equal(t, test.write == Unknown, strings.Contains(e.Error(), "may have taken effect"))
			assert.False(t, e.Retryable() && e.Outcome != Refused, "never repeat what may have happened")
		})
	}
}

func TestErrorDetails(t *testing.T) {
	for name, test := range map[string]struct {
		details string
		want    []Detail
	}{
		"fields":  {`[{"field":"tax_id","message":"bad"},{"message":"worse"}]`, []Detail{{"tax_id", "bad"}, {"", "worse"}}},
		"texts":   {`["bad","worse"]`, []Detail{{"", "bad"}, {"", "worse"}}},
		"one":     {`{"field":"zip","message":"bad"}`, []Detail{{"zip", "bad"}}},
		"a text":  {`"bad"`, []Detail{{"", "bad"}}},
		"strange": {`[{"path":["a"]}]`, []Detail{{"", `{"path":["a"]}`}}},
		"none":    {`[]`, nil},
		"null":    {`null`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			base, _ := server(t, says(400, `{"success":false,"error":{"code":"validation_failed","message":"No","details":`+test.details+`}}`))
			_, err := getThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"})
			assert.Equal(t, test.want, failure(t, err).Details)
		})
	}
	base, _ := server(t, says(400, `{"error":{"details":[`+strings.Repeat(`"x",`, 100)+`"x"]}}`))
	_, err := getThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"})
	assert.Len(t, failure(t, err).Details, 20)
}

// A gateway that echoes the request must not make us show the key.
func TestKeyInAnAnswerIsHidden(t *testing.T) {
	for _, body := range []string{
		`{"message":"Bearer sk_test_of_nobody","error":"sk_test_of_nobody"}`,
		`{"success":false,"error":{"code":"sk_test_of_nobody","message":"sk_test_of_nobody","details":["` + strings.Repeat("x", maxErrorText-8) + `sk_test_of_nobody"]},"data":["sk_test_of_nobody"]}`,
		`sk_test_of_nobody`,
	} {
		base, _ := server(t, says(400, body))
		_, err := createThing.Call(t.Context(), callerFor(t, base), thing{})
		e := failure(t, err)
		assert.NotContains(t, fmt.Sprintf("%v %+v %s", err, e, e.Data), "sk_test")
	}
}

func TestRetry(t *testing.T) {
	failing := func(times int64, status int, header map[string]string) (http.HandlerFunc, *atomic.Int64) {
		var calls atomic.Int64
		return func(w http.ResponseWriter, _ *http.Request) {
			if calls.Add(1) > times {
				_, _ = w.Write([]byte(`{"data":{"id":"a"}}`))
				return
			}
			for name, value := range header {
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
		}, &calls
	}
	for name, test := range map[string]struct {
		times  int64
		status int
		header map[string]string
		calls  int64
		ok     bool
	}{
		"once busy":           {1, 503, nil, 2, true},
		"twice too many":      {2, 429, nil, 3, true},
		"always busy":         {9, 500, nil, 3, false},
		"not found":           {9, 404, nil, 1, false},
		"waits as told":       {1, 429, map[string]string{"Retry-After": "1"}, 2, true},
		"too long a wait":     {1, 429, map[string]string{"Retry-After": "21"}, 1, false},
		"a date too far away": {1, 503, map[string]string{"Date": "Sat, 21 Nov 2026 18:00:00 GMT", "Retry-After": "Sat, 21 Nov 2026 18:10:00 GMT"}, 1, false},
		"a nonsense wait":     {1, 503, map[string]string{"Retry-After": "soon"}, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, calls := failing(test.times, test.status, test.header)
			base, _ := server(t, answer)
			began := time.Now()
			_, err := getThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"})
			assert.Equal(t, test.ok, err == nil, "%v", err)
			assert.Equal(t, test.calls, calls.Load())
			if test.header["Retry-After"] == "1" {
				assert.GreaterOrEqual(t, time.Since(began), time.Second)
			}
		})
		t.Run(name+", write", func(t *testing.T) {
			answer, calls := failing(test.times, test.status, test.header)
			base, _ := server(t, answer)
			_, err := createThing.Call(t.Context(), callerFor(t, base), thing{})
			require.Error(t, err)
			_, err = openThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"}) // a GET with an effect
			assert.Equal(t, test.times == 1, err == nil)
			assert.Equal(t, int64(2), calls.Load(), "each sent once")
		})
	}
	t.Run("says how long to wait", func(t *testing.T) {
		answer, _ := failing(1, 429, map[string]string{"Retry-After": "60"})
		base, _ := server(t, answer)
		_, err := getThing.Call(t.Context(), callerFor(t, base), thingRef{ID: "a"})
		assert.Equal(t, time.Minute, failure(t, err).RetryAfter)
	})
	t.Run("gives up with its caller", func(t *testing.T) {
		answer, calls := failing(9, 429, map[string]string{"Retry-After": "15"})
		base, _ := server(t, answer)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := getThing.Call(ctx, callerFor(t, base), thingRef{ID: "a"})
		assert.Equal(t, CodeTimeout, failure(t, err).Code)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, int64(1), calls.Load())
	})
}

// What is known when no answer came.
func TestNoAnswer(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	drop := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"data":`))
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		code   string
	}{
		"in time":    {hang, CodeTimeout},
		"but a drop": {drop, CodeUnreachable},
		"but a half": {half, CodeUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			base, calls := server(t, test.answer)
			c := callerFor(t, base)
			c.options.Timeout = 50 * time.Millisecond
			c.options.Attempts = 2
			_, err := createThing.Call(t.Context(), c, thing{})
			e := failure(t, err)
			assert.Equal(t, Unknown, e.Outcome)
			assert.Equal(t, test.code, e.Code)
			assert.Equal(t, int64(1), calls.Load(), "a write is sent once")
			_, err = getThing.Call(t.Context(), c, thingRef{ID: "a"})
			e = failure(t, err)
			assert.Equal(t, Refused, e.Outcome)
			assert.True(t, e.Retryable())
			assert.GreaterOrEqual(t, calls.Load(), int64(3), "a read is tried again")
		})
	}
	t.Run("and nobody there", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, listener.Close())
		_, err = createThing.Call(t.Context(), callerFor(t, "http://"+listener.Addr().String()), thing{})
		e := failure(t, err)
		assert.Equal(t, NotSent, e.Outcome)
		assert.Equal(t, CodeUnreachable, e.Code)
		assert.Zero(t, e.Status)
	})
	t.Run("and the network timed out", func(t *testing.T) {
		c := callerFor(t, "https://gigstack.example")
		c.http = newHTTP(roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
		}))
		_, err := createThing.Call(t.Context(), c, thing{})
		assert.Equal(t, NotSent, failure(t, err).Outcome, "no connection, no effect")
	})
	t.Run("because it was canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		base, _ := server(t, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		_, err := createThing.Call(ctx, callerFor(t, base), thing{})
		e := failure(t, err)
		assert.Equal(t, CodeCanceled, e.Code)
		assert.Equal(t, Unknown, e.Outcome)
		assert.False(t, e.Retryable())
		require.ErrorIs(t, err, context.Canceled)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

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
