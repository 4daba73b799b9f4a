package main

import (
	"crypto/sha256"
	"maps"
	"sync"
	"weak"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// limiters is one for each key that somebody is served with, and as long as that is so.
type limiters struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]weak.Pointer[gigstack.Limiter]
}

// of is the limiter of a key, the same for all who have it.
func (l *limiters) of(key gigstack.Key, atOnce int) *gigstack.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if found := l.known[key.Digest()].Value(); found != nil {
		return found
	}
	if l.known == nil {
		l.known = map[[sha256.Size]byte]weak.Pointer[gigstack.Limiter]{}
	}
	maps.DeleteFunc(l.known, func(_ [sha256.Size]byte, p weak.Pointer[gigstack.Limiter]) bool { return p.Value() == nil })
	made := gigstack.NewLimiter(atOnce)
	l.known[key.Digest()] = weak.Make(made)
	return made
}
