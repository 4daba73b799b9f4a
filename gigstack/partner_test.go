package gigstack

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPartnerKey sends each key where it belongs and nowhere else.
func TestPartnerKey(t *testing.T) {
	var got *http.Request
	var body string
	answer := `{"data":{}}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got, body = r, string(raw)
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	c := callerFor(t, server.URL)
	in := SignupAccountInput{Email: "a@example.mx", Name: "A", PlanID: "free", IdempotencyKey: new(IdempotencyKey("gigstack-mcp-1"))}

	_, err := SignupAccount.Call(t.Context(), c.As("team_1"), in)
	require.NoError(t, err)
	assert.Equal(t, "partner_of_nobody", got.Header.Get("X-Internal-API-Key"))
	assert.Empty(t, got.Header.Get("Authorization"), "the API key is none of sign-up's business")
	assert.Equal(t, "gigstack-mcp-1", got.Header.Get("Idempotency-Key"))
	assert.JSONEq(t, `{"email":"a@example.mx","name":"A","plan_id":"free"}`, body)
	assert.Empty(t, got.URL.RawQuery)

	for _, op := range operations {
		if op.Spec().Partner {
			continue
		}
		got = nil
		_, _ = op.Invoke(t.Context(), c, []byte(`{"id":"x"}`))
		if got != nil { // the others want more arguments
			assert.Empty(t, got.Header.Get("X-Internal-API-Key"), op.Spec().Name)
			assert.Equal(t, "Bearer sk_test_of_nobody", got.Header.Get("Authorization"), op.Spec().Name)
			assert.Empty(t, got.Header.Get("Idempotency-Key"), op.Spec().Name)
		}
	}

	answer = `{"success":false,"error":{"code":"x","message":"no partner_of_nobody here"}}`
	_, err = SignupAccount.Call(t.Context(), c, in)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "partner_of_nobody")

	got = nil
	key, err := NewKey("sk_test_of_nobody")
	require.NoError(t, err)
	plain, err := New(Options{BaseURL: server.URL, Key: key, Allow: c.options.Allow})
	require.NoError(t, err)
	_, err = SignupAccount.Call(t.Context(), plain, in)
	var refused *Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, CodeNoPartnerKey, refused.Code)
	assert.Equal(t, NotSent, refused.Outcome)
	assert.Nil(t, got, "nothing is sent")
	assert.NotEqual(t, plain.Identity(), c.Identity(), "a plan is for the keys it was made with")
}

// TestWebhookURL is for https, and for this machine.
func TestWebhookURL(t *testing.T) {
	for address, fits := range map[string]bool{
		"https://example.mx/hook": true, "http://localhost": true, "http://localhost:8080/a?b=c": true, "http://127.0.0.1:9/": true,
		"http://example.mx/": false, "http://localhost.example.mx/": false, "http://127.0.0.1@example.mx/": false, "http://localhost:x/": false, "https://example.mx:secret@evil.example/": false, "https://example.mx\\@evil.example/": false, "https://": false, "https://example.mx?a=b@c": true, "ftp://localhost/": false, "": false,
	} {
		assert.Equal(t, fits, regexp.MustCompile(WebhookURL("").Pattern()).MatchString(address), address)
	}
}
