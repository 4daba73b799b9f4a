package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// postgres is the engine that replicas share.
type postgres struct {
	config *pgx.ConnConfig
	lease  time.Duration
	stop   context.CancelFunc
	beats  sync.WaitGroup
}

// CheckURL says what is wrong with the URL of a PostgreSQL database, without
// repeating it: there is a password in it.
func CheckURL(url string) error {
	_, err := parse(url)
	return err
}

func parse(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil || !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return nil, errors.New("that is no URL of a PostgreSQL database, postgres://user:password@host/database")
	}
	return config, nil
}

func newPostgres(url string, lease time.Duration) (*postgres, error) {
	config, err := parse(url)
	if err != nil {
		return nil, err
	}
	return &postgres{config: config, lease: cmp.Or(lease, time.Minute)}, nil
}

func (p *postgres) connect() *sql.DB { return stdlib.OpenDB(*p.config) }

// open implements engine.
func (p *postgres) open(ctx context.Context, instance string) (*sql.DB, error) {
	db := p.connect()
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(4)
	db.SetConnMaxIdleTime(5 * time.Minute)
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60), lock.WithUnlockTimeout(1, 10))
	if err == nil {
		err = migrate(ctx, goose.DialectPostgres, db, goose.WithSessionLocker(locker))
	}
	if err == nil {
		err = p.beat(ctx, db, instance)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stop = stop
	p.beats.Go(func() { p.keepBeating(beating, db, instance) })
	return db, nil
}

// keepBeating shows again and again that the instance lives. A beat that fails is
// made up for by the next.
func (p *postgres) keepBeating(ctx context.Context, db *sql.DB, instance string) {
	ticker := time.NewTicker(p.lease / 4)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			beat, cancel := context.WithTimeout(ctx, p.lease/4)
			_ = p.beat(beat, db, instance)
			cancel()
		}
	}
}

// beat shows that the instance lives and settles what those left that do not. One
// that was only late says so by closing its attempts after all.
func (p *postgres) beat(ctx context.Context, db *sql.DB, instance string) error {
	_, err := db.ExecContext(ctx, `insert into instances (id, seen) values ($1, clock_timestamp()) on conflict (id) do update set seen = excluded.seen`, instance)
	if err == nil {
		_, err = db.ExecContext(ctx, `delete from instances where seen < clock_timestamp() - $1 * interval '1 microsecond'`, p.lease.Microseconds())
	}
	if err == nil {
		_, err = db.ExecContext(ctx, settle+`not exists (select from instances where id = opener)`)
	}
	return err
}

// exists implements engine.
func (p *postgres) exists() bool { return true }

// hold implements engine.
func (p *postgres) hold(ctx context.Context, tx *sql.Tx, digest string) error {
	_, err := tx.ExecContext(ctx, `select pg_advisory_xact_lock(hashtextextended($1, 0))`, digest)
	return err
}

// leave implements engine.
func (p *postgres) leave(db *sql.DB, instance string) error {
	p.stop()
	p.beats.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, err := db.ExecContext(ctx, `delete from instances where id = $1`, instance)
	return errors.Join(err, db.Close())
}
