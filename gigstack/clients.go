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
var ListClients = Endpoint[ListClientsInput, Page[Client]]{
	Name:  "list_clients",
	Route: "GET /clients",
	Risk:  risk.Read,
	Title: "List clients",
	Doc:   "List the team's clients, newest first. To find one by name, RFC or e-mail use search_clients.",
}

// ListClientsInput filters the clients.
type ListClientsInput struct {
	Paging
	ListFilter
}

// SearchClients finds clients by their words.
var SearchClients = Endpoint[Search, Page[Client]]{
	Name:  "search_clients",
	Route: "GET /clients/search",
	Risk:  risk.Read,
	Title: "Search clients",
	Doc:   "Find clients by name, RFC or e-mail, forgiving typos. One created a moment ago may be missing: list_clients has it.",
}

// GetClient reads one client.
var GetClient = Endpoint[ClientRef, Client]{
	Name:  "get_client",
	Route: "GET /clients/{id}",
	Risk:  risk.Read,
	Title: "Read a client",
	Doc:   "Read one client: fiscal data, is_valid (the SAT accepts it), efos (false: on the 69-B list) and automation defaults.",
}

// ClientRef names one client.
type ClientRef struct {
	ID string `json:"id" doc:"Client id (client_…)."`
}

// UpdateClient changes the fields that are sent.
var UpdateClient = Endpoint[UpdateClientInput, Client]{
	Name:  "update_client",
	Route: "PUT /clients/{id}",
	Risk:  risk.Write,
	Title: "Update a client",
	Doc:   "Change fields of a client; those left out stay. The SAT checks run again: read is_valid in the answer. Send a whole address, since gigstack may replace it. Issued documents keep the old data.",
	Undo:  "Send the old values with update_client; fields that were empty cannot be emptied.",
	Back:  `update_client {"id":"$args.id","*":"$was"}`,
}

// UpdateClientInput is the client and the fields to change.
type UpdateClientInput struct {
	ID string `json:"id" doc:"Client id (client_…)."`
	ClientFields
}

// CreateClient adds a client, or finds the one that is there.
var CreateClient = Endpoint[CreateClientInput, Client]{
	Name:  "create_client",
	Route: "POST /clients",
	Risk:  risk.Write,
	Title: "Create a client",
	Doc:   "Create a client; with search (exact match) return the one there is, or update it, and create one only if there is none. To be invoiced it needs legal_name, tax_id, tax_system and address.zip as the SAT has them. Read is_valid in the answer; validate_client checks again.",
	Undo:  "delete_client removes it; a search may have found a client that was there before.",
	Back:  `delete_client {"id":"$data.id"} if $args.search=`,
}

// CreateClientInput is a new client. It needs at least one of name, email, legal
// name and tax id.
type CreateClientInput struct {
	Search *UpsertSearch `json:"search,omitempty" doc:"Look for an existing client first; several matches are an error."`
	ClientFields
}

// UpsertSearch looks for a client before creating it.
type UpsertSearch struct {
	OnKey   ClientSearchKey `json:"on_key" doc:"Field to compare."`
	OnValue string          `json:"on_value" doc:"Value to find."`
	Update  *bool           `json:"update,omitempty" doc:"Overwrite the match with the fields beside; false returns it untouched."`
}

// ValidateClient asks the SAT about a client's fiscal data.
var ValidateClient = Endpoint[ClientRef, Client]{
	Name:  "validate_client",
	Route: "POST /clients/validate/{id}",
	Risk:  risk.Write,
	Title: "Validate a client",
	Doc:   "Check a client's RFC, legal name, regime and zip at the SAT and store the result. Use before stamping. When is_valid is false, read fiscal_validation.message and repair with update_client.",
	Undo:  "Nothing to take back: only the SAT's word is stored.",
}

// UploadClientCSF makes a client of its tax-status certificate.
var UploadClientCSF = Endpoint[UploadClientCSFInput, Client]{
	Name:  "upload_client_csf",
	Route: "POST /clients/csf",
	Risk:  risk.Write,
	Title: "Upload a client's tax-status certificate",
	Doc:   "Read RFC, legal name, regime and zip from a SAT tax-status certificate (Constancia de Situación Fiscal) in PDF: into the client named by client_id, else into a new one. Read is_valid in the answer.",
	Undo:  "delete_client removes a new client; an overwritten one gets its old values with update_client, but what was empty cannot be emptied.",
	Back: `delete_client {"id":"$data.id"} if $args.client_id= else ` +
		`update_client {"id":"$args.client_id","legal_name":"$was.legal_name","tax_id":"$was.tax_id","tax_system":"$was.tax_system","address":"$was.address"} if $was`,
}

// UploadClientCSFInput is the certificate, and whose it is.
type UploadClientCSFInput struct {
	Form
	ClientID *string `json:"client_id,omitempty" doc:"Client to overwrite (client_…); a new one when absent."`
	File     CSFFile `json:"file" doc:"Certificate, PDF up to 5 MiB."`
}

// CreateClientPortalLink mints a link into a client's portal.
var CreateClientPortalLink = Endpoint[PortalLinkInput, PortalLink]{
	Name:  "create_client_portal_link",
	Route: "POST /clients/customerportal",
	Risk:  risk.Outward,
	Title: "Create a client portal link",
	Doc:   "Mint a link, good for about five days, that lets its holder see the client's documents and self-invoice. Give exactly one of id and email.",
	Undo:  "The link expires by itself after about five days.",
}

// PortalLinkInput names the client by exactly one of its fields.
type PortalLinkInput struct {
	ID    *string `json:"id,omitempty" doc:"Client id (client_…); or email."`
	Email *string `json:"email,omitempty" doc:"Client's e-mail; or id."`
}

// PortalLink lets whoever holds it into a client's portal.
type PortalLink struct {
	URL       SecretLink `json:"url,omitempty"`
	ExpiresAt int64      `json:"expires_at,omitempty" doc:"Unix seconds or milliseconds."`
}

// StampClientPendingReceipts invoices what a client has not yet claimed.
var StampClientPendingReceipts = Endpoint[ClientRef, StampedReceipts]{
	Name:  "stamp_client_pending_receipts",
	Route: "POST /clients/{id}/stamp-pending-receipts",
	Risk:  risk.Fiscal,
	Title: "Stamp a client's pending receipts",
	Doc:   "Turn up to 100 pending receipts of a client into invoices in its name. Some may fail while others are stamped: read failed and results, and call again while remaining is above 0. get_receipt then tells the invoice of each.",
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
var DeleteClient = Endpoint[ClientRef, Deleted]{
	Name:  "delete_client",
	Route: "DELETE /clients/{id}",
	Risk:  risk.Destructive,
	Title: "Delete a client",
	Doc:   "Remove a client for good. Documents issued to it keep their copy of its data.",
	Undo:  "Cannot be undone; create_client makes a new one, with another id.",
}
