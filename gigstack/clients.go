package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Clients is the page of those who receive documents.
var Clients = Resource{
	Name: "clients",
	Doc:  "Who documents are for: fiscal data, its validity at the SAT, portal access.",
	Endpoints: []Operation{
		ListClients, GetClient, UpdateClient, CreateClient, ValidateClient, CreateClientPortalLink, StampClientPendingReceipts, DeleteClient,
		SearchClients, UploadClientCSF, UploadClientSupportDocument, ListClientSupportDocuments,
	},
}

// ListClients pages through the clients.
//
// To find one by name, RFC or e-mail use search_clients.
var ListClients = Endpoint[ListClientsInput, Page[Client]]{
	Name:  "list_clients",
	Route: "GET /clients",
	Risk:  risk.Read,
	Title: "List clients",
	Doc:   "List clients; by name or RFC: search_clients.",
}

// ListClientsInput filters the clients.
type ListClientsInput struct {
	Paging
	ListFilter
}

// SearchClients finds clients by their words.
//
// One created a moment ago may be missing: list_clients has it.
var SearchClients = Endpoint[Search, Page[Client]]{
	Name:  "search_clients",
	Route: "GET /clients/search",
	Risk:  risk.Read,
	Title: "Search clients",
	Doc:   "Find clients by name, RFC or e-mail; the newest may be missing.",
}

// GetClient reads one client.
//
// The answer has fiscal data, is_valid (the SAT accepts it), efos (false: on the 69-B
// list) and automation defaults.
var GetClient = Endpoint[ClientRef, Client]{
	Name:  "get_client",
	Route: "GET /clients/{id}",
	Risk:  risk.Read,
	Title: "Read a client",
	Doc:   "Read a client: fiscal data, is_valid (for the SAT), efos (69-B).",
}

// ClientRef names one client.
type ClientRef struct {
	ID string `json:"id"`
}

// UpdateClient changes the fields that are sent.
//
// Those left out stay. The SAT checks run again: read is_valid in the answer. Send a
// whole address, since gigstack may replace it. Issued documents keep the old data.
var UpdateClient = Endpoint[UpdateClientInput, Client]{
	Name:  "update_client",
	Route: "PUT /clients/{id}",
	Risk:  risk.Write,
	Title: "Update a client",
	Doc:   "Change fields of a client; send address whole.",
	Undo:  "Send the old values with update_client; fields that were empty cannot be emptied.",
	Back:  `update_client {"id":"$args.id","*":"$was"}`,
}

// UpdateClientInput is the client and the fields to change.
type UpdateClientInput struct {
	ID string `json:"id"`
	ClientFields
}

// CreateClient adds a client, or finds the one that is there.
//
// With search (exact match) it returns the client there is, or updates it, and creates
// one only if there is none. To be invoiced it needs legal_name, tax_id, tax_system and
// address.zip as the SAT has them. Read is_valid in the answer; validate_client checks
// again.
var CreateClient = Endpoint[CreateClientInput, Client]{
	Name:  "create_client",
	Route: "POST /clients",
	Risk:  risk.Write,
	Title: "Create a client",
	Doc:   "Create a client, or with search find or update one. Invoices need legal_name, tax_id, tax_system, address.zip as the SAT has them.",
	Undo:  "delete_client removes it; a search may have found a client that was there before.",
	Back:  `delete_client {"id":"$data.id"} if $args.search=`,
}

// CreateClientInput is a new client. It needs at least one of name, email, legal
// name and tax id.
type CreateClientInput struct {
	Search *UpsertSearch `json:"search,omitempty" doc:"Existing client."` // look for an existing client first; several matches are an error
	ClientFields
}

// UpsertSearch looks for a client before creating it.
type UpsertSearch struct {
	OnKey   ClientSearchKey `json:"on_key"`
	OnValue string          `json:"on_value"`
	Update  *bool           `json:"update,omitempty" doc:"Overwrite it."` // overwrite the match with the fields beside; false returns it untouched
}

// ValidateClient asks the SAT about a client's fiscal data.
//
// Use before stamping. When is_valid is false, read fiscal_validation.message and repair
// with update_client.
var ValidateClient = Endpoint[ClientRef, Client]{
	Name:  "validate_client",
	Route: "POST /clients/validate/{id}",
	Risk:  risk.Write,
	Title: "Validate a client",
	Doc:   "Check a client's fiscal data at the SAT before stamping.",
	Undo:  "Nothing to take back: only the SAT's word is stored.",
}

// UploadClientCSF makes a client of its tax-status certificate.
//
// It reads RFC, legal name, regime and zip from a SAT tax-status certificate (Constancia
// de Situación Fiscal) in PDF: into the client named by client_id, else into a new one.
// Read is_valid in the answer.
var UploadClientCSF = Endpoint[UploadClientCSFInput, Client]{
	Name:  "upload_client_csf",
	Route: "POST /clients/csf",
	Risk:  risk.Write,
	Title: "Upload a client's tax-status certificate",
	Doc:   "Create or overwrite a client from its Constancia de Situación Fiscal.",
	Undo:  "delete_client removes a new client; an overwritten one gets its old values with update_client, but what was empty cannot be emptied.",
	Back: `delete_client {"id":"$data.id"} if $args.client_id= else ` +
		`update_client {"id":"$args.client_id","legal_name":"$was.legal_name","tax_id":"$was.tax_id","tax_system":"$was.tax_system","address":"$was.address"} if $was`,
}

// UploadClientCSFInput is the certificate, and whose it is.
type UploadClientCSFInput struct {
	Form
	ClientID *string `json:"client_id,omitempty" doc:"To overwrite."` // client to overwrite; a new one when absent
	File     CSFFile `json:"file"`                                    // certificate, PDF up to 5 MiB
}

// CreateClientPortalLink mints a link into a client's portal.
//
// Give exactly one of id and email.
var CreateClientPortalLink = Endpoint[PortalLinkInput, PortalLink]{
	Name:  "create_client_portal_link",
	Route: "POST /clients/customerportal",
	Risk:  risk.Outward,
	Title: "Create a client portal link",
	Doc:   "Make a link into a client's portal, by id or email.",
	Undo:  "The link expires by itself after about five days.",
}

// PortalLinkInput names the client by exactly one of its fields.
type PortalLinkInput struct {
	ID    *string `json:"id,omitempty"`    // client id; or email
	Email *string `json:"email,omitempty"` // client's e-mail; or id
}

// PortalLink lets whoever holds it into a client's portal.
type PortalLink struct {
	URL       SecretLink `json:"url,omitempty"`
	ExpiresAt Seconds    `json:"expires_at,omitempty"`
}

// StampClientPendingReceipts invoices what a client has not yet claimed.
//
// At most 100 pending receipts become invoices in its name. Some may fail while others
// are stamped: read failed and results, and call again while remaining is above 0.
// get_receipt then tells the invoice of each.
var StampClientPendingReceipts = Endpoint[ClientRef, StampedReceipts]{
	Name:  "stamp_client_pending_receipts",
	Route: "POST /clients/{id}/stamp-pending-receipts",
	Risk:  risk.Fiscal,
	Title: "Stamp a client's pending receipts",
	Doc:   "Invoice up to 100 pending receipts of a client; repeat while remaining > 0.",
	Undo:  "Each invoice can only be cancelled by the SAT's rules (cancel_invoice).",
}

// StampedReceipts is what became of each receipt.
type StampedReceipts struct {
	Stamped   int              `json:"stamped"`
	Failed    int              `json:"failed"`
	Remaining int              `json:"remaining" doc:"Still pending: call again."`
	Results   []StampedReceipt `json:"results,omitempty"`
}

// StampedReceipt is what became of one receipt.
type StampedReceipt struct {
	ID     string `json:"id"`
	Status string `json:"status" doc:"stamped or failed."`
	Error  string `json:"error,omitempty"`
}

// DeleteClient removes a client.
//
// Documents issued to it keep their copy of its data.
var DeleteClient = Endpoint[ClientRef, Deleted]{
	Name:  "delete_client",
	Route: "DELETE /clients/{id}",
	Risk:  risk.Destructive,
	Title: "Delete a client",
	Doc:   "Delete a client; its documents stay.",
	Undo:  "Cannot be undone; create_client makes a new one, with another id.",
}
