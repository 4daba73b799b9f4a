package auth_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/auth"
	"github.com/gigstack/gigstack-mcp/internal/yamlfile"
)

func newToken(t testing.TB) (secret, digest string) {
	t.Helper()
	secret, digest, err := auth.NewToken(rand.Reader)
	require.NoError(t, err)
	return secret, digest
}

func TestNewToken(t *testing.T) {
	secret, digest, err := auth.NewToken(bytes.NewReader(make([]byte, 32)))
	require.NoError(t, err)
	assert.Equal(t, "gmcp_"+strings.Repeat("A", 43), secret)
	assert.Equal(t, "a20e74d3421c69306cf3144044ea89696bd7858ce4c6ee48c624f2a29ad420dc", digest, "printf %s TOKEN | sha256sum")
	_, _, err = auth.NewToken(bytes.NewReader(make([]byte, 31)))
	assert.Error(t, err, "less is no token")
}

func TestTokens(t *testing.T) {
	erp, erpDigest := newToken(t)
	next, nextDigest := newToken(t)
	bot, botDigest := newToken(t)
	stranger, _ := newToken(t)
	key := written(t, "key")
	a := opened(t, `tokens:
  - name: erp
    sha256: `+erpDigest+`
    teams: [team_kemper, team_b]
    key_file: `+key+`
    expires: 2026-11-23
  - name: erp
    sha256: `+strings.ToUpper(nextDigest)+`
    teams: [team_kemper, team_b]
    key_file: `+key+`
  - {name: bot, sha256: `+botDigest+"}\n", func() time.Time { return start })
	for token, want := range map[string]auth.Principal{
		erp:  {Name: "erp", Teams: []string{"team_kemper", "team_b"}, KeyFile: key},
		next: {Name: "erp", Teams: []string{"team_kemper", "team_b"}, KeyFile: key},
		bot:  {Name: "bot"},
	} {
		p, refusal := ask(a, token)
		require.Nil(t, refusal)
		assert.Equal(t, want, p)
	}
	for _, token := range []string{stranger, erp[:len(erp)-1], erp + "A", strings.ToLower(erp), erpDigest, strings.TrimPrefix(erp, "gmcp_")} {
		_, refusal := ask(a, token)
		require.NotNil(t, refusal, token)
		assert.Equal(t, http.StatusUnauthorized, refusal.Status)
		assert.Equal(t, `Bearer realm="gigstack-mcp", error="invalid_token"`, refusal.Challenge)
	}
	_, err := a.Authenticate(request())
	assert.Equal(t, `Bearer realm="gigstack-mcp"`, err.(*auth.Refusal).Challenge)
}

// TestTokensExpire at the end of a day in Mexico City, wherever the server is.
func TestTokensExpire(t *testing.T) {
	token, digest := newToken(t)
	var now time.Time
	a := opened(t, "tokens: [{name: erp, sha256: "+digest+", expires: 2027-01-31}]", func() time.Time { return now })
	midnight := time.Date(2027, 2, 1, 0, 0, 0, 0, gigstack.MexicoCity)
	for at, want := range map[time.Time]int{
		midnight.Add(-time.Nanosecond).UTC(): 200, midnight.UTC(): 401, midnight: 401,
		time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC): 200, time.Date(2027, 2, 1, 5, 59, 59, 0, time.UTC): 200,
	} {
		now = at
		assert.Equal(t, want, status(a, token), at)
	}
}

// TestTokensBesideJWTs has either kind let in, and the token's word stand when it has
// expired.
func TestTokensBesideJWTs(t *testing.T) {
	l := newLogin(t)
	token, digest := newToken(t)
	a := l.open(t, "tokens: [{name: erp, sha256: "+digest+", expires: 2026-11-23}]")
	assert.Equal(t, 200, status(a, token))
	assert.Zero(t, l.fetched)
	assert.Equal(t, 200, status(a, l.token(t, nil)))
	l.wait(24 * time.Hour)
	_, refusal := ask(a, token)
	require.NotNil(t, refusal)
	assert.Equal(t, badToken, refusal.Challenge)
}

func TestFileProblems(t *testing.T) {
	secret, digest := newToken(t)
	const jwt = "jwt:\n  issuer: https://login.example.com/\n  audience: https://mcp.example.com/mcp\n"
	entry := "tokens:\n  - name: erp\n    sha256: " + digest + "\n"
	for _, test := range []struct{ file, want string }{
		{"", "line 1: the file is empty; it has tokens, jwt, or both"},
		{"tokens:", "line 1: this is empty"},
		{"tokens: " + secret, "line 1: cannot unmarshal !!str"},
		{"tokens:\n  - " + secret, "line 2: cannot unmarshal !!str"},
		{"tokens:\n  - sha256: " + digest, "line 2: a name is needed"},
		{"tokens:\n  - name: \" erp\"\n    sha256: " + digest, "line 2: a name is needed"},
		{"tokens:\n  - name: erp", "line 2: a token needs its sha256"},
		{"tokens:\n  - name: erp\n    sha256: " + secret, "line 3: a token needs its sha256"},
		{"tokens:\n  - name: erp\n    sha256: " + digest[2:], "line 3: a token needs its sha256"},
		{"tokens:\n  - name: LOCAL\n    sha256: " + digest, "line 2: whoever calls without a token is named local"},
		{entry + "    token: " + secret, "line 4: there is no token here"},
		{entry + "    teams: []", "line 4: this is empty"},
		{entry + "    teams: [" + secret + "]", "line 4: a team is named by its id"},
		{entry + "    teams:\n      - team_a\n      - team_/b", "line 6: a team is named by its id"},
		{entry + "    expires: 2026-02-30", "line 4: this is no day such as 2026-11-30"},
		{entry + "    expires: tomorrow", "line 4: this is no day"},
		{entry + "    key_file: /" + secret, "line 4: there is no such file"},
		{entry + "    key_file: /", "line 4: there is no such file"},
		{entry + "  - {name: bot, sha256: " + digest + "}", "line 4: the token at line 2 is the same"},
		{entry + "  - {name: erp, sha256: " + strings.Repeat("a", 64) + ", teams: [team_a]}", "line 4: the token at line 2 has this name, and allows something else"},
		{entry + "  - {name: Erp, sha256: " + strings.Repeat("a", 64) + "}", "line 4: the token at line 2 has this name"},
		{"jwt: {scopes: [a]}", "line 1: jwt needs its issuer\nline 1: jwt needs its audience"},
		{"jwt:\n  issuer: http://login.example.com\n  audience: mcp", "line 2: a URL must be https; http is accepted for loopback addresses only\nline 3: this is no URL"},
		{"jwt:\n  issuer: https://me:" + secret + "@login.example.com\n  audience: https://mcp.example.com/?a", "line 2: a URL must not hold a user or password\nline 3: the audience is this server's URL, plainly"},
		{"jwt:\n  issuer: https://login.example.com?a=b\n  audience: https://mcp.example.com/{a}", "line 2: an issuer has no query\nline 3: the audience is this server's URL, plainly"},
		{jwt + "  jwks_url: ftp://login.example.com", "line 4: a URL must be https"},
		{jwt + "  algorithms: []", "line 4: this is empty"},
		{jwt + "  algorithms: [RS256, none]", "line 4: this is none of [RS256 RS384"},
		{jwt + "  algorithms: [HS256]", "line 4: this is none of [RS256 RS384"},
		{jwt + "  scopes:\n    - a\n    - b c", "line 6: a scope is one word"},
		{jwt + "  principals: []", "line 4: this is empty"},
		{jwt + "  principals:\n    - teams: [team_a]", "line 5: a name is needed"},
		{jwt + "  principals:\n    - name: ana\n      key_file: " + secret, "line 6: there is no such file"},
		{jwt + "  principals:\n    - name: ana\n    - name: Ana", "line 6: another principal has this name"},
		{jwt + "  principals:\n    - name: ERP\n" + entry, "line 5: a token has this name, or it is local"},
		{jwt + "  principals: [{name: local}]", "line 4: a token has this name, or it is local"},
		{"tokens: [{name: local}]\njwt: {issuer: a, audience: b, kind: c}", "line 2: there is no kind here"},
	} {
		t.Run(test.file, func(t *testing.T) {
			_, err := auth.Open(written(t, test.file), auth.Options{Now: time.Now})
			var problems yamlfile.Problems
			require.ErrorAs(t, err, &problems)
			assert.Contains(t, err.Error(), "the auth file is not right:\n")
			assert.Contains(t, err.Error(), test.want)
			for _, content := range []string{secret, secret[5:12], digest, digest[2:9], "auth."} {
				assert.NotContains(t, err.Error(), content)
			}
		})
	}
	_, err := auth.Open("/nowhere", auth.Options{Now: time.Now})
	assert.EqualError(t, err, "the auth file cannot be read: no such file or directory")
}

func FuzzAuthenticate(f *testing.F) {
	l := newLogin(f)
	token, digest := newToken(f)
	good := l.token(f, nil)
	what := good[:strings.LastIndex(good, ".")+1]
	a := l.open(f, "tokens: [{name: erp, sha256: "+digest+"}]")
	for _, seed := range []string{
		"", "Bearer", "bearer " + token, "Bearer  " + good, "Bearer " + good + "=", "Basic eA==", "Bearer " + tampered(good),
		"Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer a.b.c", "Bearer a.b.c.d.e", "Bearer " + strings.Repeat(".", 9), "Bearer eyJhbGciOiJSUzI1NiIsImp3ayI6e319.e30.AA",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		p, err := a.Authenticate(request(header))
		_, presented, _ := strings.Cut(header, " ")
		presented = strings.TrimLeft(presented, " ")
		if err == nil {
			if presented != token {
				assert.True(t, strings.HasPrefix(presented, what), "only a signature has several forms")
				assert.Equal(t, "ana", p.Name)
			}
			return
		}
		var refusal *auth.Refusal
		require.True(t, errors.As(err, &refusal))
		assert.Empty(t, p)
		assert.Contains(t, []int{400, 401}, refusal.Status)
		assert.Contains(t, []string{anyToken, badToken, `Bearer error="invalid_request", ` + metadataURL}, refusal.Challenge)
		if len(presented) > 20 {
			assert.NotContains(t, refusal.Why+refusal.Error(), presented)
		}
	})
}
