package sandbox

import (
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

func (s *Sandbox) routeReceipts() {
	serve(s, gigstack.ListReceipts, (*call).listReceipts)
	serve(s, gigstack.SearchReceipts, (*call).searchReceipts)
	serve(s, gigstack.GetReceipt, (*call).getReceipt)
	serve(s, gigstack.CreateReceipt, (*call).createReceipt)
	serve(s, gigstack.StampReceipt, (*call).stampReceipt)
	serve(s, gigstack.CancelReceipt, (*call).cancelReceipt)
	serve(s, gigstack.StampClientPendingReceipts, (*call).stampClientPendingReceipts)
}

// receipts is the team's receipts, each as expired as it is now.
func (c *call) receipts() *table[gigstack.Receipt] {
	receipts := &c.world().receipts
	for _, r := range receipts.rows {
		if r.Status == "pending" && r.ValidUntil < gigstack.SecondsOf(c.now) {
			r.Status = "expired"
		}
	}
	return receipts
}

func (c *call) receipt(id string) (*gigstack.Receipt, error) {
	return c.receipts().find("Receipt", id)
}

func (c *call) listReceipts(in gigstack.ListReceiptsInput) (p gigstack.Page[gigstack.Receipt], err error) {
	status, err := filterStatus(in.Status)
	if err != nil {
		return p, err
	}
	return page(c.receipts(), in.Paging, in.ListFilter, func(v *gigstack.Receipt) listed {
		return listed{v.CreatedAt, v.Client.Name, v.Metadata}
	}, func(v *gigstack.Receipt) bool {
		return (status == "" || v.Status == status) && (in.ClientID == nil || v.Client.ID == *in.ClientID)
	})
}

func (c *call) getReceipt(in gigstack.ReceiptRef) (gigstack.Receipt, error) {
	return copied(c.receipt(in.ID))
}

func (c *call) createReceipt(in gigstack.CreateReceiptInput) (v gigstack.Receipt, err error) {
	if first := c.repeatedReceipt(in.IdempotencyKey); first != nil {
		return *first, nil
	}
	period := orElse(in.Periodicity, "month")
	if err := checkChoice("periodicity", period); err != nil {
		return v, err
	}
	form := orElse(in.PaymentForm, "01")
	if err := checkForm(form); err != nil {
		return v, err
	}
	charge, err := c.newCharge(in.Client, in.Items, in.Currency, in.ExchangeRate)
	if err != nil {
		return v, err
	}
	v = newReceipt(c.sandbox.newID("receipt"), charge, period, c.now)
	v.PaymentForm = string(form)
	if v.InvoiceConfig = storeConfig(in.InvoiceConfig); v.InvoiceConfig != nil {
		v.InvoiceConfig.ValidUntil = new(v.ValidUntil)
	}
	v.IdempotencyKey = orElse(in.IdempotencyKey, "")
	v.Metadata, v.Owner, v.Team, v.Livemode, v.From = in.Metadata, c.team.owner, c.team.ID, c.key.live, "api"
	c.created()
	stored := c.world().receipts.add(v.ID, v)
	c.emit("receipt.created", stored)
	return *stored, nil
}

// repeatedReceipt is the receipt that was first made with an idempotency key, nil
// when there is none.
func (c *call) repeatedReceipt(key *string) *gigstack.Receipt {
	return c.receipts().first(func(r *gigstack.Receipt) bool { return orElse(key, "") != "" && r.IdempotencyKey == *key })
}

// periodDays is how many days a receipt stays open.
var periodDays = map[gigstack.ReceiptPeriod]int{"day": 1, "week": 7, "two_weeks": 14, "month": 30, "two_months": 60}

// newReceipt is a pending receipt of a charge.
func newReceipt(id string, v charge, period gigstack.ReceiptPeriod, now time.Time) gigstack.Receipt {
	return gigstack.Receipt{
		ID:               id,
		Status:           "pending",
		Client:           v.client,
		Currency:         string(v.currency),
		ExchangeRate:     &v.rate,
		Items:            v.items,
		Subtotal:         exact(v.totals.Subtotal),
		Discount:         exact(v.totals.Discount),
		Taxes:            exact(v.totals.Transferred),
		WithholdingTaxes: exact(v.totals.Withheld),
		Total:            exact(v.totals.Total),
		Periodicity:      string(period),
		CreatedAt:        gigstack.SecondsOf(now),
		ValidUntil:       gigstack.SecondsOf(now.Add(time.Duration(periodDays[period]) * 24 * time.Hour)),
		URL:              invoiceLink + id,
		ShortURL:         shortLink + id[len("receipt_"):],
		Invoices:         []string{},
		Payments:         []string{},
	}
}

func (c *call) cancelReceipt(in gigstack.ReceiptRef) (v gigstack.Canceled, err error) {
	receipt, err := c.receipt(in.ID)
	if err != nil {
		return v, err
	}
	switch receipt.Status {
	case "completed":
		return v, conflict("Receipt %s is invoiced: cancel its invoice instead", receipt.ID)
	case "canceled":
		return v, conflict("Receipt %s is canceled already", receipt.ID)
	}
	receipt.Status = "canceled"
	c.emit("receipt.deleted", receipt)
	return gigstack.Canceled{ID: receipt.ID, Status: receipt.Status}, nil
}
