package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// UpdateTeamSettings changes the settings that are sent.
//
// Left out keeps, null clears, a list replaces the whole list ([] empties it), {} leaves
// a group alone. Read get_team first.
var UpdateTeamSettings = Endpoint[UpdateTeamSettingsInput, StoredSettings]{
	Name:  "update_team_settings",
	Route: "PUT /teams/{id}/settings",
	Risk:  risk.Write,
	Title: "Update team settings",
	Doc:   "Change invoicing defaults, automation and e-mails. Absent keeps, null clears, a list is replaced. get_team first.",
	Undo:  "Send the old values with update_team_settings; null clears one. What ran by the new ones stays done.",
	Back:  `update_team_settings {"id":"$args.id","*":"$was"}`,
}

// UpdateTeamSettingsInput is the team and the settings to change.
type UpdateTeamSettingsInput struct {
	ID string `json:"id"`
	TeamSettings
}

// StoredSettings is a team's settings as read back: the names of [TeamSettings],
// but of no promised types (periodicity has been seen as {label, value}).
type StoredSettings map[string]any

// TeamSettings is every setting of a team. All of them can be left out, cleared
// with null, or set.
type TeamSettings struct {
	AvoidLegalNameReplacer            Nullable[bool] `json:"avoid_legal_name_replacer,omitzero" doc:"Keep legal names as typed."`
	EnforceClientCountryTaxes         Nullable[bool] `json:"enforce_client_country_taxes,omitzero"`
	GlobalInvoiceDisabled             Nullable[bool] `json:"global_invoice_disabled,omitzero"`
	AutomateComplementForPPDInvoices  Nullable[bool] `json:"automate_complement_for_ppd_invoices,omitzero"`
	AutomatePartialPaymentComplements Nullable[bool] `json:"automate_partial_payment_complements,omitzero" doc:"Also for part payments."`
	UseForeignPublicInUSD             Nullable[bool] `json:"use_foreign_public_in_usd,omitzero" doc:"XEXX010101000 for USD."`
	AvoidReceipts                     Nullable[bool] `json:"avoid_receipts,omitzero"`
	CancelReceiptsOnRefunds           Nullable[bool] `json:"cancel_receipts_on_refunds,omitzero"`
	InvoicePerReceipt                 Nullable[bool] `json:"invoice_per_receipt,omitzero"`
	AllowNotesOnSelfInvoice           Nullable[bool] `json:"allow_notes_on_self_invoice,omitzero"`        // portal: buyer may add notes
	AllowProductCodeOnSelfInvoice     Nullable[bool] `json:"allow_product_code_on_self_invoice,omitzero"` // portal: buyer may choose the product key
	SendInvoiceEnglishPDF             Nullable[bool] `json:"send_invoice_english_pdf,omitzero"`

	DefaultDescription       Nullable[string]     `json:"default_description,omitzero"`
	OverrideItemDescription  Nullable[string]     `json:"override_item_description,omitzero"`
	InvoicePDFNotes          Nullable[string]     `json:"invoice_pdf_notes,omitzero"`
	ProductKey               Nullable[ProductKey] `json:"product_key,omitzero"` // default SAT product key
	UnitKey                  Nullable[string]     `json:"unit_key,omitzero"`    // default SAT unit key
	UnitName                 Nullable[string]     `json:"unit_name,omitzero"`
	Use                      Nullable[CFDIUse]    `json:"use,omitzero"`
	SKU                      Nullable[string]     `json:"sku,omitzero"`
	Addenda                  Nullable[string]     `json:"addenda,omitzero"`
	CustomPaymentDescription Nullable[string]     `json:"custom_payment_description,omitzero"`
	CustomerPortalID         Nullable[string]     `json:"customer_portal_id,omitzero"`
	ForceSeries              Nullable[string]     `json:"force_series,omitzero"`

	AvoidAutomationsOnCurrencies Nullable[[]Currency]         `json:"avoid_automations_on_currencies,omitzero"`
	UsesOnSelfInvoicePortal      Nullable[[]CFDIUse]          `json:"uses_on_self_invoice_portal,omitzero"` // portal: CFDI uses offered
	ConceptsCatalog              Nullable[[]string]           `json:"concepts_catalog,omitzero"`
	Taxes                        Nullable[[]TaxInput]         `json:"taxes,omitzero"`
	TaxesUSD                     Nullable[[]TaxInput]         `json:"taxes_usd,omitzero"`
	WithholdingTaxes             Nullable[[]TaxInput]         `json:"withholding_taxes,omitzero"`
	LocalTaxes                   Nullable[[]Metadata]         `json:"local_taxes,omitzero" doc:"Undocumented fields."`
	Complements                  Nullable[[]StoredComplement] `json:"complements,omitzero"`
	AllowedProductCodes          Nullable[[]ProductCode]      `json:"allowed_product_codes,omitzero"` // portal: product keys offered

	Periodicity         Nullable[ReceiptPeriod] `json:"periodicity,omitzero" doc:"Of the global invoice."`
	PDFLanguage         Nullable[PDFLanguage]   `json:"pdf_language,omitzero"`
	GlobalMonthlyCuts   Nullable[int]           `json:"global_invoicing_monthly_cuts,omitzero" jsonschema:"minimum=2,maximum=5"` // global invoices a month, 2 to 5
	EOMPPDThresholdDays Nullable[int]           `json:"eom_ppd_threshold_days,omitzero" doc:"PPD from so many days before month end." jsonschema:"minimum=0,maximum=31"`
	LimitDaysToPay      Nullable[int]           `json:"limit_days_to_pay,omitzero" jsonschema:"minimum=0"`

	PaymentReminders Nullable[PaymentReminders] `json:"payment_reminders,omitzero"`
	Reinvoice        Nullable[Reinvoice]        `json:"reinvoice,omitzero"`
	Refunds          Nullable[RefundSettings]   `json:"refunds,omitzero"`
	Emails           Nullable[EmailSettings]    `json:"emails,omitzero"`
	EmailTemplates   Nullable[EmailTemplates]   `json:"email_templates,omitzero"`
	DefaultSeries    Nullable[DefaultSeries]    `json:"default_series,omitzero"`
}

// StoredComplement is a complement added to every document.
type StoredComplement struct {
	Type        *string `json:"type,omitempty"`
	Data        *string `json:"data,omitempty"`
	Description *string `json:"description,omitempty"`
}

// ProductCode is a SAT product key with the text shown for it.
type ProductCode struct {
	Key         ProductKey `json:"key"` // SAT key
	Description string     `json:"description"`
}

// PDFLanguage is the language of printed invoices.
type PDFLanguage string

// Choices lists the languages.
func (PDFLanguage) Choices() []Choice { return []Choice{{"en", ""}, {"es", ""}} }

// DocumentHandling is what happens to a document that lost its ground.
type DocumentHandling string

// Choices lists the two ways.
func (DocumentHandling) Choices() []Choice {
	return []Choice{{"credit_note", "stamp an egress"}, {"cancel_resources", "cancel the invoice"}}
}

// PaymentReminders is the mail before and after a payment is due.
type PaymentReminders struct {
	Days          Nullable[int]    `json:"days,omitzero" jsonschema:"minimum=0"`
	Enabled       Nullable[bool]   `json:"enabled,omitzero"`
	BeforeBody    Nullable[string] `json:"before_body,omitzero"`    // text before
	BeforeSubject Nullable[string] `json:"before_subject,omitzero"` // subject before
	AfterBody     Nullable[string] `json:"after_body,omitzero"`
	AfterSubject  Nullable[string] `json:"after_subject,omitzero"`
}

// Reinvoice is how a buyer may have an invoice redone.
type Reinvoice struct {
	WindowDays Nullable[int]              `json:"window_days,omitzero" jsonschema:"minimum=0"`
	Handler    Nullable[DocumentHandling] `json:"handler,omitzero"`
}

// RefundSettings is what a refund does.
type RefundSettings struct {
	AutomaticRefunds    Nullable[bool]             `json:"automatic_refunds,omitzero"`
	CurrentMonthHandler Nullable[DocumentHandling] `json:"current_month_handler,omitzero"`
}

// EmailSettings is which mail clients get, who gets copies, and the texts.
type EmailSettings struct {
	InvoicesBCC               Nullable[[]string] `json:"invoices_bcc,omitzero"`
	PaymentsBCC               Nullable[[]string] `json:"payments_bcc,omitzero"`
	ReceiptsBCC               Nullable[[]string] `json:"receipts_bcc,omitzero"`
	AvoidInvoiceEmails        Nullable[bool]     `json:"avoid_invoice_emails,omitzero"`
	AvoidTestInvoiceEmails    Nullable[bool]     `json:"avoid_test_invoice_emails,omitzero"`
	AvoidReceiptsEmails       Nullable[bool]     `json:"avoid_receipts_emails,omitzero"`
	AvoidForeignReceiptEmails Nullable[bool]     `json:"avoid_foreign_receipts_emails,omitzero"`
	InvoiceBody               Nullable[string]   `json:"invoice_body,omitzero"`
	InvoiceSubject            Nullable[string]   `json:"invoice_subject,omitzero"`
	ComplementBody            Nullable[string]   `json:"complement_body,omitzero"`
	ComplementSubject         Nullable[string]   `json:"complement_subject,omitzero"`
	CreditNoteBody            Nullable[string]   `json:"credit_note_body,omitzero"`
	CreditNoteSubject         Nullable[string]   `json:"credit_note_subject,omitzero"`
	PaymentBody               Nullable[string]   `json:"payment_body,omitzero"`
	PaymentSubject            Nullable[string]   `json:"payment_subject,omitzero"`
	ReceiptBody               Nullable[string]   `json:"receipt_body,omitzero"`
	ReceiptSubject            Nullable[string]   `json:"receipt_subject,omitzero"`
	ReceiptReminderBody       Nullable[string]   `json:"receipt_reminder_body,omitzero"`
	ReceiptReminderSubject    Nullable[string]   `json:"receipt_reminder_subject,omitzero"`
}

// EmailTemplates is the mail texts of each kind of document.
type EmailTemplates struct {
	Invoices         Nullable[Languages] `json:"invoices,omitzero"`
	Complements      Nullable[Languages] `json:"complements,omitzero"`
	CreditNotes      Nullable[Languages] `json:"credit_notes,omitzero"`
	Payments         Nullable[Languages] `json:"payments,omitzero"`
	Receipts         Nullable[Languages] `json:"receipts,omitzero"`
	ReceiptReminders Nullable[Languages] `json:"receipt_reminders,omitzero"`
}

// Languages is one text in each language.
type Languages struct {
	ES Nullable[EmailTemplate] `json:"es,omitzero"`
	EN Nullable[EmailTemplate] `json:"en,omitzero"`
}

// EmailTemplate is a mail.
type EmailTemplate struct {
	Body    Nullable[string] `json:"body,omitzero"`
	Subject Nullable[string] `json:"subject,omitzero"`
}

// DefaultSeries is the series of each kind of document.
type DefaultSeries struct {
	Income      Nullable[SeriesChoice] `json:"income,omitzero"`
	Complements Nullable[SeriesChoice] `json:"complements,omitzero"`
	CreditNote  Nullable[SeriesChoice] `json:"credit_note,omitzero"`
}

// SeriesChoice names a series.
type SeriesChoice struct {
	Serie Nullable[string] `json:"serie,omitzero"`
}
