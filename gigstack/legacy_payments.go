package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// LegacyCreatePayment makes a payment that waits for its money.
var LegacyCreatePayment = Endpoint[LegacyCreatePaymentInput, LegacyPayment]{
	Name:     "legacy_create_payment",
	Route:    "POST /payments",
	Risk:     risk.Fiscal,
	Title:    "Create a payment (older)",
	Doc:      "Make an open payment and mail the client unless avoidEmail; automaticInvoice stamps once it is paid. Takes units, answers cents. Older endpoint; today: request_payment, or register_payment for money received.",
	Undo:     "While it is unpaid, cancel_payment takes it back; a mail is not unsent. What is stamped can only be cancelled by the SAT's rules.",
	Teamless: true,
}

// LegacyCreatePaymentInput is the money to ask for. A team in the body, not in the
// query, says for whom.
type LegacyCreatePaymentInput struct {
	ClientID         *string             `json:"clientId,omitempty" doc:"Existing client (client_…); or client."`
	Client           *LegacyClientInput  `json:"client,omitempty" doc:"New client; or clientId."`
	Items            []LegacyPaymentLine `json:"items" doc:"Lines; they make the amount." jsonschema:"minItems=1"`
	Currency         *Currency           `json:"currency,omitempty" doc:"MXN when absent."`
	AutomaticInvoice *bool               `json:"automaticInvoice,omitempty" doc:"Stamp an invoice by itself."`
	AvoidEmail       *bool               `json:"avoidEmail,omitempty" doc:"Do not mail the client."`
	Livemode         *bool               `json:"livemode,omitempty" doc:"Leave out: the key decides."`
	Team             *string             `json:"team,omitempty" doc:"Team to act for."`
	Metadata         Metadata            `json:"metadata,omitempty" doc:"Your own data, texts."`
}

// LegacyClientInput is a client by id, or the data to create one from.
type LegacyClientInput struct {
	ID             *string        `json:"id,omitempty" doc:"Existing client; then leave the rest out."`
	BillingAccount *string        `json:"billingAccount,omitempty" doc:"Leave out; gigstack's."`
	Name           *string        `json:"name,omitempty" doc:"Display name."`
	Email          *string        `json:"email,omitempty" doc:"E-mail."`
	RFC            *RFC           `json:"rfc,omitempty" doc:"RFC."`
	LegalName      *string        `json:"legal_name,omitempty" doc:"Name exactly as the SAT has it."`
	TaxSystem      *TaxSystem     `json:"tax_system,omitempty" doc:"Tax regime."`
	Address        *LegacyAddress `json:"address,omitempty" doc:"Fiscal address."`
	Use            *CFDIUse       `json:"use,omitempty" doc:"Usual CFDI use."`
	Phone          *string        `json:"phone,omitempty" doc:"Phone."`
	Metadata       Metadata       `json:"metadata,omitempty" doc:"Your own data, texts."`
}

// Today is the client as today's endpoints are told of one.
func (c LegacyClientInput) Today() ClientInput {
	if c.ID != nil {
		return ClientInput{ID: c.ID}
	}
	fields := ClientFields{Name: c.Name, Email: c.Email, Phone: c.Phone, LegalName: c.LegalName, TaxID: c.RFC, TaxSystem: c.TaxSystem, Use: c.Use, Metadata: c.Metadata}
	if a := c.Address; a != nil {
		fields.Address = a.Today()
	}
	return ClientInput{ClientFields: fields}
}

// LegacyPaymentLine is a line of a payment. Whether its total covers all its units
// and its taxes is nowhere said; both are assumed here, because the amount answered
// is the sum of the totals.
type LegacyPaymentLine struct {
	Name        string             `json:"name" doc:"Short text."`
	Description *string            `json:"description,omitempty" doc:"Longer text."`
	Quantity    Decimal            `json:"quantity" doc:"Units; best 1." jsonschema:"exclusiveMinimum=0"`
	Total       Decimal            `json:"total" doc:"Price of the line with taxes, in units, not cents." jsonschema:"minimum=0"`
	ProductKey  *ProductKey        `json:"product_key,omitempty" doc:"SAT product or service key."`
	UnitKey     *string            `json:"unit_key,omitempty" doc:"SAT unit key."`
	UnitName    *string            `json:"unit_name,omitempty" doc:"Unit as printed."`
	Taxes       []LegacyTax        `json:"taxes,omitempty" doc:"Taxes of the line."`
	UnitPrice   *Decimal           `json:"unitPrice,omitempty" doc:"Leave out; total divided by quantity." jsonschema:"minimum=0"`
	Discount    *Decimal           `json:"discount,omitempty" doc:"Amount off the line, before taxes." jsonschema:"minimum=0"`
	Currency    *Currency          `json:"currency,omitempty" doc:"Leave out; the payment's."`
	PaymentType *LegacyPaymentType `json:"paymentType,omitempty" doc:"How the price is set."`
	ServiceID   *string            `json:"serviceId,omitempty" doc:"Catalogue service (service_…)."`
	Category    *string            `json:"category,omitempty" doc:"Category."`
	Subcategory *string            `json:"subcategory,omitempty" doc:"Subcategory."`
}

// Each is the price of one unit.
func (l LegacyPaymentLine) Each() Decimal {
	if l.UnitPrice != nil {
		return *l.UnitPrice
	}
	if l.Quantity.IsZero() {
		return l.Total
	}
	return Decimal{l.Total.DivRound(l.Quantity.Decimal, 6)}
}

// Today is the line as today's endpoints are told of one: its taxes are in its
// price, but for those withheld.
func (l LegacyPaymentLine) Today() ItemInput {
	item := ItemInput{ID: l.ServiceID, Description: l.Description, Quantity: &l.Quantity, Discount: l.Discount, ProductKey: l.ProductKey, UnitKey: l.UnitKey, UnitName: l.UnitName}
	if item.Description == nil {
		item.Description = &l.Name
	}
	price := l.Each()
	item.UnitPrice = &price
	for _, t := range l.Taxes {
		withheld := t.Retained != nil && *t.Retained
		inclusive := !withheld
		item.Taxes = append(item.Taxes, TaxInput{Type: t.Type, Rate: t.Rate, Factor: &t.Factor, Withholding: &withheld, Inclusive: &inclusive})
	}
	return item
}

// AddsUp reports whether the price of a unit, where it is given, makes the total.
func (l LegacyPaymentLine) AddsUp() bool {
	return l.UnitPrice == nil || l.UnitPrice.Mul(l.Quantity.Decimal).Round(2).Equal(l.Total.Round(2))
}

// LegacyTax is a tax of a line.
type LegacyTax struct {
	Type     TaxType   `json:"type" doc:"Tax."`
	Rate     Decimal   `json:"rate" doc:"Fraction: 0.16 is 16 %." jsonschema:"minimum=0"`
	Factor   TaxFactor `json:"factor" doc:"Tasa is usual."`
	Base     *Decimal  `json:"base,omitempty" doc:"Leave out; computed."`
	Amount   *Decimal  `json:"amount,omitempty" doc:"Leave out; computed."`
	Retained *bool     `json:"retained,omitempty" doc:"Withheld by the buyer."`
}

// LegacyPaymentType is how the price of a line is set.
type LegacyPaymentType struct {
	Label *string `json:"label,omitempty" doc:"Display text."`
	Value *string `json:"value,omitempty" doc:"Such as fixed."`
}

// LegacyPayment is a payment as the older endpoint returns it.
type LegacyPayment struct {
	ID             string       `json:"id"`
	FID            string       `json:"fid,omitempty"`
	V              int          `json:"v,omitempty" doc:"Version of the record."`
	Team           string       `json:"team,omitempty"`
	Owner          string       `json:"owner,omitempty"`
	BillingAccount string       `json:"billingAccount,omitempty"`
	Amount         int64        `json:"amount" doc:"Cents."`
	Currency       string       `json:"currency,omitempty"`
	Status         string       `json:"status,omitempty" doc:"requires_payment_method until it is paid."`
	InternalStatus string       `json:"internalStatus,omitempty"`
	Client         LegacyClient `json:"client"`
	ClientID       string       `json:"clientId,omitempty"`
	Items          []LegacyLine `json:"items,omitempty"`
	InternalItems  []LegacyLine `json:"internalItems,omitempty"`
}

// LegacyClient is a client as the older endpoints return it.
type LegacyClient struct {
	LegacyClientInput
	Owner     string `json:"owner,omitempty"`
	From      string `json:"from,omitempty"`
	Team      string `json:"team,omitempty"`
	Timestamp int64  `json:"timestamp,omitempty" doc:"Creation; unit undocumented."`
	Livemode  *bool  `json:"livemode,omitempty"`
}

// LegacyLine is a stored line of a payment.
type LegacyLine struct {
	ID string `json:"id,omitempty"`
	LegacyPaymentLine
}
