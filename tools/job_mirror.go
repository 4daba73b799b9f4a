package tools

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// unmirrored says that there is nothing to compare with.
func (b *books) unmirrored(f *concern) bool {
	if b.off != "" {
		f.State, f.About = isUnknown, b.off
	}
	return b.off != ""
}

// compared is the documents of the period and their copies at the SAT.
func (b *books) compared(each func(v *gigstack.Invoice, copied gigstack.SATInvoice, found bool)) {
	for _, v := range b.all() {
		if b.period.Contains(issuedAt(v)) && (valid(v) || voided(v.Status)) {
			copied, found := b.mirror[strings.ToUpper(v.UUID)]
			each(v, copied, found)
		}
	}
}

func (b *books) notAtSAT(f *concern) {
	if b.unmirrored(f) {
		return
	}
	b.compared(func(v *gigstack.Invoice, _ gigstack.SATInvoice, found bool) {
		if !found && valid(v) && instant(int64(v.CreatedAt)).Before(b.now.Add(-mirrorTakes)) {
			f.add(invoiceExample(v, "type "+v.InvoiceType))
		}
	})
}

func (b *books) statusDiffers(f *concern) {
	if b.unmirrored(f) {
		return
	}
	b.compared(func(v *gigstack.Invoice, copied gigstack.SATInvoice, found bool) {
		switch {
		case found && valid(v) && copied.Status == "Cancelado":
			f.add(invoiceExample(v, "cancelled at the SAT only"))
		case found && voided(v.Status) && copied.Status == "Vigente":
			f.add(invoiceExample(v, "cancelled here only"))
		}
	})
}

func (b *books) satAmounts(f *concern) {
	if b.unmirrored(f) {
		return
	}
	b.compared(func(v *gigstack.Invoice, copied gigstack.SATInvoice, found bool) {
		if found && v.InvoiceType != "P" && (!copied.Total.Equal(v.Total.Decimal) || copied.Currency != "" && copied.Currency != v.Currency) {
			f.add(invoiceExample(v, fmt.Sprintf("SAT: %s %s", copied.Total.StringFixed(2), clip(copied.Currency, shortText))))
		}
	})
}

func (b *books) onlyAtSAT(f *concern) {
	if b.unmirrored(f) {
		return
	}
	var only []gigstack.SATInvoice
	for uuid, v := range b.mirror {
		if b.issued[uuid] == nil {
			only = append(only, v)
		}
	}
	slices.SortFunc(only, func(a, b gigstack.SATInvoice) int {
		return strings.Compare(b.IssueDate+b.UUID, a.IssueDate+a.UUID)
	})
	for _, v := range only {
		on, _, _ := strings.Cut(v.IssueDate, "T")
		f.add(example{ID: v.UUID, Folio: clip(v.Series+string(v.Folio), shortText), Date: clip(on, shortText), Client: clip(value(v.Receiver).RFC, shortText), Amount: v.Total,
			Currency: v.Currency, Note: clip("type "+v.InvoiceType+", "+v.Status, shortText)})
	}
}

func (b *books) amountDiffers(f *concern) {
	payments := map[string]int{} // by invoice
	for _, p := range b.money {
		for _, v := range b.invoices[p.ID] {
			if collected(p) {
				payments[v.UUID]++
			}
		}
	}
	for p := range b.collectedThen() {
		invoices := slices.DeleteFunc(slices.Clone(b.invoices[p.ID]), func(v *gigstack.Invoice) bool { return !valid(v) })
		if len(invoices) != 1 || invoices[0].PaymentMethod != "PUE" || invoices[0].Global != nil || payments[invoices[0].UUID] > 1 {
			continue
		}
		if v := invoices[0]; !v.Total.Equal(p.Total.Decimal) || v.Currency != p.Currency {
			f.add(paymentExample(p, p.Total.Decimal, fmt.Sprintf("invoice %s: %s %s", v.UUID, v.Total.StringFixed(2), v.Currency)))
		}
	}
}

// refundsBare finds refunds of the period whose payment has an invoice that no credit
// note and no cancellation has diminished since.
func (b *books) refundsBare(f *concern) {
	credited := map[string]bool{}
	for i := range b.egress {
		for _, r := range b.egress[i].RelatedDocuments {
			for _, uuid := range r.Documents {
				credited[strings.ToUpper(uuid)] = credited[strings.ToUpper(uuid)] || valid(&b.egress[i])
			}
		}
	}
	for _, p := range b.money {
		back := b.refundedThen(p)
		for _, v := range b.invoices[p.ID] {
			if back.IsPositive() && valid(v) && !canceling(v) && !credited[strings.ToUpper(v.UUID)] {
				f.add(paymentExample(p, back, "invoice "+v.UUID))
				break
			}
		}
	}
}

// refundedThen is what of a payment went back in the period. A refund without a date
// counts where its payment does.
func (b *books) refundedThen(p gigstack.Payment) (sum decimal.Decimal) {
	if len(p.Refunds) == 0 && p.Status == "refunded" && b.period.Contains(collectedAt(p)) {
		return p.Total.Decimal
	}
	for _, r := range p.Refunds {
		at := instant(int64(r.CreatedAt))
		if r.CreatedAt == 0 {
			at = collectedAt(p)
		}
		if b.period.Contains(at) {
			sum = sum.Add(r.Amount.Decimal)
		}
	}
	return sum
}

// atSAT is the documents of the period that the mirror has too. A complement is one of
// no money.
func (b *books) atSAT() *tally {
	both := &tally{}
	b.compared(func(v *gigstack.Invoice, _ gigstack.SATInvoice, found bool) {
		switch {
		case found && v.InvoiceType == "P":
			both.Count++
		case found:
			both.add(v.Currency, v.Total.Decimal)
		}
	})
	return both
}
