package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// ConnectGetTeamOnboarding tells how far a team is. The same route is documented
// twice, with progress and with a fresh link; the answer may hold either.
var ConnectGetTeamOnboarding = Endpoint[TeamRef, ConnectOnboarding]{
	Name:     "connect_get_team_onboarding",
	Route:    "GET /connect/teams/{id}/onboarding",
	Risk:     risk.Outward,
	Title:    "Read onboarding (older)",
	Doc:      "Older: onboarding steps done.",
	Undo:     "A link that was made lets its holder in until it expires.",
	Teamless: true,
}

// ConnectCompleteOnboardingStep marks a step as done.
//
// It connects nothing.
var ConnectCompleteOnboardingStep = Endpoint[ConnectCompleteStepInput, ConnectOnboarding]{
	Name:     "connect_complete_onboarding_step",
	Route:    "POST /connect/teams/{id}/onboarding/complete-step",
	Risk:     risk.Write,
	Title:    "Complete an onboarding step (older)",
	Doc:      "Older: mark a step as done; connects nothing.",
	Undo:     "No tool makes a step undone.",
	Teamless: true,
}

// ConnectCompleteStepInput is the team and the step.
type ConnectCompleteStepInput struct {
	ID   string         `json:"id"`
	Step OnboardingStep `json:"step"`           // step of the team's plan
	Data Metadata       `json:"data,omitempty"` // what was done, free form
}

// OnboardingStep is a step of setting a team up.
type OnboardingStep string

// Choices lists the steps in their usual order.
func (OnboardingStep) Choices() []Choice {
	return []Choice{{"team_setup", ""}, {"payment_integration", ""}, {"client_setup", ""}, {"invoice_configuration", ""}}
}

// ConnectTeamOnboarding is how far a team is, as the team itself shows it.
type ConnectTeamOnboarding struct {
	Completed   bool     `json:"completed"`
	CurrentStep string   `json:"currentStep,omitempty"`
	Progress    int      `json:"progress" doc:"Percent."`
	Steps       []string `json:"steps,omitempty"`
}

// ConnectOnboarding is how far a team is, step by step.
type ConnectOnboarding struct {
	TeamID        string             `json:"teamId,omitempty"`
	Completed     bool               `json:"completed" doc:"Every required step is done."`
	CurrentStep   string             `json:"currentStep,omitempty" doc:"First step not done."`
	Progress      int                `json:"progress" doc:"Percent."`
	Steps         []ConnectStepState `json:"steps,omitempty"`
	OnboardingURL SecretLink         `json:"onboardingUrl,omitempty"`
	Integrations  *ConnectProviders  `json:"integrations,omitempty"`
	SetupComplete *bool              `json:"setupComplete,omitempty"`
}

// ConnectStepState is a step and whether it is done.
type ConnectStepState struct {
	ID          string `json:"id"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
	Required    bool   `json:"required"`
	Completed   bool   `json:"completed"`
	CompletedAt Moment `json:"completedAt,omitempty"`
}

// ConnectProviders is the systems a team's documents depend on.
type ConnectProviders struct {
	Stripe    *ConnectProvider `json:"stripe,omitempty"`
	Facturapi *ConnectProvider `json:"facturapi,omitempty"`
	SAT       *ConnectSAT      `json:"sat,omitempty"`
}

// ConnectProvider is whether a provider is connected.
type ConnectProvider struct {
	Completed bool `json:"completed"`
	HasKeys   bool `json:"hasKeys"`
}

// ConnectSAT is whether a team can stamp.
type ConnectSAT struct {
	Completed      bool   `json:"completed"`
	Provider       string `json:"provider,omitempty"`
	HasCertificate bool   `json:"hasCertificate"`
}

// ConnectCreateIntegration sets an integration of a team up.
//
// Given a url, documents leave for that address, and no tool removes it.
var ConnectCreateIntegration = Endpoint[ConnectCreateIntegrationInput, ConnectIntegration]{
	Name:     "connect_create_integration",
	Route:    "POST /connect/teams/{id}/integrations",
	Risk:     risk.Write,
	Title:    "Create an integration (older)",
	Doc:      "Older create_webhook; no tool removes it.",
	Undo:     "No tool removes an integration.",
	Teamless: true,
}

// ConnectCreateIntegrationInput is a new integration.
type ConnectCreateIntegrationInput struct {
	ID            string              `json:"id"`
	Type          string              `json:"type" doc:"Such as webhook."`
	Name          string              `json:"name"`
	Configuration IntegrationSettings `json:"configuration"`      // settings of that kind
	IsActive      *bool               `json:"isActive,omitempty"` // true when absent
}

// Risk rises when something is sent elsewhere.
func (in ConnectCreateIntegrationInput) Risk() risk.Level {
	if in.Configuration.URL != nil {
		return risk.Outward
	}
	return risk.Write
}

// IntegrationSettings is how an integration works. The secret gigstack could be given
// to sign with is left out: it is not for a conversation.
type IntegrationSettings struct {
	URL    *string  `json:"url,omitempty" jsonschema:"pattern=^https://"` // https receiver
	Events []string `json:"events,omitempty"`                             // such as payment.completed
}

// ConnectListIntegrations lists a team's integrations, all on one page.
var ConnectListIntegrations = Endpoint[TeamRef, Page[ConnectIntegration]]{
	Name:     "connect_list_integrations",
	Route:    "GET /connect/teams/{id}/integrations",
	Risk:     risk.Read,
	Title:    "List integrations (older)",
	Doc:      "Older list_webhooks.",
	Teamless: true,
}

// ConnectIntegration is an integration as gigstack stores it.
type ConnectIntegration struct {
	ID            string              `json:"id"`
	Type          string              `json:"type,omitempty"`
	Name          string              `json:"name,omitempty"`
	Configuration IntegrationSettings `json:"configuration"`
	IsActive      bool                `json:"isActive"`
	CreatedAt     Moment              `json:"createdAt,omitempty"`
}
