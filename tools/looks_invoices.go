package tools

import (
	"context"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// looksAtResending shows who gets which document.
func looksAtResending(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.ResendInvoiceEmailInput](r)
	if err != nil {
		return err
	}
	invoice, err := findInvoice(ctx, r, in.ID)
	if err != nil {
		return err
	}
	p.sees(whenTrue(invoice.Livemode))
	p.saw(invoice.Status, invoice.Client.Email)
	p.Subject = invoiceWords(invoice)
	var to []string
	if invoice.Client.Email != "" {
		to = append(to, invoice.Client.Email+" (the client)")
	}
	if to = append(to, in.Emails...); len(to) == 0 {
		return pointless("Ask the person for an address and pass it in emails.", "%s: its client has no e-mail, and emails is empty", p.Subject)
	}
	p.Facts = append(p.Facts, "PDF and XML go to "+strings.Join(to, ", "))
	if strings.HasPrefix(invoice.Status, "cancel") {
		p.Warnings = append(p.Warnings, "It is cancelled.")
	}
	return nil
}
