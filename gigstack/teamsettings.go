package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// UpdateTeamSettings changes the settings that are sent.
var UpdateTeamSettings = Endpoint[UpdateTeamSettingsInput, StoredSettings]{
	Name:  "update_team_settings",
	Route: "PUT /teams/{id}/settings",
	Risk:  risk.Write,
	Title: "Update team settings",
	Doc:   "Change a team's invoicing defaults, automation and e-mails, live and test alike. Left out keeps, null clears, a list replaces the whole list ([] empties it), {} leaves a group alone. Read get_team first.",
	Undo:  "Send the old values with update_team_settings; null clears one. What ran by the new ones stays done.",
	Back:  `update_team_settings {"id":"$args.id","*":"$was"}`,
}

// UpdateTeamSettingsInput is the team and the settings to change.
type UpdateTeamSettingsInput struct {
	ID string `json:"id" doc:"Team id (team_…)."`
	TeamSettings
}

// StoredSettings is a team's settings as read back: the names of [TeamSettings],
// but of no promised types (periodicity has been seen as {label, value}).
type StoredSettings map[string]any

// TeamSettings is every setting of a team. All of them can be left out, cleared
// with null, or set.
type TeamSettings struct {
	AvoidLegalNameReplacer            Nullable[bool] `json:"avoid_legal_name_replacer,omitzero" doc:"Keep legal names as typed."`
	EnforceClientCountryTaxes         Nullable[bool] `json:"enforce_client_country_taxes,omitzero" doc:"Tax by the client's country."`
	GlobalInvoiceDisabled             Nullable[bool] `json:"global_invoice_disabled,omitzero" doc:"No global invoice for unclaimed receipts."`
	AutomateComplementForPPDInvoices  Nullable[bool] `json:"automate_complement_for_ppd_invoices,omitzero" doc:"Stamp complements when PPD invoices are paid."`
	AutomatePartialPaymentComplements Nullable[bool] `json:"automate_partial_payment_complements,omitzero" doc:"Also for part payments."`
	UseForeignPublicInUSD             Nullable[bool] `json:"use_foreign_public_in_usd,omitzero" doc:"XEXX010101000 for sales in USD."`
	AvoidReceipts                     Nullable[bool] `json:"avoid_receipts,omitzero" doc:"Make no receipts."`
	CancelReceiptsOnRefunds           Nullable[bool] `json:"cancel_receipts_on_refunds,omitzero" doc:"A refund cancels its receipt."`
	InvoicePerReceipt                 Nullable[bool] `json:"invoice_per_receipt,omitzero" doc:"One invoice each, not grouped."`
	AllowNotesOnSelfInvoice           Nullable[bool] `json:"allow_notes_on_self_invoice,omitzero" doc:"Portal: buyer may add notes."`
	AllowProductCodeOnSelfInvoice     Nullable[bool] `json:"allow_product_code_on_self_invoice,omitzero" doc:"Portal: buyer may choose the product key."`
	SendInvoiceEnglishPDF             Nullable[bool] `json:"send_invoice_english_pdf,omitzero" doc:"Attach an English PDF too."`

	DefaultDescription       Nullable[string]     `json:"default_description,omitzero" doc:"Line text when none is given."`
	OverrideItemDescription  Nullable[string]     `json:"override_item_description,omitzero" doc:"Replaces every line text."`
	InvoicePDFNotes          Nullable[string]     `json:"invoice_pdf_notes,omitzero" doc:"Notes on the PDF."`
	ProductKey               Nullable[ProductKey] `json:"product_key,omitzero" doc:"Default SAT product key."`
	UnitKey                  Nullable[string]     `json:"unit_key,omitzero" doc:"Default SAT unit key."`
	UnitName                 Nullable[string]     `json:"unit_name,omitzero" doc:"Default unit name."`
	Use                      Nullable[CFDIUse]    `json:"use,omitzero" doc:"Default CFDI use."`
	SKU                      Nullable[string]     `json:"sku,omitzero" doc:"Default stock code."`
	Addenda                  Nullable[string]     `json:"addenda,omitzero" doc:"Default addenda XML."`
	CustomPaymentDescription Nullable[string]     `json:"custom_payment_description,omitzero" doc:"Text on payment pages."`
	CustomerPortalID         Nullable[string]     `json:"customer_portal_id,omitzero" doc:"Portal identifier."`
	ForceSeries              Nullable[string]     `json:"force_series,omitzero" doc:"Series of every document."`

	AvoidAutomationsOnCurrencies Nullable[[]Currency]         `json:"avoid_automations_on_currencies,omitzero" doc:"Currencies without automation."`
	UsesOnSelfInvoicePortal      Nullable[[]CFDIUse]          `json:"uses_on_self_invoice_portal,omitzero" doc:"Portal: CFDI uses offered."`
	ConceptsCatalog              Nullable[[]string]           `json:"concepts_catalog,omitzero" doc:"Line texts offered to users."`
	Taxes                        Nullable[[]TaxInput]         `json:"taxes,omitzero" doc:"Default taxes, MXN."`
	TaxesUSD                     Nullable[[]TaxInput]         `json:"taxes_usd,omitzero" doc:"Default taxes, USD."`
	WithholdingTaxes             Nullable[[]TaxInput]         `json:"withholding_taxes,omitzero" doc:"Default withholdings."`
	LocalTaxes                   Nullable[[]Metadata]         `json:"local_taxes,omitzero" doc:"Default local taxes; gigstack documents no fields."`
	Complements                  Nullable[[]StoredComplement] `json:"complements,omitzero" doc:"Default complements."`
	AllowedProductCodes          Nullable[[]ProductCode]      `json:"allowed_product_codes,omitzero" doc:"Portal: product keys offered."`

	Periodicity         Nullable[ReceiptPeriod] `json:"periodicity,omitzero" doc:"Of the global invoice."`
	PDFLanguage         Nullable[PDFLanguage]   `json:"pdf_language,omitzero" doc:"PDF language."`
	GlobalMonthlyCuts   Nullable[int]           `json:"global_invoicing_monthly_cuts,omitzero" doc:"Global invoices a month, 2 to 5." jsonschema:"minimum=2,maximum=5"`
	EOMPPDThresholdDays Nullable[int]           `json:"eom_ppd_threshold_days,omitzero" doc:"Days before month end from which PPD is used." jsonschema:"minimum=0,maximum=31"`
	LimitDaysToPay      Nullable[int]           `json:"limit_days_to_pay,omitzero" doc:"Days to pay." jsonschema:"minimum=0"`

	PaymentReminders Nullable[PaymentReminders] `json:"payment_reminders,omitzero" doc:"Reminders of due payments."`
	Reinvoice        Nullable[Reinvoice]        `json:"reinvoice,omitzero" doc:"When buyers may have an invoice redone."`
	Refunds          Nullable[RefundSettings]   `json:"refunds,omitzero" doc:"What a refund does to the invoice."`
	Emails           Nullable[EmailSettings]    `json:"emails,omitzero" doc:"Mail to clients."`
	EmailTemplates   Nullable[EmailTemplates]   `json:"email_templates,omitzero" doc:"Mail texts by language."`
	DefaultSeries    Nullable[DefaultSeries]    `json:"default_series,omitzero" doc:"Series by kind of document."`
}

// StoredComplement is a complement added to every document.
type StoredComplement struct {
	Type        *string `json:"type,omitempty" doc:"Kind."`
	Data        *string `json:"data,omitempty" doc:"XML."`
	Description *string `json:"description,omitempty" doc:"Label."`
}

// ProductCode is a SAT product key with the text shown for it.
type ProductCode struct {
	Key         ProductKey `json:"key" doc:"SAT key."`
	Description string     `json:"description" doc:"Label."`
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
	Days          Nullable[int]    `json:"days,omitzero" doc:"Days from the due date." jsonschema:"minimum=0"`
	Enabled       Nullable[bool]   `json:"enabled,omitzero" doc:"On or off."`
	BeforeBody    Nullable[string] `json:"before_body,omitzero" doc:"Text before."`
	BeforeSubject Nullable[string] `json:"before_subject,omitzero" doc:"Subject before."`
	AfterBody     Nullable[string] `json:"after_body,omitzero" doc:"Text after."`
	AfterSubject  Nullable[string] `json:"after_subject,omitzero" doc:"Subject after."`
}

// Reinvoice is how a buyer may have an invoice redone.
type Reinvoice struct {
	WindowDays Nullable[int]              `json:"window_days,omitzero" doc:"Days in which it is allowed." jsonschema:"minimum=0"`
	Handler    Nullable[DocumentHandling] `json:"handler,omitzero" doc:"What becomes of the earlier invoice."`
}

// RefundSettings is what a refund does.
type RefundSettings struct {
	AutomaticRefunds    Nullable[bool]             `json:"automatic_refunds,omitzero" doc:"React by itself."`
	CurrentMonthHandler Nullable[DocumentHandling] `json:"current_month_handler,omitzero" doc:"For invoices of the same month."`
}

// EmailSettings is which mail clients get, who gets copies, and the texts.
type EmailSettings struct {
	InvoicesBCC               Nullable[[]string] `json:"invoices_bcc,omitzero" doc:"Blind copies."`
	PaymentsBCC               Nullable[[]string] `json:"payments_bcc,omitzero" doc:"Blind copies."`
	ReceiptsBCC               Nullable[[]string] `json:"receipts_bcc,omitzero" doc:"Blind copies."`
	AvoidInvoiceEmails        Nullable[bool]     `json:"avoid_invoice_emails,omitzero" doc:"Mail no invoices."`
	AvoidTestInvoiceEmails    Nullable[bool]     `json:"avoid_test_invoice_emails,omitzero" doc:"Mail no test invoices."`
	AvoidReceiptsEmails       Nullable[bool]     `json:"avoid_receipts_emails,omitzero" doc:"Mail no receipts."`
	AvoidForeignReceiptEmails Nullable[bool]     `json:"avoid_foreign_receipts_emails,omitzero" doc:"Mail no receipts abroad."`
	InvoiceBody               Nullable[string]   `json:"invoice_body,omitzero" doc:"Text."`
	InvoiceSubject            Nullable[string]   `json:"invoice_subject,omitzero" doc:"Subject."`
	ComplementBody            Nullable[string]   `json:"complement_body,omitzero" doc:"Text."`
	ComplementSubject         Nullable[string]   `json:"complement_subject,omitzero" doc:"Subject."`
	CreditNoteBody            Nullable[string]   `json:"credit_note_body,omitzero" doc:"Text."`
	CreditNoteSubject         Nullable[string]   `json:"credit_note_subject,omitzero" doc:"Subject."`
	PaymentBody               Nullable[string]   `json:"payment_body,omitzero" doc:"Text."`
	PaymentSubject            Nullable[string]   `json:"payment_subject,omitzero" doc:"Subject."`
	ReceiptBody               Nullable[string]   `json:"receipt_body,omitzero" doc:"Text."`
	ReceiptSubject            Nullable[string]   `json:"receipt_subject,omitzero" doc:"Subject."`
	ReceiptReminderBody       Nullable[string]   `json:"receipt_reminder_body,omitzero" doc:"Text."`
	ReceiptReminderSubject    Nullable[string]   `json:"receipt_reminder_subject,omitzero" doc:"Subject."`
}

// EmailTemplates is the mail texts of each kind of document.
type EmailTemplates struct {
	Invoices         Nullable[Languages] `json:"invoices,omitzero" doc:"Invoices."`
	Complements      Nullable[Languages] `json:"complements,omitzero" doc:"Payment complements."`
	CreditNotes      Nullable[Languages] `json:"credit_notes,omitzero" doc:"Credit notes."`
	Payments         Nullable[Languages] `json:"payments,omitzero" doc:"Payments."`
	Receipts         Nullable[Languages] `json:"receipts,omitzero" doc:"Receipts."`
	ReceiptReminders Nullable[Languages] `json:"receipt_reminders,omitzero" doc:"Receipt reminders."`
}

// Languages is one text in each language.
type Languages struct {
	ES Nullable[EmailTemplate] `json:"es,omitzero" doc:"Spanish."`
	EN Nullable[EmailTemplate] `json:"en,omitzero" doc:"English."`
}

// EmailTemplate is a mail.
type EmailTemplate struct {
	Body    Nullable[string] `json:"body,omitzero" doc:"Text."`
	Subject Nullable[string] `json:"subject,omitzero" doc:"Subject."`
}

// DefaultSeries is the series of each kind of document.
type DefaultSeries struct {
	Income      Nullable[SeriesChoice] `json:"income,omitzero" doc:"Income invoices."`
	Complements Nullable[SeriesChoice] `json:"complements,omitzero" doc:"Payment complements."`
	CreditNote  Nullable[SeriesChoice] `json:"credit_note,omitzero" doc:"Credit notes."`
}

// SeriesChoice names a series.
type SeriesChoice struct {
	Serie Nullable[string] `json:"serie,omitzero" doc:"Series code."`
}
