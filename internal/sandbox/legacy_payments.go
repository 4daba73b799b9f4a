package sandbox

import (
	"strconv"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// legacyCreatePayment makes what today's request_payment makes, in other words. The
// mail is not sent: the sandbox talks to nobody.
func (c *call) legacyCreatePayment(in gigstack.LegacyCreatePaymentInput) (v gigstack.LegacyPayment, err error) {
	if err := c.actFor(orElse(in.Team, "")); err != nil {
		return v, err
	}
	client, err := c.legacyPayer(in)
	if err != nil {
		return v, err
	}
	items, err := c.legacyLines(in)
	if err != nil {
		return v, err
	}
	methods, err := c.payableBy(nil)
	if err != nil {
		return v, err
	}
	automation := gigstack.PaymentAutomation("none")
	if orElse(in.AutomaticInvoice, false) {
		automation = "pue_invoice"
	}
	payment, err := c.newPayment(gigstack.PaymentFields{Client: client, Items: items, Currency: in.Currency, Metadata: in.Metadata}, automation)
	if err != nil {
		return v, err
	}
	openLink(payment, methods)
	c.created()
	c.message = "Payment created successfully"
	return c.showLegacyPayment(payment, in.Items), nil
}

// legacyPayer is who pays, in today's words.
func (c *call) legacyPayer(in gigstack.LegacyCreatePaymentInput) (v gigstack.ClientInput, err error) {
	given := orElse(in.Client, gigstack.LegacyClientInput{ID: in.ClientID})
	switch {
	case in.ClientID != nil && in.Client != nil:
		return v, invalid("client", "clientId or client, not both")
	case in.ClientID == nil && in.Client == nil:
		return v, invalid("clientId", "clientId or client is required")
	case in.Livemode != nil && *in.Livemode != c.key.live:
		return v, invalid("livemode", "livemode is not the key's")
	}
	return given.Today(), nil
}

// legacyLines is the lines of a payment in today's words.
func (c *call) legacyLines(in gigstack.LegacyCreatePaymentInput) (items []gigstack.ItemInput, err error) {
	currency := orElse(in.Currency, "MXN")
	if currency != "MXN" {
		return nil, invalid("currency", "only MXN: there is no exchange rate here")
	}
	for i, line := range in.Items {
		field := "items[" + strconv.Itoa(i) + "]"
		switch {
		case strings.TrimSpace(line.Name) == "":
			return nil, invalid(field+".name", "name is required")
		case orElse(line.Currency, currency) != currency:
			return nil, invalid(field+".currency", "a line has the payment's currency")
		case !line.AddsUp():
			return nil, invalid(field+".total", "total is not quantity × unitPrice")
		}
		items = append(items, c.taxedByDefault(line.Today()))
	}
	return items, nil
}

// taxedByDefault gives a line without taxes those of the team's settings, contained
// in its price; where there are none, it is subject to none. The older bodies have no
// other way to say it.
func (c *call) taxedByDefault(item gigstack.ItemInput) gigstack.ItemInput {
	if item.Taxes != nil || item.ID != nil {
		return item
	}
	for _, tax := range orElse(c.team.settings.Taxes.Value, nil) {
		tax.Inclusive = new(!orElse(tax.Withholding, false))
		item.Taxes = append(item.Taxes, tax)
	}
	if item.Taxes == nil {
		item.Taxability = new(gigstack.Taxability("01"))
	}
	return item
}

// showLegacyPayment is a payment as the older endpoint returns it: its amount in
// cents, its lines as they were sent.
func (c *call) showLegacyPayment(p *gigstack.Payment, sent []gigstack.LegacyPaymentLine) gigstack.LegacyPayment {
	v := gigstack.LegacyPayment{
		ID: p.ID, FID: strings.TrimPrefix(p.ID, "payment_"), V: 2, Team: p.Team, Owner: c.team.owner, BillingAccount: c.team.account,
		Amount: p.Total.Shift(2).IntPart(), Currency: p.Currency, Status: p.Status, InternalStatus: "pending",
		ClientID: p.Client.ID, Client: c.showLegacyClient(p.Client),
	}
	for i, line := range sent {
		line.UnitPrice, line.Currency = new(line.Each()), (*gigstack.Currency)(&p.Currency)
		v.Items = append(v.Items, gigstack.LegacyLine{ID: p.ID + "_" + strconv.Itoa(i+1), LegacyPaymentLine: line})
	}
	v.InternalItems = v.Items
	return v
}

func (c *call) showLegacyClient(client *gigstack.Client) gigstack.LegacyClient {
	v := gigstack.LegacyClient{
		LegacyClientInput: gigstack.LegacyClientInput{
			ID: &client.ID, BillingAccount: &c.team.account, Name: told(client.Name), Email: told(client.Email), RFC: told(gigstack.RFC(client.TaxID)),
			LegalName: told(client.LegalName), TaxSystem: told(gigstack.TaxSystem(client.TaxSystem)), Use: told(gigstack.CFDIUse(client.Use)),
			Phone: told(client.Phone), Metadata: client.Metadata,
		},
		Owner: c.team.owner, From: client.From, Team: client.Team, Timestamp: int64(client.CreatedAt), Livemode: client.Livemode,
	}
	if a := client.Address; a != nil {
		v.Address = &gigstack.LegacyAddress{Street: a.Street, City: a.City, State: a.State, Zip: a.Zip, Country: a.Country}
	}
	return v
}

// told is a pointer to text, nil to none.
func told[T ~string](text T) *T {
	if text == "" {
		return nil
	}
	return &text
}
