package sandbox

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

func (c *call) listComplements(in gigstack.ListPaymentComplementsInput) (gigstack.Page[gigstack.Invoice], error) {
	of := strings.ToUpper(orElse(in.InvoiceID, ""))
	return invoicePage(&c.world().complements, in.ListInvoicesInput, func(v *gigstack.Invoice) bool {
		return of == "" || slices.Contains(v.Invoices, of)
	})
}

// complement stamps a payment complement of amount for a PPD invoice, lowers its
// last_balance and returns the complement's UUID. form is how the money came. The
// complement itself says what it paid, as which installment, and what was owed
// afterwards, in the fields that say so of the invoice.
func (w *world) complement(s *Sandbox, created time.Time, ppdUUID string, amount gigstack.Decimal, form gigstack.PaymentForm, paymentID string) (uuid string, err error) {
	invoice, ok := w.document(ppdUUID)
	if !ok {
		return "", notFound("Invoice", ppdUUID)
	}
	issuer := s.state.teams.byID[w.id.team]
	if err := cmp.Or(checkIssuer(issuer, created), payable(invoice, amount, form)); err != nil {
		return "", err
	}
	v := w.stamped(s, typeComplement, created)
	v.Client = invoice.Client
	v.Date = gigstack.MillisOf(created)
	v.Series = issuer.defaultSeries(typeComplement)
	v.Currency, v.FolioNumber = "XXX", w.takeFolio(issuer, v.Series, 0)
	v.Use, v.PaymentForm = "CP01", string(form)
	v.Exports = "01"
	v.Items = []gigstack.Item{{Description: "Pago", Quantity: gigstack.Dec("1"), ProductKey: "84111506", UnitKey: "ACT", Taxability: "01"}}
	v.Invoices = []string{invoice.UUID}
	invoice.Invoices = append(invoice.Invoices, v.UUID)
	if paymentID != "" {
		v.Payments = []string{paymentID}
		invoice.Payments = append(invoice.Payments, paymentID)
	}
	v.VerificationURL = verificationURL(v)
	invoice.Installments++
	invoice.PaidByComplements = exact(invoice.PaidByComplements.Add(amount.Decimal))
	w.credit(v.UUID, invoice, amount, invoice.Installments)
	v.PaidByComplements, v.Installments, v.LastBalance = amount, invoice.Installments, invoice.LastBalance
	w.emit(s, "invoice.created", w.complements.add(v.UUID, v))
	return v.UUID, nil
}

// payable reports why an invoice cannot take a payment complement.
func payable(invoice *gigstack.Invoice, amount gigstack.Decimal, form gigstack.PaymentForm) error {
	_, known := catalogs.Lookup(catalogs.PaymentForms, form)
	switch {
	case invoice.InvoiceType != typeIncome || invoice.PaymentMethod != "PPD":
		return conflict("Invoice %s is not PPD: it takes no payment complement", invoice.UUID)
	case invoice.Status != "valid" || cancellationPending(invoice):
		return conflict("Invoice %s is canceled or being canceled", invoice.UUID)
	case form == "99" || !known:
		return fiscalRefusal("CRP20212", "The payment form of a complement must be the real one, not %q", form)
	case !amount.IsPositive():
		return fiscalRefusal("CRP20217", "The amount of a complement must be above 0")
	case amount.GreaterThan(invoice.LastBalance.Decimal):
		return fiscalRefusal("CRP20244", "The amount %s is more than the %s still owed", amount, invoice.LastBalance)
	}
	return nil
}
