package sandbox

import (
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// What the SAT and its certifiers check of a whole document before they stamp
// it. Lines are checked where they are completed.

// globalName is the receiver's name on a global invoice.
const globalName = "PUBLICO EN GENERAL"

// paymentForms is SAT's c_FormaPago.
var paymentForms = setOf[gigstack.PaymentForm]("01", "02", "03", "04", "05", "06", "08", "12", "13", "14", "15", "17", "23", "24", "25",
	"26", "27", "28", "29", "30", "31", "99")

// Regimes by who may have them and by which uses they allow (c_RegimenFiscal,
// c_UsoCFDI).
var (
	companyRegimes    = setOf("601", "603", "610", "620", "622", "623", "624", "626")
	individualRegimes = setOf("605", "606", "607", "608", "610", "611", "612", "614", "615", "616", "621", "625", "626")
	businessRegimes   = setOf("601", "603", "606", "612", "620", "621", "622", "623", "624", "625", "626")
	deductionRegimes  = setOf("605", "606", "607", "608", "611", "612", "614", "615", "625")

	businessUse  = regexp.MustCompile(`^(G0[1-3]|I0[1-8])$`)
	deductionUse = regexp.MustCompile(`^(D0[1-9]|D10)$`)
)

func setOf[T ~string](codes ...T) map[T]bool {
	set := make(map[T]bool, len(codes))
	for _, code := range codes {
		set[code] = true
	}
	return set
}

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

// checkReceiver reports whether the client has what a receiver needs. The
// generic RFCs take the issuer's postal code and need none of their own.
func checkReceiver(o order) error {
	if o.client == nil {
		return invalid("client", "client is required")
	}
	rfc := cfdi.RFC(o.client.TaxID)
	regimes := individualRegimes
	if rfc.Person() == cfdi.Company {
		regimes = companyRegimes
	}
	switch {
	case rfc == "":
		return invalid("client.tax_id", "Client %s has no tax_id: it cannot be invoiced", o.client.ID)
	case !rfc.WellFormed():
		return fiscalRefusal("CFDI40143", "The SAT knows no active RFC %s", rfc)
	case o.client.LegalName == "":
		return fiscalRefusal("CFDI40145", "The receiver's legal name is missing")
	case o.client.TaxSystem == "":
		return fiscalRefusal("CFDI40157", "The receiver's tax regime is missing")
	case rfc.Generic() && o.client.TaxSystem != "616":
		return fiscalRefusal("CFDI40159", "Regime %s is not 616, the one of generic RFCs", o.client.TaxSystem)
	case !companyRegimes[o.client.TaxSystem] && !individualRegimes[o.client.TaxSystem]:
		return fiscalRefusal("CFDI40157", "%s is no tax regime", o.client.TaxSystem)
	case !rfc.Generic() && !regimes[o.client.TaxSystem]:
		return fiscalRefusal("CFDI40158", "Regime %s does not fit the kind of person of %s", o.client.TaxSystem, rfc)
	case !rfc.Generic() && zipOf(o.client) == "":
		return fiscalRefusal("CFDI40148", "The postal code of the receiver's tax domicile is missing")
	case o.client.IsValid != nil && !*o.client.IsValid:
		return fiscalRefusal("CFDI40143", "The SAT does not accept the receiver's fiscal data: check name, RFC, regime and postal code")
	}
	return nil
}

func zipOf(client *gigstack.Client) string {
	if client.Address == nil {
		return ""
	}
	return orElse(client.Address.Zip, "")
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
		fits = businessRegimes[regime]
	case deductionUse.MatchString(use):
		fits = person == cfdi.Individual && deductionRegimes[regime]
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
	case !paymentForms[o.form]:
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
	for i, item := range o.items {
		if !item.UnitPrice.IsPositive() {
			return fiscalRefusal("CFDI40166", "The price of line %d must be above 0", i+1)
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
	case !slices.ContainsFunc(o.global.Periodicity.Choices(), func(c gigstack.Choice) bool { return c.Value == string(o.global.Periodicity) }):
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
		if !slices.ContainsFunc(code.Choices(), func(c gigstack.Choice) bool { return c.Value == string(code) }) {
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

// checkText reports the first text that is longer than the SAT's schema allows.
func checkText(in gigstack.InvoiceFields) error {
	for _, text := range []struct {
		field, value string
		limit        int
	}{
		{"series", orElse(in.Series, ""), 25},
		{"payment_conditions", orElse(in.PaymentConditions, ""), 1000},
	} {
		if utf8.RuneCountInString(text.value) > text.limit {
			return invalid(text.field, "%s is longer than %d characters", text.field, text.limit)
		}
	}
	return nil
}
