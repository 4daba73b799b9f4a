package tools

import (
	"context"
	"slices"
)

// reconciliation is a period's money beside its documents and the SAT's copies.
type reconciliation struct {
	Period      string    `json:"period"`
	Agrees      bool      `json:"agrees" doc:"Everything was read and nothing differs."`
	Collected   tally     `json:"collected" doc:"Payments whose money came in the period."`
	WithInvoice tally     `json:"with_invoice" doc:"Of these, those with an invoice."`
	WithReceipt tally     `json:"with_receipt" doc:"Of these, those with a receipt only: the global invoice or the buyer takes them."`
	Refunded    tally     `json:"refunded" doc:"Given back in the period."`
	Invoiced    tally     `json:"invoiced" doc:"Valid income invoices of the period."`
	PaidPUE     tally     `json:"invoiced_and_paid" doc:"Of these, PUE with a payment, or made of receipts."`
	OnCredit    tally     `json:"invoiced_on_credit" doc:"Of these, PPD: money comes later."`
	Credited    tally     `json:"credit_notes" doc:"Valid egress invoices of the period."`
	Complements int       `json:"complements" doc:"Valid payment complements of the period."`
	AtSAT       *tally    `json:"in_sat_mirror,omitempty" doc:"Documents of the period that the SAT's mirror has too. Absent without a mirror."`
	Differences []concern `json:"differences" doc:"By kind; those that are ok are left out."`
}

// differing is what money, documents and the SAT may differ in.
var differing = []inquiry{undocumented, complementsMissing, amountDiffers, refundsBare, pueUnpaid, notAtSAT, statusDiffers, satAmounts, onlyAtSAT}

// examplesOfDifference is how many documents a difference names.
const examplesOfDifference = 10

func (t *Tools) reconcileMonth() ownTool {
	return job(t, "reconcile_month", "Reconcile money, invoices and the SAT",
		"Match a month's payments with invoices, complements, credit notes, refunds and receipts, and these by UUID with the SAT's mirror (conciliar). Answers what matched, in counts and sums per currency, and the differences by kind. Changes nothing.",
		func(ctx context.Context, s *study, in inPeriod) (r reconciliation, err error) {
			p, err := t.during(in.Period, "this month")
			if err != nil {
				return r, err
			}
			b := openBooks(ctx, s, p)
			r = b.matched()
			r.Differences = slices.DeleteFunc(b.answers(s, differing, examplesOfDifference), func(f concern) bool { return f.State == allWell })
			r.Agrees = len(r.Differences) == 0
			return r, nil
		})
}

// matched is what of the period hangs together.
func (b *books) matched() reconciliation {
	r := reconciliation{Period: b.period.String()}
	for p := range b.collectedThen() {
		r.Collected.add(p.Currency, p.Total.Decimal)
		invoiced, receipted, _ := b.documents(p)
		switch {
		case invoiced:
			r.WithInvoice.add(p.Currency, p.Total.Decimal)
		case receipted:
			r.WithReceipt.add(p.Currency, p.Total.Decimal)
		}
	}
	for _, p := range b.money {
		if back := b.refundedThen(p); back.IsPositive() {
			r.Refunded.add(p.Currency, back)
		}
	}
	settled := b.settledInvoices()
	for v := range b.issuedThen() {
		r.Invoiced.add(v.Currency, v.Total.Decimal)
		switch {
		case v.PaymentMethod == "PPD":
			r.OnCredit.add(v.Currency, v.Total.Decimal)
		case settled(v):
			r.PaidPUE.add(v.Currency, v.Total.Decimal)
		}
	}
	for i := range b.egress {
		if v := &b.egress[i]; valid(v) && b.period.Contains(issuedAt(v)) {
			r.Credited.add(v.Currency, v.Total.Decimal)
		}
	}
	for i := range b.paid {
		if v := &b.paid[i]; valid(v) && b.period.Contains(issuedAt(v)) {
			r.Complements++
		}
	}
	if b.off == "" {
		r.AtSAT = b.atSAT()
	}
	return r
}
