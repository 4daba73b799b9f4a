package sandbox

import (
	"errors"
	"net/http"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

func (c *call) stampReceipt(in gigstack.StampReceiptInput) (v gigstack.Receipt, err error) {
	receipt, err := c.receipt(in.ID)
	if err != nil {
		return v, err
	}
	if in.StampTo == "" {
		in.StampTo = "client"
	}
	if err := checkChoice("stamp_to", in.StampTo); err != nil {
		return v, err
	}
	if receipt.Status != "pending" {
		return v, conflict("Receipt %s is %s and cannot be stamped", receipt.ID, receipt.Status)
	}
	if err := c.stamp(receipt, c.receiver(receipt, in.StampTo, in.FiscalInformation), in.Date); err != nil {
		return v, err
	}
	return *receipt, nil
}

// receiver is whom a receipt is stamped to.
func (c *call) receiver(r *gigstack.Receipt, stampTo gigstack.StampTo, override *gigstack.FiscalInformation) *gigstack.Client {
	to := *c.world().currentClient(r.Client)
	switch stampTo {
	case "general_public_national":
		to.TaxID, to.LegalName = string(cfdi.PublicRFC), globalName
	case "general_public_foreign":
		to.TaxID, to.LegalName = string(cfdi.ForeignRFC), "PUBLICO EN GENERAL EXTRANJERO"
	}
	if stampTo != "client" {
		to.TaxSystem, to.Use = "616", "S01"
		to.Address = mergeAddress(nil, &gigstack.Address{Zip: &c.team.zip})
	}
	if override != nil {
		set(&to.LegalName, override.LegalName)
		setAs(&to.TaxID, override.TaxID)
		setAs(&to.TaxSystem, override.TaxSystem)
		to.Address = mergeAddress(to.Address, &gigstack.Address{Zip: override.Zip})
	}
	review(&to, c.now)
	return &to
}

// stamp invoices a pending receipt, or writes down why that failed.
func (c *call) stamp(r *gigstack.Receipt, receiver *gigstack.Client, date *gigstack.Millis) error {
	o := order{
		client: receiver, items: r.Items, totals: sumItems(r.Items), method: "PUE", form: gigstack.PaymentForm(r.PaymentForm),
		currency: gigstack.Currency(r.Currency), rate: *r.ExchangeRate, metadata: r.Metadata, created: c.now,
	}.configured(r.InvoiceConfig)
	if date != nil {
		o.date = date.Time()
	}
	if len(r.Payments) > 0 {
		o.paymentID = r.Payments[0]
	}
	uuid, err := c.world().issueIncome(c.sandbox, o)
	if err != nil {
		r.AutomaticInvoiceError = reason(err)
		c.emit("invoice.failed", r)
		return err
	}
	r.Status, r.AutomaticInvoiceError, r.Invoices = "completed", "", append(r.Invoices, uuid)
	c.emit("receipt.completed", r)
	for _, id := range r.Payments {
		if payment, ok := c.world().payments.get(id); ok {
			payment.Invoices = append(payment.Invoices, uuid)
		}
	}
	return nil
}

// reason is why a stamp failed, with the SAT's code where there is one.
func reason(err error) string {
	var refusal *apiError
	if errors.As(err, &refusal) && refusal.status == http.StatusUnprocessableEntity && len(refusal.details) > 0 {
		return refusal.details[0].Field + ": " + refusal.message
	}
	return err.Error()
}

// maxStamps is how many receipts one call stamps.
const maxStamps = 100

func (c *call) stampClientPendingReceipts(in gigstack.ClientRef) (v gigstack.StampedReceipts, err error) {
	client, err := c.client(in.ID)
	if err != nil {
		return v, err
	}
	var fresh, failed []*gigstack.Receipt
	for _, r := range c.receipts().rows {
		switch {
		case r.Status != "pending" || r.Client.ID != client.ID:
		case r.AutomaticInvoiceError == "":
			fresh = append(fresh, r)
		default:
			failed = append(failed, r)
		}
	}
	pending := append(fresh, failed...) // else those that fail again would keep the others waiting
	v = gigstack.StampedReceipts{Remaining: max(0, len(pending)-maxStamps), Results: []gigstack.StampedReceipt{}}
	for _, r := range pending[:len(pending)-v.Remaining] {
		result := gigstack.StampedReceipt{ID: r.ID, Status: "stamped"}
		if err := c.stamp(r, client, nil); err != nil {
			result.Status, result.Error = "failed", reason(err)
			v.Failed++
		} else {
			v.Stamped++
		}
		v.Results = append(v.Results, result)
	}
	return v, nil
}
