package tools

import (
	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// totals is what the lines of a document add up to.
type totals struct {
	Subtotal    gigstack.Decimal `json:"subtotal"`
	Discount    gigstack.Decimal `json:"discount"`
	Taxes       gigstack.Decimal `json:"taxes" doc:"Transferred to the buyer."`
	Withholding gigstack.Decimal `json:"withholding_taxes" doc:"Withheld by the buyer."`
	Total       gigstack.Decimal `json:"total"`
	Currency    string           `json:"currency"`
	ByTax       []taxRow         `json:"by_tax,omitempty"`
}

// taxRow is a tax of the whole document. What is withheld is one row for each tax,
// whatever its rates.
type taxRow struct {
	Tax      string            `json:"tax"`
	Factor   string            `json:"factor,omitempty"`
	Rate     *gigstack.Decimal `json:"rate,omitempty"`
	Withheld bool              `json:"withheld"`
	Base     gigstack.Decimal  `json:"base"`
	Amount   gigstack.Decimal  `json:"amount"`
}

// totalsOf is what a document adds up to.
func totalsOf(sum cfdi.Totals, currency string) *totals {
	dec := func(d decimal.Decimal) gigstack.Decimal { return gigstack.Decimal{Decimal: d} }
	t := &totals{
		Subtotal: dec(sum.Subtotal), Discount: dec(sum.Discount), Taxes: dec(sum.Transferred), Withholding: dec(sum.Withheld),
		Total: dec(sum.Total), Currency: currency,
	}
	for _, row := range sum.Rows {
		by := taxRow{Tax: row.Type, Factor: row.Factor, Withheld: row.Withholding, Base: dec(row.Base), Amount: dec(row.Amount)}
		if !row.Withholding && row.Factor != "Exento" {
			by.Rate = new(dec(row.Rate))
		}
		t.ByTax = append(t.ByTax, by)
	}
	return t
}

// words is the row as a person reads it.
func (r taxRow) words() string {
	words := r.Tax
	switch {
	case r.Withheld:
		words += " withheld"
	case r.Factor == "Exento":
		words += " exempt"
	case r.Factor == "Cuota":
		words += " " + r.Rate.String() + " a unit"
	default:
		words += " " + r.Rate.Shift(2).String() + " %"
	}
	return words + ": " + r.Amount.StringFixed(2) + " of " + r.Base.StringFixed(2)
}
