package tools

import (
	"cmp"
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// looksAtLegacyPayment shows who is asked for how much. What the older documentation
// leaves open is computed in one way, and said.
func looksAtLegacyPayment(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.LegacyCreatePaymentInput](r)
	if err != nil {
		return err
	}
	if err := checkLegacyPayment(in, p); err != nil {
		return err
	}
	d := document{
		Client:    cmp.Or(in.Client, &gigstack.LegacyClientInput{ID: in.ClientID}).Today(),
		SendEmail: !value(in.AvoidEmail), IgnoreEmails: value(in.AvoidEmail),
	}
	if value(in.AutomaticInvoice) {
		d.AutomationType = "pue_invoice"
	}
	untaxed, several := false, false
	for i, line := range in.Items {
		if !line.AddsUp() {
			return pointless("Leave unitPrice out, or correct total.", "items[%d].total of %s is not quantity × unitPrice", i, line.Total)
		}
		one := line.Today()
		if one.Taxes == nil {
			untaxed, one.Taxability = true, new(gigstack.Taxability("01")) // not to be warned of twice
		}
		several = several || !line.Quantity.Equal(decimal.NewFromInt(1))
		d.Items = append(d.Items, item{ItemInput: one})
	}
	if err := d.show(ctx, r, p); err != nil {
		return err
	}
	p.Warnings = append(p.Warnings, "The older documentation does not say whether a line's total contains its taxes; it is computed so here. request_payment is clear.")
	if several {
		p.Warnings = append(p.Warnings, "Nor does it say whether total is for all units of a line; it is computed so here.")
	}
	if untaxed {
		p.Warnings = append(p.Warnings, "A line names no taxes: those of the team's settings may apply.")
	}
	return nil
}

// checkLegacyPayment refuses what names two things at once, or less than is needed.
func checkLegacyPayment(in gigstack.LegacyCreatePaymentInput, p *preview) error {
	currency := cmp.Or(value(in.Currency), "MXN")
	switch {
	case (in.ClientID == nil) == (in.Client == nil):
		return pointless("Pass the id of a client of list_clients, or a new client.", "exactly one of clientId and client is needed")
	case currency != "MXN":
		return pointless("Use request_payment, which takes the rate.", "there is no exchange rate for %s here", currency)
	case in.Livemode != nil && p.Livemode != nil && *in.Livemode != *p.Livemode:
		return pointless("Leave livemode out: the key decides.", "livemode is %t, and %t for the key", *in.Livemode, *p.Livemode)
	}
	return nil
}

// looksAtLegacyInvoice shows an invoice of plain lines, which must come to its
// amount.
func looksAtLegacyInvoice(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.LegacyCreateInvoiceInput](r)
	if err != nil {
		return err
	}
	d := document{Client: gigstack.ClientInput{ID: &in.ClientID}}
	client, err := d.receiver(ctx, r, p)
	if err != nil {
		return err
	}
	sum, currency := decimal.Zero, cmp.Or(value(in.Currency), "MXN")
	for i, line := range in.Items {
		amount, ok := line.Sum()
		if !ok {
			return pointless("Give it unitPrice or amount, and both only when they agree.", "items[%d] has no clear amount", i)
		}
		sum = sum.Add(amount.Decimal)
		p.Lines = append(p.Lines, fmt.Sprintf("%s, %s", clip(cmp.Or(value(line.Description), "no text"), shortText), amount.StringFixed(2)))
	}
	if in.Items != nil && !sum.Round(2).Equal(in.Amount.Round(2)) {
		return pointless("Correct the lines or amount.", "the lines add up to %s, not %s", sum, in.Amount)
	}
	p.saw(in.Amount, p.Lines)
	p.Totals = &totals{Subtotal: in.Amount, Total: in.Amount, Currency: string(currency)}
	p.mayMail(client, "invoices_bcc")
	p.Facts = append(p.Facts, "series "+cmp.Or(value(in.Series), "A"))
	if in.DueDate != nil {
		p.Facts = append(p.Facts, "due "+string(*in.DueDate))
	}
	p.Warnings = append(p.Warnings, "No taxes, SAT keys, use or payment form can be given here, and when it is stamped is not documented: prefer create_income_invoice.")
	return nil
}
