package tools

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// readDraft reads the draft a call is about and shows it. What is seen is its
// version: a plan ends when the draft changes.
func readDraft(ctx context.Context, r request, p *preview) (draft gigstack.Draft, err error) {
	draft, err = gigstack.GetDraftInvoice.Call(ctx, r.caller, gigstack.DraftRef{ID: r.ref()})
	if isNotFound(err) {
		return draft, pointless("See list_draft_invoices, or list_income_invoices: it may have been stamped.", "there is no draft %s", r.ref())
	}
	if err != nil {
		return draft, err
	}
	p.pdf, draft.PreviewPDF = draft.PreviewPDF, "" // made of the draft, no part of it
	p.saw(draft)
	p.sees(whenTrue(draft.Livemode))
	p.Subject = draftWords(draft)
	return draft, nil
}

func draftWords(d gigstack.Draft) string {
	receiver := "without a client"
	if d.Client != nil {
		receiver = clientWords(*d.Client)
	}
	return fmt.Sprintf("Draft %s of type %s, %s, %d lines, total %s %s", d.ID, d.InvoiceType, receiver, len(d.Items), d.Total.StringFixed(2), d.Currency)
}

func looksAtDraft(ctx context.Context, r request, p *preview) error {
	_, err := readDraft(ctx, r, p)
	return err
}

// looksAtDraftStamp shows a draft as the invoice it would become, and refuses one
// that is not complete.
func looksAtDraftStamp(ctx context.Context, r request, p *preview) error {
	draft, err := readDraft(ctx, r, p)
	if err != nil {
		return err
	}
	switch lacks := missing(draft); {
	case draft.Status != "" && draft.Status != "draft":
		return pointless("Nothing is left to do; list_income_invoices has the invoice.", "%s: it is %s", p.Subject, draft.Status)
	case len(lacks) > 0:
		return pointless("Ask for it and add it with update_draft_invoice.", "%s: it lacks %s", p.Subject, strings.Join(lacks, ", "))
	}
	p.Facts = append(p.Facts, "draft "+draft.ID, "type "+draft.InvoiceType)
	if p.pdf == "" {
		p.Facts = append(p.Facts, "not printed yet: preview_draft_invoice makes a PDF to look at")
	}
	if !becomesInvoice(draft) {
		p.Warnings = append(p.Warnings, "Only drafts of income and egress are added up here: look at preview_draft_invoice first.")
		return nil
	}
	for i := range draft.Items {
		draft.Items[i].ID = "" // what the line inherits, it has already
	}
	draft.PaymentMethod = cmp.Or(draft.PaymentMethod, "PUE")
	r.args = marshal(draft)
	if err := looksAtLines(ctx, r, p); err != nil {
		return err
	}
	if !p.Totals.Total.Equal(draft.Total.Decimal) {
		p.Warnings = append(p.Warnings, fmt.Sprintf("gigstack says that the draft comes to %s %s.", draft.Total.StringFixed(2), draft.Currency))
	}
	return nil
}

// becomesInvoice reports whether a draft is of one of the types that can be stamped
// without one.
func becomesInvoice(d gigstack.Draft) bool { return d.InvoiceType == "I" || d.InvoiceType == "E" }

// missing names what a draft of an invoice needs before it can be stamped.
func missing(d gigstack.Draft) (names []string) {
	if !becomesInvoice(d) {
		return nil
	}
	for _, part := range []struct {
		name  string
		there bool
	}{{"client", d.Client != nil}, {"items", len(d.Items) > 0}, {"payment_form", d.PaymentForm != ""}} {
		if !part.there {
			names = append(names, part.name)
		}
	}
	return names
}
