package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// verifier is the resource server of OAuth: it knows what a JWT has to say.
type verifier struct {
	issuer, audience string
	algorithms       []jose.SignatureAlgorithm
	scopes           []string // all needed
	nameClaim        string
	principals       map[string]Principal // by name; nil for everybody
	reserved         []string             // names that no JWT may have, in any case
	metadataURL      string
	metadataPath     string

	keys *keys
	now  func() time.Time
}

// skew is how far the issuer's clock may be off.
const skew = 60 * time.Second

// claims is what a JWT says, once its signature was verified.
type claims struct {
	jwt.Claims
	all map[string]any
}

func (v *verifier) principal(ctx context.Context, presented string) (Principal, *Refusal) {
	signed, err := jwt.ParseSigned(presented, v.algorithms)
	if err != nil {
		return Principal{}, invalid("it is neither one of our tokens nor a JWT with an algorithm that is accepted")
	}
	if !forAccess(signed.Headers[0]) {
		return Principal{}, invalid("the JWT's type is not that of an access token")
	}
	c, refusal := v.verify(ctx, signed)
	if refusal != nil {
		return Principal{}, refusal
	}
	if err := v.check(c); err != nil {
		return Principal{}, invalid(err.Error())
	}
	if missing := v.missing(c); missing != "" {
		return Principal{}, &Refusal{Status: http.StatusForbidden, code: "insufficient_scope", Why: "the JWT lacks the scope " + missing}
	}
	return v.named(c)
}

// forAccess reports whether a JWT's type, where it has one, lets it be an access
// token. Others, of logouts or proofs, are signed with the same keys.
func forAccess(h jose.Header) bool {
	typ, there := h.ExtraHeaders[jose.HeaderType]
	if !there {
		return true
	}
	name, _ := typ.(string)
	name = strings.TrimPrefix(strings.ToLower(name), "application/")
	return name == "jwt" || name == "at+jwt"
}

// verify tries the keys that are known, and once more those that the issuer has now.
func (v *verifier) verify(ctx context.Context, signed *jwt.JSONWebToken) (claims, *Refusal) {
	known := v.keys.known(ctx)
	c, found, ok := known.open(signed)
	if !ok && (!found || signed.Headers[0].KeyID == "") {
		known = v.keys.renewed(ctx)
		c, found, ok = known.open(signed)
	}
	switch {
	case ok:
		return c, nil
	case !found && known.err != nil:
		return claims{}, &Refusal{Status: http.StatusServiceUnavailable, Why: "the issuer's keys cannot be had: " + known.err.Error()}
	case !found:
		return claims{}, invalid("the issuer has no such key")
	}
	return claims{}, invalid("the JWT's signature or form is wrong")
}

func (v *verifier) check(c claims) error {
	if c.Expiry == nil {
		return errors.New("the JWT never expires")
	}
	return c.ValidateWithLeeway(jwt.Expected{Issuer: v.issuer, AnyAudience: jwt.Audience{v.audience}, Time: v.now()}, skew)
}

// missing is a scope that is needed and not there, "" for none.
func (v *verifier) missing(c claims) string {
	granted := slices.Concat(words(c.all["scope"]), words(c.all["scp"]))
	for _, scope := range v.scopes {
		if !slices.Contains(granted, scope) {
			return scope
		}
	}
	return ""
}

// words is a list as issuers write it: in one string, or in several.
func words(claim any) (list []string) {
	switch c := claim.(type) {
	case string:
		return strings.Fields(c)
	case []any:
		for _, item := range c {
			if s, ok := item.(string); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

// named is the principal whose name a JWT gives.
func (v *verifier) named(c claims) (Principal, *Refusal) {
	name, _ := c.all[v.nameClaim].(string)
	if !isName(name) {
		return Principal{}, invalid("the JWT's name claim is no name")
	}
	if v.nameClaim == "email" && !verifiedEmail(c.all) {
		return Principal{}, invalid("the issuer says that the address is not verified")
	}
	if v.isReserved(name) {
		return Principal{}, forbidden("the JWT takes a name that is not for JWTs")
	}
	if v.principals == nil {
		return Principal{Name: name}, nil
	}
	p, ok := v.principals[name]
	if !ok {
		return Principal{}, forbidden(fmt.Sprintf("%q is none of the principals", name))
	}
	return p, nil
}

func forbidden(why string) *Refusal { return &Refusal{Status: http.StatusForbidden, Why: why} }

// verifiedEmail is false when the issuer says that its user only claims to have the
// address. Many say nothing of it.
func verifiedEmail(all map[string]any) bool {
	verified, there := all["email_verified"]
	return !there || verified == true || verified == "true"
}

func (v *verifier) isReserved(name string) bool {
	return slices.ContainsFunc(v.reserved, func(taken string) bool { return strings.EqualFold(taken, name) })
}

// isName reports whether a text is fit to stand in logs and records.
func isName(s string) bool {
	const most = 200
	return s != "" && len(s) <= most && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) })
}
