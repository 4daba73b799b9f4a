package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// looksAtPaymentUpdate shows what changes of a payment, and what a new automation
// will issue.
func looksAtPaymentUpdate(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.UpdatePaymentInput](r)
	if err != nil {
		return err
	}
	if len(in.Items) == 0 && in.AutomationType == nil && in.Client == nil {
		return pointless("Pass what to change.", "none of items, automation_type and client is given")
	}
	payment, err := readPayment(ctx, r, p)
	if err != nil {
		return err
	}
	if err := showTexts(payment, in.Items, p); err != nil {
		return err
	}
	payer := value(payment.Client)
	if in.Client != nil {
		showPatch(payer, *in.Client, p)
		if in.Client.TaxID != nil {
			p.reaches(payer.TaxID, string(*in.Client.TaxID))
			payer.TaxID = string(*in.Client.TaxID)
		}
	}
	if in.AutomationType != nil {
		return showAutomation(payment, payer, *in.AutomationType, p)
	}
	return nil
}

// showTexts shows the new texts of lines, which have to be there.
func showTexts(payment gigstack.Payment, texts []gigstack.LineText, p *preview) error {
	for _, text := range texts {
		i := slices.IndexFunc(payment.Items, func(item gigstack.Item) bool { return item.ID == text.ID })
		if i < 0 {
			return pointless("Read get_payment for the ids of its lines.", "the payment has no line %q", text.ID)
		}
		old := payment.Items[i].Description
		p.saw(old)
		p.Lines = append(p.Lines, fmt.Sprintf("%s: %q becomes %q", text.ID, clip(old, shortText), clip(text.Description, shortText)))
	}
	if len(texts) > 0 && len(payment.Invoices) > 0 {
		p.Warnings = append(p.Warnings, "It was invoiced: the invoice keeps the old text.")
	}
	return nil
}

// showPatch shows what changes of the client, field by field.
func showPatch(client gigstack.Client, patch gigstack.ClientFields, p *preview) {
	fields := func(v any) (fields map[string]json.RawMessage) {
		_ = json.Unmarshal(marshal(v), &fields) // of a struct: an object
		return fields
	}
	before, after := fields(client), fields(patch)
	for _, name := range slices.Sorted(maps.Keys(after)) {
		p.saw(name, before[name])
		old := cmp.Or(clip(string(before[name]), shortText), "nothing")
		p.Facts = append(p.Facts, fmt.Sprintf("client %s: %s becomes %s", name, old, clip(string(after[name]), shortText)))
	}
	p.Warnings = append(p.Warnings, "It also changes the client itself, and the SAT is not asked (validate_client does).")
}

// showAutomation shows what an automation issues, and when.
func showAutomation(payment gigstack.Payment, payer gigstack.Client, automation gigstack.PaymentAutomation, p *preview) error {
	if has := payment.AutomationType; has != "" && has != "none" {
		return pointless("An automation cannot be changed; leave automation_type out.", "%s: it has the automation %s already", p.Subject, has)
	}
	if automation == "none" {
		return nil
	}
	p.saw(payer.TaxID, payment.Invoices)
	when := "once it is paid"
	switch {
	case strings.HasPrefix(payment.Status, "succeeded"):
		when = "at once"
	case slices.Contains([]string{"canceled", "cancelled", "failed", "refunded"}, payment.Status):
		when = "never, as it is " + payment.Status
	}
	p.runs(string(automation), when, payment.PPDInvoiceID, payment.Currency, payer)
	if len(payment.Invoices) > 0 {
		p.Warnings = append(p.Warnings, "It was invoiced already ("+strings.Join(payment.Invoices, ", ")+"): this may stamp it a second time.")
	}
	return nil
}
