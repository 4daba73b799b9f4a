package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// updatePayment changes what may change in any state; all of it, or nothing when
// a part is refused.
func (c *call) updatePayment(in gigstack.UpdatePaymentInput) (none struct{}, err error) {
	p, err := c.payment(in.ID)
	if err != nil {
		return none, err
	}
	if len(in.Items) == 0 && in.AutomationType == nil && in.Client == nil {
		return none, invalid("", "give at least one of items, automation_type and client")
	}
	items, err := retold(p.Items, in.Items)
	if err != nil {
		return none, err
	}
	if err := checkNewAutomation(p, in.AutomationType); err != nil {
		return none, err
	}
	if in.Client != nil {
		if err := c.patchPayer(p, *in.Client); err != nil {
			return none, err
		}
	}
	p.Items = items
	if in.AutomationType != nil {
		c.giveAutomation(p, *in.AutomationType)
	}
	c.emit("payment.updated", p)
	return none, nil
}

// retold is lines with new texts. They are copies, because documents that were
// made of the payment share the old ones.
func retold(items []gigstack.Item, texts []gigstack.LineText) ([]gigstack.Item, error) {
	items = slices.Clone(items)
	for i, text := range texts {
		if strings.TrimSpace(text.Description) == "" {
			return nil, invalid(fmt.Sprintf("items[%d].description", i), "description is required")
		}
		found := false
		for j := range items {
			if items[j].ID == text.ID {
				items[j].Description, found = text.Description, true
			}
		}
		if !found {
			return nil, invalid(fmt.Sprintf("items[%d].id", i), "the payment has no line %q", text.ID)
		}
	}
	return items, nil
}

// identified is lines each of which has an id: that of its service, or one by its
// place in the payment.
func identified(payment string, items []gigstack.Item) []gigstack.Item {
	items = slices.Clone(items)
	for i := range items {
		if items[i].ID == "" {
			items[i].ID = fmt.Sprintf("item_%s_%d", strings.TrimPrefix(payment, "payment_"), i+1)
		}
	}
	return items
}

// checkNewAutomation refuses an automation for a payment that has one, or that was
// invoiced without: it would be invoiced twice.
func checkNewAutomation(p *gigstack.Payment, automation *gigstack.PaymentAutomation) error {
	if automation == nil {
		return nil
	}
	if err := checkChoice("automation_type", *automation); err != nil {
		return err
	}
	switch {
	case p.AutomationType != "" && p.AutomationType != "none":
		return invalid("automation_type", "payment %s has the automation %s already", p.ID, p.AutomationType)
	case *automation == "none" || p.Status != "succeeded":
		return nil
	case len(p.Invoices) > 0:
		return conflict("Payment %s is invoiced already", p.ID)
	default:
		return checkReceived(gigstack.PaymentForm(p.PaymentForm), string(*automation))
	}
}

// giveAutomation starts the automation where the money is there already; while
// it is under way the status says so.
func (c *call) giveAutomation(p *gigstack.Payment, automation gigstack.PaymentAutomation) {
	p.AutomationType = string(automation)
	if automation == "none" || p.Status != "succeeded" {
		return
	}
	p.Status = "succeeded_"
	world := c.world()
	c.sandbox.later(automationDelay, func(now time.Time) {
		p.Status = "succeeded"
		world.automate(c.sandbox, p, now)
	})
}

// patchPayer changes the client on the payment and the client itself, as long as
// there is one; the SAT is not asked again.
func (c *call) patchPayer(p *gigstack.Payment, in gigstack.ClientFields) error {
	payer := *p.Client // receipts share the old one
	if err := patchClient(&payer, in); err != nil {
		return err
	}
	p.Client = &payer
	client, ok := c.world().clients.get(payer.ID)
	if !ok {
		return nil
	}
	c.emit("customer.updated", client)
	return patchClient(client, in)
}
