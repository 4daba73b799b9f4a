package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// SATDownload is the page of bulk download from the SAT.
var SATDownload = Resource{
	Name: "sat_download",
	Doc:  "Bulk download of CFDI from the SAT: activation, FIEL, schedule, requests and their packages. Each XML costs.",
	Endpoints: []Operation{
		GetSATDownloadActivation, ActivateSATDownload, DeactivateSATDownload, UploadSATFIEL, RegisterSATBusiness,
		GetSATDownloadSchedule, SaveSATDownloadSchedule, EnableSATSync, DebugSATDownload,
		ListSATDownloadHistory, CreateSATDownloadRequest, GetSATDownloadRequest, DownloadSATPackage, FetchSATInvoiceXML,
	},
}

// GetSATDownloadActivation tells whether bulk download is on.
//
// The answer also has the price of an XML. activate_sat_download settles
// needs_activation and needs_addon; needs_upgrade takes a paid plan, in gigstack's app.
// Then get_sat_download_schedule.
var GetSATDownloadActivation = Endpoint[struct{}, SATActivation]{
	Name:  "get_sat_download_activation",
	Route: "GET /invoices/download/activate/status",
	Risk:  risk.Read,
	Title: "Is bulk download on?",
	Doc:   "Whether bulk SAT download is on, and its price.",
}

// SATActivation is whether bulk download is on, and what it costs.
type SATActivation struct {
	Status              string     `json:"status" doc:"active, needs_activation, needs_addon or needs_upgrade."`
	PlanIncludesFeature bool       `json:"planIncludesFeature"`
	IsActivated         bool       `json:"isActivated"`
	Pricing             SATPricing `json:"pricing"`
}

// SATPricing is prices in words, such as "$0.20 MXN".
type SATPricing struct {
	PerDownload  string `json:"perDownload,omitempty" doc:"Per XML."`
	AddonMonthly string `json:"addonMonthly,omitempty"`
}

// ActivateSATDownload turns bulk download on.
//
// It adds metered billing (about 0.20 MXN per XML) to the subscription. Next: the FIEL,
// then save_sat_download_schedule or create_sat_download_request.
var ActivateSATDownload = Endpoint[struct{}, SATSwitched]{
	Name:  "activate_sat_download",
	Route: "POST /invoices/download/activate",
	Risk:  risk.Fiscal,
	Title: "Turn bulk download on",
	Doc:   "Turn bulk SAT download on; each XML is billed.",
	Undo:  "deactivate_sat_download ends it; XMLs downloaded until then are billed.",
	Back:  `deactivate_sat_download {}`,
}

// DeactivateSATDownload turns bulk download off.
//
// The schedule stops at once, downloads made are still billed. To pause it, rather
// save_sat_download_schedule with enabled false.
var DeactivateSATDownload = Endpoint[struct{}, SATSwitched]{
	Name:  "deactivate_sat_download",
	Route: "POST /invoices/download/deactivate",
	Risk:  risk.Critical,
	Title: "Turn bulk download off",
	Doc:   "Turn bulk SAT download off; to pause: save_sat_download_schedule.",
	Undo:  "activate_sat_download turns it on again; the schedule has to be switched on anew.",
	Back:  `activate_sat_download {}`,
}

// SATSwitched is the state of bulk download after it was turned on or off.
type SATSwitched struct {
	Type   string `json:"type,omitempty" doc:"included in the plan, or addon."`
	Status string `json:"status,omitempty"`
}

// UploadSATFIEL stores the FIEL that signs the downloads.
//
// It stores the company's FIEL (e.firma, not the CSD) for bulk download; with
// sync_start_date and phone it also registers the RFC and starts syncing. Prefer
// get_team_onboarding_url: there the person uploads it on gigstack's own page.
var UploadSATFIEL = Endpoint[UploadSATFIELInput, SATFIEL]{
	Name:  "upload_sat_fiel",
	Route: "POST /invoices/download/fiel",
	Risk:  risk.Critical,
	Title: "Upload the FIEL",
	Doc:   "Store the FIEL (not the CSD) for bulk download; better the person, at get_team_onboarding_url.",
	Undo:  "No call removes it; another upload replaces it, and the SAT can revoke the certificate.",
}

// UploadSATFIELInput is a FIEL.
type UploadSATFIELInput struct {
	Form
	Cert          CertFile `json:"cert"` // FIEL .cer
	Key           KeyFile  `json:"key"`  // FIEL .key
	Password      Secret   `json:"password"`
	SyncStartDate *Day     `json:"sync_start_date,omitempty" doc:"Registers, with phone."` // start of history, at most 71 months back; registers, with phone
	Phone         *string  `json:"phone,omitempty"`                                        // international, for the registration
}

func (in UploadSATFIELInput) secret() Secret { return in.Password }

// SATFIEL is the FIEL as stored, without its key.
type SATFIEL struct {
	RFC               string `json:"rfc,omitempty"`
	ExpiresAt         Millis `json:"expires_at,omitempty"`
	ExpiresAtReadable string `json:"expires_at_readable,omitempty"`
	SerialNumber      Scalar `json:"serial_number,omitempty"`
	SyncStartDate     string `json:"sync_start_date,omitempty"`
	Phone             string `json:"phone,omitempty"`
	Registered        bool   `json:"registered"`
	RegisteredAt      Millis `json:"registered_at,omitempty"`
}

// RegisterSATBusiness registers the RFC with the download provider by hand.
//
// It registers the RFC for bulk download where upload_sat_fiel did not (registered
// false). Its whole history, up to 71 months, may then be fetched and charged per XML:
// cap it with max_monthly_invoices.
var RegisterSATBusiness = Endpoint[RegisterSATBusinessInput, SATRegistration]{
	Name:  "register_sat_business",
	Route: "POST /invoices/download/register",
	Risk:  risk.Fiscal,
	Title: "Register for bulk download",
	Doc:   "Register the RFC for bulk download: 71 months may be billed, cap with max_monthly_invoices.",
	Undo:  "deactivate_sat_download ends it; XMLs downloaded until then are billed.",
}

// RegisterSATBusinessInput is what a registration says.
type RegisterSATBusinessInput struct {
	Phone              string  `json:"phone"`                                                 // international
	SyncStartDate      Day     `json:"sync_start_date"`                                       // first day to sync; gigstack may go back further
	LegalName          *string `json:"legal_name,omitempty"`                                  // fiscal name
	MaxMonthlyInvoices *int    `json:"max_monthly_invoices,omitempty" jsonschema:"minimum=1"` // most XMLs a month
}

// SATRegistration is a registration as it came out.
type SATRegistration struct {
	Registered    bool   `json:"registered"`
	RegisteredAt  Millis `json:"registered_at,omitempty"`
	SyncStartDate string `json:"sync_start_date,omitempty"`
}

// EnableSATSync switches synchronisation on.
//
// Low-level switch of automatic synchronisation; prefer save_sat_download_schedule. XMLs
// it fetches are charged.
var EnableSATSync = Endpoint[EnableSATSyncInput, SATSync]{
	Name:  "enable_sat_sync",
	Route: "POST /invoices/download/enable-sync",
	Risk:  risk.Write,
	Title: "Switch SAT sync on",
	Doc:   "Low-level; prefer save_sat_download_schedule.",
	Undo:  "deactivate_sat_download stops all downloads.",
}

// EnableSATSyncInput is empty.
type EnableSATSyncInput struct{}

// Risk is that of charges: XMLs are fetched from then on.
func (EnableSATSyncInput) Risk() risk.Level { return risk.Fiscal }

// SATSync says whether synchronisation is on.
type SATSync struct {
	Enabled bool `json:"enabled"`
}

// DebugSATDownload looks into everything at once.
var DebugSATDownload = Endpoint[struct{}, SATDebug]{
	Name:  "debug_sat_download",
	Route: "GET /invoices/download/debug",
	Risk:  risk.Read,
	Title: "Troubleshoot bulk download",
	Doc:   "Why bulk downloads do not come.",
}

// SATDebug is a dump for people who search for a fault; its parts are in no fixed
// form.
type SATDebug struct {
	FIEL            Dump `json:"fiel,omitempty"`
	Registration    Dump `json:"registration,omitempty"`
	Schedule        Dump `json:"schedule,omitempty"`
	SATConnectivity Dump `json:"sat_connectivity,omitempty"`
}
