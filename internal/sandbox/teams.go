package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

func (s *Sandbox) routeTeams() {
	serve(s, gigstack.ListTeams, (*call).listTeams)
	serve(s, gigstack.GetTeam, (*call).getTeam)
	serve(s, gigstack.GetTeamIntegrations, (*call).getTeamIntegrations)
	serve(s, gigstack.ListTeamSeries, (*call).listTeamSeries)
	serve(s, gigstack.GetTeamOnboardingURL, (*call).getTeamOnboardingURL)
	serve(s, gigstack.UpdateTeam, (*call).updateTeam)
	serve(s, gigstack.UpdateTeamSeries, (*call).updateTeamSeries)
	serve(s, gigstack.UpdateTeamSettings, (*call).updateTeamSettings)
	serve(s, gigstack.CreateTeam, (*call).createTeam)
	serve(s, gigstack.AddTeamMember, (*call).addTeamMember)
	serve(s, gigstack.RemoveTeamMember, (*call).removeTeamMember)
	serve(s, gigstack.CreateTeamSeries, (*call).createTeamSeries)
	serve(s, gigstack.DeleteTeam, (*call).deleteTeam)
	serve(s, gigstack.UploadTeamCSD, (*call).uploadTeamCSD)
	serve(s, gigstack.SignTeamManifest, (*call).signTeamManifest)
}

// reaches reports whether the call may act on t: its own team, or for a master
// team any active one of the billing account.
func (c *call) reaches(t *team) bool {
	return t == c.team || c.team.master && t.account == c.team.account && t.status == "active"
}

// reach is the team a path names.
func (c *call) reach(id string) (*team, error) {
	if t, ok := c.sandbox.state.teams.get(id); ok && c.reaches(t) {
		return t, nil
	}
	return nil, notFound("Team", id)
}

// keyTeam is the team that the key belongs to, whichever the call acts for.
func (c *call) keyTeam() *team {
	own, _ := c.sandbox.state.teams.get(c.key.team)
	return own
}

func (c *call) listTeams(in gigstack.ListTeamsInput) (gigstack.Page[gigstack.Team], error) {
	var teams table[gigstack.Team]
	for _, t := range c.sandbox.state.teams.rows {
		if c.reaches(t) {
			teams.add(t.ID, c.showTeam(t))
		}
	}
	return page(&teams, in.Paging, listFilter(in.AccountFilter), func(v *gigstack.Team) listed {
		return listed{created: v.CreatedAt, name: v.Brand.Alias}
	}, nil)
}

// listFilter is an account's filter in the form all lists share.
func listFilter(in gigstack.AccountFilter) gigstack.ListFilter {
	return gigstack.ListFilter{OrderBy: (*gigstack.ListOrder)(in.OrderBy), Sort: in.Sort, CreatedGTE: in.CreatedGTE, CreatedLTE: in.CreatedLTE}
}

// showTeam is a team as gigstack returns it.
func (c *call) showTeam(t *team) gigstack.Team {
	brand, address, sat := t.brand, t.address, t.sat
	brand.Alias = t.name
	if t.zip != "" {
		address.Zip = &t.zip
	}
	v := gigstack.Team{
		ID: t.ID, LegalName: t.legalName, TaxID: string(t.taxID), TaxSystem: string(t.taxSystem),
		Brand: &brand, Address: &address, SupportEmail: t.supportEmail, SupportPhone: t.supportPhone,
		Owner: t.owner, Status: t.status, SAT: &sat,
		CreditLimit: &t.credits.limit, UsedCredits: &t.credits.used, CreditPeriodStart: t.credits.start,
		Integrations: t.integrations, Settings: showSettings(t.settings), CreatedAt: t.created,
	}
	for _, m := range t.members {
		if u, ok := c.sandbox.state.users.get(m.user); ok {
			v.Members = append(v.Members, gigstack.TeamMember{ID: u.ID, Email: u.Email, Role: string(m.role)})
		}
	}
	return v
}

func (c *call) getTeam(in gigstack.TeamRef) (v gigstack.Team, err error) {
	t, err := c.reach(in.ID)
	if err != nil {
		return v, err
	}
	return c.showTeam(t), nil
}

func (c *call) getTeamIntegrations(struct{}) (gigstack.Integrations, error) {
	return c.team.integrations, nil
}

func (c *call) getTeamOnboardingURL(in gigstack.TeamRef) (gigstack.SecretLink, error) {
	if !c.keyTeam().master {
		return "", errNotMaster
	}
	if _, err := c.reach(in.ID); err != nil {
		return "", errNoSuchTeam
	}
	c.message = "Onboarding URL generated successfully"
	return c.onboardingURL(), nil
}

// onboardingURL is a link for one session: no two are the same.
func (c *call) onboardingURL() gigstack.SecretLink {
	return gigstack.SecretLink(fmt.Sprintf("%s/onboarding?sessionId=%s&c=%s", c.base(), c.sandbox.newID("otpOnboarding"), c.sandbox.digest("onboarding")[:24]))
}

func (c *call) createTeam(in gigstack.CreateTeamInput) (v gigstack.Team, err error) {
	own := c.keyTeam()
	if !own.master && (orElse(in.GenerateOnboardingURL, false) || orElse(in.AddMasterTeamMembers, false)) {
		return v, errNotMaster
	}
	t := c.newTeam()
	if orElse(in.AddMasterTeamMembers, false) {
		for _, m := range own.members {
			t.join(m.user, m.role)
		}
	}
	for _, m := range in.AddMembers {
		if err := c.admit(&t, m.ID, m.Role); err != nil {
			return v, err
		}
	}
	if err := c.describeTeam(&t, in.TeamFields); err != nil {
		return v, err
	}
	c.created()
	v = c.showTeam(c.sandbox.state.teams.add(t.ID, t))
	if orElse(in.GenerateOnboardingURL, false) {
		v.OnboardingURL = c.onboardingURL()
	}
	return v, nil
}

// newTeam is a team of the call's billing account, not stored yet.
func (c *call) newTeam() team {
	t := team{
		ID: c.sandbox.newID("team"), account: c.team.account, status: "active", created: gigstack.SecondsOf(c.now),
		owner: c.team.owner, integrations: connected(),
	}
	t.join(t.owner, "admin")
	return t
}

func (c *call) updateTeam(in gigstack.UpdateTeamInput) (v gigstack.Team, err error) {
	t, err := c.reach(in.ID)
	if err != nil {
		return v, err
	}
	if err := c.describeTeam(t, in.TeamFields); err != nil {
		return v, err
	}
	return c.showTeam(t), nil
}

// describeTeam checks what is said about a team and, when all of it holds,
// stores it.
func (c *call) describeTeam(t *team, in gigstack.TeamFields) error {
	brand := orElse(in.Brand, gigstack.Brand{Alias: t.name})
	address := orElse(in.Address, gigstack.Address{})
	for _, err := range []error{
		shaped("tax_id", in.TaxID), shaped("tax_system", in.TaxSystem),
		shaped("brand.primary_color", brand.PrimaryColor), shaped("brand.secondary_color", brand.SecondaryColor),
		shaped("address.zip", (*zipCode)(address.Zip)), mailAddress("support_email", in.SupportEmail),
	} {
		if err != nil {
			return err
		}
	}
	if in.Brand != nil && strings.TrimSpace(brand.Alias) == "" {
		return invalid("brand.alias", "brand.alias is required")
	}
	for _, other := range c.sandbox.state.teams.rows {
		if in.TaxID != nil && other.ID != t.ID && other.account == t.account && other.taxID == *in.TaxID {
			return exists("The billing account has a team with RFC %s", *in.TaxID)
		}
	}
	t.name = brand.Alias
	t.brand = patched(t.brand, brand)
	t.address = patched(t.address, address)
	set(&t.zip, address.Zip)
	set(&t.taxID, in.TaxID)
	set(&t.taxSystem, in.TaxSystem)
	set(&t.legalName, in.LegalName)
	set(&t.supportEmail, in.SupportEmail)
	set(&t.supportPhone, in.SupportPhone)
	return nil
}

// exists is a 409: there is one already.
func exists(format string, args ...any) *apiError {
	return &apiError{status: http.StatusConflict, code: "resource_already_exists", message: fmt.Sprintf(format, args...)}
}

func (c *call) addTeamMember(in gigstack.AddTeamMemberInput) (none struct{}, err error) {
	t, err := c.reach(in.ID)
	if err != nil {
		return none, err
	}
	if _, joined := t.role(in.UserID); joined {
		return none, exists("User %s is a member already", in.UserID)
	}
	c.message = "Operation completed successfully"
	return none, c.admit(t, in.UserID, in.Role)
}

// admit lets a user of the team's billing account into it.
func (c *call) admit(t *team, id string, role *gigstack.Role) error {
	if id == "" {
		return invalid("id", "id is required")
	}
	if err := allowed("role", role); err != nil {
		return err
	}
	u, ok := c.sandbox.state.users.get(id)
	if !ok || u.account != t.account {
		return notFound("User", id)
	}
	t.join(id, orElse(role, "viewer"))
	return nil
}

func (c *call) removeTeamMember(in gigstack.RemoveTeamMemberInput) (none struct{}, err error) {
	t, err := c.reach(in.ID)
	if err != nil {
		return none, err
	}
	if in.UserID == "" {
		return none, invalid("id", "id is required")
	}
	if in.UserID == t.owner {
		return none, &apiError{status: http.StatusBadRequest, code: "operation_not_allowed", message: "The owner of a team cannot be removed"}
	}
	if _, joined := t.role(in.UserID); !joined {
		return none, notFound("User", in.UserID)
	}
	t.leave(in.UserID)
	c.message = "Operation completed successfully"
	return none, nil
}

// join makes a user a member; one who is already keeps the role.
func (t *team) join(user string, role gigstack.Role) {
	if _, joined := t.role(user); !joined {
		t.members = append(t.members, member{user, role})
	}
}

// leave ends a membership, and all that was said of it.
func (t *team) leave(user string) {
	t.members = slices.DeleteFunc(t.members, func(m member) bool { return m.user == user })
	delete(t.connect.access, user)
}

// role is what a member may do.
func (t *team) role(user string) (role gigstack.Role, joined bool) {
	for _, m := range t.members {
		if m.user == user {
			return m.role, true
		}
	}
	return "", false
}
