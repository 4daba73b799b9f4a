package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Webhooks is the page about notifications to a server of one's own.
var Webhooks = Resource{
	Name:      "webhooks",
	Doc:       "Where gigstack posts notifications of what happens; shared by live and test.",
	Endpoints: []Operation{ListWebhooks, CreateWebhook, GetWebhook, UpdateWebhook, DeleteWebhook},
}

// ListWebhooks pages through the team's endpoints.
//
// Signing secrets are never shown.
var ListWebhooks = Endpoint[ListWebhooksInput, Page[Webhook]]{
	Name:  "list_webhooks",
	Route: "GET /webhooks",
	Risk:  risk.Read,
	Title: "List webhooks",
	Doc:   "List webhooks.",
}

// ListWebhooksInput filters the endpoints.
type ListWebhooksInput struct {
	Paging
	Status *WebhookStatus `json:"status,omitempty"` // only those in this state
}

// WebhookStatus says whether events are delivered.
type WebhookStatus string

// Choices lists the two states.
func (WebhookStatus) Choices() []Choice { return []Choice{{"active", ""}, {"inactive", ""}} }

// CreateWebhook registers an endpoint.
//
// It has gigstack post events to an https address, live and test alike (livemode in each
// event tells). Full documents leave for that address. Look with list_webhooks first: a
// second one doubles every event.
var CreateWebhook = Endpoint[CreateWebhookInput, Webhook]{
	Name:  "create_webhook",
	Route: "POST /webhooks",
	Risk:  risk.Outward,
	Title: "Create a webhook",
	Doc:   "Post events with full documents to a URL; list_webhooks first.",
	Undo:  "delete_webhook stops it; what was sent stays sent.",
	Back:  `delete_webhook {"id":"$data.id"}`,
}

// CreateWebhookInput is a new endpoint.
type CreateWebhookInput struct {
	URL    WebhookURL     `json:"url" doc:"https." jsonschema:"maxLength=4096"` // https address that answers 2xx within 5 s
	Events []WebhookEvent `json:"events" jsonschema:"maxItems=26"`              // events to send
	WebhookFields
}

// WebhookFields is what may be said about an endpoint. The headers gigstack could
// send along are secrets and are left to its own pages.
type WebhookFields struct {
	Description *string         `json:"description,omitempty" jsonschema:"maxLength=1000"`
	Status      *WebhookStatus  `json:"status,omitempty"`  // A new one is active
	Version     *WebhookVersion `json:"version,omitempty"` // payload version
	Type        *WebhookType    `json:"type,omitempty" doc:"Leave out but in master teams."`
	Signing     *SigningSwitch  `json:"signing,omitempty"`                                       // signed deliveries
	OperationID *OperationID    `json:"operation_id,omitempty" doc:"UUIDv4 against repetition."` // UUIDv4: repeated with the same one, nothing is done twice
}

// WebhookURL is where events are posted. gigstack takes https only; http to this
// very machine is for the sandbox, which posts to nothing else.
type WebhookURL string

// Pattern is what an address begins with. A user before the host would hide whose host
// it is.
func (WebhookURL) Pattern() string {
	return `^(https://[^/?#@\\\s]+([/?#]|$)|http://(127\.0\.0\.1|localhost)(:\d+)?(/|$))`
}

// WebhookEvent is something gigstack tells about. gigstack knows a few more that
// no public page promises.
type WebhookEvent string

// Choices lists the public events.
func (WebhookEvent) Choices() []Choice {
	return []Choice{
		{"payment.created", ""}, {"payment.updated", ""}, {"payment.succeeded", ""}, {"payment.canceled", ""}, {"payment.deleted", ""}, {"payment.upcoming_due_date", ""},
		{"invoice.created", ""}, {"invoice.canceled", ""}, {"invoice.failed", ""},
		{"receipt.created", ""}, {"receipt.updated", ""}, {"receipt.completed", ""}, {"receipt.deleted", ""},
		{"customer.created", ""}, {"customer.updated", ""}, {"customer.deleted", ""},
		{"service.created", ""}, {"service.updated", ""}, {"service.deleted", ""},
	}
}

// WebhookVersion is a form of the deliveries.
type WebhookVersion string

// Choices lists the forms.
func (WebhookVersion) Choices() []Choice { return []Choice{{"v1", ""}, {"v2", ""}} }

// WebhookType is whose events an endpoint gets.
type WebhookType string

// Choices lists the one special type.
func (WebhookType) Choices() []Choice {
	return []Choice{{"gigstack_connect", "events about teams; master teams only"}}
}

// SigningSwitch turns signed deliveries on or off.
type SigningSwitch struct {
	Enabled bool  `json:"enabled"`
	Rotate  *bool `json:"rotate,omitempty"` // make a new secret
}

// OperationID is a UUIDv4 of the caller's that names one intended change.
type OperationID string

// Pattern is what a UUIDv4 looks like in lower case.
func (OperationID) Pattern() string {
	return `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`
}

// GetWebhook reads one endpoint.
var GetWebhook = Endpoint[WebhookRef, Webhook]{
	Name:  "get_webhook",
	Route: "GET /webhooks/{id}",
	Risk:  risk.Read,
	Title: "Read a webhook",
	Doc:   "Read a webhook.",
}

// WebhookRef names one endpoint.
type WebhookRef struct {
	ID string `json:"id"`
}

// UpdateWebhook changes the fields that are sent.
//
// It changes where events are posted, which, or whether at all (status), live and test
// alike; what is left out stays. Pass expected_revision from get_webhook, so that
// nobody's change is lost.
var UpdateWebhook = Endpoint[UpdateWebhookInput, Webhook]{
	Name:  "update_webhook",
	Route: "PUT /webhooks/{id}",
	Risk:  risk.Outward,
	Title: "Update a webhook",
	Doc:   "Change a webhook.",
	Undo:  "Set the old values again; what was sent meanwhile stays sent, and a rotated secret is gone.",
	Back:  `update_webhook {"id":"$args.id","operation_id":null,"expected_revision":null,"*":"$was"}`,
}

// UpdateWebhookInput is the endpoint and the fields to change.
type UpdateWebhookInput struct {
	ID     string         `json:"id"`
	URL    *WebhookURL    `json:"url,omitempty" jsonschema:"maxLength=4096"` // https address that answers 2xx within 5 s
	Events []WebhookEvent `json:"events,omitzero" jsonschema:"maxItems=26"`  // all events to send; may be empty while inactive
	WebhookFields
	ExpectedRevision *Revision `json:"expected_revision,omitempty" doc:"revision as last read."` // revision as last read; refused when it changed
}

// DeleteWebhook removes an endpoint.
var DeleteWebhook = Endpoint[DeleteWebhookInput, Deleted]{
	Name:  "delete_webhook",
	Route: "DELETE /webhooks/{id}",
	Risk:  risk.Destructive,
	Title: "Delete a webhook",
	Doc:   "Delete a webhook.",
	Undo:  "create_webhook makes a new one.",
	Back:  `create_webhook {"url":"$was.url","events":"$was.events"}`,
}

// DeleteWebhookInput names the endpoint, and optionally the state it was seen in.
type DeleteWebhookInput struct {
	ID               string    `json:"id"`
	ExpectedRevision *Revision `json:"expected_revision,omitempty" doc:"revision as last read."` // revision as last read; refused when it changed
}

// Revision identifies a state of a record.
type Revision string

// Pattern is what a revision looks like.
func (Revision) Pattern() string { return `^[0-9a-f]{64}$` }

// Webhook is an endpoint as gigstack stores it. Its secrets are never returned.
type Webhook struct {
	ID          string           `json:"id"`
	URL         string           `json:"url"`
	Events      []string         `json:"events"`
	Status      string           `json:"status,omitempty"`
	Description string           `json:"description,omitempty"`
	Owner       string           `json:"owner,omitempty" doc:"User id."`
	Version     string           `json:"version,omitempty"`
	Type        string           `json:"type,omitempty"`
	Revision    string           `json:"revision,omitempty"`
	EffectScope string           `json:"effect_scope,omitempty"`
	Security    *WebhookSecurity `json:"security,omitempty"`
	Signing     *WebhookSigning  `json:"signing,omitempty"`
	CreatedAt   Millis           `json:"created_at,omitempty"`
}

// WebhookSecurity says which headers are sent along, without their values.
type WebhookSecurity struct {
	HeaderNames []string `json:"header_names,omitempty"`
	Configured  bool     `json:"configured"`
	Status      string   `json:"status,omitempty" doc:"not_configured, configured, pending or failed."`
}

// WebhookSigning says whether deliveries are signed.
type WebhookSigning struct {
	Enabled    bool   `json:"enabled"`
	Configured bool   `json:"configured"`
	Status     string `json:"status,omitempty" doc:"disabled, configured, pending or failed."`
}
