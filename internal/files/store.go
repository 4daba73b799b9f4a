package files

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// Bounds of what a store remembers.
const (
	Life     = time.Hour // of a download
	maxBytes = 64 << 20  // in all; the oldest is forgotten first
	maxCount = 2000
)

// Store remembers downloads until somebody reads them: each belongs to one owner,
// and its id cannot be guessed. It is safe for concurrent use.
type Store struct {
	now    func() time.Time
	random io.Reader

	mu      sync.Mutex
	entries []*entry // oldest first
	bytes   int
}

type entry struct {
	owner, id string
	until     time.Time
	file      gigstack.File
	fetch     Fetch // where the content still lies elsewhere
}

// Fetch brings a file that lies elsewhere.
type Fetch func(ctx context.Context) (gigstack.File, error)

// NewStore returns an empty store.
func NewStore(now func() time.Time, random io.Reader) *Store {
	return &Store{now: now, random: random}
}

// Put remembers a file for its owner and returns its id. With fetch the file has
// no content yet, and is brought when it is read.
func (s *Store) Put(owner string, file gigstack.File, fetch Fetch) (id string, err error) {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(s.random, raw); err != nil {
		return "", err
	}
	if len(file.Content) > maxBytes {
		return "", ErrTooLarge
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := &entry{owner: owner, id: hex.EncodeToString(raw), until: s.now().Add(Life), file: file, fetch: fetch}
	s.entries = append(s.entries, e)
	s.bytes += len(file.Content)
	for len(s.entries) > maxCount || s.bytes > maxBytes {
		s.drop(0)
	}
	s.sweep()
	return e.id, nil
}

// sweep forgets what has expired.
func (s *Store) sweep() {
	for len(s.entries) > 0 && !s.entries[0].until.After(s.now()) {
		s.drop(0)
	}
}

func (s *Store) drop(i int) {
	s.bytes -= len(s.entries[i].file.Content)
	s.entries = slices.Delete(s.entries, i, i+1)
}

// ErrGone says that there is no such download (any more) for that owner.
var ErrGone = errors.New("there is no such download any more; call the tool again")

// Get is a download of that owner's.
func (s *Store) Get(ctx context.Context, owner, id string) (gigstack.File, error) {
	e := s.find(owner, id)
	switch {
	case e == nil:
		return gigstack.File{}, ErrGone
	case e.fetch != nil:
		return e.fetch(ctx)
	default:
		return e.file, nil
	}
}

func (s *Store) find(owner, id string) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	for _, e := range s.entries {
		if e.id == id && e.owner == owner {
			return e
		}
	}
	return nil
}
