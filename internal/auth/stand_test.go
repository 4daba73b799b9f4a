package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/auth"
)

// start is when tests begin.
var start = time.Date(2026, 11, 23, 12, 0, 0, 0, gigstack.MexicoCity)

// audience is the server that tests ask to be let in to.
const audience = "https://mcp.example.com/mcp"

// rsaKey is of all logins: making one takes long.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// login is an authorization server on this machine, and the clock of everybody.
type login struct {
	url     string
	rsa     *rsa.PrivateKey
	ec      *ecdsa.PrivateKey
	mu      sync.Mutex
	now     time.Time
	keys    []jose.JSONWebKey
	answer  http.HandlerFunc // instead of the keys
	renamed string           // what its metadata calls it, instead of its URL
	oidc    bool             // it has no metadata of OAuth
	fetched int              // how often the keys were
}

func newLogin(t testing.TB) *login {
	t.Helper()
	l := &login{now: start, rsa: rsaKey(), ec: newKey(t)}
	l.keys = []jose.JSONWebKey{
		{KeyID: "of another kind", Key: []byte("symmetric")},
		{KeyID: "rsa", Key: l.rsa.Public(), Use: "sig"},
		{KeyID: "ec", Key: l.ec.Public(), Algorithm: "ES256"},
		{KeyID: "only for RS512", Key: l.rsa.Public(), Algorithm: "RS512"},
		{KeyID: "private", Key: l.rsa},
		{KeyID: "for encryption", Key: l.rsa.Public(), Use: "enc"},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/keys", l.serveKeys)
	mux.HandleFunc("/.well-known/oauth-authorization-server", func(w http.ResponseWriter, r *http.Request) { l.serveMetadata(w, r, !l.oidc) })
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) { l.serveMetadata(w, r, true) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	l.url = server.URL + "/"
	return l
}

func (l *login) serveKeys(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.fetched++
	answer, set := l.answer, jose.JSONWebKeySet{Keys: l.keys}
	l.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(set)
}

func (l *login) serveMetadata(w http.ResponseWriter, r *http.Request, here bool) {
	if !here {
		http.NotFound(w, r)
		return
	}
	name := l.url
	if l.renamed != "" {
		name = l.renamed
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"issuer": name, "jwks_uri": l.url + "keys"})
}

func (l *login) clock() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// change does something that requests in flight must not see half of.
func (l *login) change(what func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	what()
}

// open is an authenticator that trusts the login, with more lines under jwt.
func (l *login) open(t testing.TB, more ...string) *auth.Authenticator {
	t.Helper()
	text := "jwt:\n  issuer: " + l.url + "\n  audience: " + audience + "\n"
	for _, line := range more {
		text += line + "\n"
	}
	return opened(t, text, l.clock)
}

func opened(t testing.TB, text string, now func() time.Time) *auth.Authenticator {
	t.Helper()
	a, err := auth.Open(written(t, text), auth.Options{Now: now})
	require.NoError(t, err)
	return a
}

func written(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "auth.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// said is the claims of a token that is let in, after a change.
func (l *login) said(change map[string]any) map[string]any {
	now := l.clock().Unix()
	said := map[string]any{"iss": l.url, "aud": audience, "sub": "ana", "exp": now + 600, "iat": now, "nbf": now}
	for name, value := range change {
		if value == nil {
			delete(said, name)
			continue
		}
		said[name] = value
	}
	return said
}

// signature is how a token is signed.
type signature struct {
	alg  jose.SignatureAlgorithm
	kid  string
	typ  string
	key  any
	more map[jose.HeaderKey]any
}

func (l *login) signed(t testing.TB, s signature, claims map[string]any) string {
	t.Helper()
	options := &jose.SignerOptions{ExtraHeaders: s.more}
	if s.typ != "" {
		options.WithType(jose.ContentType(s.typ))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: s.alg, Key: jose.JSONWebKey{Key: s.key, KeyID: s.kid}}, options)
	require.NoError(t, err)
	payload, err := json.Marshal(claims)
	require.NoError(t, err)
	object, err := signer.Sign(payload)
	require.NoError(t, err)
	compact, err := object.CompactSerialize()
	require.NoError(t, err)
	return compact
}

// token is one of the RSA key, with other claims.
func (l *login) token(t testing.TB, change map[string]any) string {
	t.Helper()
	return l.signed(t, signature{alg: jose.RS256, kid: "rsa", key: l.rsa}, l.said(change))
}

// by is a token of some key under some id.
func (l *login) by(t testing.TB, kid string, key crypto.PrivateKey) string {
	t.Helper()
	return l.signed(t, signature{alg: jose.ES256, kid: kid, key: key}, l.said(nil))
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

// request carries values as Authorization headers.
func request(values ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader("{}"))
	for _, value := range values {
		r.Header.Add("Authorization", value)
	}
	return r
}

// ask has somebody authenticate with a token.
func ask(a *auth.Authenticator, token string) (auth.Principal, *auth.Refusal) {
	p, err := a.Authenticate(request("Bearer " + token))
	if err != nil {
		return p, err.(*auth.Refusal)
	}
	return p, nil
}
