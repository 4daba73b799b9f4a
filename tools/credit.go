package tools

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// creditNoteForRefund gives money back, if it is asked to, and stamps the credit note
// for what was given back.
func creditNoteForRefund() func(*Tools) ownTool {
	return composedOf[creditRefundInput, credited](gigstack.Spec{
		Name: creditRefundName, Risk: risk.Fiscal, Title: "Credit note for a refund",
		Doc:  "Stamp the credit note (egress, relation 01) for refunds of a payment that was invoiced and not credited yet, with the invoice's taxes in proportion; with refund_amount give that money back first. One plan for both. It finds out whether the team's automatic handler, or an earlier call, did it already. Call it again if it stopped half way.",
		Undo: "Money given back cannot be taken back; the credit note can only be cancelled by the SAT's rules.",
	}, teamField)
}

// creditRefundInput is the payment, and what to give back of it.
type creditRefundInput struct {
	PaymentID    string                `json:"payment_id" doc:"Payment id (payment_…)."`
	RefundAmount *gigstack.Decimal     `json:"refund_amount,omitempty" doc:"Give this back first; without it only what was given back is credited." jsonschema:"exclusiveMinimum=0"`
	Reason       *string               `json:"reason,omitempty" doc:"Why; needed with refund_amount."`
	External     *bool                 `json:"external_processor_refund,omitempty" doc:"Also return it at the processor, true when absent."`
	InvoiceID    *string               `json:"invoice_id,omitempty" doc:"UUID of the invoice, where the payment has several."`
	PaymentForm  *gigstack.PaymentForm `json:"payment_form,omitempty" doc:"SAT form the money goes back in; the payment's when absent."`
	ExchangeRate *gigstack.Decimal     `json:"exchange_rate,omitempty" doc:"Pesos per unit; needed unless MXN." jsonschema:"minimum=0"`
	SendEmail    *bool                 `json:"send_email,omitempty" doc:"Mail the credit note to the client."`
}

func (in creditRefundInput) subject() string { return in.PaymentID }
func (creditRefundInput) failures() int      { return 1 }

func (in creditRefundInput) risk() risk.Level {
	if in.RefundAmount != nil {
		return risk.Critical
	}
	return risk.Fiscal
}

// credited is what came of it.
type credited struct {
	Payment    string `json:"payment"`
	CreditNote string `json:"credit_note,omitempty" doc:"UUID; absent when it is left to the team's automatic handler."`
}

func (in creditRefundInput) conclude(r request) (any, []string) {
	out := credited{Payment: in.PaymentID}
	last := r.steps[len(r.steps)-1]
	if last.spec.Name == gigstack.CreateEgressInvoice.Name {
		out.CreditNote = last.trail.resource
		return out, nil
	}
	return out, []string{"The credit note is left to the team's automatic handler. Call this again in some minutes, without refund_amount: it looks for it, and plans one only if there is none."}
}

// handlerTime is how long the team's automatic handler may take to react to a refund.
const handlerTime = 15 * time.Minute

// compose plans a refund unless it was made already, and the credit note unless it was,
// or somebody else is about to.
func (in creditRefundInput) compose(ctx context.Context, t *Tools, r request, p *preview) error {
	if in.RefundAmount != nil && strings.TrimSpace(value(in.Reason)) == "" {
		return pointless("Ask the person why.", "refund_amount needs a reason")
	}
	if err := t.clear(ctx, r.to.team, in.PaymentID); err != nil {
		return err
	}
	payment, err := gigstack.GetPayment.Call(ctx, r.caller, gigstack.PaymentRef{ID: in.PaymentID})
	if err != nil {
		return err
	}
	p.saw(payment.Status, payment.Total, payment.Refunds, payment.Invoices)
	p.Subject = fmt.Sprintf("Payment %s, %s, total %s %s, status %s", payment.ID, clientWords(value(payment.Client)), payment.Total.StringFixed(2), payment.Currency, payment.Status)
	invoice, err := in.invoice(ctx, r, payment)
	if err != nil {
		return err
	}
	p.saw(invoice.UUID, invoice.Status)
	p.Facts = append(p.Facts, "credits "+invoiceWords(invoice))
	notes, err := t.creditNotes(ctx, r, invoice)
	if err != nil {
		return err
	}
	for _, note := range notes {
		if note.Currency != invoice.Currency {
			return pointless("Show both to the person; a credit note that is really missing is made with create_egress_invoice.",
				"credit note %s is in %s, and the invoice in %s: nobody can tell what of it is credited", note.UUID, clip(note.Currency, shortText), clip(invoice.Currency, shortText))
		}
	}
	due, err := uncredited(payment, notes)
	if err != nil {
		return err
	}
	handled, err := t.handlesRefunds(ctx, r)
	if err != nil {
		return err
	}
	refund, err := in.refund(ctx, t, r, payment, due, p)
	if err != nil {
		return err
	}
	switch latest := lastRefund(due); {
	case refund != nil && handled:
		p.Warnings = append(p.Warnings, "The team's settings may react to refunds by themselves (a credit note, or the invoice cancelled): no credit note is planned here, or there could be two.")
		return nil
	case handled && r.now.Before(latest.Add(handlerTime)):
		return pointless("Call again after "+latest.Add(handlerTime).UTC().Format(time.RFC3339)+".", "the team's settings may react to refunds by themselves, and be about to issue the credit note")
	case handled && latest.IsZero():
		p.Warnings = append(p.Warnings, "The team's settings may react to refunds by themselves, and gigstack does not say when this was given back: make sure that no credit note is on its way.")
	}
	return in.credit(ctx, t, r, payment, invoice, notes, due, p)
}

// invoice is the one that the payment paid, and refuses what cannot be credited here.
func (in creditRefundInput) invoice(ctx context.Context, r request, payment gigstack.Payment) (v gigstack.Invoice, err error) {
	ids := slices.Clone(payment.Invoices)
	if payment.PPDInvoiceID != "" {
		ids = append(ids, payment.PPDInvoiceID)
	}
	var found []gigstack.Invoice
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if in.InvoiceID != nil && !strings.EqualFold(id, *in.InvoiceID) {
			continue
		}
		one, err := gigstack.GetIncomeInvoice.Call(ctx, r.caller, gigstack.InvoiceRef{ID: id})
		if isNotFound(err) || hasStatus(err, http.StatusBadRequest) { // a complement, or a credit note
			continue
		}
		if err != nil {
			return v, err
		}
		found = append(found, one)
	}
	live := slices.DeleteFunc(slices.Clone(found), func(v gigstack.Invoice) bool { return strings.HasPrefix(v.Status, "cancel") })
	switch {
	case len(found) == 0 && in.InvoiceID != nil:
		return v, pointless("See its invoices with get_payment.", "the payment %s has no income invoice %s", payment.ID, *in.InvoiceID)
	case len(found) == 0:
		return v, pointless("Give the money back with refund_payment alone.", "the payment %s was not invoiced: there is nothing to credit", payment.ID)
	case len(live) == 0:
		return v, pointless("No credit note is needed; the money is given back with refund_payment alone.", "the invoice of payment %s is cancelled", payment.ID)
	case len(live) > 1:
		return v, pointless("Ask the person which, and pass invoice_id.", "the payment %s has %d invoices", payment.ID, len(live))
	}
	v = live[0]
	switch {
	case value(v.Cancellation).Status == "pending":
		return v, pointless("Wait for the receiver's answer; if it is cancelled, no credit note is needed.", "the cancellation of invoice %s is pending", v.UUID)
	case v.Global != nil:
		return v, pointless("Ask an accountant: the sale is in a global invoice.", "invoice %s is a global one, which stands for many sales", v.UUID)
	case v.Currency != payment.Currency:
		return v, pointless("Use refund_payment and create_egress_invoice by themselves.", "the payment is in %s and its invoice in %s", payment.Currency, v.Currency)
	}
	return v, nil
}

// creditNotes is the live egress invoices that reduce an invoice.
func (t *Tools) creditNotes(ctx context.Context, r request, v gigstack.Invoice) ([]gigstack.Invoice, error) {
	all, err := t.relatedTo(ctx, r, v)
	return slices.DeleteFunc(all, func(one gigstack.Invoice) bool { return one.InvoiceType != "E" || replaces(one, v.UUID) }), err
}

// uncredited is the refunds for which there is no credit note of their amount since.
// Where there are notes since that fit none, nobody can tell what they are for.
func uncredited(payment gigstack.Payment, notes []gigstack.Invoice) (due []gigstack.Refund, err error) {
	if len(payment.Refunds) == 0 {
		return nil, nil
	}
	notes = slices.Clone(notes)
	sum := decimal.Zero
	for _, refund := range payment.Refunds {
		i := slices.IndexFunc(notes, func(note gigstack.Invoice) bool {
			return note.Total.Equal(refund.Amount.Decimal) && !before(note, refund)
		})
		if i >= 0 {
			notes = slices.Delete(notes, i, i+1)
			continue
		}
		due, sum = append(due, refund), sum.Add(refund.Amount.Decimal)
	}
	for _, note := range notes {
		if before(note, payment.Refunds[0]) {
			continue
		}
		if note.Total.Equal(sum) { // one for all of them
			return nil, nil
		}
		if len(due) > 0 {
			return nil, pointless("Show both to the person; a credit note that is really missing is made with create_egress_invoice.",
				"there is a credit note %s of %s since the refunds, and nobody can tell for which of them", note.UUID, note.Total.StringFixed(2))
		}
	}
	return due, nil
}

// before reports whether a credit note is older than a refund, as far as is known.
func before(note gigstack.Invoice, refund gigstack.Refund) bool {
	return refund.CreatedAt != 0 && note.CreatedAt.Time().Before(refund.CreatedAt.Time().Add(-time.Minute))
}

// lastRefund is when the latest refund was made.
func lastRefund(refunds []gigstack.Refund) (at time.Time) {
	for _, refund := range refunds {
		if refund.CreatedAt != 0 && refund.CreatedAt.Time().After(at) {
			at = refund.CreatedAt.Time()
		}
	}
	return at
}

// handlesRefunds reports whether the team's settings issue credit notes by themselves, or
// may do so, where gigstack does not show them.
func (t *Tools) handlesRefunds(ctx context.Context, r request) (bool, error) {
	team, err := gigstack.GetTeam.Call(ctx, r.caller, gigstack.TeamRef{ID: r.to.team})
	return len(team.Settings) == 0 || at(team.Settings, "refunds", "automatic_refunds") == true, err
}

// refund plans the refund, nil where none is asked for, or it was made and waits for its
// credit note.
func (in creditRefundInput) refund(ctx context.Context, t *Tools, r request, payment gigstack.Payment, due []gigstack.Refund, p *preview) (*step, error) {
	if in.RefundAmount == nil {
		return nil, nil
	}
	if len(due) > 0 {
		refund := due[0]
		if !refund.Amount.Equal(in.RefundAmount.Decimal) || len(due) > 1 {
			return nil, pointless("Call without refund_amount to credit what was given back, then again for this.", "%s were given back and are not credited yet", refund.Amount.StringFixed(2))
		}
		p.Warnings = append(p.Warnings, fmt.Sprintf("%s %s were given back already (%s) and are not credited: only the credit note is planned. For another refund of the same amount call again afterwards.", refund.Amount.StringFixed(2), payment.Currency, refund.ID))
		return nil, nil
	}
	if done, err := t.gaveBack(ctx, r, *in.RefundAmount); err != nil || done {
		return nil, cmp.Or(err, pointless("Nothing is left of that call. If it is really to be given back once more, use refund_payment, then this without refund_amount.",
			"an earlier call that did not end in good order gave %s %s back, and it is credited", in.RefundAmount.StringFixed(2), payment.Currency))
	}
	s, err := t.step(ctx, gigstack.RefundPayment.Name, r.to.team, filled(map[string]any{"id": payment.ID, "amount": in.RefundAmount, "reason": in.Reason, "external_processor_refund": in.External}))
	if err == nil {
		p.steps = append(p.steps, s)
	}
	return s, err
}

// gaveBack reports whether an earlier call about the payment, which did not come to its
// end, gave this amount back: then this call is its repetition.
func (t *Tools) gaveBack(ctx context.Context, r request, amount gigstack.Decimal) (bool, error) {
	whole, known, err := t.Guard.Earlier(ctx, t.guardCall(ctx, r))
	if err != nil || !known || whole.Outcome == guard.Done {
		return false, err
	}
	first, known, err := t.Guard.Journal.Find(ctx, guard.StepID(whole.ID, 0))
	if err != nil || !known || first.Tool != gigstack.RefundPayment.Name || first.Outcome != guard.Done {
		return false, err
	}
	s, err := t.sought(ctx, first)
	return s.kept.Amount.Equal(amount.Decimal), err
}

// credit plans the credit note for all that is given back and not credited.
func (in creditRefundInput) credit(ctx context.Context, t *Tools, r request, payment gigstack.Payment, invoice gigstack.Invoice, notes []gigstack.Invoice, due []gigstack.Refund, p *preview) error {
	amount, left := decimal.Zero, invoice.Total.Decimal
	for _, refund := range due {
		amount = amount.Add(refund.Amount.Decimal)
	}
	if len(p.steps) > 0 {
		amount = amount.Add(in.RefundAmount.Decimal)
	}
	for _, note := range notes {
		left = left.Sub(note.Total.Decimal)
	}
	switch {
	case amount.IsZero() && len(payment.Refunds) > 0:
		return pointless("Nothing is left to do; list_egress_invoices shows the credit notes.", "%s: what was given back is credited", p.Subject)
	case amount.IsZero():
		return pointless("Pass refund_amount and reason to give money back first.", "%s: nothing was given back", p.Subject)
	case amount.GreaterThan(left):
		return pointless("Show the person the invoice and its credit notes.", "%s would be credited, and only %s of invoice %s is left", amount.StringFixed(2), left.StringFixed(2), invoice.UUID)
	}
	lines, err := inProportion(invoice, amount)
	if err != nil {
		return err
	}
	args := map[string]any{
		"client": map[string]any{"id": invoice.Client.ID}, "items": lines, "use": "G02", "currency": invoice.Currency,
		"payment_form":      cmp.Or(string(value(in.PaymentForm)), payment.PaymentForm),
		"related_documents": []gigstack.DocumentRelation{{Relationship: "01", Documents: []string{invoice.UUID}}},
		"metadata":          map[string]any{"refund_of": payment.ID},
		"send_email":        in.SendEmail,
	}
	if invoice.Currency != "MXN" {
		args["exchange_rate"] = in.ExchangeRate
	}
	if invoice.Client.TaxSystem == "616" { // of no tax obligations: the only use it may have
		args["use"] = "S01"
	}
	s, err := t.step(ctx, gigstack.CreateEgressInvoice.Name, r.to.team, filled(args))
	if err != nil {
		return err
	}
	s.about = in.PaymentID
	p.Totals = s.shown.Totals
	p.steps = append(p.steps, s)
	return nil
}
