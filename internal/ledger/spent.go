package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/policy"
)

// book implements guard.Book, in a transaction or outside.
type book struct{ querier }

// Spent implements guard.Book.
func (b book) Spent(ctx context.Context, rule, mode, currency string, since time.Time) (t policy.Tally, err error) {
	err = each(ctx, b, func(rows *sql.Rows) error {
		var amount, of string
		if err := rows.Scan(&amount, &of); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		t.Count++
		if amount == "" || of != currency {
			return nil
		}
		spent, err := decimal.NewFromString(amount)
		t.Amount = t.Amount.Add(spent)
		return err
	}, `select amount, currency from spent where rule = $1 and mode = $2 and at >= $3`, rule, mode, nanoseconds(since))
	return t, err
}

// Spent implements guard.Book.
func (l *Ledger) Spent(ctx context.Context, rule, mode, currency string, since time.Time) (policy.Tally, error) {
	db, err := l.connected(ctx)
	if err != nil {
		return policy.Tally{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return book{db}.Spent(ctx, rule, mode, currency, since)
}

// admit asks whether an attempt may be opened, while nobody else opens one that counts
// under the same rules, and counts it.
func (l *Ledger) admit(ctx context.Context, tx *sql.Tx, a guard.Attempt, ask func(context.Context, guard.Book) error) error {
	for _, rule := range slices.Sorted(slices.Values(a.Counts)) { // in one order, so that nobody waits in a circle
		if err := l.engine.hold(ctx, tx, "rule "+a.Mode+" "+rule); err != nil {
			return err
		}
	}
	if ask != nil {
		if err := ask(ctx, book{tx}); err != nil {
			return err
		}
	}
	amount := ""
	if a.Amount != nil {
		amount = a.Amount.Abs().String()
	}
	for _, rule := range a.Counts {
		if _, err := tx.ExecContext(ctx, `insert into spent (attempt, rule, mode, at, amount, currency) values ($1, $2, $3, $4, $5, $6)`,
			a.ID, rule, a.Mode, nanoseconds(a.At), amount, a.Currency); err != nil {
			return err
		}
	}
	return nil
}
