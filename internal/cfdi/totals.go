// Package cfdi knows the arithmetic and the shapes of CFDI 4.0, Mexico's
// electronic invoice: what lines add up to by the SAT's rounding, whether a tax id
// can be one, which rules a document breaks, and until when it can be cancelled. It
// works offline; only the SAT can say who is registered.
package cfdi

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"
)

// Line is one line of a document, in units of the document's currency.
type Line struct {
	Quantity  decimal.Decimal
	UnitPrice decimal.Decimal // includes the taxes marked Inclusive
	Discount  decimal.Decimal // amount off the line, before taxes
	Taxes     []Tax
}

// Tax is one tax of a line.
type Tax struct {
	Type        string          // IVA, ISR or IEPS
	Factor      string          // Tasa, Cuota or Exento; Tasa when empty
	Rate        decimal.Decimal // fraction for Tasa, amount a unit for Cuota
	Inclusive   bool            // UnitPrice contains it
	Withholding bool            // withheld by the buyer
}

// Row is a tax of the whole document, rounded to its currency, or of one line. The
// document's withholdings are summed by tax alone and carry no factor or rate.
type Row struct {
	Type, Factor string
	Rate         decimal.Decimal
	Withholding  bool
	Base, Amount decimal.Decimal // Amount is zero when exempt
}

// Totals is what a document adds up to, rounded to its currency:
// Total = Subtotal − Discount + Transferred − Withheld.
type Totals struct {
	Subtotal, Discount, Transferred, Withheld, Total decimal.Decimal
	Rows                                             []Row
}

// lineDigits is how many decimals a line carries before anything is rounded.
const lineDigits = 6

// Sum adds lines up to cents.
func Sum(lines []Line) Totals { return SumTo(2, lines) }

// SumTo adds lines up as the SAT checks them: unrounded amounts are summed first
// and each document row is rounded once, half up, to the decimals of the currency.
func SumTo(decimals int32, lines []Line) (t Totals) {
	var subtotal, discount decimal.Decimal
	rows := map[rowKey]*Row{}
	for _, line := range lines {
		amount, taxes := line.Itemize()
		subtotal, discount = subtotal.Add(amount), discount.Add(line.Discount)
		for _, tax := range taxes {
			row := rowOf(rows, tax)
			row.Base, row.Amount = row.Base.Add(tax.Base), row.Amount.Add(tax.Amount)
		}
	}
	t.Subtotal, t.Discount = subtotal.Round(decimals), discount.Round(decimals)
	for _, row := range rows {
		row.Base, row.Amount = row.Base.Round(decimals), row.Amount.Round(decimals)
		t.Rows = append(t.Rows, *row)
		if row.Withholding {
			t.Withheld = t.Withheld.Add(row.Amount)
		} else {
			t.Transferred = t.Transferred.Add(row.Amount)
		}
	}
	slices.SortFunc(t.Rows, func(a, b Row) int {
		return cmp.Or(boolCompare(a.Withholding, b.Withholding), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Factor, b.Factor), a.Rate.Cmp(b.Rate))
	})
	t.Total = t.Subtotal.Sub(t.Discount).Add(t.Transferred).Sub(t.Withheld)
	return t
}

// Itemize is what the line says in a document: its amount before discount and
// its taxes, to six decimals.
func (l Line) Itemize() (amount decimal.Decimal, taxes []Row) {
	amount = l.Quantity.Mul(l.Net()).Round(lineDigits)
	base, ieps := amount.Sub(l.Discount), decimal.Zero
	for _, tax := range iepsFirst(l.Taxes) {
		row := Row{Type: tax.Type, Factor: cmp.Or(tax.Factor, "Tasa"), Rate: tax.Rate, Withholding: tax.Withholding, Base: base}
		if tax.Type == "IVA" && !tax.Withholding {
			row.Base = base.Add(ieps)
		}
		row.Amount = tax.due(row.Base, l.Quantity)
		if tax.Type == "IEPS" && !tax.Withholding {
			ieps = ieps.Add(row.Amount)
		}
		taxes = append(taxes, row)
	}
	return amount, taxes
}

// Net is the unit price without its inclusive taxes, to six decimals. IVA lies on
// top of IEPS; what is withheld is never inside a price. Rates that no price can hold,
// below minus one, leave it as it is.
func (l Line) Net() decimal.Decimal {
	iva, ieps, perUnit := decimal.Zero, decimal.Zero, decimal.Zero
	for _, t := range l.Taxes {
		switch {
		case !t.Inclusive || t.Withholding || t.Factor == "Exento":
		case t.Factor == "Cuota":
			perUnit = perUnit.Add(t.Rate)
		case t.Type == "IEPS":
			ieps = ieps.Add(t.Rate)
		default:
			iva = iva.Add(t.Rate)
		}
	}
	one := decimal.NewFromInt(1)
	if !one.Add(iva).IsPositive() || !one.Add(ieps).IsPositive() {
		return l.UnitPrice
	}
	price := l.UnitPrice.DivRound(one.Add(iva), 3*lineDigits).Sub(perUnit)
	return price.DivRound(one.Add(ieps), lineDigits)
}

func (t Tax) due(base, quantity decimal.Decimal) decimal.Decimal {
	switch t.Factor {
	case "Exento":
		return decimal.Zero
	case "Cuota":
		return quantity.Mul(t.Rate).Round(lineDigits)
	default:
		return base.Mul(t.Rate).Round(lineDigits)
	}
}

// rowKey tells document rows apart: transfers by tax, factor and rate,
// withholdings by tax alone. The rate is text, because equal decimals need not
// be equal structs.
type rowKey struct {
	tax, factor, rate string
	withholding       bool
}

func rowOf(rows map[rowKey]*Row, t Row) *Row {
	key := rowKey{tax: t.Type, withholding: t.Withholding}
	row := Row{Type: t.Type, Withholding: t.Withholding}
	if !t.Withholding {
		row.Factor, row.Rate = t.Factor, t.Rate
		key.factor, key.rate = row.Factor, t.Rate.String()
	}
	if rows[key] == nil {
		rows[key] = &row
	}
	return rows[key]
}

func iepsFirst(taxes []Tax) []Tax {
	sorted := slices.Clone(taxes)
	slices.SortStableFunc(sorted, func(a, b Tax) int { return boolCompare(a.Type != "IEPS", b.Type != "IEPS") })
	return sorted
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}
