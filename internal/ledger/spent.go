package ledger

import (
	"context"
	"database/sql"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/policy"
)

// book implements guard.Book, in a transaction or outside.
type book struct{ querier }

// Spent implements guard.Book.
func (b book) Spent(ctx context.Context, rule, mode, currency, since string) (t policy.Tally, err error) {
	var amount int64
	err = b.QueryRowContext(ctx, `select coalesce(sum(calls), 0), coalesce(sum(case when currency = $3 then amount else 0 end), 0)
		from spent_days where rule = $1 and mode = $2 and day >= $4`, rule, mode, currency, since).Scan(&t.Count, &amount)
	t.Amount = decimal.New(amount, -millionths)
	return t, err
}

// Spent implements guard.Book.
func (l *Ledger) Spent(ctx context.Context, rule, mode, currency, since string) (t policy.Tally, err error) {
	err = l.look(ctx, func(ctx context.Context, db querier) (err error) {
		t, err = book{db}.Spent(ctx, rule, mode, currency, since)
		return err
	})
	return t, err
}

// Amounts are kept as whole millionths, since neither database adds decimals as we
// want them. No cap is as high as the most that is kept.
const millionths = 6

var mostKept = decimal.New(1, 12)

func kept(amount *decimal.Decimal) int64 {
	if amount == nil {
		return 0
	}
	return decimal.Min(amount.Abs(), mostKept).Shift(millionths).Ceil().IntPart()
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
	for _, rule := range a.Counts {
		s := expense{rule, a.Mode, a.Day, a.Currency, kept(a.Amount)}
		if _, err := tx.ExecContext(ctx, `insert into spent (attempt, rule, mode, day, currency, amount, returned) values ($1, $2, $3, $4, $5, $6, 0)`,
			a.ID, s.rule, s.mode, s.day, s.currency, s.amount); err != nil {
			return err
		}
		if err := s.book(ctx, tx, 1); err != nil {
			return err
		}
	}
	return nil
}

// expense is what one attempt counts under one rule.
type expense struct {
	rule, mode, day, currency string
	amount                    int64 // in millionths
}

// book adds the expense to the sums so many times: 1, or -1 to take it back.
func (s expense) book(ctx context.Context, tx *sql.Tx, times int64) error {
	_, err := tx.ExecContext(ctx, `insert into spent_days (rule, mode, day, currency, calls, amount) values ($1, $2, $3, $4, $5, $6)
		on conflict (rule, mode, day, currency) do update set calls = spent_days.calls + excluded.calls, amount = spent_days.amount + excluded.amount`,
		s.rule, s.mode, s.day, s.currency, times, times*s.amount)
	return err
}

// rebook takes back what an attempt spent that came to nothing, and counts it again
// when it turns out that it did not.
func rebook(ctx context.Context, tx *sql.Tx, attempt string, toNothing bool) error {
	was, is, times := 1, 0, int64(1)
	if toNothing {
		was, is, times = 0, 1, -1
	}
	var all []expense
	err := each(ctx, tx, func(rows *sql.Rows) error {
		var s expense
		err := rows.Scan(&s.rule, &s.mode, &s.day, &s.currency, &s.amount)
		all = append(all, s)
		return err
	}, `select rule, mode, day, currency, amount from spent where attempt = $1 and returned = $2 order by rule`, attempt, was)
	if err != nil || len(all) == 0 {
		return err
	}
	for _, s := range all {
		if err := s.book(ctx, tx, times); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `update spent set returned = $2 where attempt = $1`, attempt, is)
	return err
}
