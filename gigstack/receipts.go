package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Receipts is the page of sales that are collected and not yet invoiced.
var Receipts = Resource{
	Name:      "receipts",
	Doc:       "Sales already collected that wait for their invoice: the buyer issues it by link, the team stamps it, or the month's global invoice takes it.",
	Endpoints: []Operation{ListReceipts, GetReceipt, CreateReceipt, StampReceipt, CancelReceipt, SearchReceipts},
}

// ListReceipts pages through receipts.
//
// A pending one is money in without an invoice, never a debt.
var ListReceipts = Endpoint[ListReceiptsInput, Page[Receipt]]{
	Name:  "list_receipts",
	Route: "GET /receipts",
	Risk:  risk.Read,
	Title: "List receipts",
	Doc:   "List receipts; pending is money in without an invoice.",
}

// ListReceiptsInput filters receipts.
type ListReceiptsInput struct {
	Paging
	ListFilter
	Status   *ReceiptStatus `json:"status,omitempty"`
	ClientID *string        `json:"client_id,omitempty"` // only this client's
}

// ReceiptStatus is the state of a receipt. gigstack's clients name the same four
// states in several ways.
type ReceiptStatus string

// Choices lists the states.
func (ReceiptStatus) Choices() []Choice {
	return []Choice{{"pending", "not invoiced yet"}, {"open", "= pending"}, {"completed", "invoiced"}, {"stamped", "= completed"},
		{"invoiced", "= completed"}, {"expired", ""}, {"canceled", ""}, {"cancelled", "= canceled"}}
}

// SearchReceipts finds receipts by their words.
//
// One made a moment ago may be missing: list_receipts has it.
var SearchReceipts = Endpoint[Search, Page[Receipt]]{
	Name:  "search_receipts",
	Route: "GET /receipts/search",
	Risk:  risk.Read,
	Title: "Search receipts",
	Doc:   "Find receipts by client, RFC or e-mail; the newest may be missing.",
}

// GetReceipt reads one receipt.
//
// The answer has state, totals, the buyer's self-invoicing link, the invoices made of
// it, and why automatic stamping failed.
var GetReceipt = Endpoint[ReceiptRef, Receipt]{
	Name:  "get_receipt",
	Route: "GET /receipts/{id}",
	Risk:  risk.Read,
	Title: "Read a receipt",
	Doc:   "Read a receipt: self-invoicing url, invoices, why stamping failed.",
}

// ReceiptRef names one receipt.
type ReceiptRef struct {
	ID string `json:"id"`
}

// CreateReceipt records a sale to be invoiced later.
//
// It records a sale already collected that is invoiced later: by the buyer through its
// url, or with stamp_receipt. What nobody claims goes into a global invoice. Give an
// idempotency_key of your own (order number), so that a repetition returns the first.
var CreateReceipt = Endpoint[CreateReceiptInput, Receipt]{
	Name:  "create_receipt",
	Route: "POST /receipts",
	Risk:  risk.Write,
	Title: "Create a receipt",
	Doc:   "Record a collected sale to invoice later: by the buyer (autofactura), stamp_receipt or the global invoice.",
	Undo:  "cancel_receipt voids it; with an idempotency_key it may be a receipt that was there before.",
	Back:  `cancel_receipt {"id":"$data.id"}`,
}

// CreateReceiptInput is the sale.
type CreateReceiptInput struct {
	Client         ClientInput         `json:"client"` // buyer
	Items          []ItemInput         `json:"items" jsonschema:"minItems=1"`
	Currency       *Currency           `json:"currency,omitempty"`                             // MXN when absent
	ExchangeRate   *Decimal            `json:"exchange_rate,omitempty" jsonschema:"minimum=0"` // pesos per unit; needed unless MXN
	Periodicity    *ReceiptPeriod      `json:"periodicity,omitempty" doc:"To self-invoice; month by default."`
	PaymentForm    *PaymentForm        `json:"payment_form,omitempty"`    // SAT form of the payment
	InvoiceConfig  *InvoiceConfigInput `json:"invoice_config,omitempty"`  // settings of its invoice
	IdempotencyKey *string             `json:"idempotency_key,omitempty"` // repeating it returns the first receipt instead of a second
	Metadata       Metadata            `json:"metadata,omitempty"`
}

// ReceiptPeriod is how long a receipt may be turned into an invoice.
type ReceiptPeriod string

// Choices lists the periods.
func (ReceiptPeriod) Choices() []Choice {
	return []Choice{{"day", ""}, {"week", ""}, {"two_weeks", ""}, {"month", "30 days"}, {"two_months", ""}}
}

// StampReceipt turns a receipt into an invoice.
//
// It stamps a pending receipt as a PUE invoice with the SAT at once, in the client's
// name or to the general public; it cannot be undone, only cancelled with
// cancel_invoice. Check the client with validate_client first;
// stamp_client_pending_receipts takes all of one client.
var StampReceipt = Endpoint[StampReceiptInput, Receipt]{
	Name:  "stamp_receipt",
	Route: "POST /receipts/{id}/stamp",
	Risk:  risk.Fiscal,
	Title: "Stamp a receipt",
	Doc:   "Invoice a pending receipt with the SAT (PUE).",
	Undo:  "The invoice can only be cancelled by the SAT's rules (cancel_invoice).",
	Back:  `cancel_invoice {"id":"$data.invoices.0","motive":"02"}`,
}

// StampReceiptInput is a receipt and its receiver.
type StampReceiptInput struct {
	ID                string             `json:"id"`
	StampTo           StampTo            `json:"stamp_to"` // receiver
	FiscalInformation *FiscalInformation `json:"fiscal_information,omitempty" doc:"Instead of the client's."`
	Date              *Millis            `json:"date,omitempty" doc:"At most 72 h back."` // issue moment in unix milliseconds, at most 72 hours back; now when absent
}

// StampTo is whose invoice a receipt becomes.
type StampTo string

// Choices lists the receivers.
func (StampTo) Choices() []Choice {
	return []Choice{{"client", ""}, {"general_public_national", "XAXX010101000"}, {"general_public_foreign", "XEXX010101000"}}
}

// FiscalInformation is a receiver's data for one invoice.
type FiscalInformation struct {
	LegalName *string    `json:"legal_name,omitempty"` // name exactly as the SAT has it
	TaxID     *RFC       `json:"tax_id,omitempty"`
	TaxSystem *TaxSystem `json:"tax_system,omitempty"`
	Zip       *string    `json:"zip,omitempty"` // postal code of the tax domicile
}

// CancelReceipt voids a receipt.
//
// It is for good: neither the buyer nor the global invoice can invoice the sale any
// more. The money stays; give it back with refund_payment. An invoiced receipt needs
// cancel_invoice.
var CancelReceipt = Endpoint[ReceiptRef, Canceled]{
	Name:  "cancel_receipt",
	Route: "DELETE /receipts/{id}",
	Risk:  risk.Destructive,
	Title: "Cancel a receipt",
	Doc:   "Void a pending receipt; its money stays.",
	Undo:  "Cannot be undone; create_receipt makes a new one.",
}

// Receipt is a sale that was collected and waits for its invoice, or had it.
type Receipt struct {
	ID                    string         `json:"id"`
	Status                string         `json:"status" doc:"pending, completed, expired or canceled."`
	Client                *Client        `json:"client,omitempty"`
	Currency              string         `json:"currency,omitempty"`
	ExchangeRate          *Decimal       `json:"exchange_rate,omitempty" doc:"Pesos per unit."`
	Items                 []Item         `json:"items,omitempty"`
	Subtotal              Decimal        `json:"subtotal"`
	Discount              Decimal        `json:"discount"`
	Taxes                 Decimal        `json:"taxes" doc:"Transferred."`
	WithholdingTaxes      Decimal        `json:"withholding_taxes"`
	Total                 Decimal        `json:"total"`
	TotalRefunded         Decimal        `json:"total_refunded"`
	Periodicity           string         `json:"periodicity,omitempty"`
	PaymentForm           string         `json:"payment_form,omitempty" doc:"SAT form."`
	CreatedAt             Seconds        `json:"created_at"`
	ValidUntil            Seconds        `json:"valid_until" doc:"The buyer may invoice it until then."`
	URL                   string         `json:"url,omitempty" doc:"Self-invoicing page for the buyer."`
	ShortURL              string         `json:"short_url,omitempty"`
	Invoices              []string       `json:"invoices" doc:"UUIDs made of it."`
	Payments              []string       `json:"payments" doc:"Payments it came from."`
	InvoiceConfig         *InvoiceConfig `json:"invoice_config,omitempty"`
	AutomaticInvoiceError string         `json:"automatic_invoice_error,omitempty" doc:"Why stamping failed."`
	Files                 *ReceiptFiles  `json:"files,omitempty"`
	IdempotencyKey        string         `json:"idempotency_key,omitempty"`
	Metadata              Metadata       `json:"metadata,omitempty"`
	From                  string         `json:"from,omitempty"`
	Owner                 string         `json:"owner,omitempty"`
	Team                  string         `json:"team,omitempty"`
	Livemode              bool           `json:"livemode"`
}

// ReceiptFiles is where the printed receipt lies; a file not made is empty.
type ReceiptFiles struct {
	PDF string `json:"pdf,omitempty"`
	XML string `json:"xml,omitempty"`
}
