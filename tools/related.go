package tools

import (
	"context"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// relatedTo is the documents that relate to an invoice, or pay it, and are not
// cancelled. It reads everything since the invoice was made, or fails: what is missing
// here would be made twice.
func (t *Tools) relatedTo(ctx context.Context, r request, v gigstack.Invoice) (all []gigstack.Invoice, err error) {
	since := gigstack.Since(gigstack.SecondsOf(v.CreatedAt.Time().Add(-time.Hour)))
	in := gigstack.ListInvoicesInput{Paging: gigstack.Paging{Limit: new(100)}, ListFilter: gigstack.ListFilter{CreatedGTE: &since}}
	read := 0
	keep := func(one gigstack.Invoice, related bool) error {
		if read++; read > mostRead {
			return pointless("Do it step by step: look for documents that relate to it, then use the single tools.", "there are too many invoices since %s to be sure that none relates to it", day(v.CreatedAt.Time()))
		}
		if related && !strings.HasPrefix(one.Status, "cancel") {
			all = append(all, one)
		}
		return nil
	}
	for _, list := range []gigstack.Endpoint[gigstack.ListInvoicesInput, gigstack.Page[gigstack.Invoice]]{gigstack.ListIncomeInvoices, gigstack.ListEgressInvoices} {
		for one, err := range gigstack.Each(ctx, r.caller, list, in) {
			if err == nil {
				err = keep(one, relates(one, v.UUID))
			}
			if err != nil {
				return nil, err
			}
		}
	}
	complements := gigstack.ListPaymentComplementsInput{InvoiceID: &v.UUID}
	complements.Limit = new(100)
	for one, err := range gigstack.Each(ctx, r.caller, gigstack.ListPaymentComplements, complements) {
		if err == nil {
			err = keep(one, true)
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
