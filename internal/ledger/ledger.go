// Package ledger remembers what must outlive a process: the executions of calls,
// the audit of them, and which team a conversation selected. It is kept in a SQLite file, or in a
// PostgreSQL that several replicas share.
package ledger

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// keep is how long an attempt is remembered, unless its outcome is unknown: then
// for good.
const keep = 30 * 24 * time.Hour

// keepSpent is how long it is remembered what was spent: longer than any cap reaches
// back.
const keepSpent = 33 * 24 * time.Hour

// patience is how long the database may take for one operation.
const patience = 15 * time.Second

// Options is where a ledger is kept. Now and Random are required.
type Options struct {
	URL    string        // of a PostgreSQL database
	Dir    string        // of the SQLite file, without a URL; "" keeps it in memory
	Lease  time.Duration // how long an instance counts as alive after its last sign, on PostgreSQL; 0 for a minute
	Now    func() time.Time
	Random io.Reader

	// AuditKey is 32 secret bytes that heads of the audit are signed with. Without
	// them a key is made for the first record and kept in Dir; elsewhere heads are
	// not signed.
	AuditKey []byte
}

// engine is what the two databases do differently.
type engine interface {
	// open connects to the database, brings it up to date, settles what dead
	// instances left behind, and lets others see that this one lives.
	open(ctx context.Context, instance string) (*sql.DB, error)
	// exists says whether there is, or may be, anything to open yet.
	exists() bool
	// name says what kind of database it is and which file, if it is one.
	name() (kind, place string)
	// look opens what there is for reading, and makes nothing.
	look() (view, error)
	// hold makes other openers of attempts with this digest wait until tx ends.
	hold(ctx context.Context, tx *sql.Tx, digest string) error
	// leave disconnects an instance that ends in good order.
	leave(db *sql.DB, instance string) error
}

// Ledger implements guard.Journal and session.Store. It connects when it is first
// needed, and is safe for concurrent use.
type Ledger struct {
	engine   engine
	instance string // of the server: who opened an attempt
	now      func() time.Time
	random   io.Reader
	keyDir   string      // where the audit's key is made; "" for nowhere
	appended atomic.Bool // this process appended to the audit

	mu       sync.Mutex
	db       *database          // nil until needed
	auditKey ed25519.PrivateKey // nil: heads are not signed
	forgot   time.Time          // when what is too old was removed last
}

var (
	_ guard.Journal = (*Ledger)(nil)
	_ session.Store = (*Ledger)(nil)
)

// New checks where the ledger is to be kept. It does not go there yet.
func New(o Options) (*Ledger, error) {
	var id [8]byte
	if _, err := io.ReadFull(o.Random, id[:]); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	l := &Ledger{engine: &sqlite{dir: o.Dir}, instance: hex.EncodeToString(id[:]), now: o.Now, random: o.Random}
	switch {
	case len(o.AuditKey) == ed25519.SeedSize:
		l.auditKey = ed25519.NewKeyFromSeed(o.AuditKey)
	case o.AuditKey != nil:
		return nil, fmt.Errorf("ledger: the audit's key has %d bytes, not %d", len(o.AuditKey), ed25519.SeedSize)
	case o.URL == "":
		l.keyDir = o.Dir
	}
	if o.URL != "" {
		var err error
		if l.engine, err = newPostgres(o.URL, o.Lease); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
	}
	return l, nil
}

// Exists says whether the ledger may hold anything: it was used before, or is shared.
func (l *Ledger) Exists() bool { return l.engine.exists() }

// Connect goes to the database now, for programs that must know at their start
// whether they can, and can sign.
func (l *Ledger) Connect(ctx context.Context) error {
	_, err := l.connected(ctx)
	if err == nil {
		_, err = l.signer(ctx)
	}
	return err
}

// Ping reports whether the ledger can be reached.
func (l *Ledger) Ping(ctx context.Context) error {
	db, err := l.connected(ctx)
	if err == nil {
		err = db.PingContext(ctx)
	}
	return err
}

// Disconnect ends the use of the ledger in good order.
func (l *Ledger) Disconnect() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.db == nil {
		return nil
	}
	defer func() { l.db = nil }()
	return errors.Join(l.signTip(), l.engine.leave(l.db.DB, l.instance))
}

// database is one with its most frequent question prepared.
type database struct {
	*sql.DB
	selected *sql.Stmt
}

// connected is the database. What failed is tried again the next time.
func (l *Ledger) connected(ctx context.Context) (*database, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.db != nil {
		l.tidy(ctx)
		return l.db, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	db, err := l.engine.open(ctx, l.instance)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if err := forget(ctx, db, l.now()); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger: %w", err), l.engine.leave(db, l.instance))
	}
	selected, err := db.PrepareContext(ctx, selectionOf)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ledger: %w", err), l.engine.leave(db, l.instance))
	}
	l.db, l.forgot = &database{db, selected}, l.now()
	return l.db, nil
}

// tidy forgets once a day what is too old. What fails is made up for the next day.
func (l *Ledger) tidy(ctx context.Context) {
	now := l.now()
	if now.Sub(l.forgot) < 24*time.Hour {
		return
	}
	l.forgot = now
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	_ = forget(ctx, l.db.DB, now)
}

// forget removes what is too old to matter. What is unknown still does.
func forget(ctx context.Context, db *sql.DB, now time.Time) error {
	_, err := db.ExecContext(ctx, `delete from attempts where at < $1 and outcome in ('done', 'refused', 'partial')`, now.Add(-keep).UnixNano())
	for rows, last := range map[string]any{
		"selections where used":      now.Add(-session.Life).UnixNano(),
		"ended_sessions where until": now.UnixNano(),
		"approvals where expires":    now.Add(-keep).UnixNano(),
		"spent where day":            policy.Day(now.Add(-keepSpent)),
		"spent_days where day":       policy.Day(now.Add(-keepSpent)),
	} {
		if err == nil {
			_, err = db.ExecContext(ctx, `delete from `+rows+` < $1`, last)
		}
	}
	return err
}

//go:embed migrations/*.sql
var migrations embed.FS

// versions is the table of the migrations that were made.
const versions = "gigstack_mcp_migrations"

// migrate brings the tables up to date.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, options ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, db, files, append(options, goose.WithTableName(versions), goose.WithDisableGlobalRegistry(true))...)
	if err == nil {
		_, err = p.Up(ctx)
	}
	return err
}

// settle calls unknown what instances that are no more left running.
const settle = `update attempts set outcome = 'unknown' where outcome = 'running' and `

// write runs do in a transaction that goes through although the caller has gone:
// half a transaction would leave in doubt what was never sent.
func (l *Ledger) write(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	db, err := l.connected(ctx)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if err := do(ctx, tx); err != nil {
		_ = tx.Rollback() // the first error tells more
		return fmt.Errorf("ledger: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// look runs do outside of a transaction.
func (l *Ledger) look(ctx context.Context, do func(context.Context, querier) error) error {
	db, err := l.connected(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := do(ctx, db); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// querier is the database, in a transaction or outside.
type querier interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

// each hands over the rows that a query finds, one by one. use's error ends it, and
// is returned as it is.
func (l *Ledger) each(ctx context.Context, use func(*sql.Rows) error, query string, args ...any) error {
	db, err := l.connected(ctx)
	if err != nil {
		return err
	}
	return each(ctx, db, use, query, args...)
}

func each(ctx context.Context, from querier, use func(*sql.Rows) error, query string, args ...any) error {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := use(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}
