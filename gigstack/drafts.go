package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Drafts is the page of invoices that are not stamped yet.
var Drafts = Resource{
	Name: "drafts",
	Doc:  "Draft invoices (pre-facturas): no fiscal effect until stamped.",
	Endpoints: []Operation{
		CreateDraftInvoice, ListDraftInvoices, GetDraftInvoice, UpdateDraftInvoice,
		DeleteDraftInvoice, StampDraftInvoice, PreviewDraftInvoice,
	},
}

// CreateDraftInvoice saves an invoice that can still be changed.
//
// It is to be approved or completed before it is stamped; only its type is needed now.
// Then preview_draft_invoice, update_draft_invoice, stamp_draft_invoice.
var CreateDraftInvoice = Endpoint[CreateDraftInput, Draft]{
	Name:  "create_draft_invoice",
	Route: "POST /invoices/draft",
	Risk:  risk.Write,
	Title: "Create a draft invoice",
	Doc:   "Save an invoice to approve before stamp_draft_invoice.",
	Undo:  "delete_draft_invoice removes it.",
	Back:  `delete_draft_invoice {"id":"$data.id"}`,
}

// CreateDraftInput is a new draft.
type CreateDraftInput struct {
	InvoiceType DraftType `json:"invoice_type"` // type of CFDI
	DraftFields
}

// DraftType is what kind of CFDI a draft is to become.
type DraftType string

// Choices lists the types of CFDI that can be drafted.
func (DraftType) Choices() []Choice {
	return []Choice{{"I", "income"}, {"E", "egress"}, {"P", "payment complement"}, {"T", "transfer"}}
}

// DraftFields is what drafts are made of: all of an invoice, none of it required
// yet.
type DraftFields struct {
	Client        *ClientInput   `json:"client,omitempty"` // receiver
	Items         []ItemInput    `json:"items,omitempty"`
	PaymentForm   *PaymentForm   `json:"payment_form,omitempty"`   // SAT form; 99 with PPD
	PaymentMethod *PaymentMethod `json:"payment_method,omitempty"` // PUE when absent
	InvoiceOptions
}

// ListDraftInvoices pages through drafts.
//
// One that was stamped is an invoice and no longer here.
var ListDraftInvoices = Endpoint[ListDraftsInput, Page[Draft]]{
	Name:  "list_draft_invoices",
	Route: "GET /invoices/draft",
	Risk:  risk.Read,
	Title: "List draft invoices",
	Doc:   "List drafts not yet stamped.",
}

// ListDraftsInput filters drafts.
type ListDraftsInput struct {
	Paging
	ListFilter
	ClientID *string `json:"client_id,omitempty"` // only this receiver's
}

// GetDraftInvoice reads one draft.
//
// The answer has receiver, lines, total and, once it was made, the preview.
var GetDraftInvoice = Endpoint[DraftRef, Draft]{
	Name:  "get_draft_invoice",
	Route: "GET /invoices/draft/{id}",
	Risk:  risk.Read,
	Title: "Read a draft invoice",
	Doc:   "Read a draft.",
	Large: true,
}

// DraftRef names one draft.
type DraftRef struct {
	ID string `json:"id"`
}

// UpdateDraftInvoice changes a draft. Whether gigstack keeps what is left out or
// clears it, its own sources disagree.
//
// Read it first and send all of it with the changes: what is left out may be cleared.
// Then preview it anew.
var UpdateDraftInvoice = Endpoint[UpdateDraftInput, Draft]{
	Name:  "update_draft_invoice",
	Route: "PUT /invoices/draft/{id}",
	Risk:  risk.Write,
	Title: "Update a draft invoice",
	Doc:   "Change a draft; send all of it, the rest may be cleared.",
	Undo:  "Send the whole old draft with update_draft_invoice; fields that were empty cannot be emptied for certain.",
	Back:  `update_draft_invoice {"id":"$args.id","idempotency_key":null,"return_files_urls":null,"**":"$was"}`,
}

// UpdateDraftInput is a draft and what it says from now on.
type UpdateDraftInput struct {
	ID          string     `json:"id"`
	InvoiceType *DraftType `json:"invoice_type,omitempty"` // type of CFDI
	DraftFields
}

// DeleteDraftInvoice removes a draft.
//
// A stamped invoice is cancelled instead (cancel_invoice).
var DeleteDraftInvoice = Endpoint[DraftRef, Deleted]{
	Name:  "delete_draft_invoice",
	Route: "DELETE /invoices/draft/{id}",
	Risk:  risk.Destructive,
	Title: "Delete a draft invoice",
	Doc:   "Delete a draft; a stamped one: cancel_invoice.",
	Undo:  "Cannot be undone; create_draft_invoice makes a new one.",
}

// StampDraftInvoice makes an invoice of a draft.
//
// It stamps a draft with the SAT as it stands: it becomes an invoice with a UUID and
// ends as a draft. Have its preview approved first. After a lost answer look for the
// invoice before trying again.
var StampDraftInvoice = Endpoint[DraftRef, Invoice]{
	Name:  "stamp_draft_invoice",
	Route: "POST /invoices/draft/{id}/stamp",
	Risk:  risk.Fiscal,
	Title: "Stamp a draft invoice",
	Doc:   "Stamp an approved draft with the SAT.",
	Undo:  "It cannot be changed, only cancelled by the SAT's rules (cancel_invoice).",
	Back:  `cancel_invoice {"id":"$data.uuid","motive":"02"}`,
}

// PreviewDraftInvoice renders a draft.
//
// Nothing is stamped.
var PreviewDraftInvoice = Endpoint[DraftRef, DraftPreview]{
	Name:  "preview_draft_invoice",
	Route: "POST /invoices/draft/{id}/preview",
	Risk:  risk.Write,
	Title: "Preview a draft invoice",
	Doc:   "Draft as PDF for approval, without fiscal validity.",
	Undo:  "Nothing to take back: only the PDF is made anew.",
	Large: true,
}

// DraftPreview is the printed form of a draft.
type DraftPreview struct {
	PDF Download `json:"pdf"`
}

// Draft is an invoice before it is stamped, as gigstack stores it.
type Draft struct {
	ID                string               `json:"id"`
	IsDraft           bool                 `json:"draft"`
	InvoiceType       string               `json:"invoice_type" doc:"I income, E egress, P payment complement, T transfer."`
	Status            string               `json:"status"`
	Client            *Client              `json:"client,omitempty"`
	Items             []Item               `json:"items,omitempty"`
	CreatedAt         Millis               `json:"created_at"`
	UpdatedAt         Millis               `json:"updated_at"`
	Currency          string               `json:"currency,omitempty"`
	ExchangeRate      *Decimal             `json:"exchange_rate,omitempty"`
	Subtotal          Decimal              `json:"subtotal"`
	Discount          Decimal              `json:"discount"`
	Total             Decimal              `json:"total"`
	Series            string               `json:"series,omitempty"`
	FolioNumber       int                  `json:"folio_number" doc:"0 until stamped."`
	Use               string               `json:"use,omitempty"`
	PaymentForm       string               `json:"payment_form,omitempty"`
	PaymentMethod     string               `json:"payment_method,omitempty"`
	PaymentConditions string               `json:"payment_conditions,omitempty"`
	Date              Millis               `json:"date,omitempty"`
	RelatedDocuments  []DocumentRelation   `json:"related_documents,omitempty"`
	Global            *GlobalPeriod        `json:"global,omitempty"`
	Exports           string               `json:"exports,omitempty"`
	PDFNotes          string               `json:"invoice_pdf_notes,omitempty"`
	Addenda           string               `json:"addenda,omitempty"`
	Complements       []DocumentComplement `json:"complements,omitempty"`
	AutomationType    string               `json:"automation_type,omitempty" doc:"What stamping creates along."`
	SendEmail         bool                 `json:"send_email,omitempty"`
	Emails            []string             `json:"emails,omitempty"`
	IgnoreEmails      bool                 `json:"ignore_emails,omitempty"`
	Metadata          Metadata             `json:"metadata,omitempty"`
	IdempotencyKey    string               `json:"idempotency_key,omitempty"`
	Livemode          bool                 `json:"livemode"`
	Owner             string               `json:"owner,omitempty"`
	From              string               `json:"from,omitempty"`
	PreviewPDF        Download             `json:"preview_pdf,omitempty"`
}
