package ledger

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/guard"
)

// stale is when a running attempt must belong to a process that died: no call
// lasts that long.
const stale = 10 * time.Minute

// Files is a journal in a directory, for programs that end after each call: one
// file a plan, created exclusively, so that of several processes one wins.
type Files struct{ dir string }

// OpenFiles makes the directory (0700) where needed.
func OpenFiles(dir string) (*Files, error) {
	for _, sub := range []string{"plans", "last"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
	}
	return &Files{dir}, nil
}

// Open implements guard.Journal.
func (f *Files) Open(ctx context.Context, a guard.Attempt) (guard.Attempt, error) {
	if last, ok, err := f.Last(ctx, a.Digest); err != nil {
		return last, err
	} else if ok && last.ID != a.ID && last.Outcome == guard.Running && a.At.Sub(last.At) < stale {
		return last, guard.ErrRunning
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return guard.Attempt{}, err
	}
	file, err := os.OpenFile(f.plan(a.ID), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_SYNC, 0o600)
	if errors.Is(err, fs.ErrExist) {
		earlier, err := f.read(a.ID)
		if err != nil {
			earlier = guard.Attempt{ID: a.ID, At: a.At, Outcome: guard.Running} // it is being written this moment
		}
		return earlier, guard.ErrUsed
	}
	if err != nil {
		return guard.Attempt{}, err
	}
	_, err = file.Write(raw)
	if err := errors.Join(err, file.Close()); err != nil {
		return guard.Attempt{}, err
	}
	f.forget(a.At.Add(-keep))
	return guard.Attempt{}, f.replace(filepath.Join(f.dir, "last", a.Digest), []byte(a.ID))
}

// Close implements guard.Journal.
func (f *Files) Close(_ context.Context, id, outcome, resource string) error {
	a, err := f.read(id)
	if err != nil {
		return err
	}
	a.Outcome, a.Resource = outcome, resource
	raw, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return f.replace(f.plan(id), raw)
}

// Last implements guard.Journal.
func (f *Files) Last(_ context.Context, digest string) (a guard.Attempt, ok bool, err error) {
	id, err := os.ReadFile(filepath.Join(f.dir, "last", digest))
	if errors.Is(err, fs.ErrNotExist) {
		return a, false, nil
	}
	if err != nil {
		return a, false, err
	}
	a, err = f.read(string(id))
	if errors.Is(err, fs.ErrNotExist) {
		return a, false, nil
	}
	return a, err == nil, err
}

func (f *Files) plan(id string) string { return filepath.Join(f.dir, "plans", id+".json") }

func (f *Files) read(id string) (a guard.Attempt, err error) {
	raw, err := os.ReadFile(f.plan(id))
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(raw, &a)
}

// replace writes a file whole or not at all.
func (f *Files) replace(path string, content []byte) error {
	temporary := path + "." + rand.Text()[:8]
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// forget removes attempts from before a time; their plans have long expired.
func (f *Files) forget(before time.Time) {
	for _, sub := range []string{"plans", "last"} {
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

// SealKey is the secret that plans kept here are sealed with: fresh the first
// time, the same ever after.
func (f *Files) SealKey(fresh []byte) ([]byte, error) {
	path := filepath.Join(f.dir, "seal.key")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		key, err := os.ReadFile(path)
		if err == nil && len(key) != len(fresh) {
			err = fmt.Errorf("%s is damaged; delete it to begin anew", path)
		}
		return key, err
	}
	if err != nil {
		return nil, err
	}
	_, err = file.Write(fresh)
	return fresh, errors.Join(err, file.Close())
}
