package sandbox

import (
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// What the SAT and its certifiers check of a whole document before they stamp
// it.

// globalName is the receiver's name on a global invoice.
const globalName = "PUBLICO EN GENERAL"

// paymentForms is SAT's c_FormaPago.
var paymentForms = []gigstack.PaymentForm{"01", "02", "03", "04", "05", "06", "08", "12", "13", "14", "15", "17", "23", "24", "25",
	"26", "27", "28", "29", "30", "31", "99"}

// Regimes by the uses they allow (c_UsoCFDI); S01 goes with all.
var (
	businessRegimes  = []string{"601", "603", "606", "612", "620", "621", "622", "623", "624", "625", "626"}
	deductionRegimes = []string{"605", "606", "607", "608", "611", "612", "614", "615", "625"}

	businessUse  = regexp.MustCompile(`^(G0[1-3]|I0[1-8])$`)
	deductionUse = regexp.MustCompile(`^(D0[1-9]|D10)$`)
)

// checkOrder reports the first reason not to stamp a completed order.
func (w *world) checkOrder(kind string, issuer *team, o order) error {
	for _, check := range []func() error{
		func() error { return checkReceiver(o) },
		func() error { return checkUse(o) },
		func() error { return checkPayment(kind, o) },
		func() error { return checkAmounts(o) },
		func() error { return checkDate(o) },
		func() error { return checkGlobal(kind, issuer, o) },
		func() error { return w.checkRelations(kind, o) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkReceiver reports whether the SAT would take the client as a receiver.
func checkReceiver(o order) error {
	if o.client == nil {
		return invalid("client", "client is required")
	}
	finding := fiscalFinding(o.client)
	if finding == "" {
		return nil
	}
	if code, text, ok := strings.Cut(finding, ": "); ok {
		return fiscalRefusal(code, "%s", text)
	}
	return invalid("client.tax_id", "%s", finding)
}

// checkUse reports whether the receiver's kind of person and regime allow the
// use.
func checkUse(o order) error {
	use, regime, person := string(o.use), o.client.TaxSystem, cfdi.RFC(o.client.TaxID).Person()
	fits := false
	switch {
	case use == "S01":
		fits = true
	case use == "G02" && regime == "616":
		fits = true
	case businessUse.MatchString(use):
		fits = slices.Contains(businessRegimes, regime)
	case deductionUse.MatchString(use):
		fits = person == cfdi.Individual && slices.Contains(deductionRegimes, regime)
	case use == "CP01", use == "CN01":
		return fiscalRefusal("CFDI40161", "Use %s belongs to complements and payroll", use)
	default:
		return fiscalRefusal("CFDI40160", "%q is no CFDI use", use)
	}
	if !fits {
		return fiscalRefusal("CFDI40161", "Use %s does not fit regime %s of %s", use, regime, o.client.TaxID)
	}
	return nil
}

// checkPayment reports whether form and method agree. Form 99 with PUE breaks no
// rule of the SAT's; the call that asks for it gets a warning.
func checkPayment(kind string, o order) error {
	switch {
	case !slices.Contains(paymentForms, o.form):
		return invalid("payment_form", "%q is no payment form", o.form)
	case o.method != "PUE" && o.method != "PPD":
		return invalid("payment_method", "payment_method must be PUE or PPD")
	case o.method == "PPD" && kind == typeEgress:
		return invalid("payment_method", "an egress invoice is PUE")
	case o.method == "PPD" && o.form != "99":
		return fiscalRefusal("CFDI40105", "With PPD the payment form must be 99, not %s", o.form)
	}
	return nil
}

// checkAmounts reports whether lines, currency and totals are ones the SAT takes.
func checkAmounts(o order) error {
	if len(o.items) == 0 {
		return invalid("items", "at least one line is required")
	}
	for _, item := range o.items {
		if err := checkLine(item, lineOf(item)); err != nil {
			return err
		}
	}
	switch {
	case o.currency == "XXX" || !currencyShape.MatchString(string(o.currency)):
		return invalid("currency", "%q is no currency of an invoice", o.currency)
	case o.currency == "MXN" && !o.rate.Equal(gigstack.Dec("1").Decimal):
		return fiscalRefusal("CFDI40114", "The exchange rate of MXN is 1")
	case !o.rate.IsPositive():
		return fiscalRefusal("CFDI40115", "exchange_rate is required for %s", o.currency)
	case o.totals.Discount.GreaterThan(o.totals.Subtotal):
		return fiscalRefusal("CFDI40110", "The discount %s is more than the subtotal %s", o.totals.Discount, o.totals.Subtotal)
	case o.totals.Total.IsNegative():
		return fiscalRefusal("CFDI40119", "The total is below 0")
	}
	return nil
}

var currencyShape = regexp.MustCompile(gigstack.Currency("").Pattern())

// maxAge is how old a document may be when it is stamped.
const maxAge = 72 * time.Hour

func checkDate(o order) error {
	if o.date.After(o.created) || o.date.Before(o.created.Add(-maxAge)) {
		return fiscalRefusal("401", "The date must lie within the last 72 hours")
	}
	return nil
}

// checkGlobal reports whether the global node is there exactly when it must be,
// and names a period.
func checkGlobal(kind string, issuer *team, o order) error {
	public := o.client.TaxID == string(cfdi.PublicRFC)
	if o.global == nil {
		if kind == typeIncome && public && o.client.LegalName == globalName {
			return fiscalRefusal("CFDI40130", "An invoice to %s needs the period of a global invoice", globalName)
		}
		return nil
	}
	bimonthly := o.global.Periodicity == "05"
	year := o.date.In(gigstack.MexicoCity).Year()
	switch {
	case !public:
		return fiscalRefusal("CFDI40146", "A global invoice is for %s", cfdi.PublicRFC)
	case kind != typeIncome || o.client.LegalName != globalName || o.currency != "MXN" || o.method != "PUE" || o.use != "S01":
		return fiscalRefusal("CFDI40130", "A global invoice is income, for %s, in MXN, PUE and of use S01", globalName)
	case !isChoice(o.global.Periodicity):
		return fiscalRefusal("CFDI40131", "%q is no periodicity", o.global.Periodicity)
	case bimonthly && issuer.taxSystem != "621":
		return fiscalRefusal("CFDI40132", "Periodicity 05 is only for issuers of regime 621")
	case !monthShape.MatchString(string(o.global.Months)):
		return fiscalRefusal("CFDI40133", "%q is no month of a global invoice", o.global.Months)
	case !bimonthly && o.global.Months > "12":
		return fiscalRefusal("CFDI40134", "Months must be 01 to 12, not %s", o.global.Months)
	case bimonthly && o.global.Months < "13":
		return fiscalRefusal("CFDI40135", "Months must be 13 to 18 with periodicity 05, not %s", o.global.Months)
	case o.global.Year != year && o.global.Year != year-1:
		return fiscalRefusal("CFDI40136", "The year must be this or the last, not %d", o.global.Year)
	}
	return nil
}

var (
	monthShape = regexp.MustCompile(gigstack.GlobalMonth("").Pattern())
	uuidShape  = regexp.MustCompile(`^(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

// checkRelations reports whether each relation is one this type of document may
// have to the documents it names. A UUID this team does not know may be another
// certifier's and passes.
func (w *world) checkRelations(kind string, o order) error {
	for _, relation := range o.relations {
		code := relation.Relationship
		if !isChoice(code) {
			return fiscalRefusal("CFDI40137", "Relation %q is not in the SAT's catalogue", code)
		}
		if len(relation.Documents) == 0 {
			return invalid("related_documents", "a relation needs documents")
		}
		if from, ok := relationFrom[string(code)]; ok && from != kind {
			return invalid("related_documents", "an invoice of type %s cannot have relation %s", kind, code)
		}
		for _, uuid := range relation.Documents {
			if !uuidShape.MatchString(uuid) {
				return invalid("related_documents", "%q is no UUID", uuid)
			}
			if related, ok := w.document(uuid); ok {
				if err := checkRelated(code, related); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// relationFrom is the one type that may have a relation, where there is only one
// (c_TipoRelacion); 05 belongs to type T, which is not stamped here.
var relationFrom = map[string]string{"01": typeEgress, "02": typeIncome, "03": typeEgress, "05": "T"}

// checkRelated reports whether a known document can be what a relation needs.
func checkRelated(code gigstack.Relationship, related *gigstack.Invoice) error {
	switch {
	case code == "06":
		return invalid("related_documents", "relation 06 is to a document of type T")
	case related.InvoiceType == typeComplement, code != "04" && related.InvoiceType != typeIncome:
		return invalid("related_documents", "relation %s cannot be to %s of type %s", code, related.UUID, related.InvoiceType)
	case code != "04" && related.Status == "canceled":
		return conflict("Invoice %s is canceled", related.UUID)
	}
	return nil
}

// checkFields reports the first field of a call that is wrong by itself.
func checkFields(in gigstack.InvoiceFields) error {
	switch {
	case utf8.RuneCountInString(orElse(in.Series, "")) > 25:
		return invalid("series", "series is longer than 25 characters")
	case utf8.RuneCountInString(orElse(in.PaymentConditions, "")) > 1000:
		return invalid("payment_conditions", "payment_conditions is longer than 1000 characters")
	case in.FolioNumber != nil && *in.FolioNumber < 1:
		return invalid("folio_number", "folio_number must be at least 1")
	case in.Exports != nil && !isChoice(*in.Exports):
		return invalid("exports", "exports must be 01, 02, 03 or 04")
	case orElse(in.Exports, "01") == "02":
		return fiscalRefusal("CFDI40122", "Export 02 needs the complement Comercio Exterior, which the sandbox does not stamp")
	}
	pieces := map[string]string{"addenda": orElse(in.Addenda, "")}
	for i, complement := range in.Complements {
		if complement.Type == "custom" {
			pieces[fmt.Sprintf("complements[%d].data", i)] = complement.Data
		}
	}
	for i, item := range in.Items {
		pieces[fmt.Sprintf("items[%d].complement", i)] = orElse(item.Complement, "")
	}
	for _, field := range slices.Sorted(maps.Keys(pieces)) {
		if err := checkXML(field, pieces[field]); err != nil {
			return err
		}
	}
	for _, email := range in.Emails {
		if _, err := mail.ParseAddress(email); err != nil {
			return invalid("emails", "%q is no e-mail address", email)
		}
	}
	return nil
}

// isChoice reports whether a code is one of its catalogue's.
func isChoice[T interface {
	~string
	Choices() []gigstack.Choice
}](code T) bool {
	return slices.ContainsFunc(code.Choices(), func(c gigstack.Choice) bool { return c.Value == string(code) })
}
