package sandbox

import (
	"cmp"
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// What the SAT and its certifiers check of a whole document before they stamp
// it.

// globalName is the receiver's name on a global invoice.
const globalName = "PUBLICO EN GENERAL"

// checkOrder reports the first reason not to stamp a completed order.
func (w *world) checkOrder(kind string, issuer *team, o order) error {
	if o.client == nil {
		return invalid("client", "client is required")
	}
	return cmp.Or(
		checkIssuer(issuer, o.created),
		checkReceiver(o.client),
		checkUse(kind, o),
		checkPayment(kind, o),
		checkAmounts(o),
		checkDate(o),
		checkGlobal(kind, issuer, o),
		w.checkRelations(kind, o.relations),
	)
}

// checkIssuer reports whether the team has a certificate (CSD) to sign with.
func checkIssuer(issuer *team, at time.Time) error {
	switch {
	case !issuer.sat.Completed:
		return fiscalRefusal("CSD", "Team %s has no certificate (CSD) yet: finish its onboarding", issuer.ID)
	case issuer.sat.CSDExpiresAt != 0 && at.After(issuer.sat.CSDExpiresAt.Time()):
		return fiscalRefusal("CSD", "The certificate (CSD) of team %s has expired", issuer.ID)
	}
	return nil
}

// checkReceiver reports whether the SAT would take the client as a receiver.
func checkReceiver(client *gigstack.Client) error {
	finding := fiscalFinding(client)
	if finding == "" {
		return nil
	}
	if code, text, ok := strings.Cut(finding, ": "); ok {
		return fiscalRefusal(code, "%s", text)
	}
	return invalid("client.tax_id", "%s", finding)
}

// checkUse reports whether the type of document, and the receiver's kind of
// person and regime, allow the use.
func checkUse(kind string, o order) error {
	use, ok := catalogs.Lookup(catalogs.CFDIUses, o.use)
	switch {
	case !ok:
		return fiscalRefusal("CFDI40160", "%q is no CFDI use", o.use)
	case !slices.Contains(use.Documents, kind):
		return fiscalRefusal("CFDI40161", "Use %s is not for invoices of type %s", o.use, kind)
	case !catalogs.UseAllowed(string(o.use), o.client.TaxSystem, personOf(cfdi.RFC(o.client.TaxID))):
		return fiscalRefusal("CFDI40161", "Use %s does not fit regime %s of %s", o.use, o.client.TaxSystem, o.client.TaxID)
	}
	return nil
}

// checkPayment reports whether form and method agree. Form 99 with PUE breaks no
// rule of the SAT's; the call that asks for it gets a warning.
func checkPayment(kind string, o order) error {
	_, known := catalogs.Lookup(catalogs.PaymentForms, o.form)
	switch {
	case !known:
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

// maxTotal is the largest total of c_TipoDeComprobante.
const maxTotal = "999999999999999999.999999"

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
	case o.totals.Total.GreaterThan(gigstack.Dec(maxTotal).Decimal):
		return fiscalRefusal("CFDI40120", "The total is above %s, the most an invoice may come to", maxTotal)
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
	months, known := catalogs.Lookup(catalogs.Months, o.global.Months)
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
	case !known:
		return fiscalRefusal("CFDI40133", "%q is no month of a global invoice", o.global.Months)
	case !slices.Contains(months.Periodicities, string(o.global.Periodicity)) && bimonthly:
		return fiscalRefusal("CFDI40135", "Months must be 13 to 18 with periodicity 05, not %s", o.global.Months)
	case !slices.Contains(months.Periodicities, string(o.global.Periodicity)):
		return fiscalRefusal("CFDI40134", "Months must be 01 to 12 with periodicity %s, not %s", o.global.Periodicity, o.global.Months)
	case o.global.Year != year && o.global.Year != year-1:
		return fiscalRefusal("CFDI40136", "The year must be this or the last, not %d", o.global.Year)
	}
	return nil
}

var uuidShape = regexp.MustCompile(`^(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// checkRelations reports whether each relation is one this type of document may
// have to the documents it names. A UUID this team does not know may be another
// certifier's and passes.
func (w *world) checkRelations(kind string, relations []gigstack.DocumentRelation) error {
	for _, relation := range relations {
		code, ok := catalogs.Lookup(catalogs.Relationships, relation.Relationship)
		switch {
		case !ok:
			return fiscalRefusal("CFDI40137", "Relation %q is not in the SAT's catalogue", relation.Relationship)
		case !slices.Contains(code.Documents, kind):
			return invalid("related_documents", "an invoice of type %s cannot have relation %s", kind, code.Code)
		case len(relation.Documents) == 0:
			return invalid("related_documents", "a relation needs documents")
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

// checkRelated reports whether a known document can be what a relation needs. A
// relation that lists no types replaces: an I or E takes the place of either.
func checkRelated(relation catalogs.Entry, related *gigstack.Invoice) error {
	replaces := len(relation.Related) == 0
	switch {
	case replaces && related.InvoiceType == typeComplement, !replaces && !slices.Contains(relation.Related, related.InvoiceType):
		return invalid("related_documents", "relation %s cannot be to %s, which is of type %s", relation.Code, related.UUID, related.InvoiceType)
	case !replaces && related.Status == "canceled":
		return conflict("Invoice %s is canceled", related.UUID)
	}
	return nil
}

// checkOptions reports the first option of a document that is wrong by itself, or
// the XML of one of its lines.
func checkOptions(in gigstack.InvoiceOptions, items []gigstack.ItemInput) error {
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
	for i, item := range items {
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

// choice is a text with a closed list of values.
type choice interface {
	~string
	Choices() []gigstack.Choice
}

// isChoice reports whether a code is one of its catalogue's.
func isChoice[T choice](code T) bool {
	return slices.ContainsFunc(code.Choices(), func(c gigstack.Choice) bool { return c.Value == string(code) })
}
