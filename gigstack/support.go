package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Support documents: files kept as evidence beside a client, an invoice or a
// payment. Their fields are in camelCase, unlike all others of gigstack's.

// UploadClientSupportDocument keeps a file beside a client.
//
// It keeps a file as evidence beside a client: a contract, a proof. No endpoint removes
// it. For a tax-status certificate use upload_client_csf.
var UploadClientSupportDocument = Endpoint[UploadClientSupportDocumentInput, SupportDocument]{
	Name:  "upload_client_support_document",
	Route: "POST /clients/{id}/support-documents",
	Risk:  risk.Write,
	Title: "Upload a client's support document",
	Doc:   "Keep a file with a client, for good; a CSF: upload_client_csf.",
	Undo:  "No tool removes a support document.",
}

// UploadClientSupportDocumentInput is a file and the client it belongs to.
type UploadClientSupportDocumentInput struct {
	ClientRef
	NewSupportDocument
}

// ListClientSupportDocuments lists the files beside a client.
//
// They come all at once.
var ListClientSupportDocuments = Endpoint[ClientRef, Page[SupportDocument]]{
	Name:  "list_client_support_documents",
	Route: "GET /clients/{id}/support-documents",
	Risk:  risk.Read,
	Title: "List a client's support documents",
	Doc:   "List files kept with a client.",
}

// UploadInvoiceSupportDocument keeps a file beside an invoice of any type.
//
// No endpoint removes it.
var UploadInvoiceSupportDocument = Endpoint[UploadInvoiceSupportDocumentInput, SupportDocument]{
	Name:  "upload_invoice_support_document",
	Route: "POST /invoices/{id}/support-documents",
	Risk:  risk.Write,
	Title: "Upload an invoice's support document",
	Doc:   "Keep a file with an invoice, for good.",
	Undo:  "No tool removes a support document.",
}

// UploadInvoiceSupportDocumentInput is a file and the invoice it belongs to.
type UploadInvoiceSupportDocumentInput struct {
	InvoiceRef
	NewSupportDocument
}

// ListInvoiceSupportDocuments lists the files beside an invoice.
//
// They come all at once. Its own PDF and XML are in get_invoice_files.
var ListInvoiceSupportDocuments = Endpoint[InvoiceRef, Page[SupportDocument]]{
	Name:  "list_invoice_support_documents",
	Route: "GET /invoices/{id}/support-documents",
	Risk:  risk.Read,
	Title: "List an invoice's support documents",
	Doc:   "List files kept with an invoice.",
}

// UploadPaymentSupportDocument keeps a file beside a payment.
//
// It keeps a file as evidence beside a payment, such as a bank receipt; the payment's
// state stays. No endpoint removes it.
var UploadPaymentSupportDocument = Endpoint[UploadPaymentSupportDocumentInput, SupportDocument]{
	Name:  "upload_payment_support_document",
	Route: "POST /payments/{id}/support-documents",
	Risk:  risk.Write,
	Title: "Upload a payment's support document",
	Doc:   "Keep a file with a payment, for good.",
	Undo:  "No tool removes a support document.",
}

// UploadPaymentSupportDocumentInput is a file and the payment it belongs to.
type UploadPaymentSupportDocumentInput struct {
	PaymentRef
	NewSupportDocument
}

// ListPaymentSupportDocuments lists the files beside a payment.
//
// They come all at once.
var ListPaymentSupportDocuments = Endpoint[PaymentRef, Page[SupportDocument]]{
	Name:  "list_payment_support_documents",
	Route: "GET /payments/{id}/support-documents",
	Risk:  risk.Read,
	Title: "List a payment's support documents",
	Doc:   "List files kept with a payment.",
}

// NewSupportDocument is a file to keep.
type NewSupportDocument struct {
	Form
	File         SupportFile         `json:"file"` // PDF, PNG, JPEG or WEBP up to 10 MiB
	DocumentType SupportDocumentType `json:"documentType"`
	Name         *string             `json:"name,omitempty"` // title; the file name when absent
	Description  *string             `json:"description,omitempty"`
}

// SupportDocumentType is what a support document shows.
type SupportDocumentType string

// Choices lists the kinds.
func (SupportDocumentType) Choices() []Choice {
	return []Choice{{"contract", ""}, {"delivery_proof", ""}, {"payment_proof", ""}, {"communication", ""}, {"payment_confirmation", ""}, {"subscription_info", ""}}
}

// SupportDocument is a file kept as evidence, as gigstack stores it.
type SupportDocument struct {
	ID               string         `json:"id"`
	DocumentType     string         `json:"documentType"`
	Name             string         `json:"name,omitempty"`
	Description      string         `json:"description,omitempty"`
	FileURL          Download       `json:"fileUrl,omitempty"`
	StoragePath      string         `json:"storagePath,omitempty"`
	FileName         string         `json:"fileName,omitempty"`
	FileSize         int            `json:"fileSize,omitempty" doc:"Bytes."`
	MimeType         string         `json:"mimeType,omitempty"`
	LinkedEntities   []LinkedEntity `json:"linkedEntities,omitempty" doc:"What it belongs to."`
	ValidFrom        Scalar         `json:"validFrom,omitempty"`
	ValidUntil       Scalar         `json:"validUntil,omitempty"`
	Tags             []string       `json:"tags,omitempty"`
	Metadata         Metadata       `json:"metadata,omitempty"`
	ComplianceStatus string         `json:"complianceStatus,omitempty" doc:"pending_review, valid, requires_update, expired or rejected."`
	ComplianceNotes  string         `json:"complianceNotes,omitempty"`
	CreatedAt        Seconds        `json:"createdAt,omitempty"`
}

// LinkedEntity is something that a support document belongs to.
type LinkedEntity struct {
	EntityType string `json:"entityType" doc:"client, invoice, payment or receipt."`
	EntityID   string `json:"entityId"`
}
