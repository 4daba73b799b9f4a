package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// GetSATDownloadSchedule reads the daily schedule and what it depends on.
var GetSATDownloadSchedule = Endpoint[struct{}, SATScheduleState]{
	Name:  "get_sat_download_schedule",
	Route: "GET /invoices/download/schedule",
	Risk:  risk.Read,
	Title: "Read the download schedule",
	Doc:   "Read the daily download, FIEL and registration.",
}

// SaveSATDownloadSchedule sets the daily download.
//
// It replaces the whole schedule. Each XML it fetches costs about 0.20 MXN. Needs FIEL
// and registration.
var SaveSATDownloadSchedule = Endpoint[SaveSATDownloadScheduleInput, SATScheduleState]{
	Name:  "save_sat_download_schedule",
	Route: "PUT /invoices/download/schedule",
	Risk:  risk.Write,
	Title: "Set the download schedule",
	Doc:   "Replace the daily download; each XML is billed.",
	Undo:  "Save the former schedule, or where there was none this one with enabled false; XMLs downloaded until then are billed.",
	Back:  `save_sat_download_schedule {"**":"$was"}`,
}

// SaveSATDownloadScheduleInput is a daily download.
type SaveSATDownloadScheduleInput struct {
	Enabled       bool           `json:"enabled"`
	Time          TimeOfDay      `json:"time"`                                                  // HH:MM in Mexico City
	DownloadTypes []SATDirection `json:"download_types" jsonschema:"minItems=1,maxItems=2"`     // sides
	DaysBack      *int           `json:"days_back,omitempty" jsonschema:"minimum=1,maximum=90"` // days that each run looks back
}

// Risk is that of charges when the schedule is switched on: every run fetches XMLs.
func (in SaveSATDownloadScheduleInput) Risk() risk.Level {
	if in.Enabled {
		return risk.Fiscal
	}
	return risk.Write
}

// TimeOfDay is a time on the clock, such as 03:30.
type TimeOfDay string

// Pattern is what a time of day looks like.
func (TimeOfDay) Pattern() string { return `^([01][0-9]|2[0-3]):[0-5][0-9]$` }

// Hint is the form.
func (TimeOfDay) Hint() string { return "HH:MM" }

// SATScheduleState is the schedule with what it depends on.
type SATScheduleState struct {
	Schedule      *SATSchedule `json:"schedule,omitempty"`
	FIELUploaded  bool         `json:"fiel_uploaded"`
	Registered    bool         `json:"registered"`
	SATCompleted  bool         `json:"sat_completed"`
	SyncStartDate string       `json:"sync_start_date,omitempty"`
	Provider      *SATProvider `json:"prodigia,omitempty" doc:"The download provider."`
}

// SATSchedule is the daily download as stored.
type SATSchedule struct {
	Enabled       bool     `json:"enabled"`
	Time          string   `json:"time,omitempty" doc:"HH:MM in Mexico City."`
	DownloadTypes []string `json:"downloadTypes,omitempty"`
	DaysBack      int      `json:"daysBack,omitempty"`
	LastRunAt     Millis   `json:"lastRunAt,omitempty"`
	LastRunStatus string   `json:"lastRunStatus,omitempty"`
}

// SATProvider is how far the download provider has come.
type SATProvider struct {
	Synced     bool   `json:"synced"`
	SyncFrom   string `json:"sync_from,omitempty"`
	LastSync   string `json:"last_sync,omitempty"`
	MonthlyCap int    `json:"monthly_cap,omitempty"`
	Message    string `json:"message,omitempty"`
}

// ListSATDownloadHistory lists the last requests. There are never more than 20,
// and no pages.
var ListSATDownloadHistory = Endpoint[struct{}, SATDownloadHistory]{
	Name:  "list_sat_download_history",
	Route: "GET /invoices/download/schedule/history",
	Risk:  risk.Read,
	Title: "List download requests",
	Doc:   "List the last 20 bulk downloads.",
}

// SATDownloadHistory is the last requests.
type SATDownloadHistory struct {
	History []SATDownloadRequest `json:"history"`
}

// CreateSATDownloadRequest asks the SAT for a period of CFDI.
//
// It asks the SAT for the CFDI of up to one month; cfdi charges about 0.20 MXN per XML,
// metadata lists them without. Takes minutes to hours: poll get_sat_download_request,
// then download_sat_package. Look in list_sat_invoices first.
var CreateSATDownloadRequest = Endpoint[CreateSATDownloadRequestInput, SATDownloadRequest]{
	Name:  "create_sat_download_request",
	Route: "POST /invoices/download/request",
	Risk:  risk.Fiscal,
	Title: "Request a bulk download",
	Doc:   "Ask the SAT for a month of CFDI, billed per XML; poll get_sat_download_request.",
	Undo:  "A request cannot be called back; what it downloads is billed.",
}

// CreateSATDownloadRequestInput is the CFDI wanted.
type CreateSATDownloadRequestInput struct {
	StartDate    Day            `json:"start_date"` // first day, at most 71 months back
	EndDate      Day            `json:"end_date"`   // last day
	RequestType  SATRequestType `json:"request_type" doc:"metadata has no XML."`
	RFCType      SATDirection   `json:"rfc_type"`                          // side of the team's RFC
	RFC          *RFC           `json:"rfc,omitempty" doc:"Counterparty."` // only with this counterparty
	DocumentType *VoucherType   `json:"document_type,omitempty"`           // only this type
	Status       *VoucherStatus `json:"status,omitempty"`                  // only in this state
}

// SATRequestType is what a request brings.
type SATRequestType string

// Choices lists both kinds.
func (SATRequestType) Choices() []Choice {
	return []Choice{{"metadata", "a list without XML"}, {"cfdi", "every XML"}}
}

// GetSATDownloadRequest reads how far a request has come.
//
// A request is pending, accepted, processing, then completed (package_ids for
// download_sat_package), failed or expired.
var GetSATDownloadRequest = Endpoint[SATDownloadRequestRef, SATDownloadRequest]{
	Name:  "get_sat_download_request",
	Route: "GET /invoices/download/status/{requestId}",
	Risk:  risk.Read,
	Title: "Read a download request",
	Doc:   "Read a bulk download: when completed, package_ids.",
}

// SATDownloadRequestRef names a request.
type SATDownloadRequestRef struct {
	RequestID string `json:"requestId"`
}

// SATDownloadRequest is a request as gigstack stores it; not every answer has all
// of it.
type SATDownloadRequest struct {
	ID                string   `json:"id"`
	Status            string   `json:"status,omitempty" doc:"pending, accepted, processing, completed, failed or expired."`
	StatusMessage     string   `json:"statusMessage,omitempty"`
	PackageIDs        []string `json:"package_ids,omitempty"`
	RFCType           string   `json:"rfcType,omitempty" doc:"issued or received."`
	StartDate         string   `json:"startDate,omitempty"`
	EndDate           string   `json:"endDate,omitempty"`
	InvoiceCount      *int     `json:"invoiceCount,omitempty" doc:"CFDI found."`
	ProcessedCount    *int     `json:"processedCount,omitempty"`
	Source            string   `json:"source,omitempty" doc:"manual or scheduled."`
	Owner             string   `json:"owner,omitempty"`
	EarliestIssueDate string   `json:"earliestIssueDate,omitempty"`
	LatestIssueDate   string   `json:"latestIssueDate,omitempty"`
	CreatedAt         Millis   `json:"createdAt,omitempty"`
	CompletedAt       Millis   `json:"completedAt,omitempty"`
}

// DownloadSATPackage gets what a request brought.
//
// It gets a package of a completed request: a ZIP of XMLs, or of the list for metadata.
// Packages expire after some days.
var DownloadSATPackage = Endpoint[SATPackageRef, SATPackage]{
	Name:  "download_sat_package",
	Route: "GET /invoices/download/package/{packageId}",
	Risk:  risk.Read,
	Title: "Download a package",
	Doc:   "Get a ZIP of package_ids.",
	Large: true,
}

// SATPackageRef names a package.
type SATPackageRef struct {
	PackageID string `json:"packageId"` // one of the request's package_ids
}

// SATPackage is a ZIP.
type SATPackage struct {
	Content  Download `json:"content"`
	Encoding string   `json:"encoding,omitempty"`
	Filename string   `json:"filename,omitempty"`
}

// FetchSATInvoiceXML gets one XML from the SAT. Although a GET it can make a
// charge: it must never be repeated blindly.
//
// It gets one CFDI's XML from the SAT by UUID; may charge one download (about 0.20 MXN).
// For invoices made in gigstack get_invoice_files is free.
var FetchSATInvoiceXML = Endpoint[SATInvoiceRef, SATInvoiceXML]{
	Name:  "fetch_sat_invoice_xml",
	Route: "GET /invoices/download/invoice/{uuid}",
	Risk:  risk.Fiscal,
	Title: "Fetch one XML",
	Doc:   "Get any CFDI's XML from the SAT, may be billed; own invoices: get_invoice_files.",
	Undo:  "A download that was charged stays charged.",
	Large: true,
}

// SATInvoiceXML is one XML.
type SATInvoiceXML struct {
	UUID          string   `json:"uuid,omitempty"`
	XML           Download `json:"xml"`
	CreditCharged bool     `json:"credit_charged" doc:"One download was charged."`
}
