package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// SATMirror is the page of the SAT's own copies of a company's CFDI.
var SATMirror = Resource{
	Name:      "sat_mirror",
	Doc:       "Mirror of every CFDI the SAT holds for the team's RFC, issued or received, wherever it was made.",
	Endpoints: []Operation{ListSATInvoices, GetSATInvoice, RetrySATInvoiceXML, GenerateSATInvoicePDF},
}

// ListSATInvoices pages through the mirror.
//
// It lists every CFDI the SAT has for the team's RFC, newest first: those suppliers
// issued to it (received, the expenses) and its own, also ones made outside gigstack.
// For sales made here list_income_invoices knows more. Needs bulk download
// (get_sat_download_activation).
var ListSATInvoices = Endpoint[ListSATInvoicesInput, Page[SATInvoice]]{
	Name:  "list_sat_invoices",
	Route: "GET /invoices/sat",
	Risk:  risk.Read,
	Title: "List the SAT's copies",
	Doc:   "List CFDI at the SAT: received (expenses, suppliers) and issued. Own sales: list_income_invoices.",
}

// ListSATInvoicesInput filters the mirror.
type ListSATInvoicesInput struct {
	RecordPaging
	FirstDay    *Day           `json:"from,omitempty"`         // first day of issue, YYYY-MM-DD
	LastDay     *Day           `json:"to,omitempty"`           // last day of issue, inclusive
	Direction   *SATDirection  `json:"direction,omitempty"`    // side of the RFC
	Status      *VoucherStatus `json:"status,omitempty"`       // state at the SAT
	InvoiceType *VoucherType   `json:"invoice_type,omitempty"` // type of CFDI
	IssuerRFC   *RFC           `json:"issuer_rfc,omitempty"`   // only this issuer's
	ReceiverRFC *RFC           `json:"receiver_rfc,omitempty"` // only this receiver's
}

// Day is a calendar day in Mexico City, such as 2026-11-21.
type Day string

// Pattern is what a day looks like.
func (Day) Pattern() string { return `^[0-9]{4}-[0-9]{2}-[0-9]{2}$` }

// Hint is the form.
func (Day) Hint() string { return "YYYY-MM-DD" }

// SATDirection is the side of a CFDI that the team's RFC stands on.
type SATDirection string

// Choices lists both sides.
func (SATDirection) Choices() []Choice { return []Choice{{"issued", ""}, {"received", ""}} }

// VoucherStatus is the state of a CFDI in the SAT's words.
type VoucherStatus string

// Choices lists the states.
func (VoucherStatus) Choices() []Choice {
	return []Choice{{"Vigente", "valid"}, {"Cancelado", "canceled"}}
}

// VoucherType is SAT's c_TipoDeComprobante.
type VoucherType string

// Choices lists c_TipoDeComprobante.
func (VoucherType) Choices() []Choice {
	return []Choice{{"I", "income"}, {"E", "egress"}, {"P", "payment"}, {"N", "payroll"}, {"T", "transfer"}}
}

// GetSATInvoice reads one CFDI of the mirror.
//
// The answer has parties, amounts, state at the SAT, and whether its XML is stored.
var GetSATInvoice = Endpoint[SATInvoiceRef, SATInvoice]{
	Name:  "get_sat_invoice",
	Route: "GET /invoices/sat/{uuid}",
	Risk:  risk.Read,
	Title: "Read the SAT's copy",
	Doc:   "Read a CFDI of list_sat_invoices.",
}

// SATInvoiceRef names one CFDI of the mirror.
type SATInvoiceRef struct {
	UUID string `json:"uuid"`
}

// RetrySATInvoiceXML fetches the XML of a mirrored CFDI again.
//
// May cost one download (about 0.20 MXN).
var RetrySATInvoiceXML = Endpoint[RetrySATInvoiceXMLInput, SATRetry]{
	Name:  "retry_sat_invoice_xml",
	Route: "POST /invoices/sat/{uuid}/retry-xml",
	Risk:  risk.Write,
	Title: "Fetch a missing XML again",
	Doc:   "Fetch the missing XML of a CFDI; may be billed.",
	Undo:  "A download that was charged stays charged.",
}

// RetrySATInvoiceXMLInput names one CFDI of the mirror.
type RetrySATInvoiceXMLInput struct{ SATInvoiceRef }

// Risk is that of a charge.
func (RetrySATInvoiceXMLInput) Risk() risk.Level { return risk.Fiscal }

// SATRetry is what another attempt came to.
type SATRetry struct {
	CreditCharged bool  `json:"credit_charged" doc:"One download was charged."`
	HasXML        *bool `json:"has_xml,omitempty"`
}

// GenerateSATInvoicePDF prints a mirrored CFDI.
//
// It makes a PDF of a mirrored CFDI from its stored XML (has_xml). Stores nothing.
var GenerateSATInvoicePDF = Endpoint[SATInvoiceRef, SATInvoicePDF]{
	Name:  "generate_sat_invoice_pdf",
	Route: "POST /invoices/sat/{uuid}/pdf",
	Risk:  risk.Write,
	Title: "Print the SAT's copy",
	Doc:   "Make the PDF of a CFDI with has_xml.",
	Undo:  "Nothing to take back.",
	Large: true,
}

// SATInvoicePDF is the printed form, which gigstack answers without an envelope.
type SATInvoicePDF struct {
	PDF Download `json:"pdf"`
}

// SATInvoice is a CFDI as the mirror holds it. Its dates are Mexico City's, in
// ISO without a zone.
type SATInvoice struct {
	UUID              string    `json:"uuid"`
	Direction         string    `json:"direction,omitempty" doc:"issued or received."`
	InvoiceType       string    `json:"invoice_type,omitempty" doc:"I, E, P, N or T."`
	ResourceStatus    string    `json:"resource_status,omitempty" doc:"ready (XML stored), building or error."`
	HasXML            bool      `json:"has_xml"`
	XMLError          string    `json:"xml_error,omitempty"`
	Status            string    `json:"status,omitempty" doc:"Vigente or Cancelado."`
	Issuer            *SATParty `json:"issuer,omitempty"`
	Receiver          *SATParty `json:"receiver,omitempty"`
	Subtotal          Decimal   `json:"subtotal"`
	Total             Decimal   `json:"total"`
	Currency          string    `json:"currency,omitempty"`
	ExchangeRate      *Decimal  `json:"exchange_rate,omitempty"`
	Series            string    `json:"series,omitempty"`
	Folio             Scalar    `json:"folio,omitempty"`
	IssueDate         string    `json:"issue_date,omitempty"`
	StampDate         string    `json:"stamp_date,omitempty"`
	CancellationDate  string    `json:"cancellation_date,omitempty"`
	PACRFC            string    `json:"pac_rfc,omitempty" doc:"Certifier."`
	Version           Scalar    `json:"version,omitempty"`
	CertificateNumber Scalar    `json:"certificate_number,omitempty"`
}

// SATParty is the issuer or receiver of a CFDI.
type SATParty struct {
	RFC  string `json:"rfc"`
	Name string `json:"name,omitempty"`
}
