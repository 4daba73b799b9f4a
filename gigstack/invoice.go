package gigstack

// Invoice is a stamped document (CFDI) of type I, E, P or T, as gigstack stores
// it. Amounts are in its currency.
type Invoice struct {
	UUID              string               `json:"uuid" doc:"SAT folio fiscal; the id of other calls."`
	ID                string               `json:"id,omitempty"`
	IdempotencyKey    string               `json:"idempotency_key,omitempty"`
	Client            Client               `json:"client"`
	CreatedAt         Seconds              `json:"created_at"`
	Date              Millis               `json:"date,omitempty"`
	Currency          string               `json:"currency"`
	ExchangeRate      Decimal              `json:"exchange_rate"`
	Total             Decimal              `json:"total"`
	Subtotal          Decimal              `json:"subtotal"`
	Discount          Decimal              `json:"discount"`
	Taxes             Decimal              `json:"taxes" doc:"Transferred."`
	WithholdingTaxes  Decimal              `json:"withholding_taxes"`
	Series            string               `json:"series,omitempty"`
	FolioNumber       int                  `json:"folio_number,omitempty"`
	InvoiceType       string               `json:"invoice_type" doc:"I income, E egress, P payment complement, T transfer."`
	Use               string               `json:"use,omitempty"`
	PaymentForm       string               `json:"payment_form,omitempty"`
	PaymentMethod     string               `json:"payment_method,omitempty"`
	PaymentConditions string               `json:"payment_conditions,omitempty"`
	PaidByComplements Decimal              `json:"payment_complements" doc:"Amount complements have paid."`
	LastBalance       Decimal              `json:"last_balance" doc:"Still owed, when PPD."`
	Installments      int                  `json:"installments" doc:"Complements issued."`
	Livemode          bool                 `json:"livemode"`
	Owner             string               `json:"owner,omitempty"`
	Team              string               `json:"team,omitempty"`
	BillingAccount    string               `json:"billing_account,omitempty"`
	From              string               `json:"from,omitempty"`
	Status            string               `json:"status" doc:"valid (also written stamped), canceled or pending."`
	Payments          []string             `json:"payments,omitempty"`
	Invoices          []string             `json:"invoices,omitempty" doc:"Related invoices."`
	Items             []Item               `json:"items,omitempty"`
	Metadata          Metadata             `json:"metadata,omitempty"`
	RelatedDocuments  []DocumentRelation   `json:"related_documents,omitempty"`
	Global            *GlobalPeriod        `json:"global,omitempty"`
	Exports           string               `json:"exports,omitempty"`
	Addenda           string               `json:"addenda,omitempty"`
	PDFNotes          string               `json:"invoice_pdf_notes,omitempty"`
	Complements       []DocumentComplement `json:"complements,omitempty"`
	Cancellation      *Cancellation        `json:"cancellation,omitempty"`
	Stamp             *Stamp               `json:"stamp,omitempty"`
	IssuerInfo        *Issuer              `json:"issuer_info,omitempty"`
	Emails            []string             `json:"emails,omitempty"`
	Automations       []any                `json:"automations,omitempty"`
	Namespaces        []any                `json:"namespaces,omitempty"`
	VerificationURL   string               `json:"verification_url,omitempty" doc:"The SAT's page about it."`
	Files             *FileLinks           `json:"files,omitempty" doc:"Links that open without a key."`
}

// Cancellation is how far the cancellation of an invoice has come.
type Cancellation struct {
	Motive           string  `json:"motive,omitempty"`
	SubstitutionUUID string  `json:"substitution_uuid,omitempty"`
	Status           string  `json:"cancellation_status,omitempty" doc:"pending until the receiver answers, then accepted or rejected."`
	Type             string  `json:"cancellation_type,omitempty"`
	Code             Scalar  `json:"code,omitempty" doc:"SAT's; 201 received, 202 already cancelled."`
	RequestedAt      Seconds `json:"requested_at,omitempty"`
	CancelledAt      Seconds `json:"cancelled_at,omitempty"`
	RequestedBy      string  `json:"requested_by,omitempty"`
	Receipt          string  `json:"cancellation_receipt,omitempty" doc:"The SAT's acknowledgement."`
	LastChecked      Seconds `json:"last_checked,omitempty"`
}

// Stamp is the certifier's seal on an invoice.
type Stamp struct {
	Seal      string  `json:"sello,omitempty"`
	StampedAt Seconds `json:"stamp_at,omitempty"`
	Provider  string  `json:"provider,omitempty"`
}

// Issuer is who issued an invoice, as stamped.
type Issuer struct {
	LegalName string `json:"legal_name,omitempty"`
	TaxID     string `json:"tax_id,omitempty"`
	TaxSystem string `json:"tax_system,omitempty"`
	Zip       string `json:"zip,omitempty"`
}
