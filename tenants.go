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
	"sync/atomic"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/auth"
	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/internal/wire"
	"github.com/gigstack/gigstack-mcp/tools"
)

// keyHeader is where callers bring a gigstack key of their own, with --byo-key.
const keyHeader = "X-Gigstack-Api-Key"

// Bounds of how many principals are remembered who call nothing at the moment.
const (
	mostTenants = 500
	mostKeys    = 8 // of one principal
	tenantIdle  = 2 * time.Hour
)

// tenants serves each principal, with each key, apart from all others.
type tenants struct {
	app  *app
	auth atomic.Pointer[auth.Authenticator] // nil where nobody is told apart

	mu       sync.Mutex
	known    map[string]*tenancy
	encoders map[[sha256.Size]byte]*wire.Encoder // of tenants with the same tools
}

// tenancy is a principal with a key.
type tenancy struct {
	principal string
	serve     *httpserve.Tenant
	close     func()
	calls     int
	used      time.Time
}

// newCaller is who talks to gigstack with a key, in a principal's turns.
func (a *app) newCaller(key, partner gigstack.Key, name string) (*gigstack.Caller, error) {
	p, c := a.program, a.config
	return gigstack.New(gigstack.Options{
		BaseURL: c.BaseURL, Key: key, PartnerKey: partner, Timeout: c.Timeout, Allow: tools.Allow, Stopping: a.stopping, Watch: a.watch.sent,
		Limit: a.upstream.of(key, c.MaxUpstream), Name: name, Cache: c.Cache, UserAgent: "gigstack-mcp/" + version(), Transport: p.transport,
	})
}

// openTenants begins with nobody.
func (a *app) openTenants() (*tenants, error) {
	t := &tenants{app: a, known: map[string]*tenancy{}, encoders: map[[sha256.Size]byte]*wire.Encoder{}}
	if a.config.AuthFile == "" {
		return t, nil
	}
	return t, t.readAuth()
}

// readAuth reads the auth file, also again.
func (t *tenants) readAuth() error {
	who, err := auth.Open(t.app.config.AuthFile, auth.Options{Now: t.app.program.now})
	if err == nil {
		t.auth.Store(who)
	}
	return err
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
	if t.auth.Load() == nil {
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, document, ok := t.auth.Load().Metadata()
		if !ok || r.URL.Path != path {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(document) // who does not read it has gone
	})
}

// Admit finds out who makes a request and what serves them.
func (t *tenants) Admit(r *http.Request) (httpserve.Guest, error) {
	who, authenticator := auth.Principal{Name: "local"}, t.auth.Load()
	if authenticator != nil {
		var err error
		if who, err = authenticator.Authenticate(r); err != nil {
			return httpserve.Guest{}, t.denied(err)
		}
	}
	key, err := t.keyOf(r, who)
	if err != nil {
		return httpserve.Guest{}, err
	}
	sum := sha256.Sum256([]byte(key))
	if authenticator == nil && key != t.app.config.APIKey {
		who.Name = "key-" + hex.EncodeToString(sum[:16])
	}
	id := strings.Join(append([]string{who.Name, hex.EncodeToString(sum[:])}, who.Teams...), "\x00")
	serve, leave, err := t.enter(who, key, id)
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

// keyOf is the key that a request acts with: the one it brings, which is taken out of
// it, the principal's own as its file is now, or the server's. Where callers must not
// bring any, one is refused: it was meant for something.
func (t *tenants) keyOf(r *http.Request, who auth.Principal) (string, error) {
	brought := r.Header.Values(keyHeader)
	r.Header.Del(keyHeader)
	refuse := func(status int, message string) (string, error) {
		return "", &httpserve.Denied{Status: status, Message: message}
	}
	switch {
	case len(brought) > 0 && !t.app.config.BYOKey:
		return refuse(http.StatusForbidden, "this server takes no keys from callers: leave the "+keyHeader+" header out")
	case len(brought) > 1 || len(brought) == 1 && strings.TrimSpace(brought[0]) == "":
		return refuse(http.StatusBadRequest, "the "+keyHeader+" header is empty, or there are two")
	case len(brought) == 1:
		return strings.TrimSpace(brought[0]), nil
	case who.KeyFile != "":
		raw, err := os.ReadFile(who.KeyFile)
		if err != nil {
			return "", fmt.Errorf("the key file of principal %q cannot be read", who.Name)
		}
		return strings.TrimSpace(string(raw)), nil
	case t.app.tenant == nil:
		return refuse(http.StatusForbidden, "there is no gigstack key for you here")
	}
	return t.app.config.APIKey, nil
}

// enter is what serves a principal with a key.
func (t *tenants) enter(who auth.Principal, key, id string) (serve *httpserve.Tenant, leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.app.program.now()
	found := t.known[id]
	if found == nil {
		if found, err = t.open(who, key); err != nil {
			return nil, nil, err
		}
		if !t.makeRoom(now, who.Name) {
			found.close()
			return nil, nil, &httpserve.Denied{Status: http.StatusTooManyRequests, Message: "too many keys of yours are in use at once"}
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
	refuse := func(message string) error { return &httpserve.Denied{Status: http.StatusForbidden, Message: message} }
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
	p := t.app.program
	serve := httpserve.NewTenant(httpserve.TenantOptions{
		MCP: made.server, Encoder: t.encoder(made), Principal: who.Name, SessionKey: t.app.sealKey, Ends: t.app.ledger, Now: p.now, Random: p.random, Log: t.app.log,
	})
	return &tenancy{principal: who.Name, serve: serve, close: func() {
		serve.Close()
		made.caller.CloseIdle()
	}}, nil
}

// encoder is the one of all tenants that have the same tools: what a list of them comes
// to is kept there.
func (t *tenants) encoder(made *tenant) *wire.Encoder {
	h := sha256.New()
	for _, tool := range made.tools.List() {
		h.Write([]byte(tool.Name))
		h.Write(tool.RawInputSchema)
		h.Write(tool.RawOutputSchema)
	}
	sum := [sha256.Size]byte(h.Sum(nil))
	if t.encoders[sum] == nil {
		t.encoders[sum] = &wire.Encoder{}
	}
	return t.encoders[sum]
}

// makeRoom closes those that call nothing and have not for long, and where there are
// too many, of all or of one principal, whoever called least recently. It is false when
// all of that principal's are in use.
func (t *tenants) makeRoom(now time.Time, principal string) bool {
	oldest, oldestOwn, own := "", "", 0
	older := func(id, than string) bool { return than == "" || t.known[id].used.Before(t.known[than].used) }
	for id, other := range t.known {
		if other.calls == 0 && now.Sub(other.used) > tenantIdle {
			t.close(id)
			continue
		}
		if other.principal == principal {
			own++
		}
		if other.calls > 0 {
			continue
		}
		if older(id, oldest) {
			oldest = id
		}
		if other.principal == principal && older(id, oldestOwn) {
			oldestOwn = id
		}
	}
	switch {
	case own >= mostKeys && oldestOwn == "":
		return false
	case own >= mostKeys:
		t.close(oldestOwn)
	case len(t.known) >= mostTenants && oldest != "":
		t.close(oldest)
	}
	return true
}

func (t *tenants) close(id string) {
	t.known[id].close()
	delete(t.known, id)
}

// Close ends all of them, when nobody calls any more.
func (t *tenants) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id := range t.known {
		t.close(id)
	}
}

// EndStreams closes what would stay open for ever.
func (t *tenants) EndStreams() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, each := range t.known {
		each.serve.EndStreams()
	}
}
