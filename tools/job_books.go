package tools

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// sums is amounts by currency; those of two are never added.
type sums map[string]gigstack.Decimal

func (s sums) add(currency string, amount decimal.Decimal) {
	currency = cmp.Or(currency, "MXN")
	s[currency] = gigstack.Decimal{Decimal: s[currency].Add(amount)}
}

// tally is how many documents there are and what they come to.
type tally struct {
	Count int  `json:"count"`
	Sums  sums `json:"sums,omitempty" doc:"Amount by currency."`
}

func (t *tally) add(currency string, amount decimal.Decimal) {
	if t.Sums == nil {
		t.Sums = sums{}
	}
	t.Count++
	t.Sums.add(currency, amount)
}

// example is a document as a concern names it.
type example struct {
	ID       string           `json:"id" doc:"UUID of an invoice, else its id."`
	Folio    string           `json:"folio,omitempty"`
	Date     string           `json:"date,omitempty" doc:"Day, Mexico City."`
	Client   string           `json:"client,omitempty" doc:"RFC, else a name."`
	Amount   gigstack.Decimal `json:"amount"`
	Currency string           `json:"currency,omitempty"`
	Note     string           `json:"note,omitempty"`
}

// concern is documents that are not as they should be.
type concern struct {
	Item  string `json:"item"`
	State string `json:"state" doc:"ok; open: something is to be done; unknown: could not be told, about says why."`
	tally
	Examples []example `json:"examples,omitempty"`
	NotShown int       `json:"not_shown,omitempty" doc:"More of them, beside the examples."`
	About    string    `json:"about" doc:"What is wrong with them."`
	Next     string    `json:"next,omitempty" doc:"What to do, with which tool."`

	most int // examples
}

// States of a concern.
const (
	allWell   = "ok"
	isOpen    = "open"
	isUnknown = "unknown"
)

func (f *concern) add(e example) {
	f.tally.add(e.Currency, e.Amount.Decimal)
	if len(f.Examples) < f.most {
		f.Examples = append(f.Examples, e)
	} else {
		f.NotShown++
	}
}

// inquiry is a question to the books: which lists its answer rests on, and what it
// finds.
type inquiry struct {
	item  string
	rests []string // tools
	about string
	next  string
	find  func(*books, *concern)
}

// ask answers an inquiry. What rests on a list that was not read to its end is
// unknown: half of a comparison finds differences that are none.
func (q inquiry) ask(s *study, b *books, most int) concern {
	f := concern{Item: q.item, State: allWell, About: q.about, most: most}
	if missing := s.missing(q.rests...); missing != "" {
		f.State, f.About = isUnknown, missing
		return f
	}
	q.find(b, &f)
	if f.Count > 0 {
		f.State = isOpen
	}
	if f.State != allWell {
		f.Next = q.next
	}
	return f
}

// answers asks in order. Without a mirror nothing is asked of it.
func (b *books) answers(s *study, list []inquiry, most int) (all []concern) {
	for _, q := range list {
		if !b.noSAT || !slices.Contains(q.rests, ofMirror) {
			all = append(all, q.ask(s, b, most))
		}
	}
	return all
}

// The lists that inquiries rest on.
var (
	ofIncome      = gigstack.ListIncomeInvoices.Name
	ofEgress      = gigstack.ListEgressInvoices.Name
	ofComplements = gigstack.ListPaymentComplements.Name
	ofPayments    = gigstack.ListPayments.Name
	ofReceipts    = gigstack.ListReceipts.Name
	ofDrafts      = gigstack.ListDraftInvoices.Name
	ofMirror      = gigstack.ListSATInvoices.Name
	ofTeam        = gigstack.GetTeam.Name
)

// Documents of a period hang together with ones before and after it: links paid
// later, complements of earlier invoices, complements due by the fifth.
const (
	monthsBefore = 3
	daysAfter    = 10
	// mirrorTakes is how long a document may need to reach the mirror, which is
	// filled once a day.
	mirrorTakes = 48 * time.Hour
	// complementDay is the day of the next month by which a payment's complement is due.
	complementDay = 5
)

// books is a team's documents around a period.
type books struct {
	period  span
	since   time.Time // what is older was not read
	now     time.Time
	team    gigstack.Team
	drafts  []gigstack.Draft
	income  []gigstack.Invoice
	egress  []gigstack.Invoice
	paid    []gigstack.Invoice // complements
	money   []gigstack.Payment
	tickets []gigstack.Receipt
	mirror  map[string]gigstack.SATInvoice // by UUID; only the period's
	noSAT   bool                           // there is no mirror
	off     string                         // why the mirror cannot be compared with

	issued   map[string]*gigstack.Invoice   // all of them by UUID
	invoices map[string][]*gigstack.Invoice // income by payment
	receipts map[string][]*gigstack.Receipt // by payment
	pays     map[string][]*gigstack.Invoice // complements, by payment and by UUID of what they pay
	taken    map[string]bool                // UUIDs that receipts became
	received map[string]bool                // payments that were read
	heirs    map[string][]*gigstack.Invoice // substitutes by UUID
}

// openBooks reads what is around a period.
func openBooks(ctx context.Context, s *study, period span) *books {
	b := &books{period: period, since: period.from.AddDate(0, -monthsBefore, 0), now: s.Now(), mirror: map[string]gigstack.SATInvoice{}}
	page := gigstack.Paging{Limit: new(100)}
	within := gigstack.ListFilter{CreatedGTE: new(gigstack.Since(b.since.Unix())), CreatedLTE: new(gigstack.Until(period.until.AddDate(0, 0, daysAfter).Unix() - 1))}
	invoices := gigstack.ListInvoicesInput{Paging: page, ListFilter: within}
	keep := func(list gigstack.Endpoint[gigstack.ListInvoicesInput, gigstack.Page[gigstack.Invoice]], to *[]gigstack.Invoice) func() {
		return func() {
			for v := range reading(ctx, s, list, invoices) {
				*to = append(*to, slim(v))
			}
		}
	}
	s.together(
		keep(gigstack.ListIncomeInvoices, &b.income), keep(gigstack.ListEgressInvoices, &b.egress),
		func() {
			for v := range reading(ctx, s, gigstack.ListPaymentComplements, gigstack.ListPaymentComplementsInput{ListInvoicesInput: invoices}) {
				b.paid = append(b.paid, slim(v))
			}
		},
		func() {
			for v := range reading(ctx, s, gigstack.ListPayments, gigstack.ListPaymentsInput{Paging: page, ListFilter: within}) {
				v.Total = gigstack.Decimal{Decimal: totalOf(v)}
				v.Items, v.Metadata = nil, nil
				b.money = append(b.money, v)
			}
		},
		func() {
			for v := range reading(ctx, s, gigstack.ListReceipts, gigstack.ListReceiptsInput{Paging: page, ListFilter: within}) {
				v.Items, v.Metadata = nil, nil
				b.tickets = append(b.tickets, v)
			}
		},
		func() { b.readMirror(ctx, s) },
	)
	b.index()
	b.doubtMirror()
	s.note("Documents made before %s were not read.", day(b.since))
	return b
}

// slim is what inquiries need of an invoice.
func slim(v gigstack.Invoice) gigstack.Invoice {
	v.Items, v.Metadata, v.Stamp, v.Addenda, v.Complements, v.Emails = nil, nil, nil, "", nil, nil
	return v
}

// readMirror reads the SAT's copies of what the team issued in the period.
func (b *books) readMirror(ctx context.Context, s *study) {
	activation, ok := one(ctx, s, gigstack.GetSATDownloadActivation, struct{}{})
	switch {
	case !ok:
		b.off = "Whether bulk download is on could not be read."
		return
	case activation.Status != "active":
		b.noSAT, b.off = true, "Bulk download from the SAT is off: nothing was compared with the SAT's mirror."
		s.note("%s", b.off)
		return
	}
	for v := range reading(ctx, s, gigstack.ListSATInvoices, gigstack.ListSATInvoicesInput{
		RecordPaging: gigstack.RecordPaging{Paging: gigstack.Paging{Limit: new(100)}}, Direction: new(gigstack.SATDirection("issued")),
		FirstDay: new(gigstack.Day(day(b.period.from))), LastDay: new(gigstack.Day(day(b.period.until.Add(-time.Second)))),
	}) {
		b.mirror[strings.ToUpper(v.UUID)] = v
	}
}

// doubtMirror has an empty mirror prove nothing.
func (b *books) doubtMirror() {
	if b.off != "" || len(b.mirror) > 0 {
		return
	}
	b.compared(func(v *gigstack.Invoice, _ gigstack.SATInvoice, _ bool) {
		b.off = "The SAT's mirror holds nothing that the team issued in the period: it may fetch received documents only."
	})
}

// index finds documents by what they name.
func (b *books) index() {
	b.issued, b.taken, b.received, b.heirs = map[string]*gigstack.Invoice{}, map[string]bool{}, map[string]bool{}, map[string][]*gigstack.Invoice{}
	b.invoices, b.pays, b.receipts = map[string][]*gigstack.Invoice{}, map[string][]*gigstack.Invoice{}, map[string][]*gigstack.Receipt{}
	for _, list := range [][]gigstack.Invoice{b.income, b.egress, b.paid} {
		for i := range list {
			b.issued[strings.ToUpper(list[i].UUID)] = &list[i]
			for _, old := range replacedBy(&list[i]) {
				b.heirs[strings.ToUpper(old)] = append(b.heirs[strings.ToUpper(old)], &list[i])
			}
		}
	}
	tie := func(payment string, v *gigstack.Invoice) {
		if v.InvoiceType != "P" && v.InvoiceType != "E" && !slices.Contains(b.invoices[payment], v) {
			b.invoices[payment] = append(b.invoices[payment], v)
		}
	}
	for i := range b.income {
		for _, payment := range b.income[i].Payments {
			tie(payment, &b.income[i])
		}
	}
	for i := range b.paid {
		v := &b.paid[i]
		for _, payment := range v.Payments {
			b.pays[payment] = append(b.pays[payment], v)
		}
		for _, uuid := range v.Invoices {
			b.pays[strings.ToUpper(uuid)] = append(b.pays[strings.ToUpper(uuid)], v)
		}
	}
	for _, p := range b.money {
		b.received[p.ID] = true
		for _, uuid := range p.Invoices {
			if v := b.issued[strings.ToUpper(uuid)]; v != nil {
				tie(p.ID, v)
			}
		}
	}
	for i := range b.tickets {
		r := &b.tickets[i]
		for _, payment := range r.Payments {
			b.receipts[payment] = append(b.receipts[payment], r)
		}
		for _, uuid := range r.Invoices {
			b.taken[strings.ToUpper(uuid)] = true
		}
	}
}

// mostBackdated is how long before it was made an invoice may say that it was issued.
const mostBackdated = 72 * time.Hour

// issuedAt is when a document says it was issued.
func issuedAt(v *gigstack.Invoice) time.Time {
	return instant(cmp.Or(int64(v.Date), int64(v.CreatedAt)))
}

// collectedAt is when a payment's money came.
func collectedAt(p gigstack.Payment) time.Time {
	return instant(int64(cmp.Or(value(p.SucceededAt), p.CreatedAt)))
}

// valid reports whether a document is stamped and not cancelled.
func valid(v *gigstack.Invoice) bool { return v.Status == "valid" || v.Status == "stamped" }

func voided(status string) bool { return strings.HasPrefix(status, "cancel") }

// canceling reports whether a cancellation waits for its receiver.
func canceling(v *gigstack.Invoice) bool {
	return valid(v) && v.Cancellation != nil && v.Cancellation.Status == "pending"
}

// collected reports whether a payment's money came; it may have gone back since.
func collected(p gigstack.Payment) bool {
	return strings.HasPrefix(p.Status, "succeeded") || p.Status == "refunded"
}

// givenBack is how much of a payment went back.
func givenBack(p gigstack.Payment) (sum decimal.Decimal) {
	for _, r := range p.Refunds {
		sum = sum.Add(r.Amount.Decimal)
	}
	if p.Status == "refunded" && sum.IsZero() {
		return p.Total.Decimal
	}
	return sum
}

// kept is what is left of a payment.
func kept(p gigstack.Payment) decimal.Decimal { return p.Total.Sub(givenBack(p)) }

// replacedBy is the documents that one replaces by its own word.
func replacedBy(v *gigstack.Invoice) (uuids []string) {
	for _, r := range v.RelatedDocuments {
		if r.Relationship == "04" {
			uuids = append(uuids, r.Documents...)
		}
	}
	return uuids
}

func folioOf(v *gigstack.Invoice) string {
	if v.FolioNumber == 0 {
		return clip(v.Series, shortText)
	}
	return fmt.Sprintf("%s%d", clip(v.Series, shortText), v.FolioNumber)
}

// who is what a client is recognised by.
func who(c gigstack.Client) string {
	return clip(cmp.Or(c.TaxID, c.LegalName, c.Name, c.Email, c.ID), shortText)
}

func invoiceExample(v *gigstack.Invoice, note string) example {
	return example{ID: v.UUID, Folio: folioOf(v), Date: day(issuedAt(v)), Client: who(v.Client), Amount: v.Total, Currency: v.Currency, Note: note}
}

func paymentExample(p gigstack.Payment, amount decimal.Decimal, note string) example {
	return example{ID: p.ID, Date: day(collectedAt(p)), Client: who(value(p.Client)), Amount: gigstack.Decimal{Decimal: amount}, Currency: cmp.Or(p.Currency, "MXN"), Note: note}
}

func receiptExample(r *gigstack.Receipt, note string) example {
	return example{ID: r.ID, Date: day(instant(int64(r.CreatedAt))), Client: who(value(r.Client)), Amount: gigstack.Decimal{Decimal: r.Total.Sub(r.TotalRefunded.Decimal)}, Currency: cmp.Or(r.Currency, "MXN"), Note: note}
}
