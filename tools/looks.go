package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// look reads what a guarded call concerns and adds it to the preview. Its error
// stops the call: what is not there cannot be planned.
type look func(ctx context.Context, r request, p *preview) error

// looks is what is worth a look before each guarded tool; a tool that is not
// here shows its arguments alone.
var looks = map[string]look{
	gigstack.CreateIncomeInvoice.Name:        looksAtLines,
	gigstack.CreateEgressInvoice.Name:        looksAtLines,
	gigstack.RegisterPayment.Name:            looksAtLines,
	gigstack.RequestPayment.Name:             looksAtLines,
	gigstack.CancelInvoice.Name:              looksAtInvoice,
	gigstack.MarkPaymentPaid.Name:            looksAtPayment,
	gigstack.RefundPayment.Name:              looksAtPayment,
	gigstack.CancelPayment.Name:              looksAtPayment,
	gigstack.StampReceipt.Name:               looksAtReceipt,
	gigstack.CancelReceipt.Name:              looksAtReceipt,
	gigstack.DeleteClient.Name:               looksAtClient,
	gigstack.StampClientPendingReceipts.Name: looksAtClient,
	gigstack.DeleteService.Name:              looksAtService,
	gigstack.DeleteWebhook.Name:              looksAtWebhook,
}

// ref is the id that most guarded calls carry.
func (r request) ref() string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(r.args, &fields) != nil {
		return ""
	}
	return text(fields["id"])
}

// document is what the calls that make documents have in common.
type document struct {
	Client         gigstack.ClientInput `json:"client"`
	Items          []item               `json:"items"`
	Currency       string               `json:"currency"`
	PaymentMethod  string               `json:"payment_method"`
	PaymentForm    string               `json:"payment_form"`
	AutomationType string               `json:"automation_type"`
	SendEmail      bool                 `json:"send_email"`
	Emails         []string             `json:"emails"`
}

// item is a line of a document, with the catalogue's words once they were read.
type item struct {
	gigstack.ItemInput
	catalogue string
}

// what is what the line is for.
func (i item) what() string {
	switch {
	case i.Description != nil:
		return *i.Description
	case i.Search != nil:
		return fmt.Sprintf("the service whose %s is %q", i.Search.OnKey, i.Search.OnValue)
	}
	return i.catalogue
}

// looksAtLines shows the receiver and adds the lines up.
func looksAtLines(ctx context.Context, r request, p *preview) error {
	var d document
	if err := json.Unmarshal(r.args, &d); err != nil {
		return err
	}
	if err := d.receiver(ctx, r, p); err != nil {
		return err
	}
	lines, err := d.lines(ctx, r)
	if err != nil {
		return err
	}
	if d.Currency == "" {
		d.Currency = "MXN"
	}
	sum := cfdi.Sum(lines)
	p.saw(lines)
	for i, line := range lines {
		p.Lines = append(p.Lines, fmt.Sprintf("%s × %s at %s", line.Quantity, clip(d.Items[i].what(), shortText), line.UnitPrice))
	}
	p.Totals = &totals{
		Subtotal: gigstack.Decimal{Decimal: sum.Subtotal}, Discount: gigstack.Decimal{Decimal: sum.Discount},
		Taxes: gigstack.Decimal{Decimal: sum.Transferred}, Withholding: gigstack.Decimal{Decimal: sum.Withheld},
		Total: gigstack.Decimal{Decimal: sum.Total}, Currency: d.Currency,
	}
	d.warn(lines, p)
	return nil
}

// receiver says whom the document is for, read from gigstack when it exists.
func (d document) receiver(ctx context.Context, r request, p *preview) error {
	switch c := d.Client; {
	case c.ID != nil:
		client, err := gigstack.GetClient.Call(ctx, r.caller, gigstack.ClientRef{ID: *c.ID})
		if err != nil {
			return err
		}
		p.Subject = "Client " + clientWords(client)
		p.sees(client.Livemode)
		p.saw(client.LegalName, client.TaxID, client.TaxSystem, client.Use, client.Address, client.Email)
		if client.IsValid != nil && !*client.IsValid {
			p.Warnings = append(p.Warnings, "The SAT has not accepted this client's fiscal data; stamping may be refused (validate_client).")
		}
		if client.EFOS != nil && !client.EFOS.IsValid {
			p.Warnings = append(p.Warnings, "This client is on the SAT's 69-B list (presumed simulated operations).")
		}
	case c.Search != nil:
		p.Subject = fmt.Sprintf("The client whose %s is %q when it runs", c.Search.OnKey, c.Search.OnValue)
		if value(c.Search.AutoCreate) {
			p.Subject += ", made from the arguments if there is none"
		}
		if value(c.Search.Update) {
			p.Subject += ", overwritten with the arguments"
		}
	default:
		p.Subject = "New client: " + clientWords(gigstack.Client{LegalName: value(c.LegalName), Name: value(c.Name), Company: value(c.Company), Email: value(c.Email), TaxID: string(value(c.TaxID))})
	}
	return nil
}

// sees takes the mode from a record of gigstack's, which counts for more than
// what the key says of itself.
func (p *preview) sees(live *bool) {
	if live == nil {
		return
	}
	if p.Livemode != nil && *p.Livemode != *live {
		p.Warnings = append(p.Warnings, "The key claims another mode than gigstack's data shows; the data counts.")
	}
	p.Livemode = live
}

// whenTrue is nil for false, which may also mean that gigstack did not say.
func whenTrue(live bool) *bool {
	if !live {
		return nil
	}
	return &live
}

func clientWords(c gigstack.Client) string {
	parts := []string{firstOf(c.LegalName, c.Name, c.Company, c.Email)}
	if c.TaxID != "" {
		parts = append(parts, "RFC "+c.TaxID)
	}
	if c.ID != "" {
		parts = append(parts, c.ID)
	}
	return strings.Join(parts, ", ")
}

// value is what p points to, or the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return "without a name"
}

// lines resolves what lines inherit from the catalogue.
func (d document) lines(ctx context.Context, r request) (lines []cfdi.Line, err error) {
	for i, item := range d.Items {
		line := cfdi.Line{Quantity: gigstack.Dec("1").Decimal}
		switch {
		case item.ID != nil:
			service, err := gigstack.GetService.Call(ctx, r.caller, gigstack.ServiceRef{ID: *item.ID})
			if err != nil {
				return nil, fmt.Errorf("items[%d]: %w", i, err)
			}
			d.Items[i].catalogue = service.Description
			line.UnitPrice = service.UnitPrice.Decimal
			for _, t := range service.Taxes {
				line.Taxes = append(line.Taxes, cfdi.Tax{Type: t.Type, Factor: t.Factor, Rate: t.Rate.Decimal, Inclusive: t.Inclusive, Withholding: t.Withholding})
			}
		case item.UnitPrice == nil && item.Search == nil:
			return nil, &failure{Code: "invalid_arguments", Outcome: gigstack.NotSent, Message: fmt.Sprintf("items[%d] has neither a unit_price nor a catalogue service. Nothing was sent.", i), Next: "Ask for the price, or name a service of list_services."}
		}
		if item.Quantity != nil {
			line.Quantity = item.Quantity.Decimal
		}
		if item.UnitPrice != nil {
			line.UnitPrice = item.UnitPrice.Decimal
		}
		if item.Discount != nil {
			line.Discount = item.Discount.Decimal
		}
		if item.Taxes != nil {
			line.Taxes = nil
			for _, t := range item.Taxes {
				line.Taxes = append(line.Taxes, inputTax(t))
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func inputTax(t gigstack.TaxInput) cfdi.Tax {
	tax := cfdi.Tax{Type: strings.ToUpper(string(t.Type)), Rate: t.Rate.Decimal}
	if t.Factor != nil {
		tax.Factor = string(*t.Factor)
	}
	tax.Inclusive = t.Inclusive != nil && *t.Inclusive
	tax.Withholding = t.Withholding != nil && *t.Withholding
	return tax
}

// warn names what often goes wrong with a document like this.
func (d document) warn(lines []cfdi.Line, p *preview) {
	add := func(condition bool, warning string) {
		if condition {
			p.Warnings = append(p.Warnings, warning)
		}
	}
	searched, untaxed := false, false
	for i, item := range d.Items {
		searched = searched || item.Search != nil
		untaxed = untaxed || len(lines[i].Taxes) == 0 && item.Search == nil
	}
	add(searched, "A line is looked up in the catalogue by search; what it inherits is not in these totals.")
	add(untaxed, "A line has no taxes; gigstack may apply the team's default. Say so explicitly with taxes.")
	add(d.PaymentMethod == "PPD" && d.PaymentForm != "99", "PPD goes with payment form 99; the SAT refuses others.")
	add(d.PaymentMethod != "PPD" && d.PaymentForm == "99" && p.Tool != gigstack.RequestPayment.Name, "Form 99 goes with PPD only; a payment in full states its real form.")
	add(d.AutomationType != "" && d.AutomationType != "none", "Automation "+d.AutomationType+" runs as soon as the payment succeeds and may stamp documents.")
	add(d.SendEmail || len(d.Emails) > 0, "E-mail goes out: "+strings.Join(append([]string{"the client"}, d.Emails...), ", ")+".")
}

func looksAtInvoice(ctx context.Context, r request, p *preview) error {
	ref := gigstack.InvoiceRef{ID: r.ref()}
	invoice, err := gigstack.GetIncomeInvoice.Call(ctx, r.caller, ref)
	if isNotFound(err) {
		invoice, err = gigstack.GetEgressInvoice.Call(ctx, r.caller, ref)
	}
	if isNotFound(err) {
		p.Warnings = append(p.Warnings, "It is neither an income nor an egress invoice of this team; it may be a payment complement.")
		return nil
	}
	if err != nil {
		return err
	}
	p.saw(invoice.Status, invoice.Total, invoice.LastBalance, invoice.Cancellation)
	p.sees(whenTrue(invoice.Livemode))
	p.Subject = fmt.Sprintf("Invoice %s%d (%s), %s, total %s %s, status %s", invoice.Series, invoice.FolioNumber, invoice.UUID, clientWords(invoice.Client), invoice.Total.StringFixed(2), invoice.Currency, invoice.Status)
	p.Warnings = append(p.Warnings, "Cancelling does not give money back. The receiver may have three business days to reject it.")
	return nil
}

func isNotFound(err error) bool {
	var api *gigstack.Error
	return errors.As(err, &api) && api.Status == 404
}

func looksAtPayment(ctx context.Context, r request, p *preview) error {
	payment, err := gigstack.GetPayment.Call(ctx, r.caller, gigstack.PaymentRef{ID: r.ref()})
	if err != nil {
		return err
	}
	payer := "unknown client"
	if payment.Client != nil {
		payer = clientWords(*payment.Client)
	}
	p.saw(payment.Status, payment.Total, payment.Refunds, payment.AutomationType)
	p.sees(whenTrue(payment.Livemode))
	p.Subject = fmt.Sprintf("Payment %s, %s, total %s %s, status %s", payment.ID, payer, payment.Total.StringFixed(2), payment.Currency, payment.Status)
	if payment.AutomationType != "" && payment.AutomationType != "none" && r.spec.Name == gigstack.MarkPaymentPaid.Name {
		p.Warnings = append(p.Warnings, "Automation "+payment.AutomationType+" then runs and may stamp documents.")
	}
	return nil
}

func looksAtReceipt(ctx context.Context, r request, p *preview) error {
	receipt, err := gigstack.GetReceipt.Call(ctx, r.caller, gigstack.ReceiptRef{ID: r.ref()})
	if err != nil {
		return err
	}
	buyer := "no client"
	if receipt.Client != nil {
		buyer = clientWords(*receipt.Client)
	}
	p.saw(receipt.Status, receipt.Total, receipt.Client)
	p.sees(whenTrue(receipt.Livemode))
	p.Subject = fmt.Sprintf("Receipt %s, %s, total %s %s, status %s", receipt.ID, buyer, receipt.Total.StringFixed(2), receipt.Currency, receipt.Status)
	return nil
}

func looksAtClient(ctx context.Context, r request, p *preview) error {
	client, err := gigstack.GetClient.Call(ctx, r.caller, gigstack.ClientRef{ID: r.ref()})
	if err != nil {
		return err
	}
	p.sees(client.Livemode)
	p.saw(client.LegalName, client.TaxID, client.Name)
	p.Subject = "Client " + clientWords(client)
	return nil
}

func looksAtService(ctx context.Context, r request, p *preview) error {
	service, err := gigstack.GetService.Call(ctx, r.caller, gigstack.ServiceRef{ID: r.ref()})
	if err != nil {
		return err
	}
	p.saw(service.Description, service.UnitPrice, service.Taxes)
	p.Subject = fmt.Sprintf("Service %q, %s, price %s", service.Description, service.ID, service.UnitPrice.StringFixed(2))
	return nil
}

func looksAtWebhook(ctx context.Context, r request, p *preview) error {
	webhook, err := gigstack.GetWebhook.Call(ctx, r.caller, gigstack.WebhookRef{ID: r.ref()})
	if err != nil {
		return err
	}
	p.saw(webhook.URL, webhook.Events)
	p.Subject = fmt.Sprintf("Webhook %s to %s, events %s", webhook.ID, webhook.URL, strings.Join(webhook.Events, ", "))
	return nil
}
