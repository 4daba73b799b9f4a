package sandbox

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// onboardingStep is what is known of a step.
type onboardingStep struct {
	id                gigstack.OnboardingStep
	name, description string
	required          bool
}

// onboardingSteps is what a team goes through, in the usual order.
var onboardingSteps = []onboardingStep{
	{"team_setup", "Team Setup", "Who the company is for the SAT", true},
	{"payment_integration", "Payment Integration", "A provider that collects money", true},
	{"client_setup", "Client Setup", "Whom documents are for", false},
	{"invoice_configuration", "Invoice Configuration", "A certificate to stamp with", true},
}

func (c *call) connectGetTeamOnboarding(gigstack.TeamRef) (gigstack.ConnectOnboarding, error) {
	v := c.onboarding(c.team)
	v.OnboardingURL, v.Integrations, v.SetupComplete = c.onboardingURL(), providers(c.team), new(v.Completed)
	c.message = "Onboarding status retrieved successfully"
	return v, nil
}

// connectCompleteOnboardingStep only marks the step: what was done for it is in no
// answer and not kept.
func (c *call) connectCompleteOnboardingStep(in gigstack.ConnectCompleteStepInput) (v gigstack.ConnectOnboarding, err error) {
	if !slices.Contains(c.team.steps(), in.Step) {
		return v, invalid("step", "step %q is not one of the team's", in.Step)
	}
	if _, done := c.doneAt(c.team, in.Step); !done {
		c.team.markDone(in.Step, c.now)
	}
	c.message = "Onboarding step completed successfully"
	return c.onboarding(c.team), nil
}

// steps is a team's plan.
func (t *team) steps() []gigstack.OnboardingStep {
	if len(t.connect.plan) > 0 {
		return t.connect.plan
	}
	var all []gigstack.OnboardingStep
	for _, step := range onboardingSteps {
		all = append(all, step.id)
	}
	return all
}

func (t *team) markDone(step gigstack.OnboardingStep, at time.Time) {
	if t.connect.done == nil {
		t.connect.done = map[gigstack.OnboardingStep]time.Time{}
	}
	t.connect.done[step] = at
}

// replan gives a team other steps, and marks all or none of them as done.
func (t *team) replan(in gigstack.OnboardingPlan, now time.Time) {
	if in.Steps != nil {
		t.connect.plan = in.Steps
	}
	if in.Completed == nil {
		return
	}
	t.connect.done = nil
	if *in.Completed {
		for _, step := range t.steps() {
			t.markDone(step, now)
		}
	}
}

// doneAt is when a step was done: marked as done, or because the team has what the
// step is about.
func (c *call) doneAt(t *team, step gigstack.OnboardingStep) (at time.Time, done bool) {
	if at, done = t.connect.done[step]; done {
		return at, true
	}
	at = t.created.Time()
	switch step {
	case "team_setup":
		done = t.legalName != "" && t.taxID != ""
	case "payment_integration":
		for name, provider := range t.integrations {
			done = done || provider.Completed && name != "sat" && name != "shopify"
		}
	case "client_setup":
		done = len(c.sandbox.world(t.ID, false).clients.rows)+len(c.sandbox.world(t.ID, true).clients.rows) > 0
	case "invoice_configuration":
		at, done = t.sat.ConnectedAt.Time(), t.sat.Completed
	}
	return at, done
}

// onboarding is how far a team is.
func (c *call) onboarding(t *team) gigstack.ConnectOnboarding {
	v := gigstack.ConnectOnboarding{TeamID: t.ID, Completed: true}
	plan, done := t.steps(), 0
	for _, id := range plan {
		about := onboardingSteps[slices.IndexFunc(onboardingSteps, func(s onboardingStep) bool { return s.id == id })]
		step := gigstack.ConnectStepState{ID: string(id), Name: about.name, Description: about.description, Required: about.required}
		if at, ok := c.doneAt(t, id); ok {
			step.Completed, step.CompletedAt = true, gigstack.MomentOf(at)
			done++
		} else {
			v.Completed = v.Completed && !about.required
			if v.CurrentStep == "" {
				v.CurrentStep = step.ID
			}
		}
		v.Steps = append(v.Steps, step)
	}
	v.Progress = (200*done + len(plan)) / (2 * len(plan)) // percent, rounded
	return v
}

// providers is what a team's documents depend on.
func providers(t *team) *gigstack.ConnectProviders {
	stripe := t.integrations["stripe"].Completed
	return &gigstack.ConnectProviders{
		Stripe:    &gigstack.ConnectProvider{Completed: stripe, HasKeys: stripe},
		Facturapi: &gigstack.ConnectProvider{},
		SAT:       &gigstack.ConnectSAT{Completed: t.sat.Completed, Provider: "sandbox", HasCertificate: t.sat.Completed},
	}
}

func (c *call) connectCreateIntegration(in gigstack.ConnectCreateIntegrationInput) (v gigstack.ConnectIntegration, err error) {
	target, err := url.Parse(orElse(in.Configuration.URL, ""))
	switch {
	case strings.TrimSpace(in.Type) == "":
		return v, invalid("type", "type is required")
	case strings.TrimSpace(in.Name) == "":
		return v, invalid("name", "name is required")
	case (in.Type == "webhook" || in.Configuration.URL != nil) && (err != nil || target.Scheme != "https" || target.Host == ""):
		return v, invalid("configuration.url", "configuration.url must be an https address")
	}
	v = gigstack.ConnectIntegration{
		ID: c.sandbox.newID("integration"), Type: in.Type, Name: in.Name, Configuration: in.Configuration,
		IsActive: orElse(in.IsActive, true), CreatedAt: gigstack.MomentOf(c.now),
	}
	c.created()
	c.message = "Integration created successfully"
	return *c.team.connect.integrations.add(v.ID, v), nil
}

func (c *call) connectListIntegrations(gigstack.TeamRef) (v gigstack.Page[gigstack.ConnectIntegration], err error) {
	for _, integration := range c.team.connect.integrations.rows {
		v.Data = append(v.Data, *integration)
	}
	v.TotalResults = new(len(v.Data))
	return v, nil
}
