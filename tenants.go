package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/auth"
	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/internal/wire"
)

// keyHeader is where callers bring a gigstack key of their own, with --byo-key.
const keyHeader = "X-Gigstack-Api-Key"

// Bounds of how many principals are remembered who call nothing at the moment.
const (
	mostTenants = 500
	tenantIdle  = 2 * time.Hour
)

// tenants serves each principal, with each key, apart from all others.
type tenants struct {
	app  *app
	auth *auth.Authenticator // nil where nobody is told apart

	mu    sync.Mutex
	known map[string]*tenancy

	all, some wire.Encoder // of those who may act for all teams, or for some: their tools are the same
}

// tenancy is a principal with a key.
type tenancy struct {
	serve *httpserve.Tenant
	calls int
	used  time.Time
}

// openTenants begins with nobody.
func (a *app) openTenants() (*tenants, error) {
	t := &tenants{app: a, known: map[string]*tenancy{}}
	if a.config.AuthFile == "" {
		return t, nil
	}
	var err error
	t.auth, err = auth.Open(a.config.AuthFile, auth.Options{Now: a.program.now})
	return t, err
}

// makeToken prints a new bearer token and its entry in the auth file.
func (p program) makeToken() error {
	secret, digest, err := auth.NewToken(p.random)
	if err == nil {
		_, err = fmt.Fprintf(p.out, "token, for the caller alone:\n  %s\nentry of the auth file:\n  - name: NAME\n    sha256: %s\n", secret, digest)
	}
	return err
}

// metadata is what OAuth clients are told, nil for nothing.
func (t *tenants) metadata() http.Handler {
	if t.auth == nil {
		return nil
	}
	path, document, ok := t.auth.Metadata()
	if !ok {
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(document) // who does not read it has gone
	})
}

// Admit finds out who makes a request and what serves them.
func (t *tenants) Admit(r *http.Request) (httpserve.Guest, error) {
	who := auth.Principal{Name: "local"}
	if t.auth != nil {
		var err error
		if who, err = t.auth.Authenticate(r); err != nil {
			return httpserve.Guest{}, t.denied(err)
		}
	}
	own, err := t.keyOf(r)
	if err != nil {
		return httpserve.Guest{}, err
	}
	sum := sha256.Sum256([]byte(own))
	if own != "" && t.auth == nil {
		who.Name = "key-" + hex.EncodeToString(sum[:6])
	}
	serve, leave, err := t.enter(who, own, who.Name+"\x00"+hex.EncodeToString(sum[:]))
	return httpserve.Guest{Principal: who.Name, Tenant: serve, Leave: leave}, err
}

// denied tells the maker of a request what they may know, and the log the rest.
func (t *tenants) denied(err error) error {
	var refusal *auth.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	t.app.log.Info().Int("status", refusal.Status).Str("why", refusal.Why).Msg("a request was not let in")
	return &httpserve.Denied{Status: refusal.Status, Challenge: refusal.Challenge, Message: refusal.Error()}
}

// keyOf is the key that a request brings, and takes it out of the request; "" for
// none. Where callers must not bring any, one is refused: it was meant for something.
func (t *tenants) keyOf(r *http.Request) (string, error) {
	brought := r.Header.Values(keyHeader)
	r.Header.Del(keyHeader)
	switch {
	case len(brought) == 0:
		return "", nil
	case !t.app.config.BYOKey:
		return "", &httpserve.Denied{Status: http.StatusForbidden, Message: "this server takes no keys from callers: leave the " + keyHeader + " header out"}
	case len(brought) > 1 || strings.TrimSpace(brought[0]) == "":
		return "", &httpserve.Denied{Status: http.StatusBadRequest, Message: "the " + keyHeader + " header is empty, or there are two"}
	}
	return strings.TrimSpace(brought[0]), nil
}

// enter is what serves a principal with a key of their own, or with "" the operator's
// for them.
func (t *tenants) enter(who auth.Principal, own, id string) (serve *httpserve.Tenant, leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.app.program.now()
	found := t.known[id]
	if found == nil {
		t.forget(now)
		if found, err = t.open(who, own); err != nil {
			return nil, nil, err
		}
		t.known[id] = found
	}
	found.calls++
	found.used = now
	return found.serve, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		found.calls--
		found.used = t.app.program.now()
	}, nil
}

// open puts together what serves a principal.
func (t *tenants) open(who auth.Principal, own string) (*tenancy, error) {
	tenant, err := t.tenant(who, own)
	if err != nil {
		return nil, err
	}
	p, encoder := t.app.program, &t.all
	if who.Teams != nil {
		encoder = &t.some
	}
	return &tenancy{serve: httpserve.NewTenant(httpserve.TenantOptions{
		MCP: tenant.server, Encoder: encoder, Principal: who.Name, SessionKey: t.app.sealKey, Ends: t.app.ledger, Now: p.now, Random: p.random, Log: t.app.log,
	})}, nil
}

func (t *tenants) tenant(who auth.Principal, own string) (*tenant, error) {
	refuse := func(message string) error { return &httpserve.Denied{Status: http.StatusForbidden, Message: message} }
	switch {
	case own != "":
	case who.KeyFile != "":
		raw, err := os.ReadFile(who.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("the key file of principal %q cannot be read", who.Name)
		}
		own = strings.TrimSpace(string(raw))
	case t.app.tenant == nil:
		return nil, refuse("there is no gigstack key for you here")
	default:
		own = t.app.config.APIKey
	}
	key, err := gigstack.NewKey(own)
	if err != nil {
		return nil, refuse("the gigstack key is not one")
	}
	partner := t.app.partner
	if own != t.app.config.APIKey {
		partner = gigstack.Key{}
	}
	made, err := t.app.newTenant(key, partner, who)
	if err != nil {
		return nil, refuse(err.Error())
	}
	return made, nil
}

// forget closes those that call nothing and have not for long; where there are too
// many, whoever called least recently.
func (t *tenants) forget(now time.Time) {
	oldest := ""
	for id, other := range t.known {
		switch {
		case other.calls > 0:
		case now.Sub(other.used) > tenantIdle:
			t.close(id)
		case oldest == "" || other.used.Before(t.known[oldest].used):
			oldest = id
		}
	}
	if len(t.known) >= mostTenants && oldest != "" {
		t.close(oldest)
	}
}

func (t *tenants) close(id string) {
	t.known[id].serve.Close()
	delete(t.known, id)
}

// EndStreams closes what would stay open for ever.
func (t *tenants) EndStreams() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, each := range t.known {
		each.serve.EndStreams()
	}
}
