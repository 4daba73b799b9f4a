package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Invoices is the page of stamped documents (CFDI 4.0).
var Invoices = Resource{
	Name: "invoices",
	Doc:  "Stamped invoices (CFDI): income, egress (credit notes), payment complements, their files and their cancellation.",
	Endpoints: []Operation{
		ListIncomeInvoices, CreateIncomeInvoice, GetIncomeInvoice,
		ListEgressInvoices, CreateEgressInvoice, GetEgressInvoice,
		ListCFDIErrors, ListPaymentComplements, GetPaymentComplement,
		GetInvoiceFiles, UploadInvoiceSupportDocument, ListInvoiceSupportDocuments,
		CancelInvoice, SearchInvoices, ResendInvoiceEmail,
	},
}

// ListIncomeInvoices pages through income invoices (CFDI type I).
//
// There is no filter on payment: what customers owe is every valid PPD invoice with
// last_balance above 0, summed per currency.
var ListIncomeInvoices = Endpoint[ListInvoicesInput, Page[Invoice]]{
	Name:  "list_income_invoices",
	Route: "GET /invoices/income",
	Risk:  risk.Read,
	Title: "List income invoices",
	Doc:   "List sales invoices. Owed: valid PPD with last_balance > 0, for which there is no filter.",
}

// ListInvoicesInput filters invoices of one type.
type ListInvoicesInput struct {
	Paging
	ListFilter
	Status   *InvoiceStatus `json:"status,omitempty"`    // fiscal state; says nothing about being paid
	ClientID *string        `json:"client_id,omitempty"` // only this receiver's
	Series   *string        `json:"series,omitempty"`    // only this series
}

// InvoiceStatus is the fiscal state of an invoice.
type InvoiceStatus string

// Choices lists the states an invoice can be filtered by.
func (InvoiceStatus) Choices() []Choice {
	return []Choice{{"valid", ""}, {"canceled", ""}, {"pending", "stamp not back yet"}}
}

// CreateIncomeInvoice stamps an income invoice.
//
// It goes to the SAT at once and cannot be edited afterwards, only cancelled. PUE for a
// sale paid in full now, PPD with form 99 when money comes later. For money already
// registered prefer the automation of register_payment.
var CreateIncomeInvoice = Endpoint[CreateIncomeInvoiceInput, Invoice]{
	Name:  "create_income_invoice",
	Route: "POST /invoices/income",
	Risk:  risk.Fiscal,
	Title: "Stamp an income invoice",
	Doc:   "Stamp a sale with the SAT: PUE when paid now, PPD with form 99 when later. Money already in: register_payment.",
	Undo:  "It cannot be changed, only cancelled by the SAT's rules (cancel_invoice).",
	Back:  `cancel_invoice {"id":"$data.uuid","motive":"02"}`,
}

// CreateIncomeInvoiceInput is an income invoice to stamp.
type CreateIncomeInvoiceInput struct {
	InvoiceFields
	PaymentMethod *PaymentMethod `json:"payment_method,omitempty"` // PUE when absent
}

// InvoiceFields is what income and egress invoices are made of.
type InvoiceFields struct {
	Client      ClientInput `json:"client"` // receiver
	Items       []ItemInput `json:"items" jsonschema:"minItems=1"`
	PaymentForm PaymentForm `json:"payment_form"` // SAT form: 01 cash, 03 transfer, 04 card, 99 to be defined
	InvoiceOptions
}

// InvoiceOptions is what an invoice or a draft of one may say beyond that.
type InvoiceOptions struct {
	Currency          *Currency            `json:"currency,omitempty"`                                             // MXN when absent
	ExchangeRate      *Decimal             `json:"exchange_rate,omitempty" jsonschema:"minimum=0"`                 // pesos per unit; needed unless MXN
	Use               *CFDIUse             `json:"use,omitempty"`                                                  // CFDI use; the client's when absent
	Series            *string              `json:"series,omitempty" jsonschema:"maxLength=25"`                     // the team's default when absent
	FolioNumber       *int                 `json:"folio_number,omitempty" doc:"Leave out." jsonschema:"minimum=1"` // leave out: numbered without gaps
	RelatedDocuments  []DocumentRelation   `json:"related_documents,omitempty"`                                    // CFDI this one relates to
	Global            *GlobalPeriod        `json:"global,omitempty" doc:"Only for XAXX010101000."`                 // period of a global invoice; only for XAXX010101000
	Exports           *ExportCode          `json:"exports,omitempty"`                                              // 01 when absent
	PaymentConditions *string              `json:"payment_conditions,omitempty" jsonschema:"maxLength=1000"`       // printed terms of payment
	Date              *Millis              `json:"date,omitempty" doc:"At most 72 h back."`                        // issue moment in unix milliseconds, at most 72 hours back; now when absent
	PDFNotes          *string              `json:"invoice_pdf_notes,omitempty"`                                    // text printed on the PDF
	Addenda           *string              `json:"addenda,omitempty" doc:"XML."`                                   // XML appended after stamping
	Complements       []DocumentComplement `json:"complements,omitempty"`                                          // complements of the whole document
	AutomationType    *InvoiceAutomation   `json:"automation_type,omitempty"`                                      // what else is created; none when absent
	IdempotencyKey    *string              `json:"idempotency_key,omitempty"`                                      // leave out unless you have one of your own: repeating it returns the first invoice
	Metadata          Metadata             `json:"metadata,omitempty"`
	ReturnFilesURLs   *bool                `json:"return_files_urls,omitempty"`               // answer with links to PDF and XML
	SendEmail         *bool                `json:"send_email,omitempty"`                      // mail PDF and XML to the client
	Emails            []string             `json:"emails,omitempty" jsonschema:"maxItems=20"` // further recipients
	IgnoreEmails      *bool                `json:"ignore_emails,omitempty"`                   // send no mail at all, whatever the team's settings
}

// PaymentMethod is SAT's c_MetodoPago.
type PaymentMethod string

// Choices lists c_MetodoPago.
func (PaymentMethod) Choices() []Choice {
	return []Choice{{"PUE", "paid in full by the end of the month"}, {"PPD", "paid later or in parts; form 99, then complements"}}
}

// DocumentRelation is one group of related CFDI.
type DocumentRelation struct {
	Relationship Relationship `json:"relationship"` // SAT relation
	Documents    []string     `json:"documents" doc:"UUIDs." jsonschema:"minItems=1"`
}

// Relationship is SAT's c_TipoRelacion. Codes 08 and 09 exist in gigstack's docs
// and are refused by the SAT.
type Relationship string

// Choices lists the relations the SAT accepts.
func (Relationship) Choices() []Choice {
	return []Choice{{"01", "credit note"}, {"02", "debit note"}, {"03", "return of goods"}, {"04", "replaces"},
		{"05", "goods moved, already invoiced"}, {"06", "invoices goods moved"}, {"07", "applies an advance"}}
}

// Hint names the catalogue.
func (Relationship) Hint() string { return "c_TipoRelacion" }

// GlobalPeriod is the period a global invoice covers.
type GlobalPeriod struct {
	Periodicity Periodicity `json:"periodicity"` // length
	Months      GlobalMonth `json:"months"`      // 01-12 month; 13-18 two months, with periodicity 05
	Year        int         `json:"year"`        // this or last year
}

// Periodicity is SAT's c_Periodicidad.
type Periodicity string

// Choices lists c_Periodicidad.
func (Periodicity) Choices() []Choice {
	return []Choice{{"01", "day"}, {"02", "week"}, {"03", "fortnight"}, {"04", "month"}, {"05", "two months; issuer of regime 621"}}
}

// Hint names the catalogue.
func (Periodicity) Hint() string { return "c_Periodicidad" }

// GlobalMonth is SAT's c_Meses.
type GlobalMonth string

// Pattern is the shape of a c_Meses code.
func (GlobalMonth) Pattern() string { return `^(0[1-9]|1[0-8])$` }

// Hint names the catalogue.
func (GlobalMonth) Hint() string { return "c_Meses" }

// ExportCode is SAT's c_Exportacion.
type ExportCode string

// Choices lists c_Exportacion.
func (ExportCode) Choices() []Choice {
	return []Choice{{"01", "no export"}, {"02", "definitive, A1"}, {"03", "temporary"}, {"04", "definitive, other"}}
}

// Hint names the catalogue.
func (ExportCode) Hint() string { return "c_Exportacion" }

// DocumentComplement is a complement of a whole document.
type DocumentComplement struct {
	Type string `json:"type"` // kind; custom for raw XML
	Data string `json:"data" doc:"XML or JSON text."`
}

// InvoiceAutomation is what gigstack creates along with an invoice. Its docs
// disagree on the values; these two are the ones its clients accept.
type InvoiceAutomation string

// Choices lists the automations.
func (InvoiceAutomation) Choices() []Choice {
	return []Choice{{"none", ""}, {"payment", "record a payment too"}}
}

// GetIncomeInvoice reads one income invoice.
//
// The answer has lines, totals, what is still owed (last_balance) and how far a
// cancellation has come. get_invoice_files has the PDF and XML.
var GetIncomeInvoice = Endpoint[InvoiceRef, Invoice]{
	Name:  "get_income_invoice",
	Route: "GET /invoices/income/{id}",
	Risk:  risk.Read,
	Title: "Read an income invoice",
	Doc:   "Read a sales invoice, with last_balance and cancellation.",
}

// InvoiceRef names one invoice.
type InvoiceRef struct {
	ID string `json:"id"`
}

// ListEgressInvoices pages through egress invoices (CFDI type E).
//
// They are credit notes (returns, discounts, refunds), newest first; related_documents
// names the invoices they reduce.
var ListEgressInvoices = Endpoint[ListInvoicesInput, Page[Invoice]]{
	Name:  "list_egress_invoices",
	Route: "GET /invoices/egress",
	Risk:  risk.Read,
	Title: "List egress invoices",
	Doc:   "List credit notes (notas de crédito).",
}

// CreateEgressInvoice stamps an egress invoice.
//
// It stamps a credit note with the SAT at once: for a return, discount or refund on an
// income invoice that stays valid. Relate that invoice (01 discount, 03 return, 07
// advance) and bill its client; use is mostly G02. To undo a wrong invoice use
// cancel_invoice instead.
var CreateEgressInvoice = Endpoint[CreateEgressInvoiceInput, Invoice]{
	Name:  "create_egress_invoice",
	Route: "POST /invoices/egress",
	Risk:  risk.Fiscal,
	Title: "Stamp an egress invoice",
	Doc:   "Stamp a credit note (nota de crédito) with the SAT, use G02, for a return (relation 03) or discount (01) on an invoice that stays valid; else cancel_invoice.",
	Undo:  "It cannot be changed, only cancelled by the SAT's rules (cancel_invoice).",
	Back:  `cancel_invoice {"id":"$data.uuid","motive":"02"}`,
}

// CreateEgressInvoiceInput is an egress invoice to stamp. Its method is always
// PUE.
type CreateEgressInvoiceInput struct{ InvoiceFields }

// GetEgressInvoice reads one egress invoice.
//
// An egress invoice is a credit note. The answer has lines, totals, the invoices it
// reduces and its cancellation.
var GetEgressInvoice = Endpoint[InvoiceRef, Invoice]{
	Name:  "get_egress_invoice",
	Route: "GET /invoices/egress/{id}",
	Risk:  risk.Read,
	Title: "Read an egress invoice",
	Doc:   "Read a credit note.",
}

// ListPaymentComplements pages through payment complements (CFDI type P).
//
// Newest first; with invoice_id those of one PPD invoice. A complement has total 0: its
// invoices names what it pays, and register_payment issues one.
var ListPaymentComplements = Endpoint[ListPaymentComplementsInput, Page[Invoice]]{
	Name:  "list_payment_complements",
	Route: "GET /invoices/payment",
	Risk:  risk.Read,
	Title: "List payment complements",
	Doc:   "List payment complements (REP); register_payment issues them.",
}

// ListPaymentComplementsInput filters payment complements.
type ListPaymentComplementsInput struct {
	ListInvoicesInput
	InvoiceID *string `json:"invoice_id,omitempty" doc:"PPD invoice."` // only of this PPD invoice (UUID)
}

// GetPaymentComplement reads one payment complement.
//
// The answer has the PPD invoices it pays, the payment it came from, and its
// cancellation. Its XML (get_invoice_files) has amounts and balances.
var GetPaymentComplement = Endpoint[InvoiceRef, Invoice]{
	Name:  "get_payment_complement",
	Route: "GET /invoices/payment/{id}",
	Risk:  risk.Read,
	Title: "Read a payment complement",
	Doc:   "Read a payment complement (REP).",
}

// SearchInvoices finds stamped documents by their words.
//
// It finds stamped documents of any type (invoice_type) by client name, RFC or UUID. One
// stamped a moment ago may be missing: the lists have it.
var SearchInvoices = Endpoint[Search, Page[Invoice]]{
	Name:  "search_invoices",
	Route: "GET /invoices/search",
	Risk:  risk.Read,
	Title: "Search invoices",
	Doc:   "Find stamped documents by client, RFC or UUID; the newest may be missing.",
}

// GetInvoiceFiles finds the files of an invoice of any type.
//
// One that is not ready is absent.
var GetInvoiceFiles = Endpoint[InvoiceFilesInput, InvoiceFiles]{
	Name:  "get_invoice_files",
	Route: "GET /invoices/{id}/files",
	Risk:  risk.Read,
	Title: "Get an invoice's files",
	Doc:   "Get PDF and XML of any stamped invoice.",
	Large: true,
}

// InvoiceFilesInput names an invoice and the files wanted.
type InvoiceFilesInput struct {
	ID       string    `json:"id"`
	FileType *FileType `json:"file_type,omitempty"` // both when absent
}

// FileType is a form of an invoice.
type FileType string

// Choices lists the forms.
func (FileType) Choices() []Choice { return []Choice{{"pdf", ""}, {"xml", ""}} }

// FileLinks is where the files of a document lie.
type FileLinks struct {
	PDF string `json:"pdf,omitempty"`
	XML string `json:"xml,omitempty"`
}

// InvoiceFiles is the files of an invoice or another stamped document.
type InvoiceFiles struct {
	PDF Download `json:"pdf,omitempty"`
	XML Download `json:"xml,omitempty"`
}

// ResendInvoiceEmail mails an invoice of any type again.
//
// It mails the PDF and XML of a stamped invoice of any type to its client and to emails;
// each call is one more mail. To hand the files over here use get_invoice_files.
var ResendInvoiceEmail = Endpoint[ResendInvoiceEmailInput, SentEmail]{
	Name:  "resend_invoice_email",
	Route: "POST /invoices/{id}/send",
	Risk:  risk.Outward,
	Title: "Mail an invoice again",
	Doc:   "Mail an invoice's PDF and XML again.",
	Undo:  "A mail is not unsent.",
}

// ResendInvoiceEmailInput is an invoice and who gets it besides its client.
type ResendInvoiceEmailInput struct {
	ID     string   `json:"id"`
	Emails []string `json:"emails,omitempty" jsonschema:"maxItems=20"` // recipients beside the client
}

// SentEmail is who got what.
type SentEmail struct {
	Recipients  []string `json:"recipients,omitempty"`
	Attachments []string `json:"attachments,omitempty" doc:"File names."`
}

// CancelInvoice asks the SAT to cancel an invoice of any type.
//
// Cancel its payment complements first; with motive 01 stamp the substitute (relation
// 04) first. The receiver may have three business days to reject: while
// cancellation_status is pending the invoice is valid; read it again. Money is not
// refunded.
var CancelInvoice = Endpoint[CancelInvoiceInput, CanceledInvoice]{
	Name:  "cancel_invoice",
	Route: "DELETE /invoices/{id}",
	Risk:  risk.Fiscal,
	Title: "Cancel an invoice",
	Doc:   "Cancel a stamped invoice at the SAT; its complements first, and with motive 01 the substitute stamped. Valid while cancellation_status is pending.",
	Undo:  "A cancellation cannot be taken back; a new invoice would have to be stamped.",
}

// CancelInvoiceInput is an invoice and why it is cancelled.
type CancelInvoiceInput struct {
	ID               string             `json:"id"`
	Motive           CancellationMotive `json:"motive" doc:"01 replaced; 02 not replaced; 03 did not happen; 04 sale of a global invoice."`
	SubstitutionUUID *string            `json:"substitution_uuid,omitempty" doc:"With 01."` // UUID of the substitute; with motive 01 only
}

// CancellationMotive is SAT's c_MotivoCancelacion.
type CancellationMotive string

// Choices lists the motives.
func (CancellationMotive) Choices() []Choice {
	return []Choice{{"01", "errors, replaced"}, {"02", "errors, not replaced"}, {"03", "did not happen"}, {"04", "named sale of a global invoice"}}
}

// CanceledInvoice is what a cancellation answers.
type CanceledInvoice struct {
	UUID         string        `json:"uuid,omitempty"`
	Status       string        `json:"status,omitempty" doc:"valid until the cancellation is accepted."`
	Cancellation *Cancellation `json:"cancellation,omitempty"`
}
