package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// The links of gigstack's pages, under a name that leads nowhere.
const (
	payLink     = "https://pay.gigstack.example/p/"
	invoiceLink = "https://invoicing.gigstack.example/autofactura?id="
	shortLink   = "https://gigstack.example/r/"
)

// charge is what payments and receipts are made of.
type charge struct {
	client   *gigstack.Client // as it is now
	items    []gigstack.Item
	totals   cfdi.Totals
	currency gigstack.Currency
	rate     gigstack.Decimal // pesos per unit of currency
}

// newCharge resolves the parts of a charge; the client last, because that may
// create one.
func (c *call) newCharge(client gigstack.ClientInput, items []gigstack.ItemInput, currency *gigstack.Currency, rate *gigstack.Decimal) (v charge, err error) {
	v.currency, v.rate = orElse(currency, "MXN"), orElse(rate, gigstack.Dec("1"))
	switch {
	case v.currency != "MXN" && rate == nil:
		return v, invalid("exchange_rate", "exchange_rate is required for %s", v.currency)
	case !v.rate.IsPositive():
		return v, invalid("exchange_rate", "exchange_rate must be above 0")
	case v.currency == "MXN" && !v.rate.Equal(gigstack.Dec("1").Decimal):
		return v, invalid("exchange_rate", "exchange_rate of MXN is 1")
	}
	if v.items, v.totals, err = c.resolveItems(items); err != nil {
		return v, err
	}
	receiver, err := c.resolveClient(client)
	if err != nil {
		return v, err
	}
	v.client = new(*receiver)
	return v, nil
}

// automate does what a payment's automation says, once it has succeeded. What
// cannot be invoiced becomes a receipt, which the buyer may invoice.
func (w *world) automate(s *Sandbox, p *gigstack.Payment, now time.Time) {
	if p.Status != "succeeded" || p.AutomationType == "none" {
		return
	}
	settings := s.state.teams.byID[w.id.team].settings
	if slices.Contains(orElse(settings.AvoidAutomationsOnCurrencies.Value, nil), gigstack.Currency(p.Currency)) {
		return
	}
	receiver := w.currentClient(p.Client)
	if receiver.TaxID == "" && p.PPDInvoiceID == "" {
		w.receiptOf(s, p, "", now)
		return
	}
	uuids, err := w.invoicePayment(s, p, receiver, now)
	p.Invoices = append(p.Invoices, uuids...)
	if err != nil {
		w.emit(s, "invoice.failed", p)
	}
	if err != nil && len(uuids) == 0 && p.PPDInvoiceID == "" {
		w.receiptOf(s, p, reason(err), now)
	}
}

// invoicePayment stamps what a payment's automation asks for and returns the
// UUIDs, also those stamped before an error.
func (w *world) invoicePayment(s *Sandbox, p *gigstack.Payment, receiver *gigstack.Client, now time.Time) (uuids []string, err error) {
	ppd := p.PPDInvoiceID
	if ppd == "" {
		o := order{
			client: receiver, items: p.Items, totals: sumItems(p.Items), method: "PUE", form: gigstack.PaymentForm(p.PaymentForm),
			currency: gigstack.Currency(p.Currency), rate: *p.ExchangeRate, metadata: p.Metadata, paymentID: p.ID, created: now,
		}.configured(p.InvoiceConfig)
		if p.AutomationType != "pue_invoice" {
			o.method, o.form = "PPD", "99"
		}
		if ppd, err = w.issueIncome(s, o); err != nil {
			return nil, err
		}
		uuids = append(uuids, ppd)
	}
	if p.AutomationType == "pue_invoice" {
		return uuids, nil
	}
	complement, err := w.complement(s, now, ppd, p.Total, gigstack.PaymentForm(p.PaymentForm), p.ID)
	if err != nil {
		return uuids, err
	}
	return append(uuids, complement), nil
}

// configured is the order with the settings a payment or a receipt has for its
// invoice. One to the general public is global: of its month, unless they say.
func (o order) configured(config *gigstack.InvoiceConfig) order {
	if config != nil {
		o.series, o.global = config.Serie, config.Global
		o.folio, _ = strconv.Atoi(string(config.Folio)) // it was a number when it was stored
		if config.Date != nil {
			o.date = config.Date.Time()
		}
	}
	if o.global == nil && o.client.TaxID == string(cfdi.PublicRFC) && o.client.LegalName == globalName {
		o.global = monthOf(o.created)
	}
	return o
}

// monthOf is the calendar month of a moment as the period of a global invoice.
func monthOf(t time.Time) *gigstack.GlobalPeriod {
	t = t.In(gigstack.MexicoCity)
	return &gigstack.GlobalPeriod{Periodicity: "04", Months: gigstack.GlobalMonth(t.Format("01")), Year: t.Year()}
}

// paymentForInvoice records the payment of an invoice that was asked for along
// with one. A PPD invoice is not paid yet and has none.
func (w *world) paymentForInvoice(s *Sandbox, uuid string) {
	invoice, ok := w.invoices.get(uuid)
	if !ok || invoice.PaymentMethod != "PUE" || invoice.Status != "valid" {
		return
	}
	id := s.newID("payment")
	p := gigstack.Payment{
		ID: id, Client: new(invoice.Client), Currency: invoice.Currency, ExchangeRate: new(invoice.ExchangeRate), Items: identified(id, invoice.Items),
		Subtotal: invoice.Subtotal, Discount: invoice.Discount, Taxes: exact(invoice.Taxes.Sub(invoice.WithholdingTaxes.Decimal)), Total: invoice.Total,
		PaymentProcessor: "api", AutomationType: "none", Invoices: []string{uuid}, Receipts: []string{}, Refunds: []gigstack.Refund{},
		Metadata: invoice.Metadata, From: "invoice", Owner: invoice.Owner, Team: invoice.Team, Livemode: invoice.Livemode, CreatedAt: invoice.CreatedAt,
	}
	succeed(&p, gigstack.PaymentForm(invoice.PaymentForm), invoice.CreatedAt.Time())
	stored := w.payments.add(p.ID, p)
	invoice.Payments = append(invoice.Payments, p.ID)
	w.emit(s, "payment.created", stored)
	w.emit(s, "payment.succeeded", stored)
}

// receiptOf makes a receipt of a succeeded payment, unless the team wants none;
// reason says why it could not be invoiced, when it was tried.
func (w *world) receiptOf(s *Sandbox, p *gigstack.Payment, reason string, now time.Time) {
	if orElse(s.state.teams.byID[w.id.team].settings.AvoidReceipts.Value, false) {
		return
	}
	r := newReceipt(s.newID("receipt"), charge{p.Client, p.Items, sumItems(p.Items), gigstack.Currency(p.Currency), *p.ExchangeRate}, "month", now)
	r.PaymentForm, r.Payments, r.AutomaticInvoiceError = p.PaymentForm, []string{p.ID}, reason
	r.Metadata, r.Owner, r.Team, r.Livemode, r.From = p.Metadata, p.Owner, p.Team, p.Livemode, "payment"
	for _, refund := range p.Refunds {
		r.TotalRefunded = exact(r.TotalRefunded.Add(refund.Amount.Decimal))
	}
	w.emit(s, "receipt.created", w.receipts.add(r.ID, r))
	p.Receipts = append(p.Receipts, r.ID)
}

// currentClient is the client of a document as it is now, or as it was then when
// it has been deleted.
func (w *world) currentClient(then *gigstack.Client) *gigstack.Client {
	if now, ok := w.clients.get(then.ID); ok {
		return now
	}
	return then
}

// checkSettles refuses a payment for an existing PPD invoice that does not fit
// it. Payments whose complement is still to come count as paid.
func (c *call) checkSettles(uuid string, p *gigstack.Payment) error {
	if uuid == "" {
		return nil
	}
	invoice, ok := c.world().document(uuid)
	if !ok {
		return notFound("Invoice", uuid)
	}
	balance := invoice.LastBalance.Decimal
	for _, other := range c.world().payments.rows {
		if other.PPDInvoiceID == uuid && other.Status == "succeeded" && len(other.Invoices) == 0 {
			balance = balance.Sub(other.Total.Decimal)
		}
	}
	switch {
	case p.AutomationType != "ppd_invoice_and_complement":
		return invalid("ppd_invoice_id", "ppd_invoice_id needs automation_type ppd_invoice_and_complement")
	case invoice.PaymentMethod != "PPD" || invoice.Status != "valid" || cancellationPending(invoice):
		return ruleViolation("Invoice %s is not a valid PPD invoice", uuid)
	case invoice.Client.ID != p.Client.ID:
		return ruleViolation("Invoice %s is another client's", uuid)
	case invoice.Currency != p.Currency:
		return ruleViolation("Invoice %s is in %s, the payment in %s", uuid, invoice.Currency, p.Currency)
	case p.Total.GreaterThan(balance):
		return ruleViolation("The payment of %s is above the balance of %s of invoice %s", p.Total, balance, uuid)
	}
	return nil
}

// sumItems adds stored lines up.
func sumItems(items []gigstack.Item) cfdi.Totals {
	lines := make([]cfdi.Line, len(items))
	for i, item := range items {
		lines[i] = lineOf(item)
	}
	return cfdi.Sum(lines)
}

// storeConfig is invoice settings as gigstack keeps them.
func storeConfig(in *gigstack.InvoiceConfigInput) *gigstack.InvoiceConfig {
	if in == nil {
		return nil
	}
	config := &gigstack.InvoiceConfig{Serie: orElse(in.Serie, ""), Date: in.Date, Global: in.Global}
	if in.Folio != nil {
		config.Folio = gigstack.Scalar(strconv.Itoa(*in.Folio))
	}
	return config
}

func checkForm(form gigstack.PaymentForm) error {
	if _, known := catalogs.Lookup(catalogs.PaymentForms, form); !known {
		return invalid("payment_form", "%q is no payment_form", string(form))
	}
	return nil
}

// checkReceived refuses a form in which no money can have come, where a complement
// is to say it.
func checkReceived(form gigstack.PaymentForm, automation string) error {
	if form == "99" && automation == "ppd_invoice_and_complement" {
		return fiscalRefusal("CRP20212", "A payment complement needs the form the money came in, not 99")
	}
	return checkForm(form)
}

// checkChoice refuses a value that is none of its type's choices.
func checkChoice[T choice](field string, v T) error {
	if !isChoice(v) {
		return invalid(field, "%s: %q is not a known value", field, string(v))
	}
	return nil
}

// filterStatus is the state a list is filtered by, in the one spelling the
// sandbox keeps; "" when it is not filtered.
func filterStatus[T choice](status *T) (string, error) {
	if status == nil {
		return "", nil
	}
	other := map[string]string{"cancelled": "canceled", "open": "pending", "stamped": "completed", "invoiced": "completed"}[string(*status)]
	if *status == "stamped" && isChoice(T("valid")) {
		other = "valid" // an invoice, not a receipt
	}
	one := cmp.Or(other, string(*status))
	return one, checkChoice("status", T(one))
}

// ruleViolation is a 422: the call is well formed and against a rule of business.
func ruleViolation(format string, args ...any) *apiError {
	return &apiError{status: http.StatusUnprocessableEntity, code: "business_rule_violation", message: fmt.Sprintf(format, args...)}
}
