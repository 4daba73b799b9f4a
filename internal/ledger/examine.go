package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/gigstack/gigstack-mcp/internal/guard"
)

// State is what a look at a ledger shows, without using it.
type State struct {
	Kind    string // memory, SQLite or PostgreSQL
	Place   string // the file of SQLite
	Made    bool   // it has tables: somebody used it before
	Version int64  // of its tables
	Latest  int64  // of those that this program makes
	Unknown int    // attempts of unknown outcome
	Running int    // attempts under way, or left so by a process that was killed
}

// view is a database opened for a look; db is nil where there is none yet.
type view struct {
	db     *sql.DB
	made   string // asks whether there are tables
	closed string // asks whether nothing can be written to them; "" where that is known
}

// Examine looks at the ledger and changes nothing: it makes no file, brings no tables
// up to date and settles nothing. Its error says why the ledger could not be used.
func (l *Ledger) Examine(ctx context.Context) (s State, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s.Kind, s.Place = l.engine.name()
	if s.Latest, err = latest(); err != nil {
		return s, err
	}
	v, err := l.engine.look()
	if err != nil || v.db == nil {
		return s, err
	}
	err = v.read(ctx, &s)
	return s, errors.Join(err, v.db.Close())
}

// read fills in what the tables say.
func (v view) read(ctx context.Context, s *State) error {
	tx, err := v.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to commit
	err = tx.QueryRowContext(ctx, v.made).Scan(&s.Made)
	if err != nil || !s.Made {
		return wrapped(err)
	}
	err = tx.QueryRowContext(ctx, `select coalesce(max(version_id), 0) from `+versions+` where is_applied`).Scan(&s.Version)
	if err == nil {
		err = tx.QueryRowContext(ctx, `select count(case outcome when $1 then 1 end), count(case outcome when $2 then 1 end) from attempts`, guard.Unknown, guard.Running).Scan(&s.Unknown, &s.Running)
	}
	var closed bool
	if err == nil && v.closed != "" {
		err = tx.QueryRowContext(ctx, v.closed).Scan(&closed)
	}
	if closed {
		err = errors.New("nothing can be written to the database: it is a standby, or its user may not")
	}
	return wrapped(err)
}

func wrapped(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("ledger: %w", err)
}

// latest is the number of the newest migration.
func latest() (newest int64, err error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	for _, file := range files {
		number, _, _ := strings.Cut(strings.TrimPrefix(file, "migrations/"), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, err
		}
		newest = max(newest, n)
	}
	return newest, err
}

// name implements engine.
func (s *sqlite) name() (kind, place string) {
	if s.dir == "" {
		return "memory", ""
	}
	return "SQLite", s.file()
}

// look implements engine.
func (s *sqlite) look() (view, error) {
	if s.dir == "" {
		return view{}, nil
	}
	if err := own(s.dir); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return view{}, err
	}
	if !s.exists() {
		return view{}, nil
	}
	if err := writable(s.file()); err != nil {
		return view{}, err
	}
	how := "?mode=ro"
	if !there(s.file() + "-wal") { // nobody has it open: SQLite need not make files to share it
		how += "&immutable=1"
	}
	db, err := sql.Open("sqlite", location(s.file())+how)
	return view{db: db, made: `select exists (select 1 from sqlite_master where name = '` + versions + `')`}, err
}

// name implements engine.
func (p *postgres) name() (kind, place string) { return "PostgreSQL", "" }

// look implements engine.
func (p *postgres) look() (view, error) {
	return view{
		db:     p.connect(),
		made:   `select to_regclass('` + versions + `') is not null`,
		closed: `select pg_is_in_recovery() or not has_table_privilege('attempts', 'insert, update')`,
	}, nil
}
