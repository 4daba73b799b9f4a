package sandbox

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// The older Connect: authorize has made the call one for the team in the path.

func (s *Sandbox) routeConnect() {
	serveLegacy(s, gigstack.ConnectCreateTeam, (*call).connectCreateTeam)
	serveLegacy(s, gigstack.ConnectListTeams, (*call).connectListTeams)
	serveLegacy(s, gigstack.ConnectGetTeam, (*call).connectGetTeam)
	serveLegacy(s, gigstack.ConnectUpdateTeam, (*call).connectUpdateTeam)
	serveLegacy(s, gigstack.ConnectDeleteTeam, (*call).connectDeleteTeam)
	serveLegacy(s, gigstack.ConnectGetTeamOnboarding, (*call).connectGetTeamOnboarding)
	serveLegacy(s, gigstack.ConnectCompleteOnboardingStep, (*call).connectCompleteOnboardingStep)
	serveLegacy(s, gigstack.ConnectAddTeamMember, (*call).connectAddTeamMember)
	serveLegacy(s, gigstack.ConnectListTeamMembers, (*call).connectListTeamMembers)
	serveLegacy(s, gigstack.ConnectUpdateTeamMember, (*call).connectUpdateTeamMember)
	serveLegacy(s, gigstack.ConnectUpdateTeamMembers, (*call).connectUpdateTeamMembers)
	serveLegacy(s, gigstack.ConnectRemoveTeamMember, (*call).connectRemoveTeamMember)
	serveLegacy(s, gigstack.ConnectRemoveTeamMembers, (*call).connectRemoveTeamMembers)
	serveLegacy(s, gigstack.ConnectCreateIntegration, (*call).connectCreateIntegration)
	serveLegacy(s, gigstack.ConnectListIntegrations, (*call).connectListIntegrations)
}

// connectTeam is what only the older endpoints know of a team.
type connectTeam struct {
	description, industry, size, country string

	settings     gigstack.ConnectSettings
	metadata     gigstack.Metadata
	plan         []gigstack.OnboardingStep             // all steps when empty
	done         map[gigstack.OnboardingStep]time.Time // steps that were marked as done
	access       map[string]access                     // by user id
	integrations table[gigstack.ConnectIntegration]
	updated      time.Time
}

// revised is a copy of the team that can be changed and thrown away.
func (t *team) revised() *team {
	copied := *t
	copied.members = slices.Clone(t.members)
	copied.connect.access = maps.Clone(t.connect.access)
	copied.connect.done = maps.Clone(t.connect.done)
	copied.connect.metadata = maps.Clone(t.connect.metadata)
	return &copied
}

func (c *call) connectCreateTeam(in gigstack.ConnectCreateTeamInput) (v gigstack.ConnectTeam, err error) {
	longer := in.Name == nil
	if longer {
		if err := checkLonger(in.ConnectTeamFields); err != nil {
			return v, err
		}
	}
	t := c.newTeam()
	if err := c.revise(&t, in.ConnectTeamFields, nil); err != nil {
		return v, err
	}
	v = c.showConnectTeam(c.sandbox.state.teams.add(t.ID, t))
	c.message = "Team created successfully"
	if longer {
		v.OnboardingURL = c.onboardingURL()
	} else {
		c.created()
	}
	return v, nil
}

// checkLonger refuses the longer form of a new team when it is not complete.
func checkLonger(in gigstack.ConnectTeamFields) error {
	for _, field := range []struct {
		name  string
		given bool
	}{
		{"members", in.Members != nil}, {"alias", in.Alias != nil}, {"primaryColor", in.PrimaryColor != nil}, {"logoUrl", in.LogoURL != nil},
		{"legalName", in.LegalName != nil}, {"address", in.Address != nil}, {"contactEmails", in.ContactEmails != nil}, {"supportEmail", in.SupportEmail != nil},
	} {
		if !field.given {
			return invalid(field.name, "%s is required where no name is given", field.name)
		}
	}
	return nil
}

// revise checks what is said about a team and stores it; a refused team is left
// half changed. Contacts are in no answer and not kept.
func (c *call) revise(t *team, in gigstack.ConnectTeamFields, secondary *gigstack.Color) error {
	if err := checkConnectFields(in); err != nil {
		return err
	}
	for _, id := range in.Members {
		if err := c.admit(t, id, nil); err != nil {
			return err
		}
	}
	if err := c.describeTeam(t, gigstack.TeamFields{
		Brand:   &gigstack.Brand{Alias: orElse(cmp.Or(in.Alias, in.Name), t.name), PrimaryColor: in.PrimaryColor, SecondaryColor: secondary, Logo: in.LogoURL},
		Address: orElse(in.Address, gigstack.LegacyAddress{}).Today(),
		TaxID:   in.TaxID, TaxSystem: in.TaxSystem, LegalName: in.LegalName, SupportEmail: in.SupportEmail, SupportPhone: in.SupportPhone,
	}); err != nil {
		return err
	}
	known := &t.connect
	set(&known.description, in.Description)
	set(&known.industry, in.Industry)
	set(&known.size, in.TeamSize)
	set(&known.country, in.Country)
	known.settings = patched(known.settings, orElse(in.Settings, gigstack.ConnectSettings{}))
	if known.metadata == nil {
		known.metadata = gigstack.Metadata{}
	}
	maps.Copy(known.metadata, in.Metadata)
	if in.Onboarding != nil {
		t.replan(*in.Onboarding, c.now)
	}
	known.updated = c.now
	return nil
}

// checkConnectFields refuses what is wrong by itself; what today's endpoints know
// too, they check.
func checkConnectFields(in gigstack.ConnectTeamFields) error {
	if name := cmp.Or(in.Alias, in.Name); name != nil && strings.TrimSpace(*name) == "" {
		return invalid("name", "name is required")
	}
	checks := []error{
		shaped("primaryColor", in.PrimaryColor), shaped("taxId", in.TaxID), shaped("taxSystem", in.TaxSystem), mailAddress("supportEmail", in.SupportEmail),
		shaped("settings.currency", orElse(in.Settings, gigstack.ConnectSettings{}).Currency),
	}
	for _, address := range in.ContactEmails {
		checks = append(checks, mailAddress("contactEmails", &address))
	}
	for _, step := range orElse(in.Onboarding, gigstack.OnboardingPlan{}).Steps {
		checks = append(checks, allowed("onboarding.steps", &step))
	}
	if in.LogoURL != nil {
		if logo, err := url.Parse(*in.LogoURL); err != nil || logo.Host == "" {
			checks = append(checks, invalid("logoUrl", "logoUrl is no address"))
		}
	}
	return cmp.Or(checks...)
}

func (c *call) connectListTeams(in gigstack.ConnectListTeamsInput) (gigstack.Page[gigstack.ConnectTeamSummary], error) {
	c.message = "Teams retrieved successfully"
	var teams table[gigstack.ConnectTeamSummary]
	for _, t := range c.sandbox.state.teams.rows {
		v := c.summary(t)
		if t.account == c.team.account && t.status == orElse(in.Status, "active") &&
			(in.Industry == nil || strings.EqualFold(v.Industry, *in.Industry)) &&
			(in.Country == nil || strings.EqualFold(v.Country, *in.Country)) &&
			(in.Onboarded == nil || v.Onboarding.Completed == *in.Onboarded) {
			teams.add(t.ID, v)
		}
	}
	return offsetPage(&teams, in.OffsetPaging, func(v *gigstack.ConnectTeamSummary) listed { return listedAt(v.CreatedAt) })
}

// listedAt sorts a record of the older endpoints by its time.
func listedAt(m gigstack.Moment) listed {
	at, _ := m.Time() // one of our own
	return listed{created: gigstack.SecondsOf(at)}
}

// summary is a team as the older list shows it.
func (c *call) summary(t *team) gigstack.ConnectTeamSummary {
	state := c.onboarding(t)
	return gigstack.ConnectTeamSummary{
		ID: t.ID, Name: t.name, Description: t.connect.description, Industry: t.connect.industry, Status: t.status,
		Country:    cmp.Or(t.connect.country, orElse(t.address.Country, "")),
		Onboarding: &gigstack.ConnectTeamOnboarding{Completed: state.Completed, Progress: state.Progress},
		CreatedAt:  gigstack.MomentOf(t.created.Time()),
	}
}

func (c *call) connectGetTeam(gigstack.TeamRef) (gigstack.ConnectTeam, error) {
	return c.showConnectTeam(c.team), nil
}

// showConnectTeam is a team as the older endpoints return it, with the documents of
// the call's mode counted.
func (c *call) showConnectTeam(t *team) gigstack.ConnectTeam {
	brief, state, w := c.summary(t), c.onboarding(t), c.sandbox.world(t.ID, c.key.live)
	v := gigstack.ConnectTeam{
		ID: t.ID, Name: t.name, Alias: t.name, Description: brief.Description, Industry: brief.Industry, TeamSize: t.connect.size, Country: brief.Country,
		Status: t.status, LegalName: t.legalName, Logo: orElse(t.brand.Logo, ""), PrimaryColor: string(orElse(t.brand.PrimaryColor, "")), SupportEmail: t.supportEmail,
		Address:       &gigstack.LegacyAddress{Street: t.address.Street, City: t.address.City, State: t.address.State, Country: t.address.Country},
		Settings:      new(t.connect.settings),
		SetupComplete: state.Completed, Members: c.connectMembers(t), Integrations: providers(t),
		Onboarding:      brief.Onboarding,
		InvoicesCreated: len(w.invoices.rows) + len(w.complements.rows), PaymentsCreated: len(w.payments.rows), ReceiptsCreated: len(w.receipts.rows),
		Metadata:  t.connect.metadata,
		CreatedAt: brief.CreatedAt, UpdatedAt: brief.CreatedAt,
	}
	if t.zip != "" {
		v.Address.Zip = &t.zip
	}
	if !t.connect.updated.IsZero() {
		v.UpdatedAt = gigstack.MomentOf(t.connect.updated)
	}
	v.Onboarding.CurrentStep = state.CurrentStep
	for _, step := range state.Steps {
		v.Onboarding.Steps = append(v.Onboarding.Steps, step.ID)
	}
	return v
}

func (c *call) connectUpdateTeam(in gigstack.ConnectUpdateTeamInput) (v gigstack.ConnectTeam, err error) {
	t := c.team.revised()
	if err := cmp.Or(shaped("secondaryColor", in.SecondaryColor), c.revise(t, in.ConnectTeamFields, in.SecondaryColor)); err != nil {
		return v, err
	}
	*c.team = *t
	c.message = "Team updated successfully"
	return c.showConnectTeam(c.team), nil
}

// connectDeleteTeam does what today's endpoint does.
func (c *call) connectDeleteTeam(in gigstack.TeamRef) (v gigstack.Deleted, err error) {
	if err := c.scheduleDeletion(c.team); err != nil {
		return v, err
	}
	c.message = "Team deleted successfully"
	return gigstack.Deleted{ID: in.ID, Deleted: true}, nil
}
