package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// sqlite is the engine of one machine: a file that several processes may use, or
// the memory of one.
type sqlite struct {
	dir   string
	alive *flock.Flock // held as long as the process lives; the system lets go of it
}

// open implements engine.
func (s *sqlite) open(ctx context.Context, instance string) (db *sql.DB, err error) {
	if s.dir == "" {
		return s.start(ctx, ":memory:")
	}
	err = locked(ctx, s.dir, func() error {
		if err := private(s.file()); err != nil {
			return err
		}
		living, err := s.join(instance)
		if err != nil {
			return err
		}
		if db, err = s.start(ctx, location(s.file())); err != nil {
			return errors.Join(err, s.quit())
		}
		if err := s.settle(ctx, db, living); err != nil {
			return errors.Join(err, s.leave(db, instance))
		}
		return nil
	})
	return db, err
}

// exists implements engine.
func (s *sqlite) exists() bool { return s.dir != "" && there(s.file()) }

func (s *sqlite) file() string { return filepath.Join(s.dir, "ledger.db") }

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// writable opens a file that is there for writing, and writes nothing.
func writable(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return file.Close()
}

// location is a path as SQLite's URI.
func location(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// start opens a database and brings it up to date. One connection makes the calls
// of this process queue in order; between processes SQLite's lock does.
func (s *sqlite) start(ctx context.Context, at string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", at+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // kept open: closing it would empty a database in memory
	if err := migrate(ctx, goose.DialectSQLite3, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// join takes the instance's lock and lists the instances that hold theirs.
func (s *sqlite) join(instance string) (living []string, err error) {
	dir := filepath.Join(s.dir, "instances")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		other := flock.New(filepath.Join(dir, entry.Name()))
		switch dead, err := other.TryLock(); {
		case err != nil:
			return nil, err
		case !dead:
			living = append(living, entry.Name())
		default:
			_ = other.Close()
			_ = os.Remove(other.Path())
		}
	}
	s.alive = flock.New(filepath.Join(dir, instance), flock.SetPermissions(0o600))
	if ok, err := s.alive.TryLock(); !ok {
		return nil, errors.Join(err, errors.New("the lock of this instance is taken"))
	}
	return living, nil
}

func (s *sqlite) settle(ctx context.Context, db *sql.DB, living []string) error {
	rows, err := db.QueryContext(ctx, `select distinct opener from attempts where outcome = 'running'`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var dead []string
	for rows.Next() {
		var opener string
		if err := rows.Scan(&opener); err != nil {
			return err
		}
		if !slices.Contains(living, opener) {
			dead = append(dead, opener)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, opener := range dead {
		if _, err := db.ExecContext(ctx, settle+`opener = $1`, opener); err != nil {
			return err
		}
	}
	return nil
}

// hold implements engine: a transaction has the database to itself from its
// beginning.
func (s *sqlite) hold(context.Context, *sql.Tx, string) error { return nil }

// leave implements engine.
func (s *sqlite) leave(db *sql.DB, _ string) error { return errors.Join(db.Close(), s.quit()) }

func (s *sqlite) quit() error {
	if s.alive == nil {
		return nil
	}
	err := s.alive.Close()
	_ = os.Remove(s.alive.Path()) // whoever comes next does, else
	return err
}

// SealKey is the secret that plans of programs with this directory are sealed
// with: fresh the first time, the same ever after.
func SealKey(ctx context.Context, dir string, fresh []byte) (key []byte, err error) {
	return keptKey(ctx, dir, "seal.key", fresh)
}

// keptKey is the key in a file of the directory; fresh when there is none yet.
func keptKey(ctx context.Context, dir, name string, fresh []byte) (key []byte, err error) {
	path := filepath.Join(dir, name)
	err = locked(ctx, dir, func() error {
		if err := private(path); err != nil {
			return err
		}
		if key, err = os.ReadFile(path); err != nil {
			return err
		}
		switch len(key) {
		case len(fresh):
			return nil
		case 0:
			key = fresh
			return os.WriteFile(path, fresh, 0o600)
		default:
			return damaged(path)
		}
	})
	return key, err
}

func damaged(path string) error { return fmt.Errorf("%s is damaged; delete it to begin anew", path) }

// locked runs do while no other process prepares this directory.
func locked(ctx context.Context, dir string, do func() error) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := own(dir); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		return fmt.Errorf("lock of %s: %w", dir, err)
	}
	return errors.Join(do(), lock.Close())
}

// own refuses a directory that others can write to.
func own(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && info.Mode().Perm()&0o022 != 0 && filepath.Separator == '/' { // Windows has no such bits
		err = fmt.Errorf("others can write to %s; chmod 700 it, or name another with --state-dir", dir)
	}
	return err
}

// private makes a file where there is none, and keeps others from reading and
// writing it. One that is not ours cannot be closed to them, and is not used.
func private(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		var file *os.File
		if file, err = os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
			err = file.Close()
		}
	case err == nil && info.Mode().Perm()&0o077 != 0:
		err = os.Chmod(path, 0o600)
	}
	return err
}
