package auth

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// Bounds of what an issuer may cost.
const (
	fetchTimeout = 10 * time.Second // for all of a look
	mostDocument = 512 << 10
	mostHeader   = 64 << 10
	mostKeys     = 100
	leastRSA     = 2048 // bits
)

// issuer is the authorization server, as far as it publishes keys.
type issuer struct {
	url  string
	jwks string // URL of its keys; "" where its metadata tells
	http *http.Client
}

func newIssuer(url, jwks string) *issuer {
	return &issuer{url, jwks, &http.Client{
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: mostHeader, IdleConnTimeout: fetchTimeout},
		// Who answers for another host decides who gets in: no redirect is followed.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// keys fetches the public keys that sign. It goes on when the request that needed them
// is given up: others wait for them too.
func (i *issuer) keys(ctx context.Context) ([]jose.JSONWebKey, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	at := i.jwks
	if at == "" {
		var err error
		if at, err = i.discover(ctx); err != nil {
			return nil, fmt.Errorf("its metadata: %w", err)
		}
	}
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := i.get(ctx, at, &document); err != nil {
		return nil, err
	}
	if document.Keys == nil {
		return nil, errors.New("the answer is no set of keys")
	}
	if len(document.Keys) > mostKeys {
		return nil, fmt.Errorf("there are more than %d keys", mostKeys)
	}
	var usable []jose.JSONWebKey
	for _, raw := range document.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) == nil && signs(key) { // those of a kind nobody knows yet are left out
			usable = append(usable, key)
		}
	}
	return usable, nil
}

// signs reports whether signatures can be verified with a key.
func signs(key jose.JSONWebKey) bool {
	if k, ok := key.Key.(*rsa.PublicKey); ok && k.N.BitLen() < leastRSA {
		return false
	}
	return key.IsPublic() && (key.Use == "" || key.Use == "sig")
}

// discover finds the URL of the keys in the issuer's metadata: that of OAuth (RFC
// 8414), else of OpenID Connect.
func (i *issuer) discover(ctx context.Context) (string, error) {
	u, err := url.Parse(i.url)
	if err != nil {
		return "", err
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	origin := u.Scheme + "://" + u.Host
	var failed error
	for _, at := range []string{
		origin + "/.well-known/oauth-authorization-server" + path,
		origin + path + "/.well-known/openid-configuration",
	} {
		var metadata struct {
			Issuer string `json:"issuer"`
			JWKS   string `json:"jwks_uri"`
		}
		if failed = i.get(ctx, at, &metadata); failed != nil {
			continue
		}
		if metadata.Issuer != i.url {
			failed = errors.New("it is another issuer's")
			continue
		}
		if _, failed = parseURL(metadata.JWKS); failed == nil {
			return metadata.JWKS, nil
		}
	}
	return "", failed
}

func (i *issuer) get(ctx context.Context, at string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return errors.New("the URL cannot be used")
	}
	request.Header.Set("Accept", "application/json")
	response, err := i.http.Do(request)
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer's status is %d", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, mostDocument+1))
	if err != nil {
		return err
	}
	if len(body) > mostDocument {
		return errors.New("the answer is too large")
	}
	if json.Unmarshal(body, into) != nil {
		return errors.New("the answer is not the JSON it should be")
	}
	return nil
}

// parseURL takes what keys may be fetched from: https, or http to this machine.
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || strings.Contains(s, "#"):
		return nil, errors.New("this is no URL like https://login.example.com/")
	case u.User != nil:
		return nil, errors.New("a URL must not hold a user or password")
	case u.Scheme == "https", u.Scheme == "http" && gigstack.IsLoopback(u.Hostname()):
		return u, nil
	}
	return nil, errors.New("a URL must be https; http is accepted for loopback addresses only")
}
