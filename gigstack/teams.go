package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Teams is the page about companies: one team is one taxpayer with one RFC.
var Teams = Resource{
	Name: "teams",
	Doc:  "Companies (one RFC each) of the billing account: fiscal data, series, settings, members, onboarding.",
	Endpoints: []Operation{
		ListTeams, GetTeam, GetTeamIntegrations, ListTeamSeries, GetTeamOnboardingURL,
		UpdateTeam, UpdateTeamSeries, UpdateTeamSettings, CreateTeam, AddTeamMember, RemoveTeamMember, CreateTeamSeries, DeleteTeam,
		UploadTeamCSD, SignTeamManifest,
	},
}

// ListTeams pages through the teams that the key can see: its own, or for a
// master team every one of the billing account.
//
// A key reaches its own, or with gigstack Connect all of the billing account. Their ids
// are what the team argument takes.
var ListTeams = Endpoint[ListTeamsInput, Page[Team]]{
	Name:    "list_teams",
	Route:   "GET /teams",
	Risk:    risk.Read,
	Title:   "List teams",
	Doc:     "List the companies this key reaches; team takes their ids.",
	Account: true,
}

// ListTeamsInput filters the teams.
type ListTeamsInput struct {
	Paging
	AccountFilter
}

// AccountFilter is what the lists of teams and users can be filtered and sorted
// by. They know no metadata.
type AccountFilter struct {
	OrderBy    *AccountOrder  `json:"order_by,omitempty"`    // sort field; timestamp when absent
	Sort       *SortDirection `json:"sort,omitempty"`        // descending when absent
	CreatedGTE *Since         `json:"created_gte,omitempty"` // from this day (YYYY-MM-DD, Mexico City), RFC 3339 time or unix seconds
	CreatedLTE *Until         `json:"created_lte,omitempty"` // to the end of this day, or to this time, inclusive
}

// AccountOrder is a field that teams and users can be sorted by.
type AccountOrder string

// Choices lists the sort fields.
func (AccountOrder) Choices() []Choice { return []Choice{{"timestamp", "creation time"}, {"name", ""}} }

// GetTeam reads one team.
//
// The answer has fiscal data, settings, members, integrations, credits and its
// certificate. Look here first when nothing stamps: sat.completed, sat.csd_expires_at,
// used_credits.
var GetTeam = Endpoint[TeamRef, Team]{
	Name:  "get_team",
	Route: "GET /teams/{id}",
	Risk:  risk.Read,
	Title: "Read a team",
	Doc:   "Read a company: fiscal data, settings, members, credits, sat.csd_expires_at; first look when nothing stamps.",
}

// TeamRef names one team.
type TeamRef struct {
	ID string `json:"id"`
}

// GetTeamIntegrations reads which providers are connected.
//
// Check before request_payment: a card link needs a connected processor.
var GetTeamIntegrations = Endpoint[struct{}, Integrations]{
	Name:  "get_team_integrations",
	Route: "GET /teams/integrations",
	Risk:  risk.Read,
	Title: "Read integrations",
	Doc:   "Read payment processors; card links need one.",
}

// ListTeamSeries lists the invoice series of a team. There are few: they come on
// one page.
var ListTeamSeries = Endpoint[TeamRef, Page[Series]]{
	Name:  "list_team_series",
	Route: "GET /teams/{id}/series",
	Risk:  risk.Read,
	Title: "List series",
	Doc:   "List series and folio counters.",
	Slow:  true,
}

// GetTeamOnboardingURL mints a hosted set-up session. Although a GET it renews
// the password of the certificate upload: it must never be repeated blindly.
//
// Master teams only. Each call makes a new link and renews the upload password, so do
// not repeat it; the link lets in whoever holds it.
var GetTeamOnboardingURL = Endpoint[TeamRef, SecretLink]{
	Name:  "get_team_onboarding_url",
	Route: "GET /teams/{id}/onboarding-url",
	Risk:  risk.Outward,
	Title: "Make an onboarding link",
	Doc:   "Make a one-session link for the owner to upload the CSD; master teams only, do not repeat.",
	Undo:  "A link that was made lets its holder in until its session ends; the former upload password is gone.",
}

// UpdateTeam changes the fields that are sent.
//
// It changes a company's branding, fiscal data, address or support contact; what is left
// out stays. Invoices stamped from now on carry the new data. For automation and
// defaults use update_team_settings.
var UpdateTeam = Endpoint[UpdateTeamInput, Team]{
	Name:  "update_team",
	Route: "PUT /teams/{id}",
	Risk:  risk.Write,
	Title: "Update a team",
	Doc:   "Change a company's fiscal data or branding; defaults: update_team_settings.",
	Undo:  "Send the old values with update_team; invoices stamped meanwhile keep the new ones.",
	Back:  `update_team {"id":"$args.id","*":"$was"}`,
}

// UpdateTeamInput is the team and the fields to change.
type UpdateTeamInput struct {
	ID string `json:"id"`
	TeamFields
}

// TeamFields is what can be said about a team.
type TeamFields struct {
	Brand        *Brand     `json:"brand,omitempty"`                                    // branding
	Address      *Address   `json:"address,omitempty" doc:"zip is the place of issue."` // fiscal address; its zip is the place of issue
	TaxID        *RFC       `json:"tax_id,omitempty"`
	TaxSystem    *TaxSystem `json:"tax_system,omitempty"`
	LegalName    *string    `json:"legal_name,omitempty"`    // name exactly as the SAT has it
	SupportEmail *string    `json:"support_email,omitempty"` // E-mail shown to customers
	SupportPhone *string    `json:"support_phone,omitempty"` // phone shown to customers
}

// Brand is how a team looks to its customers.
type Brand struct {
	Alias          string  `json:"alias"`                     // display name
	PrimaryColor   *Color  `json:"primary_color,omitempty"`   // main colour, #RRGGBB
	SecondaryColor *Color  `json:"secondary_color,omitempty"` // second colour, #RRGGBB
	Logo           *string `json:"logo,omitempty"`
}

// Color is a colour as the web writes it, such as #0A7CFF.
type Color string

// Pattern is what a colour looks like.
func (Color) Pattern() string { return `^#[0-9A-Fa-f]{6}$` }

// UpdateTeamSeries sets the counters of a series.
//
// Lowering the live counter can make gigstack use a folio twice: read list_team_series
// first.
var UpdateTeamSeries = Endpoint[UpdateTeamSeriesInput, Series]{
	Name:  "update_team_series",
	Route: "PUT /teams/{id}/series/{seriesId}",
	Risk:  risk.Write,
	Title: "Update a series",
	Doc:   "Set folio counters; lowering may repeat folios.",
	Undo:  "Set the old number again; folios used in between stay used.",
	Back:  `update_team_series {"id":"$args.id","seriesId":"$args.seriesId","*":"$was"}`,
}

// UpdateTeamSeriesInput is the series and its new counters; at least one.
type UpdateTeamSeriesInput struct {
	ID       string `json:"id"`
	SeriesID string `json:"seriesId"` // series code, such as A
	Live     *int   `json:"live,omitempty" doc:"Last folio used." jsonschema:"minimum=0"`
	Test     *int   `json:"test,omitempty" doc:"Last folio used." jsonschema:"minimum=0"`
}

// Risk rises with the live counter: real invoices are numbered by it, whatever the
// mode of the key.
func (in UpdateTeamSeriesInput) Risk() risk.Level {
	if in.Live != nil {
		return risk.Fiscal
	}
	return risk.Write
}

// CreateTeam adds a team to the billing account.
//
// The company cannot stamp until its owner uploads the CSD through the onboarding link.
// Then: create_team_series, update_team_settings, add_team_member,
// get_team_onboarding_url.
var CreateTeam = Endpoint[CreateTeamInput, Team]{
	Name:    "create_team",
	Route:   "POST /teams",
	Risk:    risk.Write,
	Title:   "Create a team",
	Doc:     "Add a company; its owner uploads the CSD (get_team_onboarding_url).",
	Undo:    "delete_team removes it, while it has no documents.",
	Back:    `delete_team {"id":"$data.id"}`,
	Account: true,
}

// CreateTeamInput is a new team.
type CreateTeamInput struct {
	TeamFields
	GenerateOnboardingURL *bool       `json:"generate_onboarding_url,omitempty"` // also make an onboarding link
	AddMembers            []NewMember `json:"add_members,omitempty"`             // users to add at once
	AddMasterTeamMembers  *bool       `json:"add_master_team_members,omitempty"` // copy the master team's members
}

// Risk rises when people get access or a link that lets its holder in is made.
func (in CreateTeamInput) Risk() risk.Level {
	isTrue := func(b *bool) bool { return b != nil && *b }
	if len(in.AddMembers) > 0 || isTrue(in.AddMasterTeamMembers) || isTrue(in.GenerateOnboardingURL) {
		return risk.Outward
	}
	return risk.Write
}

// NewMember is a user who joins a team.
type NewMember struct {
	ID   string `json:"id"`             // user id (list_users)
	Role *Role  `json:"role,omitempty"` // viewer when absent
}

// Role is what a member of a team may do. A team's owner has no role: an owner
// may do everything.
type Role string

// Choices lists the roles that can be given.
func (Role) Choices() []Choice {
	return []Choice{{"admin", "also deletes and changes the team"}, {"editor", "creates and updates"}, {"viewer", "reads"}}
}

// AddTeamMember lets a user of the billing account into a team.
//
// No mail is sent. For someone new call create_user first; get_team lists the members.
var AddTeamMember = Endpoint[AddTeamMemberInput, struct{}]{
	Name:  "add_team_member",
	Route: "POST /teams/{id}/add-member",
	Risk:  risk.Outward,
	Title: "Add a member",
	Doc:   "Give an existing user access to a team; someone new: create_user.",
	Undo:  "remove_team_member takes the access away.",
	Back:  `remove_team_member {"id":"$args.id","user_id":"$args.user_id"}`,
}

// AddTeamMemberInput is the team, the user and the role.
type AddTeamMemberInput struct {
	ID     string `json:"id"`
	UserID string `json:"user_id"`        // user id (list_users)
	Role   *Role  `json:"role,omitempty"` // viewer when absent
}

// RemoveTeamMember shuts a user out of a team.
//
// The user and other memberships stay. The owner cannot be removed.
var RemoveTeamMember = Endpoint[RemoveTeamMemberInput, struct{}]{
	Name:  "remove_team_member",
	Route: "POST /teams/{id}/remove-member",
	Risk:  risk.Destructive,
	Title: "Remove a member",
	Doc:   "Take a user's access to a team.",
	Undo:  "add_team_member gives the access back.",
	Back:  `add_team_member {"id":"$args.id","user_id":"$args.user_id","role":"$was.role"} if $was.role`,
}

// RemoveTeamMemberInput is the team and the user.
type RemoveTeamMemberInput struct {
	ID     string `json:"id"`
	UserID string `json:"user_id"` // user id (get_team lists members)
}

// CreateTeamSeries adds an invoice series to a team.
//
// No call removes one. Make it the default for a kind of document with
// update_team_settings (default_series).
var CreateTeamSeries = Endpoint[CreateTeamSeriesInput, Series]{
	Name:  "create_team_series",
	Route: "POST /teams/{id}/series",
	Risk:  risk.Write,
	Title: "Create a series",
	Doc:   "Add an invoice series, for good.",
	Undo:  "No tool removes a series.",
}

// CreateTeamSeriesInput is a new series.
type CreateTeamSeriesInput struct {
	ID     string     `json:"id"`
	Series SeriesCode `json:"series"`                                                       // code, 1 to 25 letters and digits
	Live   *int       `json:"live,omitempty" doc:"Last folio used." jsonschema:"minimum=0"` // last live folio already used, 0 when absent
	Test   *int       `json:"test,omitempty" doc:"Last folio used." jsonschema:"minimum=0"` // last test folio already used, 0 when absent
}

// SeriesCode is the name of a series, printed before the folio.
type SeriesCode string

// Pattern is what the SAT lets a series be called.
func (SeriesCode) Pattern() string { return `^[A-Za-z0-9]{1,25}$` }

// Series is a numbering of invoices. Test and live count apart.
type Series struct {
	ID     string `json:"id,omitempty"`
	Series string `json:"series"`
	Live   int    `json:"live" doc:"Last live folio used."`
	Test   int    `json:"test" doc:"Last test folio used."`
}

// DeleteTeam flags a team for removal.
//
// It takes a company away from its members at once, live and test alike, and removes it
// for good after 30 days. Refused once it has any invoice, payment or receipt, or a
// connected provider (get_team_integrations).
var DeleteTeam = Endpoint[TeamRef, TeamDeletion]{
	Name:  "delete_team",
	Route: "DELETE /teams/{id}",
	Risk:  risk.Critical,
	Title: "Delete a team",
	Doc:   "Remove a company without documents.",
	Undo:  "No tool takes it back; within the 30 days gigstack's support may.",
}

// TeamDeletion is a team on its way out.
type TeamDeletion struct {
	ID        string             `json:"id"`
	Status    string             `json:"status,omitempty" doc:"pending_deletion."`
	Scheduled *ScheduledDeletion `json:"scheduled_deletion,omitempty"`
}

// ScheduledDeletion says when a team is removed for good.
type ScheduledDeletion struct {
	Date      Millis `json:"date,omitempty" doc:"30 days after flagged_at."`
	FlaggedAt Millis `json:"flagged_at,omitempty"`
	FlaggedBy string `json:"flagged_by,omitempty" doc:"User id."`
}

// Integrations is what a team has connected, by provider.
type Integrations map[string]Integration

// Integration is the state of one provider.
type Integration struct {
	Completed bool `json:"completed"`
}

// Team is a company as gigstack stores it.
type Team struct {
	ID                string         `json:"id"`
	LegalName         string         `json:"legal_name,omitempty"`
	TaxID             string         `json:"tax_id,omitempty"`
	TaxSystem         string         `json:"tax_system,omitempty"`
	Brand             *Brand         `json:"brand,omitempty"`
	Address           *Address       `json:"address,omitempty"`
	SupportEmail      string         `json:"support_email,omitempty"`
	SupportPhone      string         `json:"support_phone,omitempty"`
	Owner             string         `json:"owner,omitempty" doc:"User id of the owner."`
	Status            string         `json:"status,omitempty" doc:"active, or pending_deletion."`
	SAT               *TeamSAT       `json:"sat,omitempty" doc:"Digital seal certificate (CSD)."`
	CreditLimit       *Decimal       `json:"credit_limit,omitempty"`
	UsedCredits       *Decimal       `json:"used_credits,omitempty"`
	CreditPeriodStart Millis         `json:"credit_period_start,omitempty"`
	Members           []TeamMember   `json:"members,omitempty"`
	Integrations      Integrations   `json:"integrations,omitempty"`
	Settings          StoredSettings `json:"settings,omitempty" doc:"By the names update_team_settings takes."`
	OnboardingURL     SecretLink     `json:"onboarding_url,omitempty"`
	CreatedAt         Seconds        `json:"created_at,omitempty"`
}

// TeamSAT is what a team has registered with the SAT. Without a certificate that
// is valid today nothing can be stamped.
type TeamSAT struct {
	Completed    bool    `json:"completed"`
	ConnectedAt  Seconds `json:"connected_at,omitempty"`
	CSDExpiresAt Seconds `json:"csd_expires_at,omitempty"`
}

// TeamMember is a user in a team.
type TeamMember struct {
	ID    string `json:"id"`
	Email string `json:"email,omitempty"`
	Role  string `json:"role,omitempty"`
}
