package tools

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// looksAtCancellation shows the invoice to cancel, and refuses what the SAT is
// sure to refuse.
func looksAtCancellation(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.CancelInvoiceInput](r)
	if err != nil {
		return err
	}
	if err := p.motive(in.Motive, in.SubstitutionUUID, "Stamp the substitute first (create_income_invoice with relation 04) and pass its uuid."); err != nil {
		return err
	}
	invoice, err := findInvoice(ctx, r, in.ID)
	if isNotFound(err) || hasStatus(err, http.StatusBadRequest) {
		p.Warnings = append(p.Warnings, "It is no income or egress invoice or payment complement of this team; it may not exist.")
		return nil
	}
	if err != nil {
		return err
	}
	p.sees(whenTrue(invoice.Livemode))
	p.Subject = invoiceWords(invoice)
	p.reaches(invoice.Client.TaxID)
	p.moves(invoice.Total.Decimal, invoice.Currency)
	if p.word = invoice.Client.TaxID; invoice.Total.IsPositive() {
		p.word = invoice.Total.StringFixed(2)
	}
	state := value(invoice.Cancellation).Status
	switch {
	case strings.HasPrefix(invoice.Status, "cancel"):
		return pointless("Nothing is left to do.", "%s: it is already cancelled", p.Subject)
	case state == "pending":
		return pointless("Wait; read it again for cancellation_status.", "%s: its cancellation is already pending", p.Subject)
	}
	p.saw(invoice.Status, invoice.Total, invoice.LastBalance, state)
	p.Warnings = append(p.Warnings, "Cancelling does not give money back.")
	p.showCancellation(invoice, in.Motive, r.now)
	return nil
}

// motive shows why a document is cancelled, and refuses a substitute that does not
// fit the motive; missing says what to do when there is none.
func (p *preview) motive(motive gigstack.CancellationMotive, substitute *string, missing string) error {
	switch substituted := value(substitute) != ""; {
	case motive == "01" && !substituted:
		return pointless(missing, "motive 01 needs substitution_uuid")
	case motive != "01" && substituted:
		return pointless("Use motive 01, or leave substitution_uuid out.", "substitution_uuid goes with motive 01 only")
	}
	p.Facts = append(p.Facts, "motive "+string(motive))
	if substitute != nil {
		p.Facts = append(p.Facts, "replaced by "+*substitute)
	}
	return nil
}

// findInvoice reads a stamped document of any type.
func findInvoice(ctx context.Context, r request, id string) (invoice gigstack.Invoice, err error) {
	for _, get := range []gigstack.Endpoint[gigstack.InvoiceRef, gigstack.Invoice]{gigstack.GetIncomeInvoice, gigstack.GetEgressInvoice, gigstack.GetPaymentComplement} {
		invoice, err = get.Call(ctx, r.caller, gigstack.InvoiceRef{ID: id})
		if !isNotFound(err) && !hasStatus(err, http.StatusBadRequest) { // of another type, however gigstack says so
			return invoice, err
		}
	}
	return invoice, err
}

func invoiceWords(v gigstack.Invoice) string {
	return fmt.Sprintf("Invoice %s%d (%s), %s, total %s %s, status %s", v.Series, v.FolioNumber, v.UUID, clientWords(v.Client), v.Total.StringFixed(2), v.Currency, v.Status)
}

// readPayment reads the payment a call is about and shows it.
func readPayment(ctx context.Context, r request, p *preview) (payment gigstack.Payment, err error) {
	payment, err = gigstack.GetPayment.Call(ctx, r.caller, gigstack.PaymentRef{ID: r.ref()})
	if err != nil {
		return payment, err
	}
	payer := "unknown client"
	if payment.Client != nil {
		payer = clientWords(*payment.Client)
	}
	p.saw(payment.Status, payment.Total, payment.Refunds, payment.AutomationType)
	p.sees(whenTrue(payment.Livemode))
	p.reaches(value(payment.Client).TaxID)
	p.moves(payment.Total.Decimal, payment.Currency)
	p.word = payment.Total.StringFixed(2)
	p.Subject = fmt.Sprintf("Payment %s, %s, total %s %s, status %s", payment.ID, payer, payment.Total.StringFixed(2), payment.Currency, payment.Status)
	return payment, nil
}

func looksAtPayment(ctx context.Context, r request, p *preview) error {
	payment, err := readPayment(ctx, r, p)
	if err != nil {
		return err
	}
	collected := strings.HasPrefix(payment.Status, "succeeded") || payment.Status == "refunded"
	switch paying := r.spec.Name == gigstack.MarkPaymentPaid.Name; {
	case paying && (collected || payment.Status == "processing"):
		return pointless("Read it; its money is here or on its way.", "%s: it would count twice", p.Subject)
	case !paying && collected:
		return pointless("What was collected is given back with refund_payment.", "%s: it cannot be cancelled", p.Subject)
	case paying:
		p.runs(payment.AutomationType, "at once", payment.PPDInvoiceID, payment.Currency, value(payment.Client))
		p.mayMail(value(payment.Client), "payments_bcc", "invoices_bcc")
		if payer := value(payment.Client); automates(payment.AutomationType) && payer.TaxID != "" {
			p.cancellableUntil(r.now, "I", payer, payment.Total.Mul(cmp.Or(payment.ExchangeRate, new(gigstack.Dec("1"))).Decimal))
		}
	}
	return nil
}

// looksAtRefund shows what a refund leaves of a payment.
func looksAtRefund(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.RefundPaymentInput](r)
	if err != nil {
		return err
	}
	payment, err := readPayment(ctx, r, p)
	if err != nil {
		return err
	}
	p.word = in.Amount.StringFixed(2)
	p.moves(in.Amount.Decimal, payment.Currency)
	rest := payment.Total.Decimal
	for _, earlier := range payment.Refunds {
		rest = rest.Sub(earlier.Amount.Decimal)
	}
	switch {
	case !strings.HasPrefix(payment.Status, "succeeded"):
		return pointless("Only collected money can be given back; an open link is cancelled with cancel_payment.", "%s", p.Subject)
	case in.Amount.GreaterThan(rest):
		return pointless("Ask the person for the amount.", "%s: only %s %s is left to give back", p.Subject, rest.StringFixed(2), payment.Currency)
	}
	p.Facts = append(p.Facts, fmt.Sprintf("gives back %s of %s %s that are left", in.Amount.StringFixed(2), rest.StringFixed(2), payment.Currency))
	p.afterRefund(payment)
	if len(payment.Invoices) > 0 {
		p.Warnings = append(p.Warnings, "It was invoiced: a credit note (create_egress_invoice) may be due, and is not promised.")
	}
	return nil
}

func looksAtReceipt(ctx context.Context, r request, p *preview) error {
	receipt, err := gigstack.GetReceipt.Call(ctx, r.caller, gigstack.ReceiptRef{ID: r.ref()})
	if err != nil {
		return err
	}
	p.sees(whenTrue(receipt.Livemode))
	p.saw(receipt.Status, receipt.Total, buyer(receipt))
	p.reaches(value(receipt.Client).TaxID)
	p.moves(receipt.Total.Decimal, receipt.Currency)
	p.Subject, p.word = receiptWords(receipt)+", status "+receipt.Status, receipt.Total.StringFixed(2)
	if receipt.ValidUntil != 0 {
		p.Facts = append(p.Facts, "the buyer may invoice it until "+day(receipt.ValidUntil.Time()))
	}
	if r.spec.Name == gigstack.CancelReceipt.Name {
		return nil
	}
	return p.showReceiptStamp(ctx, r, receipt)
}

func buyer(r gigstack.Receipt) string {
	if r.Client == nil {
		return "no client"
	}
	return clientWords(*r.Client)
}

func receiptWords(r gigstack.Receipt) string {
	return fmt.Sprintf("Receipt %s, %s, total %s %s", r.ID, buyer(r), r.Total.StringFixed(2), r.Currency)
}

// bulk is how many receipts gigstack stamps in one call.
const bulk = 100

// looksAtPendingReceipts lists the receipts that would be stamped: up to a
// hundred, the plan is for these and no others.
func looksAtPendingReceipts(ctx context.Context, r request, p *preview) error {
	client, err := readClient(ctx, r, p)
	if err != nil {
		return err
	}
	sums, all := map[string]decimal.Decimal{}, true
	pending := gigstack.ReceiptStatus("pending")
	for receipt, err := range gigstack.Each(ctx, r.caller, gigstack.ListReceipts, gigstack.ListReceiptsInput{
		Paging: gigstack.Paging{Limit: new(100)}, Status: &pending, ClientID: new(r.ref()),
	}) {
		if err != nil {
			return err
		}
		if len(p.Lines) == bulk {
			all = false
			p.Warnings = append(p.Warnings, fmt.Sprintf("There are more than these: gigstack chooses %d in one call, and the others need another.", bulk))
			break
		}
		p.saw(receipt.ID, receipt.Total, receipt.Currency)
		p.Lines = append(p.Lines, fmt.Sprintf("%s, %s %s", receipt.ID, receipt.Total.StringFixed(2), receipt.Currency))
		sums[receipt.Currency] = sums[receipt.Currency].Add(receipt.Total.Decimal)
	}
	if len(p.Lines) == 0 {
		return pointless("Nothing is left to do.", "%s has no pending receipt", p.Subject)
	}
	p.usesCredit()
	p.mayMail(client, "invoices_bcc")
	p.Facts = append(p.Facts, fmt.Sprintf("%d receipts", len(p.Lines)))
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		p.Facts = append(p.Facts, fmt.Sprintf("%s %s", sums[currency].StringFixed(2), currency))
		if all && len(sums) == 1 { // else it has no one amount
			p.moves(sums[currency], currency)
		}
	}
	if client.TaxID == "" || client.IsValid != nil && !*client.IsValid {
		p.Warnings = append(p.Warnings, "The client's fiscal data is not complete or not accepted by the SAT; the receipts will fail (validate_client).")
	}
	return nil
}
