package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/auth"
)

const (
	metadataURL = `resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"`
	anyToken    = "Bearer " + metadataURL
	badToken    = `Bearer error="invalid_token", ` + metadataURL
)

func TestJWTsThatAreLetIn(t *testing.T) {
	l := newLogin(t)
	a := l.open(t)
	now := l.clock().Unix()
	for name, token := range map[string]string{
		"RSA":                l.token(t, nil),
		"EC":                 l.by(t, "ec", l.ec),
		"no kid":             l.by(t, "", l.ec),
		"of several":         l.token(t, map[string]any{"aud": []string{"https://other.example.com", audience}}),
		"typed":              l.signed(t, signature{alg: jose.RS256, kid: "rsa", key: l.rsa, typ: "JWT"}, l.said(nil)),
		"typed at+jwt":       l.signed(t, signature{alg: jose.RS256, kid: "rsa", key: l.rsa, typ: "application/AT+jwt"}, l.said(nil)),
		"just expired":       l.token(t, map[string]any{"exp": now - 59}),
		"of a clock ahead":   l.token(t, map[string]any{"iat": now + 59, "nbf": now + 59}),
		"no iat, no nbf":     l.token(t, map[string]any{"iat": nil, "nbf": nil}),
		"with an odd exp":    l.token(t, map[string]any{"exp": float64(now) + 0.5}),
		"names a key to use": l.signed(t, signature{alg: jose.RS256, kid: "rsa", key: l.rsa, more: map[jose.HeaderKey]any{"jku": "https://evil.example.com/keys"}}, l.said(nil)),
	} {
		t.Run(name, func(t *testing.T) {
			p, refusal := ask(a, token)
			require.Nil(t, refusal)
			assert.Equal(t, auth.Principal{Name: "ana"}, p)
		})
	}
	p, err := a.Authenticate(request("bEARER  " + l.token(t, nil)))
	require.NoError(t, err)
	assert.Equal(t, "ana", p.Name)
}

func TestJWTsThatAreRefused(t *testing.T) {
	l := newLogin(t)
	a := l.open(t)
	good := l.token(t, nil)
	now := l.clock().Unix()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(l.rsa.Public())
	require.NoError(t, err)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	rs := func(kid string, alg jose.SignatureAlgorithm) string {
		return l.signed(t, signature{alg: alg, kid: kid, key: l.rsa}, l.said(nil))
	}
	const (
		badForm      = "the JWT's signature or form is wrong"
		badName      = "name claim is no name"
		badAlgorithm = "nor a JWT with an algorithm that is accepted"
		badKey       = "the issuer has no such key"
	)
	for name, c := range map[string]struct{ token, why string }{
		"another issuer":          {l.token(t, map[string]any{"iss": strings.TrimSuffix(l.url, "/")}), "(iss)"},
		"no issuer":               {l.token(t, map[string]any{"iss": nil}), "(iss)"},
		"another audience":        {l.token(t, map[string]any{"aud": audience + "/"}), "(aud)"},
		"no audience":             {l.token(t, map[string]any{"aud": nil}), "(aud)"},
		"expired":                 {l.token(t, map[string]any{"exp": now - 61}), "(exp)"},
		"not yet":                 {l.token(t, map[string]any{"nbf": now + 61}), "(nbf)"},
		"of the future":           {l.token(t, map[string]any{"iat": now + 61}), "(iat)"},
		"never expires":           {l.token(t, map[string]any{"exp": nil}), "never expires"},
		"expires in words":        {l.token(t, map[string]any{"exp": "tomorrow"}), badForm},
		"expires beyond time":     {l.token(t, map[string]any{"exp": 1e300}), badForm},
		"no name":                 {l.token(t, map[string]any{"sub": nil}), badName},
		"an empty name":           {l.token(t, map[string]any{"sub": ""}), badName},
		"a name of two lines":     {l.token(t, map[string]any{"sub": "ana\nroot"}), badName},
		"a name not in UTF-8":     {l.token(t, map[string]any{"sub": "ana\xff"}), badName},
		"a name that is none":     {l.token(t, map[string]any{"sub": 7}), badForm},
		"a long name":             {l.token(t, map[string]any{"sub": strings.Repeat("a", 201)}), badName},
		"alg none":                {unsigned(t, "none", l.said(nil)), badAlgorithm},
		"alg None":                {unsigned(t, "None", l.said(nil)), badAlgorithm},
		"the public key's secret": {l.signed(t, signature{alg: jose.HS256, kid: "rsa", key: public}, l.said(nil)), badAlgorithm},
		"the symmetric key":       {l.signed(t, signature{alg: jose.HS256, kid: "of another kind", key: []byte(strings.Repeat("k", 32))}, l.said(nil)), badAlgorithm},
		"RS512":                   {rs("rsa", jose.RS512), badAlgorithm},
		"PS256":                   {rs("rsa", jose.PS256), badAlgorithm},
		"a key for RS512":         {rs("only for RS512", jose.RS256), badKey},
		"a private key":           {rs("private", jose.RS256), badKey},
		"a key for encryption":    {rs("for encryption", jose.RS256), badKey},
		"an unknown kid":          {l.by(t, "nobody", l.ec), badKey},
		"another's kid":           {l.by(t, "rsa", l.ec), badForm},
		"another key":             {l.by(t, "ec", newKey(t)), badForm},
		"another key, no kid":     {l.by(t, "", newKey(t)), badForm},
		"another curve":           {l.signed(t, signature{alg: jose.ES384, kid: "ec", key: p384}, l.said(nil)), badAlgorithm},
		"a logout":                {l.signed(t, signature{alg: jose.RS256, kid: "rsa", key: l.rsa, typ: "logout+jwt"}, l.said(nil)), "type"},
		"a proof":                 {l.signed(t, signature{alg: jose.RS256, kid: "rsa", key: l.rsa, typ: "dpop+jwt"}, l.said(nil)), "type"},
		"tampered":                {tampered(good), badForm},
		"a cut signature":         {good[:len(good)-4], badForm},
		"no signature":            {good[:strings.LastIndex(good, ".")+1], badForm},
		"brings its key":          {bringing(t, l), badForm},
		"critical":                {l.signed(t, signature{alg: jose.RS256, kid: "rsa", key: l.rsa, more: map[jose.HeaderKey]any{"crit": []string{"exp"}}}, l.said(nil)), badForm},
		"no JWT":                  {"canary", badAlgorithm},
		"oversized":               {strings.Repeat("a", 16<<10+1), "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			p, refusal := ask(a, c.token)
			require.NotNil(t, refusal)
			assert.Empty(t, p)
			assert.Equal(t, badToken, refusal.Challenge, "the same for all")
			assert.Equal(t, http.StatusUnauthorized, refusal.Status)
			assert.Equal(t, "unauthorized", refusal.Error(), "the same for all")
			assert.Contains(t, refusal.Why, c.why, "for the operator")
			assert.NotContains(t, refusal.Why, c.token)
		})
	}
	assert.LessOrEqual(t, l.fetched, 2, "no kid, however wrong, makes the login busy")
}

// unsigned is a token without a signature.
func unsigned(t *testing.T, alg string, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	require.NoError(t, err)
	text := base64.RawURLEncoding.EncodeToString
	return text([]byte(`{"alg":"`+alg+`","kid":"rsa"}`)) + "." + text(payload) + "."
}

// tampered says another name under the same signature.
func tampered(token string) string {
	parts := strings.Split(token, ".")
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), "ana", "bob", 1)))
	return strings.Join(parts, ".")
}

// bringing is signed with a key that stands in the token itself.
func bringing(t *testing.T, l *login) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: newKey(t)}, &jose.SignerOptions{EmbedJWK: true})
	require.NoError(t, err)
	payload, err := json.Marshal(l.said(nil))
	require.NoError(t, err)
	object, err := signer.Sign(payload)
	require.NoError(t, err)
	compact, err := object.CompactSerialize()
	require.NoError(t, err)
	return compact
}

func TestRequestsWithoutAToken(t *testing.T) {
	l := newLogin(t)
	a := l.open(t)
	good := l.token(t, nil)
	inQuery := request()
	inQuery.URL.RawQuery = "access_token=" + good
	const odd = `Bearer error="invalid_request", ` + metadataURL
	for name, c := range map[string]struct {
		request   *http.Request
		status    int
		challenge string
	}{
		"nothing":         {request(), 401, anyToken},
		"in the query":    {inQuery, 401, anyToken},
		"Basic":           {request("Basic " + good), 401, anyToken},
		"no scheme":       {request(good), 401, anyToken},
		"empty":           {request(""), 401, anyToken},
		"a tab":           {request("Bearer\t" + good), 401, anyToken},
		"two headers":     {request("Bearer "+good, "Bearer "+good), 400, odd},
		"two in one":      {request("Bearer " + good + ", Bearer " + good), 400, odd},
		"only the scheme": {request("Bearer"), 400, odd},
		"and more":        {request("Bearer " + good + " x"), 400, odd},
		"quoted":          {request(`Bearer "` + good + `"`), 400, odd},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.Authenticate(c.request)
			var refusal *auth.Refusal
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, c.status, refusal.Status)
			assert.Equal(t, c.challenge, refusal.Challenge)
		})
	}
	assert.Zero(t, l.fetched)
}

func TestScopes(t *testing.T) {
	l := newLogin(t)
	a := l.open(t, "  scopes: [gigstack, write]")
	for _, granted := range []map[string]any{
		{"scope": "openid write gigstack"}, {"scp": "gigstack write"}, {"scp": []string{"write", "gigstack"}}, {"scope": "write", "scp": []string{"gigstack"}},
	} {
		_, refusal := ask(a, l.token(t, granted))
		assert.Nil(t, refusal, granted)
	}
	for _, granted := range []map[string]any{nil, {"scope": "gigstack"}, {"scope": "gigstackwrite"}, {"scope": 7}, {"scp": []any{"gigstack", 7}}, {"roles": "gigstack write"}} {
		_, refusal := ask(a, l.token(t, granted))
		require.NotNil(t, refusal, granted)
		assert.Equal(t, http.StatusForbidden, refusal.Status)
		assert.Equal(t, `Bearer error="insufficient_scope", scope="gigstack write", `+metadataURL, refusal.Challenge)
	}
	_, err := a.Authenticate(request())
	assert.Equal(t, `Bearer scope="gigstack write", `+metadataURL, err.(*auth.Refusal).Challenge)
}

func TestPrincipalsOfJWTs(t *testing.T) {
	l := newLogin(t)
	key := written(t, "key")
	static := "tokens:\n  - name: erp\n    sha256: " + strings.Repeat("ab", 32)
	a := l.open(t, "  name_claim: email", "  principals:", "    - name: ana@example.com", "      teams: [team_a, team_b]", "      key_file: "+key, "    - name: bob", static)
	all := l.open(t, "  name_claim: email", static)
	for name, c := range map[string]struct {
		a      *auth.Authenticator
		claims map[string]any
		want   auth.Principal
		status int // where refused
	}{
		"listed":              {a, map[string]any{"email": "ana@example.com"}, auth.Principal{Name: "ana@example.com", Teams: []string{"team_a", "team_b"}, KeyFile: key}, 0},
		"listed, no teams":    {a, map[string]any{"email": "bob", "email_verified": "true"}, auth.Principal{Name: "bob"}, 0},
		"not listed":          {a, map[string]any{"email": "eve@example.com"}, auth.Principal{}, 403},
		"in another case":     {a, map[string]any{"email": "Ana@example.com"}, auth.Principal{}, 403},
		"not verified":        {a, map[string]any{"email": "ana@example.com", "email_verified": false}, auth.Principal{}, 401},
		"anybody":             {all, map[string]any{"email": "eve@example.com", "email_verified": true}, auth.Principal{Name: "eve@example.com"}, 0},
		"a token's name":      {all, map[string]any{"email": "erp"}, auth.Principal{}, 403},
		"... in capitals":     {all, map[string]any{"email": "ERP"}, auth.Principal{}, 403},
		"local":               {all, map[string]any{"email": "Local"}, auth.Principal{}, 403},
		"the claim is absent": {all, nil, auth.Principal{}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			p, refusal := ask(c.a, l.token(t, c.claims))
			assert.Equal(t, c.want, p)
			if c.status == 0 {
				assert.Nil(t, refusal)
				return
			}
			require.NotNil(t, refusal)
			assert.Equal(t, c.status, refusal.Status)
			assert.Equal(t, map[int]string{401: badToken, 403: anyToken}[c.status], refusal.Challenge)
		})
	}
}

func TestMetadata(t *testing.T) {
	l := newLogin(t)
	path, document, ok := l.open(t, "  scopes: [gigstack]").Metadata()
	require.True(t, ok)
	assert.Equal(t, "/.well-known/oauth-protected-resource/mcp", path)
	text, err := json.Marshal(document)
	require.NoError(t, err)
	assert.JSONEq(t, `{"resource":"`+audience+`","authorization_servers":["`+l.url+`"],"scopes_supported":["gigstack"],"bearer_methods_supported":["header"],"resource_name":"gigstack-mcp"}`, string(text))

	for resource, want := range map[string]string{
		"https://mcp.example.com": "", "https://mcp.example.com/": "", "https://mcp.example.com:8443/a/b/": "/a/b/",
	} {
		path, _, ok := opened(t, "jwt: {issuer: https://login.example.com, audience: \""+resource+"\"}", l.clock).Metadata()
		assert.True(t, ok)
		assert.Equal(t, "/.well-known/oauth-protected-resource"+want, path)
	}
	_, _, ok = opened(t, "tokens: [{name: erp, sha256: "+strings.Repeat("ab", 32)+"}]", l.clock).Metadata()
	assert.False(t, ok)
}
