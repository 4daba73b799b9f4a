package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Connect is the page of gigstack Connect in the older documentation. Its
// endpoints act for the team in their path, which may be any of the billing
// account of a master team's key.
var Connect = Resource{
	Name: "connect",
	Doc:  "gigstack Connect as the older documentation describes it (/connect/teams). Prefer the teams toolset; these may no longer answer.",
	Endpoints: []Operation{
		ConnectCreateTeam, ConnectListTeams, ConnectGetTeam, ConnectUpdateTeam, ConnectDeleteTeam,
		ConnectGetTeamOnboarding, ConnectCompleteOnboardingStep,
		ConnectAddTeamMember, ConnectListTeamMembers, ConnectUpdateTeamMember, ConnectUpdateTeamMembers,
		ConnectRemoveTeamMember, ConnectRemoveTeamMembers,
		ConnectCreateIntegration, ConnectListIntegrations,
	},
}

// ConnectCreateTeam adds a team. It takes two forms of body: one that needs a name
// only, and an earlier one that needs eight fields and answers 200.
//
// Give name, or without it all of members, alias, primaryColor, logoUrl, legalName,
// address, contactEmails and supportEmail.
var ConnectCreateTeam = Endpoint[ConnectCreateTeamInput, ConnectTeam]{
	Name:     "connect_create_team",
	Route:    "POST /connect/teams",
	Risk:     risk.Write,
	Title:    "Create a team (older)",
	Doc:      "Older create_team; give name.",
	Undo:     "connect_delete_team removes it.",
	Back:     `connect_delete_team {"id":"$data.id"}`,
	Teamless: true,
}

// ConnectCreateTeamInput is a new team.
type ConnectCreateTeamInput struct{ ConnectTeamFields }

// Risk rises when people get access, and in the longer form, which answers with a
// link that lets its holder in.
func (in ConnectCreateTeamInput) Risk() risk.Level {
	if len(in.Members) > 0 || in.Name == nil {
		return risk.Outward
	}
	return risk.Write
}

// ConnectTeamFields is what can be said about a team.
type ConnectTeamFields struct {
	Name          *string          `json:"name,omitempty"` // display name
	Description   *string          `json:"description,omitempty"`
	Industry      *string          `json:"industry,omitempty"`
	TeamSize      *string          `json:"teamSize,omitempty" doc:"Such as 10-50."`
	Country       *string          `json:"country,omitempty"`      // ISO code, such as MX
	Settings      *ConnectSettings `json:"settings,omitempty"`     // defaults
	Onboarding    *OnboardingPlan  `json:"onboarding,omitempty"`   // steps to go through
	Members       []string         `json:"members,omitempty"`      // user ids that get access
	Alias         *string          `json:"alias,omitempty"`        // display name; wins over name
	PrimaryColor  *Color           `json:"primaryColor,omitempty"` // #RRGGBB
	LogoURL       *string          `json:"logoUrl,omitempty"`
	LegalName     *string          `json:"legalName,omitempty"` // name as the SAT has it
	TaxID         *RFC             `json:"taxId,omitempty"`
	Address       *LegacyAddress   `json:"address,omitempty"`       // fiscal address
	ContactEmails []string         `json:"contactEmails,omitempty"` // contacts
	SupportEmail  *string          `json:"supportEmail,omitempty"`  // shown to customers
	SupportPhone  *string          `json:"supportPhone,omitempty"`  // shown to customers
	TaxSystem     *TaxSystem       `json:"taxSystem,omitempty"`
	Metadata      Metadata         `json:"metadata,omitempty"` // your own data; merged on update
}

// ConnectSettings is a team's defaults.
type ConnectSettings struct {
	Currency   *Currency `json:"currency,omitempty"`
	Timezone   *string   `json:"timezone,omitempty"`   // IANA zone
	Language   *string   `json:"language,omitempty"`   // such as es
	FiscalYear *string   `json:"fiscalYear,omitempty"` // such as calendar
}

// OnboardingPlan is what a new team has to go through.
type OnboardingPlan struct {
	Completed *bool            `json:"completed,omitempty"` // all done, or none
	Steps     []OnboardingStep `json:"steps,omitempty"`     // in order; all four when absent
}

// ConnectListTeams pages through the teams of the billing account.
var ConnectListTeams = Endpoint[ConnectListTeamsInput, Page[ConnectTeamSummary]]{
	Name:     "connect_list_teams",
	Route:    "GET /connect/teams",
	Risk:     risk.Read,
	Title:    "List teams (older)",
	Doc:      "Older list_teams.",
	Teamless: true,
}

// ConnectListTeamsInput filters the teams.
type ConnectListTeamsInput struct {
	OffsetPaging
	Status    *string `json:"status,omitempty"`    // active when absent
	Industry  *string `json:"industry,omitempty"`  // only this industry
	Country   *string `json:"country,omitempty"`   // only this country (MX)
	Onboarded *bool   `json:"onboarded,omitempty"` // onboarding finished or not
}

// ConnectGetTeam reads one team.
var ConnectGetTeam = Endpoint[TeamRef, ConnectTeam]{
	Name:     "connect_get_team",
	Route:    "GET /connect/teams/{id}",
	Risk:     risk.Read,
	Title:    "Read a team (older)",
	Doc:      "Older get_team.",
	Teamless: true,
}

// ConnectUpdateTeam changes the fields that are sent.
//
// What is left out stays; metadata is merged.
var ConnectUpdateTeam = Endpoint[ConnectUpdateTeamInput, ConnectTeam]{
	Name:     "connect_update_team",
	Route:    "PUT /connect/teams/{id}",
	Risk:     risk.Write,
	Title:    "Update a team (older)",
	Doc:      "Older update_team.",
	Undo:     "Send the old values with connect_update_team; fields that were empty cannot be emptied, and members stay.",
	Back:     `connect_update_team {"id":"$args.id","*":"$was"}`,
	Teamless: true,
}

// ConnectUpdateTeamInput is the team and the fields to change.
type ConnectUpdateTeamInput struct {
	ID string `json:"id"`
	ConnectTeamFields
	SecondaryColor *Color `json:"secondaryColor,omitempty"` // #RRGGBB
}

// Risk rises when people get access.
func (in ConnectUpdateTeamInput) Risk() risk.Level {
	if len(in.Members) > 0 {
		return risk.Outward
	}
	return risk.Write
}

// ConnectDeleteTeam removes a team.
//
// It deletes a company of the billing account, live and test alike, for good after 30
// days; only an owner may.
var ConnectDeleteTeam = Endpoint[TeamRef, Deleted]{
	Name:     "connect_delete_team",
	Route:    "DELETE /connect/teams/{id}",
	Risk:     risk.Critical,
	Title:    "Delete a team (older)",
	Doc:      "Older delete_team.",
	Undo:     "No tool takes it back; within the 30 days gigstack's support may.",
	Teamless: true,
}

// ConnectTeam is a team as the older endpoints return it: the members of both
// documented forms.
type ConnectTeam struct {
	ID              string                 `json:"id"`
	Name            string                 `json:"name,omitempty"`
	Alias           string                 `json:"alias,omitempty"`
	Description     string                 `json:"description,omitempty"`
	Industry        string                 `json:"industry,omitempty"`
	TeamSize        string                 `json:"teamSize,omitempty"`
	Country         string                 `json:"country,omitempty"`
	Status          string                 `json:"status,omitempty"`
	LegalName       string                 `json:"legalName,omitempty"`
	Logo            string                 `json:"logo,omitempty"`
	PrimaryColor    string                 `json:"primaryColor,omitempty"`
	SupportEmail    string                 `json:"supportEmail,omitempty"`
	Address         *LegacyAddress         `json:"address,omitempty"`
	Settings        *ConnectSettings       `json:"settings,omitempty"`
	SetupComplete   bool                   `json:"setupComplete"`
	Onboarding      *ConnectTeamOnboarding `json:"onboarding,omitempty"`
	OnboardingURL   SecretLink             `json:"onboardingUrl,omitempty"`
	Members         []ConnectMember        `json:"members,omitempty"`
	Integrations    *ConnectProviders      `json:"integrations,omitempty"`
	InvoicesCreated int                    `json:"invoicesCreated"`
	PaymentsCreated int                    `json:"paymentsCreated"`
	ReceiptsCreated int                    `json:"receiptsCreated"`
	Metadata        Metadata               `json:"metadata,omitempty"`
	CreatedAt       Moment                 `json:"createdAt,omitempty"`
	UpdatedAt       Moment                 `json:"updatedAt,omitempty"`
}

// ConnectTeamSummary is a team as the older list shows it.
type ConnectTeamSummary struct {
	ID          string                 `json:"id"`
	Name        string                 `json:"name,omitempty"`
	Description string                 `json:"description,omitempty"`
	Industry    string                 `json:"industry,omitempty"`
	Status      string                 `json:"status,omitempty"`
	Country     string                 `json:"country,omitempty"`
	Onboarding  *ConnectTeamOnboarding `json:"onboarding,omitempty"`
	CreatedAt   Moment                 `json:"createdAt,omitempty"`
}
