package gigstack

// Who is on a document: codes and shapes that several pages share.

// RFC is a Mexican tax id: 12 characters for a company, 13 for a person.
type RFC string

// Pattern is the shape of an RFC; the check digit is not part of it.
func (RFC) Pattern() string { return `^[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}$` }

// TaxSystem is a tax regime, SAT's c_RegimenFiscal.
type TaxSystem string

// Pattern is the shape of a regime code.
func (TaxSystem) Pattern() string { return `^6\d{2}$` }

// Hint names the catalogue.
func (TaxSystem) Hint() string { return "c_RegimenFiscal" }

// CFDIUse is what the receiver uses an invoice for, SAT's c_UsoCFDI.
type CFDIUse string

// Pattern is the shape of a use code.
func (CFDIUse) Pattern() string { return `^([GID]\d{2}|S01|CP01|CN01)$` }

// Hint names the catalogue.
func (CFDIUse) Hint() string { return "c_UsoCFDI" }

// PaymentForm is how money was paid, SAT's c_FormaPago.
type PaymentForm string

// Pattern is the shape of a payment form code.
func (PaymentForm) Pattern() string { return `^\d{2}$` }

// Hint names the catalogue.
func (PaymentForm) Hint() string { return "c_FormaPago" }

// Currency is an ISO 4217 code.
type Currency string

// Pattern is the shape of a currency code.
func (Currency) Pattern() string { return `^[A-Z]{3}$` }

// Address is a postal address. For a Mexican receiver zip must be the tax
// domicile that the SAT has for the RFC.
type Address struct {
	Country      *string `json:"country,omitempty"` // country, MEX when absent
	Street       *string `json:"street,omitempty"`
	Exterior     *string `json:"exterior,omitempty"`     // outside number
	Interior     *string `json:"interior,omitempty"`     // inside number
	Neighborhood *string `json:"neighborhood,omitempty"` // colonia
	Municipality *string `json:"municipality,omitempty"`
	City         *string `json:"city,omitempty"`
	State        *string `json:"state,omitempty"`
	Zip          *string `json:"zip,omitempty" doc:"Tax domicile."` // postal code of the tax domicile
}

// Metadata is free data of the caller, returned as stored.
type Metadata map[string]any

// MetadataFilter keeps records whose metadata has these values; while it is
// given, gigstack pages by number.
type MetadataFilter map[string]string

// ListFilter is what every list can be filtered and sorted by, apart from paging.
type ListFilter struct {
	OrderBy    *ListOrder     `json:"order_by,omitempty"`    // sort field; timestamp when absent
	Sort       *SortDirection `json:"sort,omitempty"`        // descending when absent
	CreatedGTE *Since         `json:"created_gte,omitempty"` // from this day (YYYY-MM-DD, Mexico City), RFC 3339 time or unix seconds
	CreatedLTE *Until         `json:"created_lte,omitempty"` // to the end of this day, or to this time, inclusive
	Metadata   MetadataFilter `json:"metadata,omitempty"`    // only records with these metadata values
}

// ListOrder is a field lists can be sorted by.
type ListOrder string

// Choices lists the sort fields.
func (ListOrder) Choices() []Choice {
	return []Choice{{"timestamp", "creation time"}, {"name", ""}, {"created_at", ""}}
}

// SortDirection is ascending or descending.
type SortDirection string

// Choices lists the two directions.
func (SortDirection) Choices() []Choice { return []Choice{{"asc", ""}, {"desc", "newest first"}} }

// ClientFields is what can be said about a client.
type ClientFields struct {
	Name      *string         `json:"name,omitempty"`    // display name
	Company   *string         `json:"company,omitempty"` // trade name
	Email     *string         `json:"email,omitempty"`   // main e-mail
	Phone     *string         `json:"phone,omitempty"`
	BCC       []string        `json:"bcc,omitempty"`                                 // E-mails copied blind on all mail to the client
	LegalName *string         `json:"legal_name,omitempty" doc:"As the SAT has it."` // name exactly as the SAT has it: upper case, no company suffix
	TaxID     *RFC            `json:"tax_id,omitempty" doc:"RFC."`                   // RFC; XAXX010101000 general public, XEXX010101000 foreign
	TaxSystem *TaxSystem      `json:"tax_system,omitempty"`
	Use       *CFDIUse        `json:"use,omitempty"`     // usual CFDI use
	Address   *Address        `json:"address,omitempty"` // address; zip must be the tax domicile
	Metadata  Metadata        `json:"metadata,omitempty"`
	Defaults  *ClientDefaults `json:"defaults,omitempty"` // automation of this client
	Colombia
}

// Colombia is what Colombian clients carry besides.
type Colombia struct {
	DocumentType           *string  `json:"document_type,omitempty" doc:"Colombia"` // Colombia: identity document type
	OrganizationType       *int     `json:"organization_type,omitempty"`            // Colombia: kind of organisation
	TributeCode            *string  `json:"tribute_code,omitempty"`                 // Colombia: tribute
	FiscalResponsibilities []string `json:"fiscal_responsibilities,omitempty"`      // Colombia: responsibilities
	DV                     *string  `json:"dv,omitempty"`                           // Colombia: NIT check digit
	MunicipalityCode       *string  `json:"municipality_code,omitempty"`            // Colombia: DANE code
}

// ClientDefaults is how automation treats one client.
type ClientDefaults struct {
	KeepFullLegalName        *bool `json:"keep_full_legal_name,omitempty"`       // keep the company suffix in the legal name
	IssueAutomaticInvoices   *bool `json:"issue_automatic_invoices,omitempty"`   // stamp invoices without being asked
	IssueInvoiceableReceipts *bool `json:"issue_invoiceable_receipts,omitempty"` // make a self-invoicing receipt when no invoice is issued
}

// ClientInput says whom a document is for: an existing client by id, one looked
// up by search, or the data to create one from (search with auto_create).
type ClientInput struct {
	ID     *string       `json:"id,omitempty"`     // existing client; then leave the rest out
	Search *ClientSearch `json:"search,omitempty"` // look the client up instead
	ClientFields
}

// ClientSearch looks a client up, and may create or update it.
type ClientSearch struct {
	OnKey       ClientSearchKey `json:"on_key"`
	OnValue     string          `json:"on_value"`
	AutoCreate  *bool           `json:"auto_create,omitempty"`  // create the client from the fields beside when none matches
	Update      *bool           `json:"update,omitempty"`       // overwrite the match with the fields beside
	SafetyCheck *bool           `json:"safety_check,omitempty"` // undocumented; leave out
}

// ClientSearchKey is a field clients can be looked up by.
type ClientSearchKey string

// Choices lists the fields.
func (ClientSearchKey) Choices() []Choice {
	return []Choice{{"tax_id", ""}, {"email", ""}, {"name", ""}}
}

// Client is a receiver of documents, as gigstack stores it.
type Client struct {
	ID               string            `json:"id"`
	Name             string            `json:"name,omitempty"`
	Company          string            `json:"company,omitempty"`
	Email            string            `json:"email,omitempty"`
	Phone            string            `json:"phone,omitempty"`
	BCC              []string          `json:"bcc,omitempty"`
	LegalName        string            `json:"legal_name,omitempty"`
	TaxID            string            `json:"tax_id,omitempty"`
	TaxSystem        string            `json:"tax_system,omitempty"`
	Use              string            `json:"use,omitempty"`
	Address          *Address          `json:"address,omitempty"`
	Metadata         Metadata          `json:"metadata,omitempty"`
	IsValid          *bool             `json:"is_valid,omitempty" doc:"The SAT accepts the fiscal data."`
	EFOS             *EFOS             `json:"efos,omitempty"`
	FiscalValidation *FiscalValidation `json:"fiscal_validation,omitempty"`
	SATStatus        *SATStatus        `json:"sat_status,omitempty"`
	Defaults         *ClientDefaults   `json:"defaults,omitempty"`
	Livemode         *bool             `json:"livemode,omitempty"`
	CreatedAt        Seconds           `json:"created_at,omitempty"`
	Team             string            `json:"team,omitempty"`
	Owner            string            `json:"owner,omitempty"`
	From             string            `json:"from,omitempty"`
	Colombia
}

// EFOS says whether a taxpayer is on the SAT's 69-B list of those presumed to
// invoice operations that never happened.
type EFOS struct {
	IsValid bool `json:"is_valid" doc:"false: on the 69-B list."`
}

// FiscalValidation is the SAT's last word on a client's fiscal data.
type FiscalValidation struct {
	Status  string `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
}

// SATStatus is what the SAT's lists say about a client.
type SATStatus struct {
	IsRisky   bool     `json:"is_risky"`
	EFOS      *EFOS    `json:"efos,omitempty"`
	Hits      []SATHit `json:"hits,omitempty"`
	CheckedAt Seconds  `json:"checked_at,omitempty"`
}

// SATHit is one entry of a SAT list.
type SATHit struct {
	List    string `json:"list,omitempty"`
	Label   string `json:"label,omitempty"`
	Source  string `json:"source,omitempty"`
	IsRisky bool   `json:"is_risky"`
	Detail  string `json:"detail,omitempty"`
}
