package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/yamlfile"
)

// file is what a file looks like.
type file struct {
	Tokens []tokenEntry `yaml:"tokens"`
	JWT    *jwtEntry    `yaml:"jwt"`
}

type principalEntry struct {
	Name    yamlfile.Text   `yaml:"name"`
	Teams   []yamlfile.Text `yaml:"teams"`
	KeyFile yamlfile.Text   `yaml:"key_file"`
}

type tokenEntry struct {
	principalEntry `yaml:",inline"`
	SHA256         yamlfile.Text `yaml:"sha256"`
	Expires        yamlfile.Text `yaml:"expires"`
}

type jwtEntry struct {
	Issuer     yamlfile.Text    `yaml:"issuer"`
	Audience   yamlfile.Text    `yaml:"audience"`
	JWKS       yamlfile.Text    `yaml:"jwks_url"`
	Algorithms []yamlfile.Text  `yaml:"algorithms"`
	Scopes     []yamlfile.Text  `yaml:"scopes"`
	NameClaim  yamlfile.Text    `yaml:"name_claim"`
	Principals []principalEntry `yaml:"principals"`
}

// parse makes an authenticator of a file.
func parse(data []byte, o Options) (*Authenticator, error) {
	var f file
	root, err := yamlfile.Decode(data, &f, "it has tokens, jwt, or both")
	if err != nil {
		return nil, err
	}
	c := &checker{}
	a := &Authenticator{tokens: c.tokens(f.Tokens, root.Member("tokens").Items()), now: o.Now}
	if f.JWT != nil {
		a.oauth = c.verifier(*f.JWT, root.Member("jwt"), a.tokens, o)
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	return a, nil
}

// checker collects problems while it makes an authenticator of a file. It repeats no
// value: a secret may have been put into the wrong place.
type checker struct{ yamlfile.Problems }

// local is the principal of whoever calls without authentication.
const local = "local"

// tokens makes the tokens. Two may have one name, so that one can be replaced while
// both work; then they must allow the same.
func (c *checker) tokens(entries []tokenEntry, at []yamlfile.Group) []token {
	tokens := make([]token, len(entries))
	for i, entry := range entries {
		t := token{principal: c.principal(entry.principalEntry, at[i].Line())}
		c.digest(&t, entry.SHA256, at[i].Line())
		if strings.EqualFold(t.principal.Name, local) {
			c.Blame(entry.Name.Line, "whoever calls without a token is named local")
		}
		if entry.Expires.Line != 0 {
			day, err := time.ParseInLocation(time.DateOnly, entry.Expires.Value, gigstack.MexicoCity)
			if err != nil {
				c.Blame(entry.Expires.Line, "this is no day such as 2026-11-30")
			}
			t.end = day.AddDate(0, 0, 1)
		}
		for j, other := range tokens[:i] {
			if t.digest == other.digest && t.digest != (token{}).digest {
				c.Blame(entry.SHA256.Line, "the token at line %d is the same", at[j].Line())
			}
			if t.principal.contradicts(other.principal) {
				c.Blame(entry.Name.Line, "the token at line %d has this name, and allows something else", at[j].Line())
			}
		}
		tokens[i] = t
	}
	return tokens
}

// contradicts reports whether two principals of one name are not the same.
func (p Principal) contradicts(other Principal) bool {
	return p.Name != "" && strings.EqualFold(p.Name, other.Name) &&
		(p.Name != other.Name || p.KeyFile != other.KeyFile || !slices.Equal(p.Teams, other.Teams))
}

func (c *checker) digest(t *token, written yamlfile.Text, line int) {
	raw, err := hex.DecodeString(written.Value)
	if err != nil || len(raw) != sha256.Size {
		c.Blame(max(line, written.Line), "a token needs its sha256, of 64 hexadecimal digits")
		raw = nil
	}
	copy(t.digest[:], raw)
}

func (c *checker) principal(entry principalEntry, line int) Principal {
	p := Principal{Name: entry.Name.Value, Teams: yamlfile.Values(entry.Teams), KeyFile: entry.KeyFile.Value}
	if !isName(p.Name) {
		c.Blame(max(line, entry.Name.Line), "a name is needed: up to 200 bytes that can be printed, no blanks around them")
	}
	for _, team := range entry.Teams {
		if gigstack.CheckTeam(team.Value) != nil || !strings.HasPrefix(team.Value, "team_") {
			c.Blame(team.Line, "a team is named by its id, which begins with team_")
		}
	}
	if p.KeyFile != "" {
		if info, err := os.Stat(p.KeyFile); err != nil || info.IsDir() {
			c.Blame(entry.KeyFile.Line, "there is no such file")
		}
	}
	return p
}

// Algorithms that are accepted, by default or at all: a signature that is made with
// what verifies it could be anybody's.
var (
	defaultAlgorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256}
	algorithms        = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA}
)

// A scope as RFC 6749 has it, and a resource that can stand in a challenge and a route.
var (
	scopeShape    = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]+$`)
	resourceShape = regexp.MustCompile(`^https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~-]+)*/?$`)
)

func (c *checker) verifier(entry jwtEntry, at yamlfile.Group, tokens []token, o Options) *verifier {
	v := &verifier{
		issuer:     entry.Issuer.Value,
		audience:   entry.Audience.Value,
		algorithms: c.algorithms(entry.Algorithms),
		scopes:     yamlfile.Values(entry.Scopes),
		nameClaim:  "sub",
		reserved:   []string{local},
		now:        o.Now,
	}
	if entry.NameClaim.Line != 0 {
		v.nameClaim = entry.NameClaim.Value
	}
	for _, scope := range entry.Scopes {
		if !scopeShape.MatchString(scope.Value) {
			c.Blame(scope.Line, "a scope is one word, without quotes and backslashes")
		}
	}
	for _, t := range tokens {
		v.reserved = append(v.reserved, t.principal.Name)
	}
	c.addresses(v, entry, at.Line())
	v.principals = c.principals(entry.Principals, at.Member("principals").Items(), v)
	v.keys = newKeys(newIssuer(v.issuer, entry.JWKS.Value).keys, o.Now)
	return v
}

// addresses checks who issues JWTs, and for whom.
func (c *checker) addresses(v *verifier, entry jwtEntry, line int) {
	if entry.Issuer.Line == 0 {
		c.Blame(line, "jwt needs its issuer")
	} else if u, err := parseURL(v.issuer); err != nil {
		c.Blame(entry.Issuer.Line, "%s", err)
	} else if strings.Contains(v.issuer, "?") || u.Opaque != "" {
		c.Blame(entry.Issuer.Line, "an issuer has no query")
	}
	if entry.JWKS.Line != 0 {
		if _, err := parseURL(entry.JWKS.Value); err != nil {
			c.Blame(entry.JWKS.Line, "%s", err)
		}
	}
	if entry.Audience.Line == 0 {
		c.Blame(line, "jwt needs its audience: this server's URL")
	} else if u, err := parseURL(v.audience); err != nil {
		c.Blame(entry.Audience.Line, "%s", err)
	} else if !resourceShape.MatchString(v.audience) {
		c.Blame(entry.Audience.Line, "the audience is this server's URL, plainly, like https://mcp.example.com/mcp")
	} else {
		v.metadataPath, v.metadataURL = metadataOf(u)
	}
}

func (c *checker) algorithms(written []yamlfile.Text) []jose.SignatureAlgorithm {
	if written == nil {
		return defaultAlgorithms
	}
	accepted := make([]jose.SignatureAlgorithm, len(written))
	for i, t := range written {
		if accepted[i] = jose.SignatureAlgorithm(t.Value); !slices.Contains(algorithms, accepted[i]) {
			c.Blame(t.Line, "this is none of %v", algorithms)
		}
	}
	return accepted
}

func (c *checker) principals(entries []principalEntry, at []yamlfile.Group, v *verifier) map[string]Principal {
	if entries == nil {
		return nil
	}
	byName := map[string]Principal{}
	for i, entry := range entries {
		p := c.principal(entry, at[i].Line())
		for other := range maps.Keys(byName) {
			if p.Name != "" && strings.EqualFold(other, p.Name) {
				c.Blame(entry.Name.Line, "another principal has this name")
			}
		}
		if v.isReserved(p.Name) {
			c.Blame(entry.Name.Line, "a token has this name, or it is local: no JWT may take it")
		}
		byName[p.Name] = p
	}
	return byName
}
