package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// LegacyCreatePayment makes a payment that waits for its money.
//
// It mails the client unless avoidEmail; automaticInvoice stamps once it is paid. Takes
// units, answers cents.
var LegacyCreatePayment = Endpoint[LegacyCreatePaymentInput, LegacyPayment]{
	Name:     "legacy_create_payment",
	Route:    "POST /payments",
	Risk:     risk.Fiscal,
	Title:    "Create a payment (older)",
	Doc:      "Older request_payment; answers cents.",
	Undo:     "While it is unpaid, cancel_payment takes it back; a mail is not unsent. What is stamped can only be cancelled by the SAT's rules.",
	Teamless: true,
}

// LegacyCreatePaymentInput is the money to ask for. A team in the body, not in the
// query, says for whom.
type LegacyCreatePaymentInput struct {
	ClientID         *string             `json:"clientId,omitempty" doc:"Or client."` // existing client; or client
	Client           *LegacyClientInput  `json:"client,omitempty"`                    // new client; or clientId
	Items            []LegacyPaymentLine `json:"items" jsonschema:"minItems=1"`       // lines; they make the amount
	Currency         *Currency           `json:"currency,omitempty"`                  // MXN when absent
	AutomaticInvoice *bool               `json:"automaticInvoice,omitempty"`          // stamp an invoice by itself
	AvoidEmail       *bool               `json:"avoidEmail,omitempty"`                // do not mail the client
	Livemode         *bool               `json:"livemode,omitempty" doc:"Leave out."` // leave out: the key decides
	Team             *string             `json:"team,omitempty"`                      // team to act for
	Metadata         Metadata            `json:"metadata,omitempty"`                  // your own data, texts
}

// LegacyClientInput is a client by id, or the data to create one from.
type LegacyClientInput struct {
	ID             *string        `json:"id,omitempty" doc:"Existing."`              // existing client; then leave the rest out
	BillingAccount *string        `json:"billingAccount,omitempty" doc:"Leave out."` // leave out; gigstack's
	Name           *string        `json:"name,omitempty"`                            // display name
	Email          *string        `json:"email,omitempty"`                           // E-mail
	RFC            *RFC           `json:"rfc,omitempty"`
	LegalName      *string        `json:"legal_name,omitempty"` // name exactly as the SAT has it
	TaxSystem      *TaxSystem     `json:"tax_system,omitempty"`
	Address        *LegacyAddress `json:"address,omitempty"` // fiscal address
	Use            *CFDIUse       `json:"use,omitempty"`     // usual CFDI use
	Phone          *string        `json:"phone,omitempty"`
	Metadata       Metadata       `json:"metadata,omitempty"` // your own data, texts
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
	Name        string             `json:"name"`                                                        // short text
	Description *string            `json:"description,omitempty"`                                       // longer text
	Quantity    Decimal            `json:"quantity" jsonschema:"exclusiveMinimum=0"`                    // units; best 1
	Total       Decimal            `json:"total" doc:"With taxes, in units." jsonschema:"minimum=0"`    // price of the line with taxes, in units, not cents
	ProductKey  *ProductKey        `json:"product_key,omitempty"`                                       // SAT product or service key
	UnitKey     *string            `json:"unit_key,omitempty"`                                          // SAT unit key
	UnitName    *string            `json:"unit_name,omitempty"`                                         // unit as printed
	Taxes       []LegacyTax        `json:"taxes,omitempty"`                                             // taxes of the line
	UnitPrice   *Decimal           `json:"unitPrice,omitempty" doc:"Leave out." jsonschema:"minimum=0"` // leave out; total divided by quantity
	Discount    *Decimal           `json:"discount,omitempty" jsonschema:"minimum=0"`                   // amount off the line, before taxes
	Currency    *Currency          `json:"currency,omitempty" doc:"Leave out."`                         // leave out; the payment's
	PaymentType *LegacyPaymentType `json:"paymentType,omitempty"`                                       // how the price is set
	ServiceID   *string            `json:"serviceId,omitempty"`                                         // catalogue service
	Category    *string            `json:"category,omitempty"`
	Subcategory *string            `json:"subcategory,omitempty"`
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
	Type     TaxType   `json:"type"`
	Rate     Decimal   `json:"rate" doc:"0.16." jsonschema:"minimum=0"` // fraction: 0.16 is 16 %
	Factor   TaxFactor `json:"factor"`                                  // Tasa is usual
	Base     *Decimal  `json:"base,omitempty" doc:"Leave out."`         // leave out; computed
	Amount   *Decimal  `json:"amount,omitempty" doc:"Leave out."`       // leave out; computed
	Retained *bool     `json:"retained,omitempty"`                      // withheld by the buyer
}

// LegacyPaymentType is how the price of a line is set.
type LegacyPaymentType struct {
	Label *string `json:"label,omitempty"`
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
