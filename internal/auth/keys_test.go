package auth_test

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/auth"
)

// rotate has the login sign with a new key only.
func (l *login) rotate(t *testing.T, kid string) *ecdsa.PrivateKey {
	t.Helper()
	key := newKey(t)
	l.change(func() { l.keys = []jose.JSONWebKey{{KeyID: kid, Key: key.Public()}} })
	return key
}

func (l *login) wait(d time.Duration) { l.change(func() { l.now = l.now.Add(d) }) }

func (l *login) fails(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "canary", http.StatusBadGateway)
}

func status(a *auth.Authenticator, token string) int {
	_, refusal := ask(a, token)
	if refusal == nil {
		return http.StatusOK
	}
	return refusal.Status
}

func TestRotation(t *testing.T) {
	l := newLogin(t)
	a := l.open(t)
	require.Equal(t, 200, status(a, l.token(t, nil)))
	next := l.rotate(t, "next")
	l.wait(29 * time.Second)
	assert.Equal(t, 401, status(a, l.by(t, "next", next)), "too soon to ask again")
	assert.Equal(t, 200, status(a, l.token(t, nil)), "nobody knows better")
	assert.Equal(t, 1, l.fetched)
	l.wait(time.Second)
	assert.Equal(t, 200, status(a, l.by(t, "next", next)))
	assert.Equal(t, 401, status(a, l.token(t, nil)), "a key that was taken back")
	assert.Equal(t, 2, l.fetched)
	for range 20 {
		l.wait(time.Second)
		assert.Equal(t, 401, status(a, l.by(t, "nobody", next)))
	}
	assert.Equal(t, 2, l.fetched)

	last := l.rotate(t, "last")
	l.wait(10 * time.Second)
	assert.Equal(t, 200, status(a, l.by(t, "", last)), "a JWT that names no key is reason enough to look")
	assert.Equal(t, 3, l.fetched)
}

// TestKeysAreTakenBack within the hour, also when nobody shows a new one.
func TestKeysAreTakenBack(t *testing.T) {
	l := newLogin(t)
	a := l.open(t)
	require.Equal(t, 200, status(a, l.token(t, nil)))
	l.rotate(t, "next")
	l.wait(59 * time.Minute)
	assert.Equal(t, 200, status(a, l.token(t, nil)))
	l.wait(time.Minute)
	assert.Equal(t, 401, status(a, l.token(t, nil)))
	assert.Equal(t, 2, l.fetched)
}

func TestOutage(t *testing.T) {
	l := newLogin(t)
	a := l.open(t)
	l.change(func() { l.answer = l.fails })
	_, refusal := ask(a, l.token(t, nil))
	require.NotNil(t, refusal)
	assert.Equal(t, auth.Refusal{Status: 503, Why: "the issuer's keys cannot be had: the answer's status is 502"}, *refusal,
		"the token may be good: nobody should throw it away")
	assert.Equal(t, 503, status(a, l.token(t, nil)))
	assert.Equal(t, 1, l.fetched, "it is not asked more often because it fails")

	l.change(func() { l.answer = nil })
	l.wait(30 * time.Second)
	assert.Equal(t, 200, status(a, l.token(t, nil)))
	l.change(func() { l.answer = l.fails })
	l.wait(23 * time.Hour)
	assert.Equal(t, 200, status(a, l.token(t, nil)), "known keys go on working")
	assert.Equal(t, 503, status(a, l.by(t, "next", l.ec)), "this one may be new")
	assert.Equal(t, 401, status(a, tampered(l.token(t, nil))), "this one is forged")
	assert.Equal(t, 3, l.fetched)
	l.wait(time.Hour)
	assert.Equal(t, 503, status(a, l.token(t, nil)), "but not for ever")
	l.change(func() { l.answer = nil })
	l.wait(30 * time.Second)
	assert.Equal(t, 200, status(a, l.token(t, nil)))
}

// TestHerd has many come at once, when nothing is known, when a key is new, and when
// the keys are old.
func TestHerd(t *testing.T) {
	l := newLogin(t)
	a := l.open(t)
	slow := func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(50 * time.Millisecond) // for the others to come meanwhile
		l.mu.Lock()
		defer l.mu.Unlock()
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: l.keys})
	}
	l.change(func() { l.answer = slow })
	herd := func(token string) {
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { assert.Equal(t, 200, status(a, token)) })
		}
		all.Wait()
	}
	herd(l.token(t, nil))
	assert.Equal(t, 1, l.fetched)
	next := l.rotate(t, "next")
	l.wait(time.Minute)
	herd(l.by(t, "next", next))
	assert.Equal(t, 2, l.fetched)
	l.wait(time.Hour)
	herd(l.by(t, "next", next))
	assert.Equal(t, 3, l.fetched)
}

// TestOldKeysServe while one request looks for newer ones.
func TestOldKeysServe(t *testing.T) {
	l := newLogin(t)
	a := l.open(t)
	require.Equal(t, 200, status(a, l.token(t, nil)))
	asked, answered := make(chan bool), make(chan bool)
	l.change(func() {
		l.answer = func(w http.ResponseWriter, r *http.Request) { asked <- true; <-answered; l.fails(w, r) }
	})
	l.wait(time.Hour)
	token := l.token(t, nil)
	var first sync.WaitGroup
	first.Go(func() { assert.Equal(t, 200, status(a, token)) })
	<-asked
	second := make(chan int, 1)
	go func() { second <- status(a, token) }()
	select {
	case got := <-second:
		assert.Equal(t, 200, got)
	case <-time.After(5 * time.Second):
		t.Error("it waits for the keys")
	}
	close(answered)
	first.Wait()
}

// TestGivenUp has a request that goes away not spoil the keys for others.
func TestGivenUp(t *testing.T) {
	l := newLogin(t)
	a := l.open(t)
	r := request("Bearer " + l.token(t, nil))
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	_, err := a.Authenticate(r.WithContext(ctx))
	assert.NoError(t, err)
}

func TestAnswersThatAreNoKeys(t *testing.T) {
	elsewhere := newLogin(t)
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		status int
		why    string
	}{
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.url+"keys", http.StatusFound)
		}, 503, "status is 302"},
		"no JSON":         {raw("canary"), 503, "not the JSON"},
		"something else":  {raw(`{"error": "canary"}`), 503, "no set of keys"},
		"too large":       {raw(`{"keys": ["` + strings.Repeat("a", 512<<10) + `"]}`), 503, "too large"},
		"too many":        {raw(`{"keys": [` + strings.Repeat("1,", 100) + `1]}`), 503, "more than 100 keys"},
		"a large header":  {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("a", 1<<20)) }, 503, "headers exceeded"},
		"none":            {raw(`{"keys": []}`), 401, "no such key"},
		"unknown kinds":   {raw(`{"keys": [1, {}, {"kty": "future", "kid": "rsa"}]}`), 401, "no such key"},
		"a short RSA key": {raw(`{"keys": [{"kty": "RSA", "kid": "rsa", "e": "AQAB", "n": "` + strings.Repeat("x", 171) + `"}]}`), 401, "no such key"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLogin(t)
			l.answer = c.answer
			_, refusal := ask(l.open(t), l.token(t, nil))
			require.NotNil(t, refusal)
			assert.Equal(t, c.status, refusal.Status)
			assert.Contains(t, refusal.Why, c.why)
			assert.NotContains(t, refusal.Why, "canary")
		})
	}
	assert.Zero(t, elsewhere.fetched)
}

func TestWhereTheKeysAre(t *testing.T) {
	l := newLogin(t)
	l.oidc = true
	assert.Equal(t, 200, status(l.open(t), l.token(t, nil)), "by OpenID Connect's metadata")
	l.renamed = "https://evil.example.com/"
	_, refusal := ask(l.open(t), l.token(t, nil))
	require.NotNil(t, refusal)
	assert.Equal(t, "the issuer's keys cannot be had: its metadata: it is another issuer's", refusal.Why)
	assert.Equal(t, 1, l.fetched)
	assert.Equal(t, 200, status(l.open(t, "  jwks_url: "+l.url+"keys"), l.token(t, nil)), "the operator knows")
}
