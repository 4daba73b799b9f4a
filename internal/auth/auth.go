// Package auth tells who makes an HTTP request: the holder of a static bearer token,
// or whoever an OAuth authorization server vouches for with a JWT. What it accepts
// stands in a file of the operator's.
//
// Whom it refuses learns the status and the challenge of RFC 6750 and RFC 9728, and
// nothing that helps to guess. Why is for the operator's log.
package auth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"
)

// Principal is who calls.
type Principal struct {
	Name    string   // what the policy, the ledger and the audit know it by
	Teams   []string // ids it may act for; nil for all that its key reaches
	KeyFile string   // file with its own gigstack key; "" for the server's
}

// Options is what an authenticator needs besides its file, all of it.
type Options struct {
	Now func() time.Time
}

// Authenticator finds out who makes a request. It is safe for concurrent use.
type Authenticator struct {
	tokens []token
	oauth  *verifier // nil without
	now    func() time.Time
}

// Open reads the file. What is wrong with it is a [yamlfile.Problems]. Nothing is
// fetched from the issuer before the first JWT comes.
func Open(path string, o Options) (*Authenticator, error) {
	data, err := os.ReadFile(path)
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return nil, fmt.Errorf("the auth file cannot be read: %w", failed.Err)
	}
	if err != nil {
		return nil, err
	}
	a, err := parse(data, o)
	if err != nil {
		return nil, fmt.Errorf("the auth file is not right:\n%w", err)
	}
	return a, nil
}

// Refusal is why a request is not served.
type Refusal struct {
	Status    int    // of HTTP: 400, 401, 403, or 503 while the issuer's keys cannot be had
	Challenge string // the value of WWW-Authenticate; "" for none
	Why       string // for the operator; it holds nothing secret, but more than a stranger should know

	code string // of RFC 6750
}

// Error is what whoever asked may be told.
func (r *Refusal) Error() string { return strings.ToLower(http.StatusText(r.Status)) }

func malformed(why string) *Refusal {
	return &Refusal{Status: http.StatusBadRequest, Why: why, code: "invalid_request"}
}

func invalid(why string) *Refusal {
	return &Refusal{Status: http.StatusUnauthorized, Why: why, code: "invalid_token"}
}

// Authenticate says who makes a request. Its error is a [*Refusal].
func (a *Authenticator) Authenticate(r *http.Request) (Principal, error) {
	presented, refusal := bearer(r.Header)
	var p Principal
	if refusal == nil {
		p, refusal = a.principal(r.Context(), presented)
	}
	if refusal != nil {
		refusal.Challenge = a.challenge(refusal)
		return Principal{}, refusal
	}
	return p, nil
}

func (a *Authenticator) principal(ctx context.Context, presented string) (Principal, *Refusal) {
	if t := find(a.tokens, presented); t != nil {
		if !t.end.IsZero() && !a.now().Before(t.end) {
			return Principal{}, invalid("the token has expired")
		}
		return t.principal, nil
	}
	if a.oauth == nil {
		return Principal{}, invalid("there is no such token")
	}
	return a.oauth.principal(ctx, presented)
}

// mostToken is how long a token may be: JWTs that list groups are the longest.
const mostToken = 16 << 10

// tokenShape is the b64token of RFC 6750.
var tokenShape = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// bearer is the token that a request presents in its only Authorization header. A
// query is not looked at: URLs are logged.
func bearer(h http.Header) (string, *Refusal) {
	headers := h.Values("Authorization")
	if len(headers) == 0 {
		return "", &Refusal{Status: http.StatusUnauthorized, Why: "there is no Authorization header"}
	}
	if len(headers) > 1 {
		return "", malformed("there is more than one Authorization header")
	}
	scheme, presented, _ := strings.Cut(headers[0], " ")
	presented = strings.TrimLeft(presented, " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer"):
		return "", &Refusal{Status: http.StatusUnauthorized, Why: "the scheme is not Bearer"}
	case len(presented) > mostToken:
		return "", invalid("the token is too long")
	case !tokenShape.MatchString(presented):
		return "", malformed("what follows Bearer has not the form of a token")
	}
	return presented, nil
}
