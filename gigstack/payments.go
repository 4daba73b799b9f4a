package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Payments is the page of money: asked for, received, given back.
var Payments = Resource{
	Name: "payments",
	Doc:  "Money asked for by link or already received, and the automation that turns it into invoices or receipts.",
	Endpoints: []Operation{
		ListPayments, GetPayment, RequestPayment, RegisterPayment, MarkPaymentPaid, RefundPayment, CancelPayment,
		SearchPayments, UpdatePayment, UploadPaymentSupportDocument, ListPaymentSupportDocuments,
	},
}

// ListPayments pages through payments.
//
// Only succeeded is collected money; requires_payment_method and pending are links
// nobody has paid, not debt: for debt see list_income_invoices.
var ListPayments = Endpoint[ListPaymentsInput, Page[Payment]]{
	Name:  "list_payments",
	Route: "GET /payments",
	Risk:  risk.Read,
	Title: "List payments",
	Doc:   "List payments. Only succeeded is money; the others are links, not debt.",
}

// ListPaymentsInput filters payments.
type ListPaymentsInput struct {
	Paging
	ListFilter
	Status   *PaymentStatus `json:"status,omitempty"`
	ClientID *string        `json:"client_id,omitempty"` // only this client's
	Currency *Currency      `json:"currency,omitempty"`  // only this currency
	Email    *string        `json:"email,omitempty"`     // only clients with this e-mail
	TaxID    *RFC           `json:"tax_id,omitempty"`    // only clients with this RFC
}

// PaymentStatus is the state of a payment.
type PaymentStatus string

// Choices lists the states.
func (PaymentStatus) Choices() []Choice {
	return []Choice{{"pending", "link, unpaid"}, {"requires_payment_method", "link, unpaid"}, {"processing", "money on its way"},
		{"succeeded", "collected"}, {"failed", ""}, {"canceled", ""}, {"refunded", "in full"}}
}

// SearchPayments finds payments by their words.
//
// One made a moment ago may be missing: list_payments has it.
var SearchPayments = Endpoint[SearchPaymentsInput, Page[Payment]]{
	Name:  "search_payments",
	Route: "GET /payments/search",
	Risk:  risk.Read,
	Title: "Search payments",
	Doc:   "Find payments by client, RFC or e-mail; the newest may be missing.",
}

// SearchPaymentsInput is the words to find, and filters.
type SearchPaymentsInput struct {
	Search
	Status   *PaymentStatus `json:"status,omitempty"`
	Currency *Currency      `json:"currency,omitempty"`  // only this currency
	ClientID *string        `json:"client_id,omitempty"` // only this client's
}

// GetPayment reads one payment.
//
// The answer has state, totals, refunds, and the invoices and receipts it produced.
// Automation runs a moment after success, so read again while both are empty.
var GetPayment = Endpoint[PaymentRef, Payment]{
	Name:  "get_payment",
	Route: "GET /payments/{id}",
	Risk:  risk.Read,
	Title: "Read a payment",
	Doc:   "Read a payment, its refunds and the invoices and receipts it made.",
}

// PaymentRef names one payment.
type PaymentRef struct {
	ID string `json:"id"`
}

// RequestPayment makes a link by which the client can pay.
//
// It makes a payment link (short_url) for a client; nothing is collected or invoiced
// until it is paid. For money already received use register_payment. Follow it with
// get_payment.
var RequestPayment = Endpoint[RequestPaymentInput, Payment]{
	Name:  "request_payment",
	Route: "POST /payments/request",
	Risk:  risk.Outward,
	Title: "Request a payment",
	Doc:   "Make a payment link (liga de pago). Money already in: register_payment.",
	Undo:  "While it is unpaid, cancel_payment takes the link back; a mail is not unsent.",
	Back:  `cancel_payment {"id":"$data.id"}`,
}

// RequestPaymentInput is the money to ask for.
type RequestPaymentInput struct {
	PaymentFields
	AutomationType        *PaymentAutomation  `json:"automation_type,omitempty" doc:"Once paid; none by default."`
	AllowedPaymentMethods []PaymentMethodName `json:"allowed_payment_methods,omitempty" doc:"card, oxxo and stripe-spei need Stripe."`
}

// RegisterPayment records money that has already been received.
//
// It records money already received; it is succeeded at once and the automation stamps
// what it says. Lines carry their taxes, also when they pay part of a PPD invoice
// (ppd_invoice_id, its uuid). A client without RFC gets a receipt instead of an invoice.
// Then read get_payment for the invoices. An open link is settled with
// mark_payment_paid.
var RegisterPayment = Endpoint[RegisterPaymentInput, Payment]{
	Name:  "register_payment",
	Route: "POST /payments/register",
	Risk:  risk.Fiscal,
	Title: "Register a payment",
	Doc:   "Record money received; its automation invoices it, or stamps the complement (REP) of ppd_invoice_id, lines with their taxes. An open link: mark_payment_paid. Then get_payment has the invoices.",
	Undo:  "The money can be given back with refund_payment; what is stamped can only be cancelled by the SAT's rules.",
	Back:  `refund_payment {"id":"$data.id","amount":"$data.total","reason":"Registered by mistake"} if $args.automation_type=none`,
}

// RegisterPaymentInput is the money received. AutomationType is asked for, though
// gigstack has a default, because it decides whether a CFDI is issued.
type RegisterPaymentInput struct {
	PaymentFields
	AutomationType PaymentAutomation `json:"automation_type"` // what is issued now
	PaymentForm    PaymentForm       `json:"payment_form"`    // SAT form the money came in: 01 cash, 03 transfer, 04 card
}

// PaymentFields is what every new payment is made of.
type PaymentFields struct {
	Client         ClientInput         `json:"client"`                                                          // who pays
	Items          []ItemInput         `json:"items" jsonschema:"minItems=1"`                                   // lines; they make the amount
	Currency       *Currency           `json:"currency,omitempty"`                                              // MXN when absent
	ExchangeRate   *Decimal            `json:"exchange_rate,omitempty" jsonschema:"minimum=0"`                  // pesos per unit; needed unless MXN
	InvoiceConfig  *InvoiceConfigInput `json:"invoice_config,omitempty"`                                        // settings of the invoice the automation issues
	PPDInvoiceID   *string             `json:"ppd_invoice_id,omitempty" doc:"UUID of the PPD invoice it pays."` // UUID of the PPD invoice this pays, in part or whole; without it ppd automation issues a new one
	IdempotencyKey *string             `json:"idempotency_key,omitempty"`                                       // leave out unless you have one of your own: repeating it returns the first payment
	Metadata       Metadata            `json:"metadata,omitempty"`
	SendEmail      *bool               `json:"send_email,omitempty"`                      // mail the client
	Emails         []string            `json:"emails,omitempty" jsonschema:"maxItems=20"` // further recipients
	IgnoreEmails   *bool               `json:"ignore_emails,omitempty"`                   // send no mail at all, whatever the team's settings
}

// PaymentAutomation is what gigstack issues once a payment has succeeded.
type PaymentAutomation string

// Choices lists the automations.
func (PaymentAutomation) Choices() []Choice {
	return []Choice{{"pue_invoice", "invoice paid in full"}, {"ppd_invoice_and_complement", "PPD invoice unless one is named, and a payment complement"}, {"none", "nothing"}}
}

// PaymentMethodName is a way to pay a link. gigstack calls a transfer spei in
// one place and bank in another; both are accepted.
type PaymentMethodName string

// Choices lists the ways.
func (PaymentMethodName) Choices() []Choice {
	return []Choice{{"card", "needs Stripe"}, {"spei", "transfer"}, {"bank", "transfer"}, {"oxxo", "cash at a shop; needs Stripe"}, {"stripe-spei", "needs Stripe"}}
}

// InvoiceConfigInput says how the invoice that comes of a payment or a receipt
// is to be issued.
type InvoiceConfigInput struct {
	Serie  *string       `json:"serie,omitempty"`                                         // series; the team's default when absent
	Folio  *int          `json:"folio,omitempty" doc:"Leave out." jsonschema:"minimum=0"` // leave out: numbered without gaps
	Date   *Seconds      `json:"date,omitempty"`                                          // issue moment in unix seconds
	Global *GlobalPeriod `json:"global,omitempty"`                                        // period, when the invoice is global
}

// MarkPaymentPaid declares an open payment as collected.
//
// It declares an open payment (requires_payment_method or pending) as collected outside
// gigstack; its automation may then stamp. Never on one that is processing: the money
// would count twice. Read get_payment afterwards.
var MarkPaymentPaid = Endpoint[MarkPaymentPaidInput, Payment]{
	Name:  "mark_payment_paid",
	Route: "POST /payments/{id}/paid",
	Risk:  risk.Fiscal,
	Title: "Mark a payment as paid",
	Doc:   "Declare an open link paid outside gigstack, never one that is processing; its automation may stamp.",
	Undo:  "The money can be given back with refund_payment; what is stamped can only be cancelled by the SAT's rules.",
	Back:  `refund_payment {"id":"$args.id","amount":"$data.total","reason":"Marked as paid by mistake"} if $data.automation_type=none`,
}

// MarkPaymentPaidInput says how and when the money came.
type MarkPaymentPaidInput struct {
	ID          string      `json:"id"`
	PaymentForm PaymentForm `json:"payment_form"`   // SAT form the money came in
	Date        *Seconds    `json:"date,omitempty"` // when it came, unix seconds; now when absent
}

// UpdatePayment changes the little of a payment that can change. It is fiscal
// because an automation given to collected money runs at once.
//
// It changes line texts or the client's data of a payment in any state, or gives it an
// automation if it has none: on collected money that stamps at once. Totals and issued
// invoices stay. The answer is empty: read get_payment.
var UpdatePayment = Endpoint[UpdatePaymentInput, struct{}]{
	Name:  "update_payment",
	Route: "PUT /payments/{id}",
	Risk:  risk.Fiscal,
	Title: "Update a payment",
	Doc:   "Change line texts or client data of a payment, or add an automation: on collected money it stamps at once.",
	Undo:  "Texts and client data can be changed again; an automation cannot be taken off, and what it stamps can only be cancelled by the SAT's rules.",
}

// UpdatePaymentInput is what to change: at least one of its three parts.
type UpdatePaymentInput struct {
	ID             string             `json:"id"`
	Items          []LineText         `json:"items,omitempty" jsonschema:"minItems=1"` // new texts of existing lines
	AutomationType *PaymentAutomation `json:"automation_type,omitempty"`               // only where the payment has none
	Client         *ClientFields      `json:"client,omitempty"`                        // changes to its client, here and in the list of clients; the SAT is not asked
}

// LineText is a new text of an existing line.
type LineText struct {
	ID          string `json:"id" doc:"Of get_payment's items."`
	Description string `json:"description"` // new text
}

// RefundPayment gives money back.
//
// It gives back all or part of a succeeded payment; refunds add up to at most its total.
// It takes no idempotency key: after a lost answer read get_payment before trying again.
// Its invoice stays: correct that with create_egress_invoice or cancel_invoice.
var RefundPayment = Endpoint[RefundPaymentInput, Payment]{
	Name:  "refund_payment",
	Route: "POST /payments/{id}/refund",
	Risk:  risk.Critical,
	Title: "Refund a payment",
	Doc:   "Give back a succeeded payment, in part or whole; its invoice stays. After a lost answer get_payment first.",
	Undo:  "Cannot be taken back; the client would have to pay again.",
}

// RefundPaymentInput is the money to give back.
type RefundPaymentInput struct {
	ID       string  `json:"id"`
	Amount   Decimal `json:"amount" jsonschema:"exclusiveMinimum=0"` // in the payment's currency
	Reason   string  `json:"reason"`
	External *bool   `json:"external_processor_refund,omitempty" doc:"false only records it."` // also return it at the processor, true when absent; false only records it
}

// CancelPayment voids a payment that was not collected.
//
// Its link stops working for good. A succeeded payment is given back with refund_payment
// instead.
var CancelPayment = Endpoint[PaymentRef, Canceled]{
	Name:  "cancel_payment",
	Route: "DELETE /payments/{id}",
	Risk:  risk.Destructive,
	Title: "Cancel a payment",
	Doc:   "Void an unpaid link; money: refund_payment.",
	Undo:  "Cannot be undone; request_payment makes a new link.",
}

// Canceled is what is left of a canceled payment or receipt.
type Canceled struct {
	ID     string `json:"id,omitempty"`
	Status string `json:"status,omitempty"`
}

// Payment is money asked for or received.
type Payment struct {
	ID                    string          `json:"id"`
	Status                string          `json:"status" doc:"Only succeeded is collected money."`
	Client                *Client         `json:"client,omitempty"`
	Emails                []string        `json:"emails,omitempty"`
	Currency              string          `json:"currency,omitempty"`
	ExchangeRate          *Decimal        `json:"exchange_rate,omitempty" doc:"Pesos per unit."`
	AllowedPaymentMethods []AllowedMethod `json:"allowed_payment_methods,omitempty"`
	Items                 []Item          `json:"items,omitempty"`
	Subtotal              Decimal         `json:"subtotal"`
	Discount              Decimal         `json:"discount"`
	Taxes                 Decimal         `json:"taxes" doc:"Transferred less withheld."`
	Total                 Decimal         `json:"total"`
	PaymentForm           string          `json:"payment_form,omitempty" doc:"SAT form."`
	PaymentProcessor      string          `json:"payment_processor,omitempty" doc:"api, stripe …"`
	AutomationType        string          `json:"automation_type,omitempty"`
	InvoiceConfig         *InvoiceConfig  `json:"invoice_config,omitempty"`
	PPDInvoiceID          string          `json:"ppd_invoice_id,omitempty"`
	Invoices              []string        `json:"invoices" doc:"UUIDs it produced; empty until the automation has run."`
	Receipts              []string        `json:"receipts" doc:"Receipts it produced."`
	Payments              []string        `json:"payments,omitempty"`
	Refunds               []Refund        `json:"refunds" doc:"What was given back."`
	ShortURL              string          `json:"short_url,omitempty" doc:"Link for the payer."`
	IdempotencyKey        string          `json:"idempotency_key,omitempty"`
	Metadata              Metadata        `json:"metadata,omitempty"`
	From                  string          `json:"from,omitempty"`
	Owner                 string          `json:"owner,omitempty"`
	Team                  string          `json:"team,omitempty"`
	Livemode              bool            `json:"livemode"`
	CreatedAt             Seconds         `json:"created_at"`
	SucceededAt           *Seconds        `json:"succeeded_at,omitempty"`
}

// AllowedMethod is a way the payer may choose.
type AllowedMethod struct {
	ID string `json:"id"`
}

// InvoiceConfig is how the invoice of a payment or a receipt is issued.
type InvoiceConfig struct {
	Serie      string        `json:"serie,omitempty"`
	Folio      Scalar        `json:"folio,omitempty"`
	Date       *Seconds      `json:"date,omitempty"`
	Global     *GlobalPeriod `json:"global,omitempty"`
	ValidUntil *Seconds      `json:"validUntil,omitempty"`
}

// Refund is money given back. Its members are inferred: gigstack documents no
// more than that there is a list of them.
type Refund struct {
	ID        string  `json:"id"`
	Amount    Decimal `json:"amount"`
	Reason    string  `json:"reason,omitempty"`
	External  *bool   `json:"external_processor_refund,omitempty" doc:"Returned at the processor, not only recorded."`
	Items     []Item  `json:"items,omitempty"`
	CreatedAt Seconds `json:"created_at,omitempty"`
}
