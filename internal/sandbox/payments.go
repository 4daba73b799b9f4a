package sandbox

import (
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

func (s *Sandbox) routePayments() {
	serve(s, gigstack.ListPayments, (*call).listPayments)
	serve(s, gigstack.SearchPayments, (*call).searchPayments)
	serve(s, gigstack.GetPayment, (*call).getPayment)
	serve(s, gigstack.RequestPayment, (*call).requestPayment)
	serve(s, gigstack.RegisterPayment, (*call).registerPayment)
	serve(s, gigstack.MarkPaymentPaid, (*call).markPaymentPaid)
	serve(s, gigstack.RefundPayment, (*call).refundPayment)
	serve(s, gigstack.CancelPayment, (*call).cancelPayment)
	serve(s, gigstack.UpdatePayment, (*call).updatePayment)
	serve(s, gigstack.UploadPaymentSupportDocument, (*call).uploadPaymentDocument)
	serve(s, gigstack.ListPaymentSupportDocuments, (*call).listPaymentDocuments)
}

func (c *call) listPayments(in gigstack.ListPaymentsInput) (p gigstack.Page[gigstack.Payment], err error) {
	status, err := filterStatus(in.Status)
	if err != nil {
		return p, err
	}
	return page(&c.world().payments, in.Paging, in.ListFilter, func(v *gigstack.Payment) listed {
		return listed{v.CreatedAt, v.Client.Name, v.Metadata}
	}, func(v *gigstack.Payment) bool {
		return (status == "" || v.Status == status) &&
			(in.ClientID == nil || v.Client.ID == *in.ClientID) &&
			(in.Currency == nil || v.Currency == string(*in.Currency)) &&
			(in.Email == nil || strings.EqualFold(v.Client.Email, *in.Email)) &&
			(in.TaxID == nil || v.Client.TaxID == string(*in.TaxID))
	})
}

func (c *call) getPayment(in gigstack.PaymentRef) (gigstack.Payment, error) {
	return copied(c.payment(in.ID))
}

func (c *call) payment(id string) (*gigstack.Payment, error) {
	return c.world().payments.find("Payment", id)
}

func (c *call) requestPayment(in gigstack.RequestPaymentInput) (v gigstack.Payment, err error) {
	if first := c.repeatedPayment(in.IdempotencyKey); first != nil {
		return *first, nil
	}
	methods, err := c.payableBy(in.AllowedPaymentMethods)
	if err != nil {
		return v, err
	}
	payment, err := c.newPayment(in.PaymentFields, orElse(in.AutomationType, "none"))
	if err != nil {
		return v, err
	}
	openLink(payment, methods)
	c.created()
	return *payment, nil
}

func (c *call) registerPayment(in gigstack.RegisterPaymentInput) (v gigstack.Payment, err error) {
	if first := c.repeatedPayment(in.IdempotencyKey); first != nil {
		return *first, nil
	}
	if in.AutomationType == "" {
		in.AutomationType = "pue_invoice"
	}
	if err := checkReceived(in.PaymentForm, string(in.AutomationType)); err != nil {
		return v, err
	}
	payment, err := c.newPayment(in.PaymentFields, in.AutomationType)
	if err != nil {
		return v, err
	}
	c.collect(payment, in.PaymentForm, c.now)
	c.created()
	return *payment, nil
}

func (c *call) markPaymentPaid(in gigstack.MarkPaymentPaidInput) (v gigstack.Payment, err error) {
	payment, err := c.payment(in.ID)
	if err != nil {
		return v, err
	}
	if err := checkReceived(in.PaymentForm, payment.AutomationType); err != nil {
		return v, err
	}
	paidAt := c.now
	if in.Date != nil {
		paidAt = in.Date.Time()
	}
	switch {
	case paidAt.After(c.now):
		return v, invalid("date", "date is in the future")
	case payment.Status == "processing":
		return v, conflict("Payment %s is processing: its money is on the way already", payment.ID)
	case !isOpen(payment):
		return v, conflict("Payment %s is %s and cannot be marked as paid", payment.ID, payment.Status)
	}
	if err := c.checkSettles(payment.PPDInvoiceID, payment); err != nil {
		return v, err
	}
	c.collect(payment, in.PaymentForm, paidAt)
	return *payment, nil
}

func (c *call) refundPayment(in gigstack.RefundPaymentInput) (v gigstack.Payment, err error) {
	payment, err := c.payment(in.ID)
	if err != nil {
		return v, err
	}
	rest := payment.Total.Decimal
	for _, refund := range payment.Refunds {
		rest = rest.Sub(refund.Amount.Decimal)
	}
	switch {
	case payment.Status != "succeeded":
		return v, conflict("Payment %s is %s; only a succeeded payment can be refunded", payment.ID, payment.Status)
	case !in.Amount.IsPositive():
		return v, invalid("amount", "amount must be above 0")
	case !in.Amount.Equal(in.Amount.Round(2)):
		return v, invalid("amount", "amount has more than two decimals")
	case in.Amount.GreaterThan(rest):
		return v, invalid("amount", "amount %s is above the %s %s not refunded yet", in.Amount, rest, payment.Currency)
	case strings.TrimSpace(in.Reason) == "":
		return v, invalid("reason", "reason is required")
	}
	payment.Refunds = append(payment.Refunds, gigstack.Refund{
		ID:        c.sandbox.newID("refund"),
		Amount:    in.Amount,
		Reason:    in.Reason,
		External:  new(orElse(in.External, true)),
		CreatedAt: gigstack.SecondsOf(c.now),
	})
	for _, id := range payment.Receipts {
		if receipt, ok := c.world().receipts.get(id); ok {
			receipt.TotalRefunded.Decimal = receipt.TotalRefunded.Add(in.Amount.Decimal)
			c.emit("receipt.updated", receipt)
		}
	}
	if in.Amount.Equal(rest) {
		payment.Status = "refunded"
	}
	c.emit("payment.updated", payment)
	return *payment, nil
}

func (c *call) cancelPayment(in gigstack.PaymentRef) (v gigstack.Canceled, err error) {
	payment, err := c.payment(in.ID)
	if err != nil {
		return v, err
	}
	switch {
	case payment.Status == "succeeded":
		return v, conflict("Payment %s is succeeded: refund it instead", payment.ID)
	case !isOpen(payment):
		return v, conflict("Payment %s is %s and cannot be canceled", payment.ID, payment.Status)
	}
	payment.Status = "canceled"
	c.emit("payment.canceled", payment)
	return gigstack.Canceled{ID: payment.ID, Status: payment.Status}, nil
}

// isOpen reports whether a payment is a link that nobody has paid.
func isOpen(p *gigstack.Payment) bool {
	return p.Status == "requires_payment_method" || p.Status == "pending"
}

// repeatedPayment is the payment that was first made with an idempotency key, nil
// when there is none.
func (c *call) repeatedPayment(key *string) *gigstack.Payment {
	return c.world().payments.first(func(p *gigstack.Payment) bool { return orElse(key, "") != "" && p.IdempotencyKey == *key })
}

// payableBy is the ways to pay a link: those asked for, or card and transfer as
// far as the team can. All but transfers go through Stripe.
func (c *call) payableBy(asked []gigstack.PaymentMethodName) (methods []gigstack.AllowedMethod, err error) {
	if len(asked) == 0 {
		asked = []gigstack.PaymentMethodName{"bank"}
		if c.team.integrations["stripe"].Completed {
			asked = []gigstack.PaymentMethodName{"card", "bank"}
		}
	}
	for _, method := range asked {
		if err := checkChoice("allowed_payment_methods", method); err != nil {
			return nil, err
		}
		if method != "bank" && method != "spei" && !c.team.integrations["stripe"].Completed {
			return nil, ruleViolation("Method %s is not available: Stripe is not connected to the team", method)
		}
		methods = append(methods, gigstack.AllowedMethod{ID: string(method)})
	}
	return methods, nil
}

// newPayment stores a payment that has no status yet.
func (c *call) newPayment(in gigstack.PaymentFields, automation gigstack.PaymentAutomation) (*gigstack.Payment, error) {
	if err := checkChoice("automation_type", automation); err != nil {
		return nil, err
	}
	charge, err := c.newCharge(in.Client, in.Items, in.Currency, in.ExchangeRate)
	if err != nil {
		return nil, err
	}
	id := c.sandbox.newID("payment")
	p := gigstack.Payment{
		ID:               id,
		Client:           charge.client,
		Emails:           in.Emails,
		Currency:         string(charge.currency),
		ExchangeRate:     &charge.rate,
		Items:            identified(id, charge.items),
		Subtotal:         exact(charge.totals.Subtotal),
		Discount:         exact(charge.totals.Discount),
		Taxes:            exact(charge.totals.Transferred.Sub(charge.totals.Withheld)),
		Total:            exact(charge.totals.Total),
		PaymentProcessor: "api",
		AutomationType:   string(automation),
		InvoiceConfig:    storeConfig(in.InvoiceConfig),
		PPDInvoiceID:     strings.ToUpper(orElse(in.PPDInvoiceID, "")),
		Invoices:         []string{},
		Receipts:         []string{},
		Refunds:          []gigstack.Refund{},
		IdempotencyKey:   orElse(in.IdempotencyKey, ""),
		Metadata:         in.Metadata,
		From:             "api",
		Owner:            c.team.owner,
		Team:             c.team.ID,
		Livemode:         c.key.live,
		CreatedAt:        gigstack.SecondsOf(c.now),
	}
	if !p.Total.IsPositive() {
		return nil, invalid("items", "the total must be above 0")
	}
	if err := c.checkSettles(p.PPDInvoiceID, &p); err != nil {
		return nil, err
	}
	stored := c.world().payments.add(p.ID, p)
	c.emit("payment.created", stored)
	return stored, nil
}

// openLink makes a payment one that the client can pay by link.
func openLink(p *gigstack.Payment, methods []gigstack.AllowedMethod) {
	p.Status, p.AllowedPaymentMethods = "requires_payment_method", methods
	p.ShortURL = payLink + strings.TrimPrefix(p.ID, "payment_")
}

// collect makes a payment succeeded and starts its automation.
func (c *call) collect(p *gigstack.Payment, form gigstack.PaymentForm, at time.Time) {
	succeed(p, form, at)
	c.emit("payment.succeeded", p)
	world := c.world()
	c.sandbox.later(automationDelay, func(now time.Time) { world.automate(c.sandbox, p, now) })
}

func succeed(p *gigstack.Payment, form gigstack.PaymentForm, at time.Time) {
	p.Status, p.PaymentForm, p.SucceededAt = "succeeded", string(form), new(gigstack.SecondsOf(at))
}
