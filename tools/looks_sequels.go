package tools

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// What follows of a call once it was made: collections, automations, mail, charges,
// and for how long it can be taken back.

// foretell says what follows of a document or a payment.
func (d document) foretell(r request, client gigstack.Client, p *preview) {
	total := p.Totals.Total.StringFixed(2) + " " + d.Currency
	pesos := p.Totals.Total.Mul(cmp.Or(d.ExchangeRate, new(gigstack.Dec("1"))).Decimal)
	if kind := d.kind(p.Tool); kind != "" {
		d.foretellMethod(total, p)
		if d.AutomationType == "payment" {
			p.Then = append(p.Then, "a payment of "+total+" is recorded too")
		}
		p.usesCredit()
		p.cancellableUntil(r.now, kind, client, pesos)
		d.sendsMail(client, p, "invoices_bcc")
		return
	}
	when := "once the link is paid"
	if p.Tool == gigstack.RegisterPayment.Name {
		when = "at once"
	}
	p.runs(d.AutomationType, when, d.PPDInvoiceID, d.Currency, client)
	lists := []string{"payments_bcc"}
	if automates(d.AutomationType) {
		lists = append(lists, "invoices_bcc")
	}
	if automates(d.AutomationType) && client.TaxID != "" && p.Tool == gigstack.RegisterPayment.Name {
		p.cancellableUntil(r.now, map[bool]string{true: "P", false: "I"}[d.PPDInvoiceID != ""], client, pesos)
	}
	d.sendsMail(client, p, lists...)
}

// foretellMethod says what the method obliges to.
func (d document) foretellMethod(total string, p *preview) {
	switch d.PaymentMethod {
	case "PUE":
		form, _ := catalogs.Lookup(catalogs.PaymentForms, d.PaymentForm)
		p.Then = append(p.Then, fmt.Sprintf("PUE says that it is paid in full now (form %s, %s), at the latest this month; it takes no complement", d.PaymentForm, form.EN))
	case "PPD":
		p.Then = append(p.Then, total+" stays to be collected (PPD, form 99); each payment needs a payment complement by the 5th of the following month (register_payment with ppd_invoice_id)")
	}
}

func automates(automation string) bool { return automation != "" && automation != "none" }

// issues is what an automation makes of a payment of that client.
func issues(automation string, client gigstack.Client, ppdInvoice string) string {
	switch {
	case client.TaxID == "" && ppdInvoice == "":
		return "makes a receipt, for the client has no RFC"
	case automation == "pue_invoice":
		return "stamps a PUE invoice"
	case automation != "ppd_invoice_and_complement":
		return "runs"
	case ppdInvoice != "":
		return "stamps a payment complement to " + ppdInvoice
	default:
		return "stamps a PPD invoice and its payment complement"
	}
}

// runs says what an automation makes, and when; of what the team leaves out, too.
func (p *preview) runs(automation, when, ppdInvoice, currency string, client gigstack.Client) {
	if !automates(automation) {
		if defaults := value(client.Defaults); automation == "" && value(defaults.IssueAutomaticInvoices) {
			p.Then = append(p.Then, "no automation is asked for, but the client's defaults issue invoices by themselves")
		}
		return
	}
	p.Then = append(p.Then, fmt.Sprintf("automation %s %s: %s", automation, issues(automation, client, ppdInvoice), when))
	p.ofTeam = append(p.ofTeam, func(team *gigstack.Team) {
		if team != nil && slices.Contains(texts(team.Settings, "avoid_automations_on_currencies"), currency) {
			p.Warnings = append(p.Warnings, "The team's settings run no automation on "+currency+".")
		}
	})
	p.usesCredit()
}

// usesCredit says what a stamp costs, where the team tells of its credits.
func (p *preview) usesCredit() {
	p.ofTeam = append(p.ofTeam, func(team *gigstack.Team) {
		if team == nil || team.CreditLimit == nil || team.UsedCredits == nil {
			return
		}
		p.Then = append(p.Then, fmt.Sprintf("each stamp uses a credit: %s of %s are used", team.UsedCredits, team.CreditLimit))
		if !team.UsedCredits.LessThan(team.CreditLimit.Decimal) {
			p.Warnings = append(p.Warnings, "No stamp credit is left in this period: stamping may be refused or charged.")
		}
	})
}

// cancellableUntil adds to the way back how long it is open, and to whom.
func (p *preview) cancellableUntil(issued time.Time, kind string, receiver gigstack.Client, pesos decimal.Decimal) {
	c := cfdi.Cancellable{Type: kind, Receiver: cfdi.RFC(receiver.TaxID), Pesos: pesos, Issued: issued.In(gigstack.MexicoCity)}
	p.ofTeam = append(p.ofTeam, func(team *gigstack.Team) {
		p.Reversal += fmt.Sprintf(" That is possible until %s; %s.", lastDay(value(team).TaxID, issued), acceptance(c))
	})
}

// acceptance says whether a receiver has a say in a cancellation.
func acceptance(c cfdi.Cancellable) string {
	if why := c.Free(); why != "" {
		return "the receiver need not accept it (" + why + ")"
	}
	return fmt.Sprintf("after %s the receiver must accept it, which three business days of silence do", day(c.FreeUntil().Add(-time.Second)))
}

// sendsMail names everybody who gets mail of a document, as far as it can be
// known: those who are asked for, else those gigstack may write to by itself, and
// the blind copies of the client and of the team's lists.
func (d document) sendsMail(client gigstack.Client, p *preview, lists ...string) {
	if d.IgnoreEmails {
		p.Mails = append(p.Mails, "nobody (ignore_emails)")
		return
	}
	var to []string
	if d.SendEmail {
		to = append(to, cmp.Or(client.Email, "the client's address")+" (the client)")
	}
	if d.SendEmail && client.Email == "" && client.ID != "" {
		p.Warnings = append(p.Warnings, "send_email is set, and no e-mail of the client is known.")
	}
	to = append(to, d.Emails...)
	p.ofTeam = append(p.ofTeam, func(team *gigstack.Team) {
		settings := value(team).Settings
		off := func(name string) bool { return at(settings, "emails", name) == true }
		isTest := p.Livemode != nil && !*p.Livemode
		switch {
		case len(to) > 0:
		case slices.Equal(lists, []string{"invoices_bcc"}) && (off("avoid_invoice_emails") || off("avoid_test_invoice_emails") && isTest):
			p.Mails = append(p.Mails, "nobody (the team's settings)")
			return
		default:
			to = append(to, "gigstack may mail "+cmp.Or(client.Email, "the client")+", by the team's settings")
		}
		blind := slices.Clone(client.BCC)
		for _, list := range lists {
			blind = append(blind, texts(settings, "emails", list)...)
		}
		slices.Sort(blind)
		for _, address := range slices.Compact(blind) {
			to = append(to, address+" (blind copy)")
		}
		p.Mails = append(p.Mails, to...)
	})
}

// mayMail says to whom gigstack may write although nobody asks for it.
func (p *preview) mayMail(client gigstack.Client, lists ...string) {
	document{}.sendsMail(client, p, lists...)
}

// at is a value in a team's settings, nil when it is not there. They are of no
// promised types.
func at(settings gigstack.StoredSettings, path ...string) any {
	var value any = map[string]any(settings)
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// texts is a list of texts in a team's settings.
func texts(settings gigstack.StoredSettings, path ...string) (list []string) {
	all, _ := at(settings, path...).([]any)
	for _, one := range all {
		if text, ok := one.(string); ok {
			list = append(list, text)
		}
	}
	return list
}

// showCancellation says who has a say in a cancellation, and what stands against it.
func (p *preview) showCancellation(v gigstack.Invoice, motive gigstack.CancellationMotive, now time.Time) {
	issued := v.CreatedAt.Time().In(gigstack.MexicoCity)
	if v.Date != 0 {
		issued = v.Date.Time().In(gigstack.MexicoCity)
	}
	rate := v.ExchangeRate.Decimal
	if rate.IsZero() {
		rate = decimal.NewFromInt(1)
	}
	c := cfdi.Cancellable{Type: v.InvoiceType, Receiver: cfdi.RFC(v.Client.TaxID), Pesos: v.Total.Mul(rate), Issued: issued}
	if c.Free() == "" && !now.Before(c.FreeUntil()) {
		p.Facts = append(p.Facts, "the receiver has three business days to reject it; silence accepts")
	} else {
		p.Facts = append(p.Facts, "the receiver need not accept it ("+cmp.Or(c.Free(), "not later than the business day after issue")+")")
	}
	p.ofTeam = append(p.ofTeam, func(team *gigstack.Team) {
		issuer := cmp.Or(value(v.IssuerInfo).TaxID, value(team).TaxID)
		last := lastDay(issuer, issued)
		if p.Facts = append(p.Facts, "can be cancelled until "+last); day(now) > last {
			p.Warnings = append(p.Warnings, "The time to cancel it ended on "+last+": the SAT may refuse, or fine it.")
		}
	})
	if v.Installments > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("It has %d payment complements: those that are valid are cancelled first (list_payment_complements).", v.Installments))
	}
	if motive == "04" && v.Global == nil {
		p.Warnings = append(p.Warnings, "Motive 04 is for global invoices, and this one seems to be none.")
	}
	p.mayMail(v.Client, "invoices_bcc")
}

// afterRefund says what the team's settings make of a refund.
func (p *preview) afterRefund(payment gigstack.Payment) {
	p.mayMail(value(payment.Client), "payments_bcc")
	p.ofTeam = append(p.ofTeam, func(team *gigstack.Team) {
		settings := value(team).Settings
		if at(settings, "refunds", "automatic_refunds") == true && len(payment.Invoices) > 0 {
			what := map[any]string{"cancel_resources": "an invoice of this month is cancelled", "credit_note": "a credit note is stamped"}[at(settings, "refunds", "current_month_handler")]
			p.Then = append(p.Then, "the team's settings react to refunds: "+cmp.Or(what, "a credit note is stamped, or the invoice cancelled"))
		}
		if at(settings, "cancel_receipts_on_refunds") == true && len(payment.Receipts) > 0 {
			p.Then = append(p.Then, "its receipt is cancelled (the team's settings)")
		}
	})
}

// showReceiptStamp says what a receipt becomes, and refuses one that is done with.
func (p *preview) showReceiptStamp(ctx context.Context, r request, receipt gigstack.Receipt) error {
	in, err := arguments[gigstack.StampReceiptInput](r)
	if err != nil {
		return err
	}
	if slices.Contains([]string{"completed", "stamped", "invoiced", "canceled", "cancelled"}, receipt.Status) {
		return pointless("Read its invoices instead (get_receipt).", "%s", p.Subject)
	}
	to := value(receipt.Client)
	switch in.StampTo {
	case "general_public_national":
		to = gigstack.Client{TaxID: string(cfdi.PublicRFC)}
	case "general_public_foreign":
		to = gigstack.Client{TaxID: string(cfdi.ForeignRFC)}
	default:
		if other := value(in.FiscalInformation); other.TaxID != nil {
			to.TaxID, to.TaxSystem = string(*other.TaxID), string(value(other.TaxSystem))
		}
		p.Warnings = append(p.Warnings, receiverWarnings(to)...)
	}
	p.reaches(to.TaxID)
	p.Then = append(p.Then, fmt.Sprintf("stamps a PUE invoice of %s %s to RFC %s", receipt.Total.StringFixed(2), receipt.Currency, cmp.Or(to.TaxID, "unknown")))
	p.usesCredit()
	p.cancellableUntil(r.now, "I", to, receipt.Total.Mul(cmp.Or(receipt.ExchangeRate, new(gigstack.Dec("1"))).Decimal))
	p.mayMail(to, "invoices_bcc")
	p.Totals = &totals{Subtotal: receipt.Subtotal, Discount: receipt.Discount, Taxes: receipt.Taxes, Withholding: receipt.WithholdingTaxes, Total: receipt.Total, Currency: receipt.Currency}
	if to.ID != "" {
		d := document{ID: receipt.ID, InvoiceType: "I", Client: gigstack.ClientInput{ID: &to.ID}}
		d.findOwnTwins(r, to, d.recent(ctx, r), p)
	}
	return nil
}
