package sandbox

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// The types of CFDI. The sandbox stamps all but transfers, which can be drafted.
const (
	typeIncome     = "I"
	typeEgress     = "E"
	typeComplement = "P"
	typeTransfer   = "T"
)

// order is everything needed to stamp an invoice, however it came about: asked
// for, automated by a payment, or made out of a receipt.
type order struct {
	client    *gigstack.Client // the receiver
	items     []gigstack.Item
	totals    cfdi.Totals
	method    string // PUE or PPD
	form      gigstack.PaymentForm
	use       gigstack.CFDIUse // "" for the client's
	currency  gigstack.Currency
	rate      gigstack.Decimal // pesos per unit of currency
	series    string           // "" for the team's default
	metadata  gigstack.Metadata
	paymentID string // the payment it settles, if any

	folio     int // 0 for the next of the series
	relations []gigstack.DocumentRelation
	global    *gigstack.GlobalPeriod
	export    gigstack.ExportCode // "" for 01
	created   time.Time           // zero for now
	date      time.Time           // on the document; zero for created
}

// credit is what an egress invoice or a payment complement takes off the balance
// of a PPD invoice.
type credit struct {
	invoice     string // UUID of the PPD invoice
	before      gigstack.Decimal
	amount      gigstack.Decimal
	installment int // of a complement, counted from 1
}

// issueIncome stamps an income invoice and returns its UUID.
func (w *world) issueIncome(s *Sandbox, o order) (uuid string, err error) {
	invoice, err := w.issue(s, typeIncome, o)
	if err != nil {
		return "", err
	}
	return invoice.UUID, nil
}

// issue stamps an invoice of type I or E. Nothing changes when it is refused.
func (w *world) issue(s *Sandbox, kind string, o order) (*gigstack.Invoice, error) {
	issuer := s.state.teams.byID[w.id.team]
	o = o.completed(kind, issuer, s.options.Now())
	if err := w.checkOrder(kind, issuer, o); err != nil {
		return nil, err
	}
	if o.folio != 0 && w.folioTaken(o.series, o.folio) {
		return nil, conflict("Folio %s %d is taken", o.series, o.folio)
	}
	v := w.stamped(s, kind, o.created)
	v.Client = *o.client
	v.Date = gigstack.MillisOf(o.date)
	v.Currency, v.ExchangeRate = string(o.currency), o.rate
	v.Subtotal, v.Discount = exact(o.totals.Subtotal), exact(o.totals.Discount)
	v.Taxes, v.WithholdingTaxes = exact(o.totals.Transferred), exact(o.totals.Withheld)
	v.Total = exact(o.totals.Total)
	v.Series, v.FolioNumber = o.series, w.takeFolio(issuer, o.series, o.folio)
	v.Use, v.PaymentForm, v.PaymentMethod = string(o.use), string(o.form), o.method
	v.Items, v.Metadata, v.RelatedDocuments, v.Global = o.items, o.metadata, o.relations, o.global
	v.Exports = string(o.export)
	if o.method == "PPD" {
		v.LastBalance = v.Total
	}
	if o.paymentID != "" {
		v.Payments = []string{o.paymentID}
	}
	v.VerificationURL = verificationURL(v)
	stored := w.invoices.add(v.UUID, v)
	w.link(stored)
	if kind == typeEgress {
		w.creditRelated(stored)
	}
	w.emit(s, "invoice.created", stored)
	return stored, nil
}

// completed fills in what an order may leave open.
func (o order) completed(kind string, issuer *team, now time.Time) order {
	if o.created.IsZero() {
		o.created = now
	}
	if o.date.IsZero() {
		o.date = o.created
	}
	o.currency = cmp.Or(o.currency, "MXN")
	o.method = cmp.Or(o.method, "PUE")
	o.export = cmp.Or(o.export, "01")
	o.series = cmp.Or(o.series, issuer.defaultSeries(kind))
	if o.client != nil {
		o.use = cmp.Or(o.use, gigstack.CFDIUse(o.client.Use))
	}
	if o.currency == "MXN" && o.rate.IsZero() {
		o.rate = gigstack.Dec("1")
	}
	return o
}

// stamped is a new document of a type with what the certifier adds: UUID and
// seal.
func (w *world) stamped(s *Sandbox, kind string, created time.Time) gigstack.Invoice {
	issuer := s.state.teams.byID[w.id.team]
	return gigstack.Invoice{
		UUID:           s.newUUID(),
		ID:             s.newID("invoice"),
		InvoiceType:    kind,
		Status:         "valid",
		CreatedAt:      gigstack.SecondsOf(created),
		Livemode:       w.id.live,
		Owner:          issuer.owner,
		Team:           issuer.ID,
		BillingAccount: issuer.account,
		From:           "api",
		Stamp:          &gigstack.Stamp{Seal: s.seal("sello"), StampedAt: gigstack.SecondsOf(created), Provider: "sandbox"},
		IssuerInfo:     issuer.asIssuer(),
	}
}

// asIssuer is the team as its documents name it.
func (t *team) asIssuer() *gigstack.Issuer {
	return &gigstack.Issuer{LegalName: t.legalName, TaxID: string(t.taxID), TaxSystem: string(t.taxSystem), Zip: t.zip}
}

// seal is text in the form of a digital seal; nobody signed it.
func (s *Sandbox) seal(kind string) string {
	return base64.StdEncoding.EncodeToString([]byte(s.digest(kind) + s.digest(kind) + s.digest(kind) + s.digest(kind)))
}

// verificationURL is the SAT's page about a document.
func verificationURL(v gigstack.Invoice) string {
	return fmt.Sprintf("https://verificacfdi.facturaelectronica.sat.gob.mx/default.aspx?id=%s&re=%s&rr=%s&tt=%s&fe=%s",
		v.UUID, v.IssuerInfo.TaxID, v.Client.TaxID, v.Total, v.Stamp.Seal[len(v.Stamp.Seal)-8:])
}

// defaultSeries is the series a team numbers a type of document in: what its settings
// say, or a usual one.
func (t *team) defaultSeries(kind string) string {
	chosen := orElse(t.settings.DefaultSeries.Value, gigstack.DefaultSeries{})
	series, usual := chosen.Income, "A"
	switch kind {
	case typeEgress:
		series, usual = chosen.CreditNote, "NC"
	case typeComplement:
		series, usual = chosen.Complements, "P"
	}
	return orElse(orElse(series.Value, gigstack.SeriesChoice{}).Serie.Value, usual)
}

// takeFolio is the folio given, or the next of the series, which is created when
// the team has none of that name. Refused documents take none, so a series has
// no gaps but those a caller makes.
func (w *world) takeFolio(issuer *team, series string, given int) int {
	counter, ok := issuer.series.get(series)
	if !ok {
		counter = issuer.series.add(series, gigstack.Series{ID: series, Series: series})
	}
	last := &counter.Test
	if w.id.live {
		last = &counter.Live
	}
	folio := cmp.Or(given, *last+1)
	for given == 0 && w.folioTaken(series, folio) {
		folio++ // somebody has set the counter back
	}
	*last = max(*last, folio)
	return folio
}

func (w *world) folioTaken(series string, folio int) bool {
	return w.anyDocument(func(v *gigstack.Invoice) bool { return v.Series == series && v.FolioNumber == folio })
}

// document finds a stamped document of any type. UUIDs may be written in either
// case.
func (w *world) document(uuid string) (*gigstack.Invoice, bool) {
	uuid = strings.ToUpper(uuid)
	if v, ok := w.invoices.get(uuid); ok {
		return v, true
	}
	return w.complements.get(uuid)
}

// anyDocument reports whether some document, of whatever type, has the property.
func (w *world) anyDocument(has func(*gigstack.Invoice) bool) bool {
	for _, rows := range [][]*gigstack.Invoice{w.invoices.rows, w.complements.rows} {
		for _, v := range rows {
			if has(v) {
				return true
			}
		}
	}
	return false
}

// link notes a new document on those it relates to.
func (w *world) link(v *gigstack.Invoice) {
	for _, relation := range v.RelatedDocuments {
		for _, uuid := range relation.Documents {
			if related, ok := w.document(uuid); ok {
				related.Invoices = append(related.Invoices, v.UUID)
				v.Invoices = append(v.Invoices, related.UUID)
			}
		}
	}
}

// creditRelated lowers the balance of the PPD invoices that an egress invoice
// reduces, one after the other until its total is used up. What gigstack does
// here is not documented; without it a returned sale would stay a debt.
func (w *world) creditRelated(v *gigstack.Invoice) {
	left := v.Total
	for _, relation := range v.RelatedDocuments {
		if relation.Relationship == "04" {
			continue // replaces another document, reduces none
		}
		for _, uuid := range relation.Documents {
			related, ok := w.document(uuid)
			if !ok || related.PaymentMethod != "PPD" || related.InvoiceType != typeIncome || related.Currency != v.Currency {
				continue
			}
			amount := exact(decimal.Min(left.Decimal, related.LastBalance.Decimal))
			if amount.IsPositive() {
				w.credit(v.UUID, related, amount, 0)
				left = exact(left.Sub(amount.Decimal))
			}
		}
	}
}

// credit takes amount off an invoice's balance and remembers on whose account.
func (w *world) credit(by string, invoice *gigstack.Invoice, amount gigstack.Decimal, installment int) {
	if w.credits == nil {
		w.credits = map[string][]credit{}
	}
	w.credits[by] = append(w.credits[by], credit{invoice.UUID, invoice.LastBalance, amount, installment})
	invoice.LastBalance = exact(invoice.LastBalance.Sub(amount.Decimal))
}

// uncredit gives back what a document took off balances, when it is cancelled.
func (w *world) uncredit(v *gigstack.Invoice) {
	for _, c := range w.credits[v.UUID] {
		invoice, ok := w.invoices.get(c.invoice)
		if !ok {
			continue
		}
		invoice.LastBalance = exact(invoice.LastBalance.Add(c.amount.Decimal))
		if v.InvoiceType == typeComplement {
			invoice.PaidByComplements = exact(invoice.PaidByComplements.Sub(c.amount.Decimal))
			invoice.Installments--
		}
	}
}

// exact is a computed amount in the form documents keep it.
func exact(d decimal.Decimal) gigstack.Decimal { return gigstack.Decimal{Decimal: d} }
