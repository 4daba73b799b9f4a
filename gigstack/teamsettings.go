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
	EnforceClientCountryTaxes         Nullable[bool] `json:"enforce_client_country_taxes,omitzero"`         // tax by the client's country
	GlobalInvoiceDisabled             Nullable[bool] `json:"global_invoice_disabled,omitzero"`              // no global invoice for unclaimed receipts
	AutomateComplementForPPDInvoices  Nullable[bool] `json:"automate_complement_for_ppd_invoices,omitzero"` // stamp complements when PPD invoices are paid
	AutomatePartialPaymentComplements Nullable[bool] `json:"automate_partial_payment_complements,omitzero"` // also for part payments
	UseForeignPublicInUSD             Nullable[bool] `json:"use_foreign_public_in_usd,omitzero"`            // XEXX010101000 for sales in USD
	AvoidReceipts                     Nullable[bool] `json:"avoid_receipts,omitzero"`                       // make no receipts
	CancelReceiptsOnRefunds           Nullable[bool] `json:"cancel_receipts_on_refunds,omitzero"`           // A refund cancels its receipt
	InvoicePerReceipt                 Nullable[bool] `json:"invoice_per_receipt,omitzero"`                  // one invoice each, not grouped
	AllowNotesOnSelfInvoice           Nullable[bool] `json:"allow_notes_on_self_invoice,omitzero"`          // portal: buyer may add notes
	AllowProductCodeOnSelfInvoice     Nullable[bool] `json:"allow_product_code_on_self_invoice,omitzero"`   // portal: buyer may choose the product key
	SendInvoiceEnglishPDF             Nullable[bool] `json:"send_invoice_english_pdf,omitzero"`             // attach an English PDF too

	DefaultDescription       Nullable[string]     `json:"default_description,omitzero"`        // line text when none is given
	OverrideItemDescription  Nullable[string]     `json:"override_item_description,omitzero"`  // replaces every line text
	InvoicePDFNotes          Nullable[string]     `json:"invoice_pdf_notes,omitzero"`          // notes on the PDF
	ProductKey               Nullable[ProductKey] `json:"product_key,omitzero"`                // default SAT product key
	UnitKey                  Nullable[string]     `json:"unit_key,omitzero"`                   // default SAT unit key
	UnitName                 Nullable[string]     `json:"unit_name,omitzero"`                  // default unit name
	Use                      Nullable[CFDIUse]    `json:"use,omitzero"`                        // default CFDI use
	SKU                      Nullable[string]     `json:"sku,omitzero"`                        // default stock code
	Addenda                  Nullable[string]     `json:"addenda,omitzero"`                    // default addenda XML
	CustomPaymentDescription Nullable[string]     `json:"custom_payment_description,omitzero"` // text on payment pages
	CustomerPortalID         Nullable[string]     `json:"customer_portal_id,omitzero"`         // portal identifier
	ForceSeries              Nullable[string]     `json:"force_series,omitzero"`               // series of every document

	AvoidAutomationsOnCurrencies Nullable[[]Currency]         `json:"avoid_automations_on_currencies,omitzero"`        // currencies without automation
	UsesOnSelfInvoicePortal      Nullable[[]CFDIUse]          `json:"uses_on_self_invoice_portal,omitzero"`            // portal: CFDI uses offered
	ConceptsCatalog              Nullable[[]string]           `json:"concepts_catalog,omitzero"`                       // line texts offered to users
	Taxes                        Nullable[[]TaxInput]         `json:"taxes,omitzero"`                                  // default taxes, MXN
	TaxesUSD                     Nullable[[]TaxInput]         `json:"taxes_usd,omitzero"`                              // default taxes, USD
	WithholdingTaxes             Nullable[[]TaxInput]         `json:"withholding_taxes,omitzero"`                      // default withholdings
	LocalTaxes                   Nullable[[]Metadata]         `json:"local_taxes,omitzero" doc:"Undocumented fields."` // default local taxes; gigstack documents no fields
	Complements                  Nullable[[]StoredComplement] `json:"complements,omitzero"`                            // default complements
	AllowedProductCodes          Nullable[[]ProductCode]      `json:"allowed_product_codes,omitzero"`                  // portal: product keys offered

	Periodicity         Nullable[ReceiptPeriod] `json:"periodicity,omitzero" doc:"Of the global invoice."`
	PDFLanguage         Nullable[PDFLanguage]   `json:"pdf_language,omitzero"`
	GlobalMonthlyCuts   Nullable[int]           `json:"global_invoicing_monthly_cuts,omitzero" jsonschema:"minimum=2,maximum=5"` // global invoices a month, 2 to 5
	EOMPPDThresholdDays Nullable[int]           `json:"eom_ppd_threshold_days,omitzero" doc:"PPD from so many days before month end." jsonschema:"minimum=0,maximum=31"`
	LimitDaysToPay      Nullable[int]           `json:"limit_days_to_pay,omitzero" jsonschema:"minimum=0"` // days to pay

	PaymentReminders Nullable[PaymentReminders] `json:"payment_reminders,omitzero"` // reminders of due payments
	Reinvoice        Nullable[Reinvoice]        `json:"reinvoice,omitzero"`         // when buyers may have an invoice redone
	Refunds          Nullable[RefundSettings]   `json:"refunds,omitzero"`           // what a refund does to the invoice
	Emails           Nullable[EmailSettings]    `json:"emails,omitzero"`            // mail to clients
	EmailTemplates   Nullable[EmailTemplates]   `json:"email_templates,omitzero"`   // mail texts by language
	DefaultSeries    Nullable[DefaultSeries]    `json:"default_series,omitzero"`    // series by kind of document
}

// StoredComplement is a complement added to every document.
type StoredComplement struct {
	Type        *string `json:"type,omitempty"`
	Data        *string `json:"data,omitempty"`
	Description *string `json:"description,omitempty"`
}

// ProductCode is a SAT product key with the text shown for it.
type ProductCode struct {
	Key         ProductKey `json:"key"`
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
	Days          Nullable[int]    `json:"days,omitzero" jsonschema:"minimum=0"` // days from the due date
	Enabled       Nullable[bool]   `json:"enabled,omitzero"`
	BeforeBody    Nullable[string] `json:"before_body,omitzero"`
	BeforeSubject Nullable[string] `json:"before_subject,omitzero"`
	AfterBody     Nullable[string] `json:"after_body,omitzero"`
	AfterSubject  Nullable[string] `json:"after_subject,omitzero"`
}

// Reinvoice is how a buyer may have an invoice redone.
type Reinvoice struct {
	WindowDays Nullable[int]              `json:"window_days,omitzero" jsonschema:"minimum=0"` // days in which it is allowed
	Handler    Nullable[DocumentHandling] `json:"handler,omitzero"`                            // what becomes of the earlier invoice
}

// RefundSettings is what a refund does.
type RefundSettings struct {
	AutomaticRefunds    Nullable[bool]             `json:"automatic_refunds,omitzero"`     // react by itself
	CurrentMonthHandler Nullable[DocumentHandling] `json:"current_month_handler,omitzero"` // for invoices of the same month
}

// EmailSettings is which mail clients get, who gets copies, and the texts.
type EmailSettings struct {
	InvoicesBCC               Nullable[[]string] `json:"invoices_bcc,omitzero"`                  // blind copies
	PaymentsBCC               Nullable[[]string] `json:"payments_bcc,omitzero"`                  // blind copies
	ReceiptsBCC               Nullable[[]string] `json:"receipts_bcc,omitzero"`                  // blind copies
	AvoidInvoiceEmails        Nullable[bool]     `json:"avoid_invoice_emails,omitzero"`          // mail no invoices
	AvoidTestInvoiceEmails    Nullable[bool]     `json:"avoid_test_invoice_emails,omitzero"`     // mail no test invoices
	AvoidReceiptsEmails       Nullable[bool]     `json:"avoid_receipts_emails,omitzero"`         // mail no receipts
	AvoidForeignReceiptEmails Nullable[bool]     `json:"avoid_foreign_receipts_emails,omitzero"` // mail no receipts abroad
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
	Serie Nullable[string] `json:"serie,omitzero"` // series code
}
