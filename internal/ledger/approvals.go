package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// Request implements guard.Approvals.
func (l *Ledger) Request(ctx context.Context, a guard.Approval) error {
	return l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := l.engine.hold(ctx, tx, "approvals "+a.Principal); err != nil {
			return err
		}
		if err := l.engine.hold(ctx, tx, a.Digest); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `update approvals set state = 'withdrawn' where digest = $1 and principal = $2 and sealer = $3 and `+unused, a.Digest, a.Principal, a.Sealer); err != nil {
			return err
		}
		var waiting int
		if err := tx.QueryRowContext(ctx, `select count(*) from approvals where principal = $1 and state = 'waiting' and expires > $2`, a.Principal, nanoseconds(a.Asked)).Scan(&waiting); err != nil {
			return err
		} else if waiting >= guard.MostWaiting {
			return guard.ErrCrowded
		}
		_, err := tx.ExecContext(ctx, `insert into approvals (`+approvalColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			a.ID, a.Digest, a.Sealer, a.Plan, audit.Storable(a.Shown), audit.Storable(a.Word), a.Tool, a.Team, a.Mode, a.Principal, a.Risk.String(),
			nanoseconds(a.Asked), nanoseconds(a.Expires), a.State, a.By, a.Reason, nanoseconds(a.Decided))
		return err
	})
}

// Requested implements guard.Approvals.
func (l *Ledger) Requested(ctx context.Context, digest, principal, sealer string) (guard.Approval, bool, error) {
	return l.approval(ctx, `where digest = $1 and principal = $2 and sealer = $3 and state <> 'withdrawn' and expires > $4 and `+unused+` order by asked desc limit 1`,
		digest, principal, sealer, nanoseconds(l.now()))
}

// Approval implements guard.Book.
func (l *Ledger) Approval(ctx context.Context, id string) (guard.Approval, bool, error) {
	return l.approval(ctx, approvalByID, id)
}

// Approval implements guard.Book.
func (b book) Approval(ctx context.Context, id string) (guard.Approval, bool, error) {
	return oneApproval(ctx, b, approvalByID, id)
}

// Approvals hands over what was asked for and has not expired, was not used and not
// withdrawn, or simply all that is remembered; oldest first.
func (l *Ledger) Approvals(ctx context.Context, all bool, use func(guard.Approval) error) error {
	return l.each(ctx, func(rows *sql.Rows) error {
		a, err := scanApproval(rows)
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		return use(a)
	}, `select `+approvalColumns+ran+` from approvals where $1 or state <> 'withdrawn' and expires > $2 and `+unused+` order by asked, id`,
		all, nanoseconds(l.now()))
}

// Why a person's word comes to nothing.
var (
	ErrNoApproval = errors.New("there is no such approval")
	ErrTooLate    = errors.New("it is too late: it has expired, the call was planned anew, or it has run")
)

// Decide records what a person says of an approval, and that they did in the audit.
// Until the call runs they can change their mind.
func (l *Ledger) Decide(ctx context.Context, id, state, by, reason string) (a guard.Approval, err error) {
	key, err := l.signer(ctx)
	if err != nil {
		return a, err
	}
	by, reason = audit.Storable(by), audit.Storable(reason)
	err = l.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var known bool
		if a, known, err = oneApproval(ctx, tx, approvalByID, id); err != nil {
			return err
		} else if !known {
			return ErrNoApproval
		}
		if err := l.engine.hold(ctx, tx, a.Digest); err != nil { // nobody begins the call meanwhile
			return err
		}
		now := l.now()
		result, err := tx.ExecContext(ctx, `update approvals set state = $2, decided_by = $3, reason = $4, decided = $5
			where id = $1 and state <> 'withdrawn' and expires > $5 and `+unused, id, state, by, reason, nanoseconds(now))
		if err != nil {
			return err
		}
		if changed, err := result.RowsAffected(); err != nil {
			return err
		} else if changed == 0 {
			return ErrTooLate
		}
		a.State, a.By, a.Reason, a.Decided = state, by, reason, now
		_, err = l.append(ctx, tx, audit.Record{
			At: now, Principal: a.Principal, Team: a.Team, Mode: a.Mode, Tool: a.Tool, Tier: a.Risk.String(), Plan: a.ID,
			Decision: audit.Decision(state), Approver: by, Reason: reason, Outcome: "not_sent",
		}, key)
		return err
	})
	return a, err
}

// Which approvals are looked for.
const (
	approvalByID = `where id = $1`
	unused       = `not exists (select 1 from attempts where attempts.id = approvals.id)`
)

func (l *Ledger) approval(ctx context.Context, which string, args ...any) (a guard.Approval, ok bool, err error) {
	err = l.look(ctx, func(ctx context.Context, db querier) (err error) {
		a, ok, err = oneApproval(ctx, db, which, args...)
		return err
	})
	return a, ok, err
}

// oneApproval reads an approval, in a transaction or outside.
func oneApproval(ctx context.Context, from querier, which string, args ...any) (a guard.Approval, ok bool, err error) {
	a, err = scanApproval(from.QueryRowContext(ctx, `select `+approvalColumns+ran+` from approvals `+which, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return guard.Approval{}, false, nil
	}
	return a, err == nil, err
}

// approvalColumns and ran are what scanApproval reads.
const (
	ran             = `, exists (select 1 from attempts where attempts.id = approvals.id)`
	approvalColumns = `id, digest, sealer, plan, shown, word, tool, team, mode, principal, risk, asked, expires, state, decided_by, reason, decided`
)

func scanApproval(row interface{ Scan(...any) error }) (a guard.Approval, err error) {
	var level string
	var asked, expires, decided int64
	err = row.Scan(&a.ID, &a.Digest, &a.Sealer, &a.Plan, &a.Shown, &a.Word, &a.Tool, &a.Team, &a.Mode, &a.Principal, &level, &asked, &expires, &a.State, &a.By, &a.Reason, &decided, &a.Ran)
	a.Risk, a.Asked, a.Expires, a.Decided = risk.Parse(level), moment(asked), moment(expires), moment(decided)
	return a, err
}
