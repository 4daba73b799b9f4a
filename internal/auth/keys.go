package auth

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Bounds of how old keys get, and of how often the issuer is asked.
const (
	freshFor = time.Hour        // afterwards one request looks for newer ones
	goodFor  = 24 * time.Hour   // afterwards an issuer that is out of reach counts as gone
	pause    = 30 * time.Second // between two looks, whatever anybody presents
)

// keys remembers the issuer's keys. One request fetches for all.
type keys struct {
	fetch func(context.Context) ([]jose.JSONWebKey, error)
	now   func() time.Time

	fetching sync.Mutex             // held by whoever replaces the set
	set      atomic.Pointer[keySet] // never nil
}

// keySet is what was known at one time. It does not change.
type keySet struct {
	keys  []jose.JSONWebKey
	since time.Time // they were fetched then
	tried time.Time // and looked for then, last
	err   error     // of the last look
}

func newKeys(fetch func(context.Context) ([]jose.JSONWebKey, error), now func() time.Time) *keys {
	k := &keys{fetch: fetch, now: now}
	k.set.Store(&keySet{})
	return k
}

// known is the keys as far as they are known. When they are old, one request renews
// them, and the others do not wait for it.
func (k *keys) known(ctx context.Context) *keySet {
	set := k.set.Load()
	if k.now().Sub(set.since) < freshFor || !k.fetching.TryLock() {
		return set
	}
	defer k.fetching.Unlock()
	return k.renew(ctx)
}

// renewed is the keys that the issuer has now, as far as it is time to ask for them.
func (k *keys) renewed(ctx context.Context) *keySet {
	k.fetching.Lock()
	defer k.fetching.Unlock()
	return k.renew(ctx)
}

// renew is for whoever holds the lock. Those who waited for it find the keys that
// another just fetched. Failure keeps the keys, until they are too old.
func (k *keys) renew(ctx context.Context) *keySet {
	set, now := k.set.Load(), k.now()
	if now.Sub(set.tried) < pause {
		return set
	}
	next := &keySet{keys: set.keys, since: set.since, tried: now}
	fetched, err := k.fetch(ctx)
	switch {
	case err == nil:
		next.keys, next.since = fetched, now
	case now.Sub(set.since) >= goodFor:
		next.keys, next.err = nil, err
	default:
		next.err = err
	}
	k.set.Store(next)
	return next
}

// open verifies a JWT with the keys that may have signed it: those of its id, or all
// when it names none. It tells whether there was one, and whether one fits.
func (s *keySet) open(signed *jwt.JSONWebToken) (c claims, found, ok bool) {
	header := signed.Headers[0]
	for _, key := range s.keys {
		if header.KeyID != "" && key.KeyID != header.KeyID || key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		found = true
		var c claims
		if signed.Claims(key.Key, &c.Claims, &c.all) == nil {
			return c, true, true
		}
	}
	return claims{}, found, false
}
