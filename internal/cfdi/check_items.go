package cfdi

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

var (
	productShape = regexp.MustCompile(`^\d{8}$`)
	unitShape    = regexp.MustCompile(`^[A-Z0-9]{1,3}$`)
)

// uncatalogued is the product key of what has none, and of the lines of a global invoice.
const uncatalogued = "01010101"

// checkItems judges the lines.
func (d *Document) checkItems(f *findings) {
	if len(d.Items) == 0 {
		f.refuse("", "items", "Add a line.", "The document has no lines.")
	}
	for i := range d.Items {
		item := &d.Items[i]
		at := fmt.Sprintf("items[%d].", i)
		item.checkKeys(f, at)
		item.checkAmounts(f, at)
		item.checkTaxability(f, at)
		for j, tax := range item.Taxes {
			tax.check(f, fmt.Sprintf("%staxes[%d].", at, j))
		}
		item.checkThirdParty(f, at, d)
		if item.Product == uncatalogued && d.Global == nil {
			f.doubt("", at+"product_key", "Look for the key with find_sat_key.", "%s is for what no key describes, and for global invoices.", uncatalogued)
		}
	}
}

// checkKeys judges what the line is.
func (i *Item) checkKeys(f *findings, at string) {
	switch {
	case i.Product == "" && i.Inherits, productShape.MatchString(i.Product):
	case i.Product == "":
		f.refuse("CFDI40162", at+"product_key", "Look for it with find_sat_key.", "The line has no product key.")
	default:
		f.refuse("CFDI40162", at+"product_key", "Look for it with find_sat_key.", "%.20q is no product key: it has 8 digits.", i.Product)
	}
	switch {
	case i.Unit == "" && i.Inherits, unitShape.MatchString(i.Unit):
	case i.Unit == "":
		f.refuse("CFDI40165", at+"unit_key", "E48 is a service, H87 a piece; others with find_sat_key.", "The line has no unit key.")
	default:
		f.refuse("CFDI40165", at+"unit_key", "E48 is a service, H87 a piece; others with find_sat_key.", "%.20q is no unit key.", i.Unit)
	}
	if i.Description == "" && !i.Inherits {
		f.refuse("", at+"description", "Say what is sold.", "The line has no text.")
	}
	f.text(at+"description", i.Description, 1000)
	f.text(at+"sku", i.SKU, 100)
	f.text(at+"unit_name", i.UnitName, 20)
}

// checkAmounts judges quantity, price and discount.
func (i *Item) checkAmounts(f *findings, at string) {
	if !i.Quantity.IsPositive() || !precise(i.Quantity) {
		f.refuse("CFDI40167", at+"quantity", "Correct the quantity.", "A quantity is above 0 and has at most %d decimals.", lineDigits)
	}
	if !i.Priced {
		if !i.Inherits {
			f.refuse("CFDI40166", at+"unit_price", "Ask for the price.", "The line has no price.")
		}
		return
	}
	if !i.UnitPrice.IsPositive() {
		f.refuse("CFDI40166", at+"unit_price", "Leave the line out, or give it a price and a discount.", "The price must be above 0.")
	} else if !precise(i.UnitPrice) {
		f.refuse("CFDI40167", at+"unit_price", "Round the price.", "A price has at most %d decimals.", lineDigits)
	}
	amount, _ := i.Itemize()
	switch {
	case i.Discount.IsNegative() || !precise(i.Discount):
		f.refuse("CFDI40168", at+"discount", "Round the discount.", "A discount is at least 0 and has at most %d decimals.", lineDigits)
	case i.Discount.GreaterThan(amount):
		f.refuse("CFDI40169", at+"discount", "Correct the discount; it is an amount before taxes, not percent.", "The discount (%s) is above the line's amount (%s).", i.Discount, amount)
	case i.Discount.IsPositive() && i.Discount.Equal(amount) && len(i.Taxes) > 0:
		code := "CFDI40174"
		if i.Taxes[0].Withholding {
			code = "CFDI40181"
		}
		f.refuse(code, at+"taxes", "Leave the taxes out and pass taxability 01, or lower the discount.", "With the whole amount off there is no base for taxes.")
	}
}

// precise reports whether an amount of a line has no more decimals than it may.
func precise(d decimal.Decimal) bool { return d.Equal(d.Round(lineDigits)) }

// checkTaxability judges whether the line may have the taxes it has.
func (i *Item) checkTaxability(f *findings, at string) {
	object, ok := catalogs.Lookup(catalogs.Taxabilities, i.Taxability)
	if !ok {
		f.refuse("CFDI40170", at+"taxability", "Pass 02 for a taxed line; see gigstack://catalogs/taxabilities.", "%.10q is no object of tax.", i.Taxability)
		return
	}
	has := func(tax string) bool {
		return slices.ContainsFunc(i.Taxes, func(t Tax) bool { return t.Type == tax })
	}
	switch {
	case object.TaxRows == catalogs.RowsForbidden && len(i.Taxes) > 0:
		f.refuse("CFDI40172", at+"taxability", "Pass 02 for a taxed line, or leave its taxes out.", "Taxability %s allows no taxes.", object.Code)
		return
	case object.TaxRows == catalogs.RowsRequired && len(i.Taxes) == 0 && !i.Inherits:
		f.refuse("CFDI40171", at+"taxes", "Give the line its taxes (exempt and 0 % count), or pass taxability 01.", "Taxability %s needs taxes.", object.Code)
	case object.Code == "07" && !has("IEPS") && !i.Inherits:
		f.refuse("CFDI40171", at+"taxes", "Add the IEPS, or pass taxability 06.", "Taxability 07 needs IEPS.")
	}
	for j, tax := range i.Taxes {
		if _, ok := taxNamed(tax.Type); ok && !slices.Contains(object.TaxesAllowed, tax.Type) {
			f.refuse("CFDI40172", fmt.Sprintf("%staxes[%d]", at, j), "Leave the tax out, or pass taxability 02.", "Taxability %s allows no %s here.", object.Code, tax.Type)
		}
	}
}

// taxNamed is a tax by the name that gigstack writes.
func taxNamed(name string) (catalogs.Entry, bool) {
	taxes, _ := catalogs.Find(catalogs.Taxes)
	at := slices.IndexFunc(taxes.Entries, func(e catalogs.Entry) bool { return e.Key == name })
	if at < 0 {
		return catalogs.Entry{}, false
	}
	return taxes.Entries[at], true
}

// codes is the first code where a tax is transferred, the other where it is withheld.
func (t Tax) code(transferred, withheld string) string {
	if t.Withholding {
		return withheld
	}
	return transferred
}

// check judges a tax by the lists of taxes, factors and rates.
func (t Tax) check(f *findings, at string) {
	tax, ok := taxNamed(t.Type)
	_, factored := catalogs.Lookup(catalogs.Factors, t.factor())
	switch {
	case !ok:
		f.refuse(t.code("CFDI40175", "CFDI40182"), at+"type", "Pass IVA, ISR or IEPS.", "%.10q is no tax.", t.Type)
		return
	case !t.Withholding && !tax.Transferred:
		f.refuse("CFDI40175", at+"withholding", "Pass withholding true.", "%s can only be withheld.", t.Type)
		return
	case !factored:
		f.refuse(t.code("CFDI40176", "CFDI40183"), at+"factor", "Pass Tasa, Cuota or Exento.", "%.10q is no factor.", t.Factor)
		return
	}
	if t.Withholding && t.Inclusive {
		f.doubt("", at+"inclusive", "Leave inclusive out.", "A withheld tax is never inside a price: inclusive does nothing here.")
	}
	switch {
	case t.factor() == "Exento" && t.Withholding:
		f.refuse("CFDI40184", at+"factor", "Leave the tax out.", "What is withheld cannot be exempt.")
	case t.factor() == "Exento" && !t.Rate.IsZero():
		f.refuse("CFDI40177", at+"rate", "Pass rate 0 with Exento, or factor Tasa.", "What is exempt has no rate.")
	case t.factor() == "Exento":
	case t.Type != "IEPS" && t.Rate.GreaterThan(decimal.NewFromInt(1)):
		f.refuse(t.code("CFDI40179", "CFDI40185"), at+"rate", "Pass a fraction: "+t.Rate.Shift(-2).String()+".", "A rate of %s is %s %%.", t.Rate, t.Rate.Shift(2))
	default:
		t.checkRate(f, at)
	}
}

func (t Tax) factor() string {
	if t.Factor == "" {
		return "Tasa"
	}
	return t.Factor
}

// checkRate looks a rate up. What the law says and the list does not yet have is IEPS.
func (t Tax) checkRate(f *findings, at string) {
	switch has := t.listed(); {
	case !has && t.Type == "IEPS":
		f.doubt(t.code("CFDI40179", "CFDI40185"), at+"rate", "Compare it with gigstack://catalogs/rates and the law of the year.", "The SAT's list has no IEPS of %s by %s.", t.Rate, t.factor())
	case !has:
		f.refuse(t.code("CFDI40179", "CFDI40185"), at+"rate", "See gigstack://catalogs/rates.", "The SAT's list has no %s of %s by %s.", t.Type, t.Rate, t.factor())
	case t.Border():
		f.doubt("", at+"rate", "Pass 0.16 unless issuer, place and product are part of it.", "IVA of 8 %% is for issuers enrolled in the border incentive, and for some products only.")
	}
}

// listed reports whether the SAT's list has the rate, for a tax transferred or
// withheld as this one is.
func (t Tax) listed() bool {
	rates, _ := catalogs.Find(catalogs.Rates)
	return precise(t.Rate) && slices.ContainsFunc(rates.Entries, func(e catalogs.Entry) bool {
		r := e.Rate
		return r.Tax == t.Type && r.Factor == t.factor() && (t.Withholding && r.Withheld || !t.Withholding && r.Transferred) &&
			!t.Rate.LessThan(decimal.RequireFromString(r.Min)) && !t.Rate.GreaterThan(decimal.RequireFromString(r.Max))
	})
}

// Border reports whether it is the IVA of the border incentive.
func (t Tax) Border() bool {
	return t.Type == "IVA" && !t.Withholding && t.factor() == "Tasa" && t.Rate.Equal(decimal.RequireFromString("0.08"))
}

// checkThirdParty judges on whose account the line is charged.
func (i *Item) checkThirdParty(f *findings, at string, d *Document) {
	p := i.ThirdParty
	if p == nil {
		return
	}
	const fix = "Write it as on the third party's tax certificate (CSF)."
	at += "third_party."
	switch {
	case !p.RFC.WellFormed() || p.RFC.Generic():
		f.refuse("CFDI40187", at+"tax_id", fix, "%.20q cannot be the RFC of a third party.", p.RFC)
	case p.RFC == d.Issuer.RFC || d.Receiver != nil && p.RFC == d.Receiver.RFC:
		f.refuse("CFDI40188", at+"tax_id", "Leave third_party out.", "A third party is neither issuer nor receiver.")
	}
	if strings.TrimSpace(p.Name) == "" || nameFault(p.RFC, p.Name) != "" {
		f.refuse("CFDI40190", at+"legal_name", fix, "The name must be as the SAT has it: upper case, no company suffix.")
	}
	if !catalogs.RegimeFits(p.Regime, p.RFC.personType()) {
		f.refuse("CFDI40191", at+"tax_system", fix, "Regime %.10q is none of a person like %.20s.", p.Regime, p.RFC)
	}
	if !zipExists(p.Zip) {
		f.refuse("CFDI40193", at+"zip", fix, "%.10q is no postal code of Mexico.", p.Zip)
	}
}
