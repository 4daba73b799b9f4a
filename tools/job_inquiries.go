package tools

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// The inquiries of month_close_check and reconcile_month.
var (
	receiptsPending = inquiry{"receipts_pending", []string{ofReceipts}, "Sales collected and not invoiced: they wait for their buyer or the global invoice.",
		"stamp_receipt or stamp_client_pending_receipts for known buyers; the global invoice takes the rest.", (*books).receiptsPending}
	undocumented = inquiry{"payments_without_document", []string{ofPayments, ofIncome, ofReceipts}, "Money collected with neither invoice nor receipt.",
		"get_payment, then create_income_invoice (or create_receipt) for what was sold.", (*books).undocumented}
	draftsUnstamped = inquiry{"drafts_unstamped", []string{ofDrafts}, "Drafts without fiscal effect.",
		"stamp_draft_invoice those that were sold, delete_draft_invoice the others.", (*books).draftsUnstamped}
	complementsMissing = inquiry{"complements_missing", []string{ofPayments, ofIncome, ofComplements}, "Payments of PPD invoices without their complement, due on day 5 of the next month.",
		"get_payment and list_payment_complements; gigstack issues a complement only along with its payment, so tell the accountant before the day.", (*books).complementsMissing}
	pueForm99 = inquiry{"pue_with_form_99", []string{ofIncome}, "PUE invoices with form 99, which contradicts itself: paid, but not said how.",
		"Replace each: create_income_invoice with relation 04 and the real form or PPD, then cancel_invoice with motive 01.", (*books).pueForm99}
	pueUnpaid = inquiry{"pue_unpaid", []string{ofIncome, ofPayments, ofReceipts}, "PUE invoices without a payment in gigstack. Some may be paid elsewhere.",
		"If paid: register_payment with automation none. If not by the month's end: replace it by a PPD invoice.", (*books).pueUnpaid}
	cancelPending = inquiry{"cancellations_pending", []string{ofIncome, ofEgress, ofComplements}, "Cancellations their receiver has not answered: the documents are still valid.",
		"get_income_invoice again; silence for three business days accepts.", (*books).cancelPending}
	halfReplaced = inquiry{"replacements_half_done", []string{ofIncome, ofEgress}, "Invoices whose substitute is stamped and which are still valid: the sale counts twice.",
		"cancel_invoice with motive 01 and the substitute's UUID.", (*books).halfReplaced}
	notAtSAT = inquiry{"not_in_sat_mirror", []string{ofIncome, ofEgress, ofComplements, ofMirror}, "Stamped here and not in the SAT's mirror two days later.",
		"get_sat_invoice; else get_sat_download_schedule tells whether the mirror is up to date.", (*books).notAtSAT}
	statusDiffers = inquiry{"cancelled_on_one_side", []string{ofIncome, ofEgress, ofComplements, ofMirror}, "Cancelled here or at the SAT, valid on the other side.",
		"get_income_invoice and get_sat_invoice; the SAT's state rules.", (*books).statusDiffers}
	certificate = inquiry{"csd", []string{ofTeam}, "The certificate that stamps.",
		"get_team_onboarding_url: the company's owner uploads a new CSD there.", (*books).certificate}
	failedStamps = inquiry{"failed_stamps", []string{ofIncome, ofEgress, ofComplements, ofReceipts}, "Documents whose stamp failed or has not come back.",
		"diagnose_stamping groups the reasons.", (*books).failedStamps}
	amountDiffers = inquiry{"amount_differs", []string{ofPayments, ofIncome}, "Payments of another amount than their PUE invoice.",
		"get_payment and get_income_invoice; a difference takes an egress invoice or a replacement.", (*books).amountDiffers}
	refundsBare = inquiry{"refunds_without_credit_note", []string{ofPayments, ofIncome, ofEgress}, "Money given back whose invoice stands undiminished.",
		"create_egress_invoice related to the invoice, or cancel_invoice when all of it went back.", (*books).refundsBare}
	satAmounts = inquiry{"sat_amount_differs", []string{ofIncome, ofEgress, ofMirror}, "Total or currency differ from the SAT's copy.",
		"get_sat_invoice and get_invoice_files; tell the person.", (*books).satAmounts}
	onlyAtSAT = inquiry{"only_in_sat_mirror", []string{ofIncome, ofEgress, ofComplements, ofMirror}, "Issued by this RFC and unknown to gigstack: made elsewhere, or with the other mode's key.",
		"get_sat_invoice.", (*books).onlyAtSAT}
)

func (b *books) receiptsPending(f *concern) {
	for i := range b.tickets {
		if r := &b.tickets[i]; waits(r) && instant(int64(r.CreatedAt)).Before(b.period.until) && r.Total.GreaterThan(r.TotalRefunded.Decimal) {
			f.add(receiptExample(r, "valid until "+day(instant(int64(r.ValidUntil)))))
		}
	}
	if off, _ := b.team.Settings["global_invoice_disabled"].(bool); off && f.Count > 0 {
		f.About += " The team's global invoice is switched off: nothing takes them by itself."
	}
}

// waits reports whether a receipt is still to be invoiced.
func waits(r *gigstack.Receipt) bool { return r.Status == "pending" || r.Status == "open" }

// collectedThen is the payments whose money came in the period.
func (b *books) collectedThen() iter.Seq[gigstack.Payment] {
	return func(yield func(gigstack.Payment) bool) {
		for _, p := range b.money {
			if collected(p) && b.period.Contains(collectedAt(p)) && !yield(p) {
				return
			}
		}
	}
}

// documents of a payment: its invoice, also one that was not read; its receipt; or
// nothing, and why what there was does not count.
func (b *books) documents(p gigstack.Payment) (invoiced, receipted bool, note string) {
	for _, v := range b.invoices[p.ID] {
		if b.stands(v.UUID, mostHeirs) {
			return true, false, ""
		}
		note = fmt.Sprintf("its invoice %s is %s", v.UUID, clip(v.Status, shortText))
	}
	for _, uuid := range slices.Concat(p.Invoices, []string{p.PPDInvoiceID}) {
		if uuid != "" && b.stands(uuid, mostHeirs) {
			return true, false, ""
		}
	}
	read := map[string]bool{}
	for _, r := range b.receipts[p.ID] {
		if read[r.ID] = true; !voided(r.Status) {
			return false, true, ""
		}
		note = "its receipt is canceled"
	}
	older := slices.ContainsFunc(p.Receipts, func(id string) bool { return !read[id] })
	return false, older, note
}

// mostHeirs is how many replacements in a row are followed.
const mostHeirs = 3

// stands reports whether an invoice counts, or one that replaces it. What was not read
// is taken to.
func (b *books) stands(uuid string, most int) bool {
	v, read := b.issued[strings.ToUpper(uuid)]
	return !read || valid(v) || most > 0 && slices.ContainsFunc(b.heirs[strings.ToUpper(uuid)], func(heir *gigstack.Invoice) bool { return b.stands(heir.UUID, most-1) })
}

func (b *books) undocumented(f *concern) {
	for p := range b.collectedThen() {
		invoiced, receipted, note := b.documents(p)
		if invoiced || receipted || !kept(p).IsPositive() {
			continue
		}
		if note == "" && automates(p.AutomationType) {
			note = clip(p.AutomationType, shortText) + " issued nothing"
		}
		f.add(paymentExample(p, kept(p), note))
	}
}

func (b *books) draftsUnstamped(f *concern) {
	for _, d := range b.drafts {
		made := instant(int64(d.CreatedAt))
		if made.Before(b.period.until) {
			f.add(example{ID: d.ID, Date: day(made), Client: who(value(d.Client)), Amount: d.Total, Currency: d.Currency, Note: "type " + clip(d.InvoiceType, shortText)})
		}
	}
}

func (b *books) complementsMissing(f *concern) {
	for p := range b.collectedThen() {
		if ppd := b.settles(p); ppd != "" && kept(p).IsPositive() && !b.complemented(p, ppd) {
			f.add(paymentExample(p, p.Total.Decimal, fmt.Sprintf("pays %s; due %s", clip(ppd, shortText), day(complementDue(collectedAt(p))))))
		}
	}
}

// complementDue is the last day for the complement of money that came then.
func complementDue(at time.Time) time.Time {
	at = at.In(gigstack.MexicoCity)
	return time.Date(at.Year(), at.Month()+1, complementDay, 0, 0, 0, 0, gigstack.MexicoCity)
}

// settles is the PPD invoice that a payment pays, or "".
func (b *books) settles(p gigstack.Payment) string {
	if p.PPDInvoiceID != "" {
		return p.PPDInvoiceID
	}
	for _, v := range b.invoices[p.ID] {
		if valid(v) && v.PaymentMethod == "PPD" {
			return v.UUID
		}
	}
	return ""
}

// complemented reports whether a payment has its complement. One that names no
// payment counts for any that came before it.
func (b *books) complemented(p gigstack.Payment, ppd string) bool {
	named := slices.ContainsFunc(p.Invoices, func(uuid string) bool {
		c := b.issued[strings.ToUpper(uuid)]
		return c != nil && c.InvoiceType == "P" && valid(c)
	})
	return named || slices.ContainsFunc(b.pays[p.ID], valid) || slices.ContainsFunc(b.pays[strings.ToUpper(ppd)], func(c *gigstack.Invoice) bool {
		return valid(c) && len(c.Payments) == 0 && !issuedAt(c).Before(collectedAt(p).Add(-time.Hour))
	})
}

// issuedThen is the income invoices of the period that count.
func (b *books) issuedThen() iter.Seq[*gigstack.Invoice] {
	return func(yield func(*gigstack.Invoice) bool) {
		for i := range b.income {
			if v := &b.income[i]; valid(v) && b.period.Contains(issuedAt(v)) && !yield(v) {
				return
			}
		}
	}
}

func (b *books) pueForm99(f *concern) {
	for v := range b.issuedThen() {
		if v.PaymentMethod == "PUE" && v.PaymentForm == "99" {
			f.add(invoiceExample(v, ""))
		}
	}
}

func (b *books) pueUnpaid(f *concern) {
	settled := b.settledInvoices()
	for v := range b.issuedThen() {
		if v.PaymentMethod == "PUE" && !settled(v) && !canceling(v) {
			f.add(invoiceExample(v, ""))
		}
	}
}

// settledInvoices tells invoices with money from those without: it came by payment or
// receipt, for the invoice itself or for one that it replaces. Global ones are made of
// money.
func (b *books) settledInvoices() func(*gigstack.Invoice) bool {
	paid := map[string]bool{}
	for _, p := range b.money {
		for _, v := range b.invoices[p.ID] {
			paid[v.UUID] = paid[v.UUID] || collected(p)
		}
	}
	var settled func(uuid string, most int) bool
	settled = func(uuid string, most int) bool {
		v, read := b.issued[strings.ToUpper(uuid)]
		if b.taken[strings.ToUpper(uuid)] || !read {
			return b.taken[strings.ToUpper(uuid)]
		}
		return v.Global != nil || paid[v.UUID] || b.paidUnread(v) || most > 0 && slices.ContainsFunc(replacedBy(v), func(old string) bool { return settled(old, most-1) })
	}
	return func(v *gigstack.Invoice) bool { return settled(v.UUID, mostHeirs) }
}

// paidUnread reports whether an invoice names a payment that is older than the books.
func (b *books) paidUnread(v *gigstack.Invoice) bool {
	return slices.ContainsFunc(v.Payments, func(id string) bool { return !b.received[id] })
}

func (b *books) cancelPending(f *concern) {
	for _, v := range b.all() {
		if canceling(v) {
			f.add(invoiceExample(v, "requested "+day(instant(int64(v.Cancellation.RequestedAt)))))
		}
	}
}

func (b *books) halfReplaced(f *concern) {
	for _, v := range b.all() {
		for _, uuid := range replacedBy(v) {
			if old := b.issued[strings.ToUpper(uuid)]; valid(v) && old != nil && valid(old) && !canceling(old) {
				f.add(invoiceExample(old, "replaced by "+v.UUID))
			}
		}
	}
}

// all is every document, income first.
func (b *books) all() (all []*gigstack.Invoice) {
	for _, list := range [][]gigstack.Invoice{b.income, b.egress, b.paid} {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	return all
}

func (b *books) failedStamps(f *concern) {
	for i := range b.tickets {
		if r := &b.tickets[i]; waits(r) && r.AutomaticInvoiceError != "" {
			f.add(receiptExample(r, clip(r.AutomaticInvoiceError, shortText)))
		}
	}
	for _, v := range b.all() {
		if v.Status == "pending" {
			f.add(invoiceExample(v, "stamp not back"))
		}
	}
}

func (b *books) certificate(f *concern) {
	switch f.State, f.About = judgeCSD(b.team, b.now); f.State {
	case isWarning, isProblem:
		f.State = isOpen
	}
}
