package cfdi

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// The types of documents that are checked.
const (
	Income = "I"
	Egress = "E"
)

// Document is what an income or egress invoice would say, as far as it is known
// before it is sent. Texts that are empty are not given.
type Document struct {
	Kind     string // Income or Egress
	Issuer   Party  // what is unknown of it is not checked
	Receiver *Party // nil when only gigstack knows
	Use      string
	Form     string
	Method   string
	Currency string
	Rate     *decimal.Decimal // pesos per unit of the currency
	Export   string
	Date     time.Time // zero for the moment it is sent
	Items    []Item
	Related  []Relation
	Global   *Period

	Complements bool // it has complements of its own
	Series      string
	Conditions  string
}

// Party is a taxpayer as a document names it.
type Party struct {
	RFC                        RFC
	Name, Regime, Zip, Country string
}

// Item is a line and what it says beside amounts.
type Item struct {
	Line
	Inherits    bool // what it does not say comes from gigstack's catalogue, which is not known here
	Priced      bool // it states its price
	Description string
	Product     string
	Unit        string
	UnitName    string
	SKU         string
	Taxability  string
	ThirdParty  *Party
}

// Relation is a group of documents that a document relates to.
type Relation struct {
	Code  string
	UUIDs []string
}

// Period is what a global invoice covers.
type Period struct {
	Periodicity, Months string
	Year                int
}

// Severity says what comes of a finding.
type Severity string

// The severities.
const (
	Refused Severity = "error"   // the SAT, or its certifier, refuses the document
	Doubted Severity = "warning" // it may be stamped, and may be wrong
)

// Finding is a rule that a document breaks, or a habit it departs from.
type Finding struct {
	Code     string   // the SAT's, or the certifier's; "" where neither has one
	Severity Severity // Refused or Doubted
	Path     string   // of the argument: items[0].taxes[1].rate
	Message  string
	Fix      string
}

// findings collects what is found.
type findings []Finding

// refuse is not inlined: its 120 calls would make the program 50 kB larger.
//
//go:noinline
func (f *findings) refuse(code, path, fix, format string, args ...any) {
	*f = append(*f, Finding{code, Refused, path, fmt.Sprintf(format, args...), fix})
}

// doubt is not inlined either.
//
//go:noinline
func (f *findings) doubt(code, path, fix, format string, args ...any) {
	*f = append(*f, Finding{code, Doubted, path, fmt.Sprintf(format, args...), fix})
}

// text refuses what no text of a CFDI may be: longer than its field, or with a pipe,
// which separates fields in what is sealed.
func (f *findings) text(path, text string, most int) {
	if strings.Contains(text, "|") {
		f.refuse("", path, "Leave the pipe out.", "It contains a pipe (|), which no text of a CFDI may.")
	}
	if n := utf8.RuneCountInString(text); n > most {
		f.refuse("", path, "Shorten it.", "It has %d characters; at most %d are allowed.", n, most)
	}
}

// Check is everything that a document can be seen to break without asking anybody, in
// the order of its arguments. Whether a taxpayer is registered, and under which name,
// regime and postal code, only the SAT can say.
func Check(d *Document, now time.Time) []Finding {
	var f findings
	d.checkIssuer(&f)
	if d.Receiver != nil {
		d.Receiver.checkReceiver(&f, d.Issuer)
	}
	d.checkUse(&f)
	d.checkItems(&f)
	d.checkPayment(&f)
	d.checkCurrency(&f)
	d.checkExport(&f)
	d.checkRelations(&f)
	d.checkGlobal(&f, now)
	d.checkDate(&f, now)
	d.checkTotals(&f)
	f.text("series", d.Series, 25)
	f.text("payment_conditions", d.Conditions, 1000)
	return f
}

// checkPayment judges method and form.
func (d *Document) checkPayment(f *findings) {
	if _, ok := catalogs.Lookup(catalogs.PaymentForms, d.Form); !ok {
		f.refuse("CFDI40104", "payment_form", "See gigstack://catalogs/payment-forms.", "%.10q is no payment form.", d.Form)
	}
	method, ok := catalogs.Lookup(catalogs.PaymentMethods, d.Method)
	switch {
	case !ok:
		f.refuse("CFDI40124", "payment_method", "Pass PUE or PPD.", "%.10q is no payment method.", d.Method)
	case method.Code == "PPD" && d.Form != "99":
		f.refuse("CFDI40105", "payment_form", "Pass 99; the payment complements tell the real form.", "With PPD the form must be 99, not %.10s.", d.Form)
	case method.Code == "PUE" && d.Form == "99":
		f.doubt("", "payment_form", "State the real form, or pass PPD if it is paid later.", "Form 99 goes with PPD: a document paid in full states how.")
	}
}

// checkCurrency judges currency and exchange rate.
func (d *Document) checkCurrency(f *findings) {
	_, ok := catalogs.Lookup(catalogs.Currencies, d.Currency)
	switch {
	case !ok:
		f.refuse("CFDI40113", "currency", "See gigstack://catalogs/currencies.", "%.10q is no currency of the SAT's.", d.Currency)
		return
	case d.Currency == "XXX":
		f.refuse("CFDI40113", "currency", "Pass the currency of the amounts.", "XXX is for documents without amounts.")
	}
	switch {
	case d.Currency == "XXX" && d.Rate != nil:
		f.refuse("CFDI40116", "exchange_rate", "Leave it out.", "XXX has no exchange rate.")
	case d.Currency == "XXX":
	case d.Currency == "MXN" && d.Rate != nil && !d.Rate.Equal(decimal.NewFromInt(1)):
		f.refuse("CFDI40114", "exchange_rate", "Leave it out.", "The exchange rate of MXN is 1, not %s.", d.Rate)
	case d.Currency != "MXN" && d.Rate == nil:
		f.refuse("CFDI40115", "exchange_rate", "Pass the rate of the day, pesos per "+d.Currency+".", "%s needs an exchange rate.", d.Currency)
	case d.Rate != nil && (!d.Rate.IsPositive() || !d.Rate.Equal(d.Rate.Round(6))):
		f.refuse("CFDI40117", "exchange_rate", "Round it to 6 decimals.", "An exchange rate is above 0 and has at most 6 decimals.")
	}
}

// checkExport judges the code of exports.
func (d *Document) checkExport(f *findings) {
	e, ok := catalogs.Lookup(catalogs.Exports, d.Export)
	switch {
	case !ok:
		f.refuse("CFDI40123", "exports", "Leave it out for what is no export.", "%.10q is no code of exports.", d.Export)
	case e.NeedsComplement && !d.Complements:
		f.refuse("CFDI40122", "complements", "Add the complement Comercio Exterior, or pass another code of exports.", "Export %s needs the complement Comercio Exterior.", e.Code)
	case e.NeedsComplement && d.Receiver != nil && d.Receiver.RFC == ForeignRFC && d.Receiver.Country == "":
		f.refuse("CFDI40153", "client.address.country", "Pass the country of tax residence.", "With Comercio Exterior a foreign resident has a country.")
	}
}

// oldest is how long before it is stamped a document may be dated.
const oldest = 72 * time.Hour

// checkDate judges the moment of issue.
func (d *Document) checkDate(f *findings, now time.Time) {
	switch {
	case d.Date.IsZero():
	case d.Date.After(now):
		f.refuse("401", "date", "Leave it out for now.", "The date lies in the future.")
	case d.Date.Before(now.Add(-oldest)):
		f.refuse("401", "date", "Leave it out for now.", "The date is more than 72 hours back.")
	}
}

// Sum is what the document adds up to, to the decimals of its currency.
func (d *Document) Sum() Totals {
	decimals := int32(2)
	if e, ok := catalogs.Lookup(catalogs.Currencies, d.Currency); ok && e.Decimals != nil && d.Currency != "XXX" {
		decimals = int32(*e.Decimals)
	}
	lines := make([]Line, len(d.Items))
	for i, item := range d.Items {
		lines[i] = item.Line
	}
	return SumTo(decimals, lines)
}

// checkTotals judges what the document adds up to, where all of it is known.
func (d *Document) checkTotals(f *findings) {
	if slices.ContainsFunc(d.Items, func(i Item) bool { return !i.Priced }) {
		return
	}
	sum := d.Sum()
	kind, _ := catalogs.Lookup(catalogs.DocumentTypes, d.Kind)
	switch limit, err := decimal.NewFromString(kind.MaxTotal); {
	case sum.Discount.GreaterThan(sum.Subtotal):
		f.refuse("CFDI40110", "items", "Lower the discounts; they are amounts, not percent.", "The discounts (%s) are more than the subtotal (%s).", sum.Discount, sum.Subtotal)
	case sum.Total.IsNegative():
		f.refuse("CFDI40119", "items", "Look at discounts and withheld taxes.", "The total (%s) is below 0.", sum.Total)
	case err == nil && sum.Total.GreaterThan(limit):
		f.refuse("CFDI40120", "items", "Look at quantities and prices.", "The total is above %s, the most there is without a confirmation key.", limit)
	}
	if meant, ok := d.includedTotal(); ok && !meant.Equal(sum.Total) {
		f.doubt("", "items", "Tell whoever expects "+meant.String()+", or price before taxes.", "The prices with taxes included make %s, and the document %s: the SAT's rounding takes each price before taxes to 6 decimals.", meant, sum.Total)
	}
}

// includedTotal is what buyers expect to pay where every price includes every tax.
func (d *Document) includedTotal() (total decimal.Decimal, ok bool) {
	for _, item := range d.Items {
		if !slices.ContainsFunc(item.Taxes, func(t Tax) bool { return t.Inclusive }) || slices.ContainsFunc(item.Taxes, func(t Tax) bool { return !t.Inclusive || t.Withholding }) || !item.Discount.IsZero() {
			return total, false
		}
		total = total.Add(item.Quantity.Mul(item.UnitPrice))
	}
	return total.Round(2), len(d.Items) > 0
}
