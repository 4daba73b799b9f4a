package policy

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
)

// spent is a ledger in which so many calls were counted, of such an amount.
func spent(count int, amount string) Spent {
	return func(string, string, string) (Tally, error) {
		return Tally{count, decimal.RequireFromString(amount)}, nil
	}
}

func TestCaps(t *testing.T) {
	p := parsed(t, `rules:
  - name: sales
    tools: [create_income_invoice]
    caps:
      - {days: 1, count: 20}
      - {days: 30, up_to: 100000.00, currency: MXN}
      - {days: 7, up_to: 500, currency: USD}
  - name: refunds
    tools: [refund_payment]
    caps: [{days: 1, count: 2}]
    otherwise: approve
`)
	type change = func(*Call)
	for name, c := range map[string]struct {
		change change
		spent  Spent
		want   string
	}{
		"within":                     {nil, spent(19, "84999.50"), `allow by rule "sales" (line 2)`},
		"one call more":              {nil, spent(20, "0"), `deny by rule "sales" (line 2): calls a day: at most 20, and 20 were made`},
		"one cent more":              {nil, spent(1, "84999.51"), `MXN in 30 days: at most 100000, and 84999.51 were spent; this is about 15000.5`},
		"money back counts, too":     {func(c *Call) { a := decimal.NewFromInt(-100001); c.Amount = &a }, spent(0, "0"), "this is about 100001"},
		"in another capped currency": {func(c *Call) { c.Currency = "USD" }, spent(1, "0"), "USD in 7 days: at most 500"},
		"in another currency":        {func(c *Call) { c.Currency = "EUR" }, spent(1, "0"), "amounts are capped in MXN, and this one's currency is another"},
		"an unknown amount":          {func(c *Call) { c.Amount = nil }, spent(1, "0"), "amounts are capped, and this one's is not known"},
		"nothing read yet":           {func(c *Call) { c.Amount, c.Early = nil, true }, spent(1, "100000"), `allow by rule "sales"`},
		"nothing read yet, no calls": {func(c *Call) { c.Amount, c.Early = nil, true }, spent(20, "0"), "calls a day: at most 20"},
		"nobody can tell":            {nil, func(string, string, string) (Tally, error) { return Tally{}, errors.New("disk full") }, "deny by rule \"sales\" (line 2): what was spent cannot be read"},
		"another tool":               {func(c *Call) { c.Tool = "cancel_invoice" }, nil, "allow by the policy's default"},
		"beyond, but":                {func(c *Call) { c.Tool, c.Toolset = "refund_payment", "payments" }, spent(2, "0"), `approve by rule "refunds" (line 8): calls a day: at most 2`},
	} {
		t.Run(name, func(t *testing.T) {
			call := sale(c.change)
			call.Spent = c.spent
			assert.Contains(t, p.Judge(call).String(), c.want)
		})
	}
	assert.Equal(t, []string{"sales"}, p.Counts(sale(nil)))
	assert.Empty(t, p.Counts(sale(func(c *Call) { c.Tool = "create_client" })))
}

// TestDaysOfCaps begin at midnight in Mexico City.
func TestDaysOfCaps(t *testing.T) {
	for days, want := range map[int]string{1: "2026-11-23", 2: "2026-11-22", 31: "2026-10-24"} {
		p := parsed(t, fmt.Sprintf("rules:\n  - name: x\n    caps: [{days: %d, count: 1}]\n", days))
		asked := ""
		p.Judge(sale(func(c *Call) {
			c.At = time.Date(2026, 11, 24, 5, 59, 0, 0, time.UTC) // a minute before midnight there
			c.Spent = func(rule, currency, since string) (Tally, error) {
				asked = since
				return Tally{}, nil
			}
		}))
		assert.Equal(t, want, asked, days)
	}
}

// TestOtherwise is what happens beyond any limit.
func TestOtherwise(t *testing.T) {
	for limit, want := range map[string]Verdict{
		"amount: {up_to: 15000.50, currency: MXN}": Allow,
		"amount: {up_to: 1, currency: MXN}":        Approve,
		"receivers: [XAXX010101000]":               Approve,
		"hours: {from: 01:00, to: 02:00}":          Approve,
		"test_only: true":                          Approve,
	} {
		p := parsed(t, "rules:\n  - name: x\n    otherwise: approve\n    "+limit+"\n")
		assert.Equal(t, want, p.Judge(sale(nil)).Verdict, limit)
		assert.True(t, p.MayAsk("create_client", "clients"))
	}
	assert.False(t, parsed(t, "rules:\n  - test_only: true\n").MayAsk("create_client", "clients"))
	assert.True(t, parsed(t, "default: approve").MayAsk("create_client", "clients"))
}
