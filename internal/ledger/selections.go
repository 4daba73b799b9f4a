package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/session"
)

// refresh is how exactly the last use of a selection is known: not every read is
// worth a write.
const refresh = time.Minute

// selectionOf is asked at every call that names no team.
const selectionOf = `select team, used from selections where conversation = $1 and used >= $2`

// Selected implements session.Store.
func (l *Ledger) Selected(ctx context.Context, conversation string, now time.Time) (team string, err error) {
	db, err := l.connected(ctx)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var used int64
	err = db.selected.QueryRowContext(ctx, nameOf(conversation), now.Add(-session.Life).UnixNano()).Scan(&team, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err == nil && now.Sub(moment(used)) > refresh {
		_, err = db.ExecContext(ctx, `update selections set used = $2 where conversation = $1`, nameOf(conversation), now.UnixNano())
	}
	if err != nil {
		return "", fmt.Errorf("ledger: %w", err)
	}
	return team, nil
}

// Select implements session.Store.
func (l *Ledger) Select(ctx context.Context, conversation, team string, now time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `delete from selections where used < $1`, now.Add(-session.Life).UnixNano()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `insert into selections (conversation, team, used) values ($1, $2, $3)
			on conflict (conversation) do update set team = excluded.team, used = excluded.used`, nameOf(conversation), team, now.UnixNano())
		return err
	})
}

// nameOf is what a conversation is called in the table: its own name would let in
// whoever reads it.
func nameOf(conversation string) string {
	sum := sha256.Sum256([]byte(conversation))
	return hex.EncodeToString(sum[:])
}

// End implements httpserve.Ends.
func (l *Ledger) End(ctx context.Context, session string, until time.Time) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `insert into ended_sessions (session, until) values ($1, $2) on conflict (session) do nothing`, session, nanoseconds(until))
		return err
	})
}

// Ended implements httpserve.Ends.
func (l *Ledger) Ended(ctx context.Context, session string) (ended bool, err error) {
	err = l.look(ctx, func(ctx context.Context, db querier) error {
		return db.QueryRowContext(ctx, `select exists (select 1 from ended_sessions where session = $1)`, session).Scan(&ended)
	})
	return ended, err
}
