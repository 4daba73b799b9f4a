package tools

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// Keys of the SAT's for a line of a credit note.
const (
	creditProduct = "84111506"
	creditUnit    = "ACT"
)

// share is what the lines of an invoice with the same taxes come to.
type share struct {
	taxes []gigstack.Tax
	base  decimal.Decimal
	args  map[string]any // of the line that credits it
}

// inProportion is lines of a credit note that come to exactly an amount, one for each
// way in which lines of the invoice are taxed, in the proportion of the invoice.
func inProportion(v gigstack.Invoice, amount decimal.Decimal) (lines []map[string]any, err error) {
	const next = "Make the credit note with create_egress_invoice, line by line."
	shares, err := sharesOf(v.Items)
	if err != nil {
		return nil, err
	}
	whole := cfdi.Sum(taxed(shares)).Total
	if !whole.IsPositive() {
		return nil, pointless(next, "the lines of invoice %s come to nothing", v.UUID)
	}
	largest := 0
	for i := range shares {
		if shares[i].base.GreaterThan(shares[largest].base) {
			largest = i
		}
		shares[i].base = shares[i].base.Mul(amount).DivRound(whole, 2)
	}
	if !settle(shares, &shares[largest].base, amount) {
		return nil, pointless(next, "no lines with the taxes of invoice %s come to exactly %s", v.UUID, amount.StringFixed(2))
	}
	for _, s := range shares {
		if s.base.IsPositive() {
			s.args["unit_price"] = gigstack.Decimal{Decimal: s.base}
			lines = append(lines, s.args)
		}
	}
	return lines, nil
}

// sharesOf is the lines of an invoice, by the way in which they are taxed.
func sharesOf(items []gigstack.Item) (shares []share, err error) {
	var keys []string
	for i, item := range items {
		taxes := slices.Clone(item.Taxes)
		if slices.ContainsFunc(taxes, func(t gigstack.Tax) bool { return t.Factor == "Cuota" }) {
			return nil, pointless("Make the credit note with create_egress_invoice, line by line.", "items[%d] has a tax by the unit, which has no proportion", i)
		}
		for j := range taxes {
			taxes[j].Inclusive = false // what is credited is net of it
		}
		key := string(marshal([]any{taxInputs(taxes), item.Taxability}))
		at := slices.Index(keys, key)
		if at < 0 {
			keys, at = append(keys, key), len(keys)
			shares = append(shares, share{taxes: taxes, args: filled(map[string]any{
				"description": "Devolución", "product_key": creditProduct, "unit_key": creditUnit, "taxes": taxInputs(taxes), "taxability": item.Taxability,
			})})
		}
		shares[at].base = shares[at].base.Add(net(item))
	}
	return shares, nil
}

// net is what a line comes to before taxes.
func net(item gigstack.Item) decimal.Decimal {
	line := cfdi.Line{Quantity: item.Quantity.Decimal, UnitPrice: item.UnitPrice.Decimal, Discount: value(item.Discount).Decimal, Taxes: computed(item.Taxes)}
	amount, _ := line.Itemize()
	return amount.Sub(line.Discount)
}

// computed is taxes as they are computed.
func computed(taxes []gigstack.Tax) (list []cfdi.Tax) {
	for _, t := range taxes {
		list = append(list, cfdi.Tax{Type: t.Type, Factor: t.Factor, Rate: t.Rate.Decimal, Inclusive: t.Inclusive, Withholding: t.Withholding})
	}
	return list
}

func taxed(shares []share) (lines []cfdi.Line) {
	for _, s := range shares {
		lines = append(lines, cfdi.Line{Quantity: decimal.NewFromInt(1), UnitPrice: s.base, Taxes: computed(s.taxes)})
	}
	return lines
}

// settle moves the largest base until the document comes to exactly the amount by the
// SAT's rounding: by cents, then by parts of one.
func settle(shares []share, base *decimal.Decimal, amount decimal.Decimal) bool {
	start := *base
	for _, places := range []int32{2, 3, 4} {
		for i := int64(0); i <= 50; i++ {
			for _, by := range []int64{i, -i} {
				*base = start.Add(decimal.New(by, -places))
				if base.IsPositive() && cfdi.Sum(taxed(shares)).Total.Equal(amount) {
					return true
				}
			}
		}
	}
	return false
}
