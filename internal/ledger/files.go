package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/gigstack/gigstack-mcp/internal/guard"
)

// Files is a journal in a directory, for programs that end after each call: one
// file an attempt, under one lock, so that of several processes one wins.
type Files struct{ dir string }

// OpenFiles makes the directory where needed, and lets nobody else into it.
func OpenFiles(dir string) (*Files, error) {
	for _, sub := range []string{"attempts", "last"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
	}
	// One that was there before may be open to others; one that is not ours
	// cannot be closed, and is not used.
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return &Files{dir}, nil
}

// locked runs do while no other process, nor another call of this one, does.
func (f *Files) locked(ctx context.Context, do func() error) error {
	lock := flock.New(filepath.Join(f.dir, "lock"), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		return fmt.Errorf("ledger: lock: %w", err)
	}
	return errors.Join(do(), lock.Close())
}

// Open implements guard.Journal.
func (f *Files) Open(ctx context.Context, a guard.Attempt) (earlier guard.Attempt, err error) {
	err = f.locked(ctx, func() error {
		var known bool
		if earlier, known, err = f.read(a.ID); err != nil || known {
			return errors.Join(err, guard.ErrUsed)
		}
		if a.Outcome == guard.Refused {
			return f.write(a)
		}
		if earlier, known, err = f.last(a.Digest); err != nil {
			return err
		} else if known && earlier.Overtakes(a) {
			return guard.ErrOvertaken
		}
		if a.Prev, err = f.newestID(a.Digest); err != nil {
			return err
		}
		f.forget(a.At.Add(-keep))
		if err := f.write(a); err != nil {
			return err
		}
		return replace(filepath.Join(f.dir, "last", a.Digest), []byte(a.ID))
	})
	return earlier, err
}

// Close implements guard.Journal.
func (f *Files) Close(ctx context.Context, id, outcome, resource string) error {
	return f.locked(ctx, func() error {
		a, known, err := f.read(id)
		if err != nil {
			return err
		}
		if !known {
			return fmt.Errorf("no attempt %s", id)
		}
		a.Outcome, a.Resource = outcome, resource
		return f.write(a)
	})
}

// Find implements guard.Journal.
func (f *Files) Find(ctx context.Context, id string) (a guard.Attempt, ok bool, err error) {
	err = f.locked(ctx, func() error {
		a, ok, err = f.read(id)
		return err
	})
	return a, ok, err
}

// Last implements guard.Journal.
func (f *Files) Last(ctx context.Context, digest string) (a guard.Attempt, ok bool, err error) {
	err = f.locked(ctx, func() error {
		a, ok, err = f.last(digest)
		return err
	})
	return a, ok, err
}

// SealKey is the secret that plans kept here are sealed with: fresh the first
// time, the same ever after.
func (f *Files) SealKey(ctx context.Context, fresh []byte) (key []byte, err error) {
	path := filepath.Join(f.dir, "seal.key")
	err = f.locked(ctx, func() error {
		key, err = os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			key = fresh
			return replace(path, fresh)
		case err == nil && len(key) != len(fresh):
			return fmt.Errorf("%s is damaged; delete it to begin anew", path)
		}
		return err
	})
	return key, err
}

// last walks back from the newest attempt to one that is not refused.
func (f *Files) last(digest string) (a guard.Attempt, ok bool, err error) {
	id, err := f.newestID(digest)
	for err == nil && id != "" {
		if a, ok, err = f.read(id); err != nil || !ok || a.Outcome != guard.Refused {
			return a, ok, err
		}
		id = a.Prev
	}
	return guard.Attempt{}, false, err
}

// newestID is the id of the newest attempt with a digest, "" without one.
func (f *Files) newestID(digest string) (string, error) {
	id, err := os.ReadFile(filepath.Join(f.dir, "last", digest))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(id), err
}

func (f *Files) path(id string) string { return filepath.Join(f.dir, "attempts", id+".json") }

func (f *Files) read(id string) (a guard.Attempt, ok bool, err error) {
	raw, err := os.ReadFile(f.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return a, false, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &a)
	}
	return a, err == nil, err
}

func (f *Files) write(a guard.Attempt) error {
	raw, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return replace(f.path(a.ID), raw)
}

// replace writes a file (0600) whole or not at all, and durably.
func replace(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		_ = os.Remove(file.Name())
		return err
	}
	return os.Rename(file.Name(), path)
}

// forget removes attempts from before a time; their plans have long expired.
func (f *Files) forget(before time.Time) {
	for _, sub := range []string{"attempts", "last"} {
		entries, err := os.ReadDir(filepath.Join(f.dir, sub))
		if err != nil {
			continue
		}
		for _, entry := range entries {
			if info, err := entry.Info(); err == nil && info.ModTime().Before(before) {
				_ = os.Remove(filepath.Join(f.dir, sub, entry.Name()))
			}
		}
	}
}
