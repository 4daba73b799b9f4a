package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// Open implements guard.Journal.
func (l *Ledger) Open(ctx context.Context, a guard.Attempt, admit func(context.Context, guard.Book) error) (earlier guard.Attempt, err error) {
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := l.engine.hold(ctx, tx, a.Digest); err != nil {
			return err
		}
		var known bool
		if earlier, known, err = one(ctx, tx, byID, a.ID); err != nil {
			return err
		} else if known {
			return guard.ErrUsed
		}
		if a.Outcome != guard.Refused {
			if earlier, known, err = one(ctx, tx, newest, a.Digest); err != nil {
				return err
			} else if known && earlier.Overtakes(a) {
				return guard.ErrOvertaken
			}
		}
		if err := l.admit(ctx, tx, a, admit); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `insert into attempts (id, digest, planned, at, outcome, resource, key, tool, team, mode, principal, risk, lookup, identity, opener, number)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, (select coalesce(max(number), 0) + 1 from attempts where digest = $2))`,
			a.ID, a.Digest, nanoseconds(a.Planned), nanoseconds(a.At), a.Outcome, a.Resource, a.Key, a.Tool, a.Team, a.Mode, a.Principal, a.Risk.String(), a.Lookup, a.Identity, l.instance)
		return err
	})
	return earlier, err
}

// Close implements guard.Journal.
func (l *Ledger) Close(ctx context.Context, id, outcome, resource string) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		changed, err := end(ctx, tx, id, outcome, resource, "")
		if err == nil && changed == 0 {
			err = fmt.Errorf("no attempt %s", id)
		}
		return err
	})
}

// Settle implements guard.Journal.
func (l *Ledger) Settle(ctx context.Context, id, outcome, resource string) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := end(ctx, tx, id, outcome, resource, ` and outcome = 'unknown'`)
		return err
	})
}

// end records the outcome of an attempt, and what it has spent by it.
func end(ctx context.Context, tx *sql.Tx, id, outcome, resource, which string) (changed int64, err error) {
	// What gigstack calls a resource must not make PostgreSQL refuse the outcome.
	result, err := tx.ExecContext(ctx, `update attempts set outcome = $2, resource = $3 where id = $1`+which, id, outcome, audit.Storable(resource))
	if err != nil {
		return 0, err
	}
	if changed, err = result.RowsAffected(); err == nil && changed > 0 {
		err = rebook(ctx, tx, id, outcome == guard.Refused)
	}
	return changed, err
}

// Pending implements guard.Journal.
func (l *Ledger) Pending(ctx context.Context) (pending []guard.Attempt, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = l.each(ctx, func(rows *sql.Rows) error {
		a, err := scan(rows)
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		pending = append(pending, a)
		return nil
	}, `select `+columns+` from attempts where outcome in ('unknown', 'running') order by at desc, id`)
	return pending, err
}

// Find implements guard.Journal.
func (l *Ledger) Find(ctx context.Context, id string) (a guard.Attempt, ok bool, err error) {
	return l.read(ctx, byID, id)
}

// Last implements guard.Journal.
func (l *Ledger) Last(ctx context.Context, digest string) (a guard.Attempt, ok bool, err error) {
	return l.read(ctx, newest, digest)
}

// Which attempt is looked for.
const (
	byID   = `where id = $1`
	newest = `where digest = $1 and outcome <> 'refused' order by number desc limit 1`
)

func (l *Ledger) read(ctx context.Context, which, value string) (a guard.Attempt, ok bool, err error) {
	err = l.look(ctx, func(ctx context.Context, db querier) (err error) {
		a, ok, err = one(ctx, db, which, value)
		return err
	})
	return a, ok, err
}

// one reads an attempt, in a transaction or outside.
func one(ctx context.Context, from querier, which, value string) (a guard.Attempt, ok bool, err error) {
	a, err = scan(from.QueryRowContext(ctx, `select `+columns+` from attempts `+which, value))
	if errors.Is(err, sql.ErrNoRows) {
		return guard.Attempt{}, false, nil
	}
	return a, err == nil, err
}

// columns is what scan reads.
const columns = `id, digest, planned, at, outcome, resource, key, tool, team, mode, principal, risk, lookup, identity`

func scan(row interface{ Scan(...any) error }) (a guard.Attempt, err error) {
	var planned, at int64
	var level string
	err = row.Scan(&a.ID, &a.Digest, &planned, &at, &a.Outcome, &a.Resource, &a.Key, &a.Tool, &a.Team, &a.Mode, &a.Principal, &level, &a.Lookup, &a.Identity)
	a.Planned, a.At, a.Risk = moment(planned), moment(at), risk.Parse(level)
	return a, err
}

// nanoseconds is a time as the tables keep it.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func moment(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}
