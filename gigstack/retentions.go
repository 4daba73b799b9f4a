package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Retentions is the page of retention certificates.
var Retentions = Resource{
	Name:      "retentions",
	Doc:       "Retention certificates (CFDI de retenciones e información de pagos).",
	Endpoints: []Operation{ListRetentions, CreateRetention, GetRetention, CancelRetention, GetRetentionFiles},
}

// ListRetentions pages through retention certificates.
//
// Look here before create_retention: a second one for the same period is another tax
// document.
var ListRetentions = Endpoint[ListRetentionsInput, Page[Retention]]{
	Name:  "list_retentions",
	Route: "GET /retentions",
	Risk:  risk.Read,
	Title: "List retentions",
	Doc:   "List retention certificates.",
}

// ListRetentionsInput filters the certificates. Their dates are in milliseconds,
// and no other list spells them like this on the wire.
type ListRetentionsInput struct {
	Paging
	OrderBy      *ListOrder       `json:"order_by,omitempty"`      // sort field; created_at when absent
	Sort         *SortDirection   `json:"sort,omitempty"`          // descending when absent
	CreatedGTE   *SinceMillis     `json:"created_gte,omitempty"`   // from this day (YYYY-MM-DD, Mexico City), RFC 3339 time or unix milliseconds
	CreatedLTE   *UntilMillis     `json:"created_lte,omitempty"`   // to the end of this day, or to this time, inclusive
	Status       *RetentionStatus `json:"status,omitempty"`        // fiscal state
	RetentionKey *RetentionKey    `json:"retention_key,omitempty"` // only this kind
	ClientID     *string          `json:"client_id,omitempty"`     // only this receiver's
}

// RetentionStatus is the fiscal state of a retention.
type RetentionStatus string

// Choices lists the states.
func (RetentionStatus) Choices() []Choice { return []Choice{{"valid", ""}, {"canceled", ""}} }

// RetentionKey is what was paid and withheld from, SAT's c_CveRetenc, as far as
// gigstack takes it.
type RetentionKey string

// Pattern is 01 to 26.
func (RetentionKey) Pattern() string { return `^(0[1-9]|1\d|2[0-6])$` }

// Hint names the catalogue.
func (RetentionKey) Hint() string { return "c_CveRetenc" }

// CreateRetention stamps a retention certificate.
//
// It stamps a certificate of taxes withheld from a payee with the SAT at once; it cannot
// be edited afterwards, only cancelled. Look for one of the same period with
// list_retentions first. Amounts are pesos; what is taxable and withheld in all is added
// up by gigstack.
var CreateRetention = Endpoint[CreateRetentionInput, Retention]{
	Name:  "create_retention",
	Route: "POST /retentions",
	Risk:  risk.Fiscal,
	Title: "Stamp a retention",
	Doc:   "Stamp a certificate of taxes withheld, in pesos; list_retentions first, against a second one.",
	Undo:  "It cannot be changed, only cancelled (cancel_retention).",
	Back:  `cancel_retention {"id":"$data.uuid","motive":"02"}`,
}

// CreateRetentionInput is a retention to stamp.
type CreateRetentionInput struct {
	RetentionKey     RetentionKey      `json:"retention_key"`
	Client           ClientInput       `json:"client" doc:"Payee."` // who was paid; RFC XEXX010101000 is a foreigner
	PeriodStart      int               `json:"period_start" doc:"Month." jsonschema:"minimum=1,maximum=12"`
	PeriodEnd        int               `json:"period_end" doc:"Month." jsonschema:"minimum=1,maximum=12"`
	PeriodYear       int               `json:"period_year"`                                                      // this or last year
	TotalOperation   Decimal           `json:"total_operation" doc:"Taxable and exempt." jsonschema:"minimum=0"` // all that was paid, taxable and exempt
	TotalExempt      *Decimal          `json:"total_exempt,omitempty" jsonschema:"minimum=0"`                    // exempt part; 0 when absent
	Taxes            []RetainedTax     `json:"taxes" jsonschema:"minItems=1"`                                    // taxes withheld
	PlatformServices *PlatformServices `json:"platform_services,omitempty" doc:"With key 26 only."`
	Series           *string           `json:"series,omitempty"` // RET when absent
	Metadata         Metadata          `json:"metadata,omitempty"`
}

// RetainedTax is a tax to be certified as withheld.
type RetainedTax struct {
	Tax         TaxType               `json:"tax"`
	Base        Decimal               `json:"base" jsonschema:"minimum=0"`                     // what it was withheld from
	Amount      Decimal               `json:"amount" doc:"Not a rate." jsonschema:"minimum=0"` // amount withheld, not a rate
	PaymentType *RetentionPaymentType `json:"payment_type,omitempty" doc:"01 definitive IVA, 02 IEPS, 03 ISR; 04 provisional ISR."`
}

// RetentionPaymentType is what a withheld amount counts as, SAT's c_TipoPagoRet.
type RetentionPaymentType string

// Choices lists c_TipoPagoRet.
func (RetentionPaymentType) Choices() []Choice {
	return []Choice{{"01", "definitive, IVA"}, {"02", "definitive, IEPS"}, {"03", "definitive, ISR"}, {"04", "provisional, ISR"}}
}

// PlatformServices is the complement for those who sell through a technology
// platform.
type PlatformServices struct {
	Periodicity PlatformPeriodicity `json:"periodicity" doc:"01 week, 02 month, 03 day, 04 fortnight."`
	Services    []PlatformService   `json:"services" jsonschema:"minItems=1"` // what was sold in the one month of the period; the prices make total_operation
}

// PlatformPeriodicity is SAT's c_Periodicidad of the complement, another list than
// that of global invoices.
type PlatformPeriodicity string

// Choices lists the complement's c_Periodicidad.
func (PlatformPeriodicity) Choices() []Choice {
	return []Choice{{"01", "week"}, {"02", "month"}, {"03", "day"}, {"04", "fortnight"}, {"05", "other"}}
}

// PlatformService is one sale through a platform.
type PlatformService struct {
	PaymentForm     PlatformCode `json:"payment_form" doc:"c_FormaPagoServ."` // SAT's c_FormaPagoServ, not the invoices' payment form
	ServiceType     PlatformCode `json:"service_type" doc:"c_TipoDeServ."`
	ServiceDate     string       `json:"service_date" doc:"YYYY-MM-DD." jsonschema:"pattern=^\\d{4}-\\d{2}-\\d{2}$"` // day it was paid (YYYY-MM-DD)
	PriceWithoutTax Decimal      `json:"price_without_tax" jsonschema:"minimum=0"`                                   // price before IVA
	TaxRate         Decimal      `json:"tax_rate" doc:"0.16." jsonschema:"minimum=0,maximum=1"`                      // IVA as a fraction: 0.16, 0.08 or 0
	Commission      *Decimal     `json:"commission,omitempty" jsonschema:"minimum=0"`                                // what the platform kept
}

// PlatformCode is a code of the complement's lists.
type PlatformCode string

// Pattern is two digits.
func (PlatformCode) Pattern() string { return `^\d{2}$` }

// GetRetention reads one certificate.
var GetRetention = Endpoint[RetentionRef, Retention]{
	Name:  "get_retention",
	Route: "GET /retentions/{id}",
	Risk:  risk.Read,
	Title: "Read a retention",
	Doc:   "Read a retention.",
}

// RetentionRef names one certificate.
type RetentionRef struct {
	ID string `json:"id"`
}

// CancelRetention cancels a certificate at the SAT.
//
// With motive 01 stamp the substitute first. Read status in the answer; while it is
// valid, read get_retention later.
var CancelRetention = Endpoint[CancelRetentionInput, Retention]{
	Name:  "cancel_retention",
	Route: "DELETE /retentions/{id}",
	Risk:  risk.Fiscal,
	Title: "Cancel a retention",
	Doc:   "Cancel a retention at the SAT.",
	Undo:  "A cancellation cannot be taken back; a new retention would have to be stamped.",
}

// CancelRetentionInput is a certificate and why it is cancelled.
type CancelRetentionInput struct {
	ID               string             `json:"id"`
	Motive           CancellationMotive `json:"motive" doc:"As in cancel_invoice."`
	SubstitutionUUID *string            `json:"substitution_uuid,omitempty" doc:"With 01."` // UUID of the substitute; with motive 01 only
}

// GetRetentionFiles finds the files of a certificate.
//
// One that is not ready is absent.
var GetRetentionFiles = Endpoint[RetentionFilesInput, InvoiceFiles]{
	Name:  "get_retention_files",
	Route: "GET /retentions/{id}/files",
	Risk:  risk.Read,
	Title: "Get a retention's files",
	Doc:   "Get PDF and XML of a retention.",
	Large: true,
}

// RetentionFilesInput names a certificate and the files wanted.
type RetentionFilesInput struct {
	ID       string    `json:"id"`
	FileType *FileType `json:"file_type,omitempty"` // both when absent
}

// Retention is a stamped retention certificate, as gigstack stores it. Amounts
// are in pesos.
type Retention struct {
	ID              string             `json:"id"`
	UUID            string             `json:"uuid" doc:"SAT folio fiscal; the id of other calls."`
	Status          string             `json:"status" doc:"valid or canceled."`
	DocumentType    string             `json:"document_type,omitempty"`
	RetentionKey    string             `json:"retention_key"`
	Series          string             `json:"series,omitempty"`
	FolioNumber     Scalar             `json:"folio_number,omitempty"`
	Issuer          *Issuer            `json:"issuer,omitempty"`
	Receiver        *RetentionReceiver `json:"receiver,omitempty"`
	Period          RetentionPeriod    `json:"period"`
	Totals          RetentionTotals    `json:"totals"`
	Stamp           *RetentionStamp    `json:"stamp,omitempty"`
	VerificationURL string             `json:"verification_url,omitempty" doc:"The SAT's page about it."`
	Livemode        bool               `json:"livemode"`
	CreatedAt       Millis             `json:"created_at"`
}

// RetentionReceiver is from whom taxes were withheld, as stamped.
type RetentionReceiver struct {
	LegalName   string `json:"legal_name,omitempty"`
	TaxID       string `json:"tax_id,omitempty"`
	Nationality string `json:"nationality,omitempty" doc:"Nacional or Extranjero."`
}

// RetentionPeriod is months of a year.
type RetentionPeriod struct {
	Start int `json:"start"`
	End   int `json:"end"`
	Year  int `json:"year"`
}

// RetentionTotals is what a certificate adds up to.
type RetentionTotals struct {
	Operation Decimal       `json:"total_operation"`
	Taxable   Decimal       `json:"total_taxable"`
	Exempt    Decimal       `json:"total_exempt"`
	Retained  Decimal       `json:"total_retained"`
	Taxes     []TaxWithheld `json:"tax_retained"`
}

// TaxWithheld is a tax as a certificate has it.
type TaxWithheld struct {
	Tax         string  `json:"tax" doc:"001 ISR, 002 IVA, 003 IEPS; or the name."`
	Base        Decimal `json:"base"`
	Amount      Decimal `json:"amount"`
	PaymentType string  `json:"payment_type,omitempty"`
}

// RetentionStamp is the certifier's seal on a certificate.
type RetentionStamp struct {
	UUID      string `json:"uuid,omitempty"`
	StampedAt string `json:"stamped_at,omitempty" doc:"Mexico City time."`
	Provider  string `json:"provider,omitempty"`
}
