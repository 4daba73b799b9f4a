package cfdi

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// The worked examples of the SAT's arithmetic.
func TestSum(t *testing.T) {
	iva := Tax{Type: "IVA", Rate: dec("0.16")}
	included := Tax{Type: "IVA", Rate: dec("0.16"), Inclusive: true}
	line := func(quantity, price string, taxes ...Tax) Line {
		return Line{Quantity: dec(quantity), UnitPrice: dec(price), Taxes: taxes}
	}
	third := line("1", "33.33", iva)
	for name, c := range map[string]struct {
		lines                                  []Line
		subtotal, transferred, withheld, total string
	}{
		"professional fee": {[]Line{line("1", "2000", iva, Tax{Type: "ISR", Rate: dec("0.10"), Withholding: true}, Tax{Type: "IVA", Rate: dec("0.106667"), Withholding: true})},
			"2000", "320", "413.33", "1906.67"},
		"tax included":            {[]Line{line("1", "999", included)}, "861.21", "137.79", "0", "999"},
		"three with tax included": {[]Line{line("3", "100", included)}, "258.62", "41.38", "0", "300"},
		"rows round once":         {[]Line{third, third, third}, "99.99", "16", "0", "115.99"},
		"IVA on IEPS":             {[]Line{line("1", "100", iva, Tax{Type: "IEPS", Rate: dec("0.08")})}, "100", "25.28", "0", "125.28"},
		"IVA on IEPS, included": {[]Line{line("1", "125.28", included, Tax{Type: "IEPS", Rate: dec("0.08"), Inclusive: true})},
			"100", "25.28", "0", "125.28"},
		"exempt": {[]Line{line("2", "50", Tax{Type: "IVA", Factor: "Exento"})}, "100", "0", "0", "100"},
		"quota":  {[]Line{line("3", "10", Tax{Type: "IEPS", Factor: "Cuota", Rate: dec("1.5")})}, "30", "4.5", "0", "34.5"},
		"discount": {[]Line{{Quantity: dec("2"), UnitPrice: dec("100"), Discount: dec("50"), Taxes: []Tax{iva}}},
			"200", "24", "0", "174"},
		"nothing": {nil, "0", "0", "0", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Sum(c.lines)
			assert.Equal(t, c.subtotal, got.Subtotal.String(), "subtotal")
			assert.Equal(t, c.transferred, got.Transferred.String(), "transferred")
			assert.Equal(t, c.withheld, got.Withheld.String(), "withheld")
			assert.Equal(t, c.total, got.Total.String(), "total")
		})
	}
}

// The rows of the SAT's worked examples: base and amount of each tax, rounded once.
func TestRows(t *testing.T) {
	iva := Tax{Type: "IVA", Rate: dec("0.16")}
	included := Tax{Type: "IVA", Rate: dec("0.16"), Inclusive: true}
	line := func(quantity, price string, taxes ...Tax) Line {
		return Line{Quantity: dec(quantity), UnitPrice: dec(price), Taxes: taxes}
	}
	third := line("1", "33.33", iva)
	for name, c := range map[string]struct {
		lines []Line
		rows  []string
	}{
		"professional fee": {[]Line{line("1", "2000", iva, Tax{Type: "ISR", Rate: dec("0.10"), Withholding: true}, Tax{Type: "IVA", Rate: dec("0.106667"), Withholding: true})},
			[]string{"IVA Tasa 0.16: 320 of 2000", "ISR withheld: 200 of 2000", "IVA withheld: 213.33 of 2000"}},
		"tax included":            {[]Line{line("1", "999", included)}, []string{"IVA Tasa 0.16: 137.79 of 861.21"}},
		"three with tax included": {[]Line{line("3", "100", included)}, []string{"IVA Tasa 0.16: 41.38 of 258.62"}},
		"rows round once":         {[]Line{third, third, third}, []string{"IVA Tasa 0.16: 16 of 99.99"}},
		"IVA on IEPS": {[]Line{line("1", "100", iva, Tax{Type: "IEPS", Rate: dec("0.08")})},
			[]string{"IEPS Tasa 0.08: 8 of 100", "IVA Tasa 0.16: 17.28 of 108"}},
		"exempt beside a rate": {[]Line{line("2", "50", Tax{Type: "IVA", Factor: "Exento"}), third},
			[]string{"IVA Exento 0: 0 of 100", "IVA Tasa 0.16: 5.33 of 33.33"}},
	} {
		t.Run(name, func(t *testing.T) {
			var rows []string
			for _, row := range Sum(c.lines).Rows {
				what := row.Type + " withheld"
				if !row.Withholding {
					what = row.Type + " " + row.Factor + " " + row.Rate.String()
				}
				rows = append(rows, what+": "+row.Amount.String()+" of "+row.Base.String())
			}
			assert.Equal(t, c.rows, rows)
		})
	}
}

// The lines of the SAT's worked examples, to six decimals.
func TestItemize(t *testing.T) {
	iva := Tax{Type: "IVA", Rate: dec("0.16")}
	included := Tax{Type: "IVA", Rate: dec("0.16"), Inclusive: true}
	for name, c := range map[string]struct {
		quantity, price  string
		taxes            []Tax
		net, amount, tax string
	}{
		"professional fee":        {"1", "2000", []Tax{iva}, "2000", "2000", "320"},
		"tax included":            {"1", "999", []Tax{included}, "861.206897", "861.206897", "137.793104"},
		"three with tax included": {"3", "100", []Tax{included}, "86.206897", "258.620691", "41.379311"},
		"rows round once":         {"1", "33.33", []Tax{iva}, "33.33", "33.33", "5.3328"},
		"IVA on IEPS":             {"1", "100", []Tax{iva, {Type: "IEPS", Rate: dec("0.08")}}, "100", "100", "8"},
	} {
		t.Run(name, func(t *testing.T) {
			line := Line{Quantity: dec(c.quantity), UnitPrice: dec(c.price), Taxes: c.taxes}
			amount, rows := line.Itemize()
			assert.Equal(t, c.net, line.Net().String())
			assert.Equal(t, c.amount, amount.String())
			assert.Equal(t, c.tax, rows[0].Amount.String())
			assert.True(t, accepts(line.Quantity, line.Net(), amount), "CFDI40167")
			for _, row := range rows {
				assert.True(t, accepts(row.Base, row.Rate, row.Amount), "CFDI40180")
			}
		})
	}
}

// accepts reports whether a product of two numbers lies in the range in which the SAT
// takes it (CFDI40167, CFDI40180, CFDI40186): the more decimals, the narrower.
func accepts(a, b, product decimal.Decimal) bool {
	half := func(d decimal.Decimal) decimal.Decimal { return decimal.New(5, d.Exponent()-1) }
	tiny := decimal.New(1, -12)
	low := a.Sub(half(a)).Mul(b.Sub(half(b))).Truncate(6)
	high := a.Add(half(a)).Sub(tiny).Mul(b.Add(half(b)).Sub(tiny)).RoundUp(6)
	return !product.LessThan(low) && !product.GreaterThan(high)
}

// The decimals are those of the currency.
func TestSumTo(t *testing.T) {
	line := Line{Quantity: dec("1"), UnitPrice: dec("100.4"), Taxes: []Tax{{Type: "IVA", Rate: dec("0.16")}}}
	assert.Equal(t, "116", SumTo(0, []Line{line}).Total.String())
	assert.Equal(t, "116.464", SumTo(3, []Line{line}).Total.String())
}

// Rates that no price can hold are for others to refuse.
func TestNetOfNonsense(t *testing.T) {
	for _, kind := range []string{"IVA", "IEPS"} {
		for _, rate := range []string{"-1", "-3"} {
			line := Line{UnitPrice: decimal.NewFromInt(100), Quantity: decimal.NewFromInt(1), Taxes: []Tax{{Type: kind, Rate: decimal.RequireFromString(rate), Inclusive: true}}}
			assert.Equal(t, "100", line.Net().String(), "%s %s", kind, rate)
		}
	}
}
