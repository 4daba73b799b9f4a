package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// teamIDs are the teams a client lists.
func teamIDs(t *testing.T, c *gigstack.Caller, in gigstack.ListTeamsInput) (ids []string) {
	t.Helper()
	for team, err := range gigstack.Each(t.Context(), c, gigstack.ListTeams, in) {
		require.NoError(t, err)
		ids = append(ids, team.ID)
	}
	return ids
}

func TestListTeams(t *testing.T) {
	b := start(t, sandbox.Options{})
	master := b.client(t, sandbox.TeamKemper, false, "viewer")
	oldest := new(gigstack.SortDirection("asc"))
	all := []string{sandbox.TeamKemper, sandbox.TeamXenon, sandbox.TeamRobotica, sandbox.TeamNueva}
	assert.Equal(t, all, teamIDs(t, master, gigstack.ListTeamsInput{AccountFilter: gigstack.AccountFilter{Sort: oldest}}))
	assert.Equal(t, all, teamIDs(t, master, gigstack.ListTeamsInput{Paging: gigstack.Paging{Limit: new(1)}, AccountFilter: gigstack.AccountFilter{Sort: oldest}}), "page by page")
	assert.Equal(t, sandbox.TeamKemper, teamIDs(t, master, gigstack.ListTeamsInput{AccountFilter: gigstack.AccountFilter{Sort: oldest, OrderBy: new(gigstack.AccountOrder("name"))}})[0])
	lately := gigstack.Since(b.clock.Load()/int64(time.Second) - 30*24*3600)
	assert.Equal(t, []string{sandbox.TeamNueva}, teamIDs(t, master, gigstack.ListTeamsInput{AccountFilter: gigstack.AccountFilter{CreatedGTE: &lately}}))

	assert.Equal(t, []string{sandbox.TeamXenon}, teamIDs(t, b.client(t, sandbox.TeamXenon, false, "owner"), gigstack.ListTeamsInput{}), "no master sees its own only")
	assert.Equal(t, []string{sandbox.TeamXenon}, teamIDs(t, master.As(sandbox.TeamXenon), gigstack.ListTeamsInput{}))
	b.deleteTeam(t, sandbox.TeamNueva)
	assert.NotContains(t, teamIDs(t, master, gigstack.ListTeamsInput{}), sandbox.TeamNueva)
}

func TestGetTeam(t *testing.T) {
	b := start(t, sandbox.Options{})
	master := b.client(t, sandbox.TeamKemper, false, "viewer")
	team, err := gigstack.GetTeam.Call(t.Context(), master, gigstack.TeamRef{ID: sandbox.TeamKemper})
	require.NoError(t, err)
	assert.Equal(t, "Escuela Kemper", team.Brand.Alias)
	assert.Equal(t, "42501", *team.Address.Zip)
	assert.Equal(t, "active", team.Status)
	assert.Contains(t, team.Members, gigstack.TeamMember{ID: team.Owner, Email: "laura@kemper.example.mx", Role: "admin"})
	assert.True(t, team.Integrations["stripe"].Completed)
	assert.Equal(t, map[string]any{"serie": "A"}, team.Settings["default_series"].(map[string]any)["income"])
	assert.Empty(t, team.OnboardingURL)

	expiring, err := gigstack.GetTeam.Call(t.Context(), master, gigstack.TeamRef{ID: sandbox.TeamRobotica})
	require.NoError(t, err, "a master reaches a team by its path alone")
	assert.Equal(t, time.Unix(0, b.clock.Load()).UTC().AddDate(0, 0, 12), expiring.SAT.CSDExpiresAt.Time())
	fresh, err := gigstack.GetTeam.Call(t.Context(), master, gigstack.TeamRef{ID: sandbox.TeamNueva})
	require.NoError(t, err)
	assert.Equal(t, gigstack.TeamSAT{}, *fresh.SAT)

	for name, c := range map[string]*gigstack.Caller{
		"no master":                     b.client(t, sandbox.TeamXenon, false, "owner"),
		"path and team name two teams":  master.As(sandbox.TeamXenon),
		"another billing account's key": b.client(t, sandbox.TeamStranger, false, "owner"),
	} {
		_, err := gigstack.GetTeam.Call(t.Context(), c, gigstack.TeamRef{ID: sandbox.TeamRobotica})
		t.Run(name, func(t *testing.T) { requireRefusal(t, err, http.StatusNotFound, "resource_not_found") })
	}
	_, err = gigstack.GetTeam.Call(t.Context(), master, gigstack.TeamRef{ID: sandbox.TeamStranger})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
}

func TestIntegrationsHaveTheirOwnRoute(t *testing.T) {
	b := start(t, sandbox.Options{})
	master := b.client(t, sandbox.TeamKemper, false, "viewer")
	own, err := gigstack.GetTeamIntegrations.Call(t.Context(), master, struct{}{})
	require.NoError(t, err)
	assert.True(t, own["stripe"].Completed)
	other, err := gigstack.GetTeamIntegrations.Call(t.Context(), master.As(sandbox.TeamXenon), struct{}{})
	require.NoError(t, err)
	assert.False(t, other["stripe"].Completed)
	assert.True(t, other["mercadopago"].Completed)
}

func TestOnboardingURL(t *testing.T) {
	b := start(t, sandbox.Options{})
	master := b.client(t, sandbox.TeamKemper, false, "admin")
	seen := map[gigstack.SecretLink]bool{}
	for _, c := range []*gigstack.Caller{master, master, master.As(sandbox.TeamNueva)} {
		link, err := gigstack.GetTeamOnboardingURL.Call(t.Context(), c, gigstack.TeamRef{ID: sandbox.TeamNueva})
		require.NoError(t, err)
		require.Contains(t, string(link), "sessionId=otpOnboarding_")
		require.False(t, seen[link], "each call makes a new one")
		seen[link] = true
	}
	for _, id := range []string{"team_none", sandbox.TeamStranger} {
		_, err := gigstack.GetTeamOnboardingURL.Call(t.Context(), master, gigstack.TeamRef{ID: id})
		requireRefusal(t, err, http.StatusNotFound, gigstack.CodeTeamNotFound)
	}
	_, err := gigstack.GetTeamOnboardingURL.Call(t.Context(), b.client(t, sandbox.TeamXenon, false, "owner"), gigstack.TeamRef{ID: sandbox.TeamXenon})
	requireRefusal(t, err, http.StatusUnauthorized, gigstack.CodeNotMasterTeam)
}

func TestCreateTeam(t *testing.T) {
	b := start(t, sandbox.Options{})
	master := b.client(t, sandbox.TeamKemper, false, "editor")
	created, err := gigstack.CreateTeam.Call(t.Context(), master, gigstack.CreateTeamInput{
		TeamFields: gigstack.TeamFields{
			Brand: &gigstack.Brand{Alias: "Kijote"}, TaxID: new(gigstack.RFC("KIJ0906199R1")), TaxSystem: new(gigstack.TaxSystem("601")),
			Address: &gigstack.Address{Zip: new("28971"), City: new("Manzanillo")},
		},
		GenerateOnboardingURL: new(true),
		AddMasterTeamMembers:  new(true),
		AddMembers:            []gigstack.NewMember{{ID: "user_pedro", Role: new(gigstack.Role("admin"))}},
	})
	require.NoError(t, err)
	assert.NotEmpty(t, created.OnboardingURL)
	assert.False(t, created.SAT.Completed)
	assert.Equal(t, "user_laura", created.Owner)
	assert.Len(t, created.Members, 4, "nobody twice")

	live := b.client(t, sandbox.TeamKemper, true, "owner")
	read, err := gigstack.GetTeam.Call(t.Context(), live, gigstack.TeamRef{ID: created.ID})
	require.NoError(t, err, "live and test share teams")
	created.OnboardingURL = ""
	assert.Equal(t, created, read)
	_, err = gigstack.ListServices.Call(t.Context(), live.As(created.ID), gigstack.ListServicesInput{})
	require.NoError(t, err)

	plain := b.client(t, sandbox.TeamXenon, false, "owner")
	for _, tt := range []struct {
		name   string
		by     *gigstack.Caller
		in     gigstack.CreateTeamInput
		status int
		code   string
	}{
		{"RFC is taken", master, gigstack.CreateTeamInput{TeamFields: gigstack.TeamFields{TaxID: new(gigstack.RFC("KIJ0906199R1"))}}, 409, "resource_already_exists"},
		{"RFC is none", master, gigstack.CreateTeamInput{TeamFields: gigstack.TeamFields{TaxID: new(gigstack.RFC("KIJ"))}}, 400, "validation_failed"},
		{"regime is none", master, gigstack.CreateTeamInput{TeamFields: gigstack.TeamFields{TaxSystem: new(gigstack.TaxSystem("1"))}}, 400, "validation_failed"},
		{"zip is none", master, gigstack.CreateTeamInput{TeamFields: gigstack.TeamFields{Address: &gigstack.Address{Zip: new("123")}}}, 400, "validation_failed"},
		{"brand without a name", master, gigstack.CreateTeamInput{TeamFields: gigstack.TeamFields{Brand: &gigstack.Brand{}}}, 400, "validation_failed"},
		{"member of another account", master, gigstack.CreateTeamInput{AddMembers: []gigstack.NewMember{{ID: "user_ximena"}}}, 404, "resource_not_found"},
		{"link without a master", plain, gigstack.CreateTeamInput{GenerateOnboardingURL: new(true)}, 401, gigstack.CodeNotMasterTeam},
		{"master's members without a master", plain, gigstack.CreateTeamInput{AddMasterTeamMembers: new(true)}, 401, gigstack.CodeNotMasterTeam},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := gigstack.CreateTeam.Call(t.Context(), tt.by, tt.in)
			requireRefusal(t, err, tt.status, tt.code)
		})
	}
	assert.Len(t, teamIDs(t, master, gigstack.ListTeamsInput{}), 5, "what was refused left no team behind")
	_, err = gigstack.CreateTeam.Call(t.Context(), master, gigstack.CreateTeamInput{TeamFields: gigstack.TeamFields{TaxID: new(gigstack.RFC("OÑO120726RX3"))}})
	require.NoError(t, err, "another billing account's RFC is not told of")
}

func TestUpdateTeam(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "admin")
	before, err := gigstack.GetTeam.Call(t.Context(), c, gigstack.TeamRef{ID: sandbox.TeamXenon})
	require.NoError(t, err)
	after, err := gigstack.UpdateTeam.Call(t.Context(), c, gigstack.UpdateTeamInput{ID: sandbox.TeamXenon, TeamFields: gigstack.TeamFields{
		Brand: &gigstack.Brand{Alias: "Xenon", PrimaryColor: new(gigstack.Color("#112233"))}, Address: &gigstack.Address{Interior: new("4")}, SupportPhone: new(""),
	}})
	require.NoError(t, err)
	before.Brand.Alias, before.Brand.PrimaryColor, before.Address.Interior, before.SupportPhone = "Xenon", new(gigstack.Color("#112233")), new("4"), ""
	assert.Equal(t, before, after, "nothing else changed")

	for name, fields := range map[string]gigstack.TeamFields{
		"color": {Brand: &gigstack.Brand{Alias: "X", PrimaryColor: new(gigstack.Color("red"))}},
		"mail":  {SupportEmail: new("ventas"), LegalName: new("OTRO")},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gigstack.UpdateTeam.Call(t.Context(), c, gigstack.UpdateTeamInput{ID: sandbox.TeamXenon, TeamFields: fields})
			requireRefusal(t, err, http.StatusBadRequest, "validation_failed")
			read, err := gigstack.GetTeam.Call(t.Context(), c, gigstack.TeamRef{ID: sandbox.TeamXenon})
			require.NoError(t, err)
			require.Equal(t, after, read, "a refused change is not half done")
		})
	}
}

func TestMembers(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "admin")
	add := func(user string, role *gigstack.Role) error {
		_, err := gigstack.AddTeamMember.Call(t.Context(), c, gigstack.AddTeamMemberInput{ID: sandbox.TeamXenon, UserID: user, Role: role})
		return err
	}
	remove := func(user string) error {
		_, err := gigstack.RemoveTeamMember.Call(t.Context(), c, gigstack.RemoveTeamMemberInput{ID: sandbox.TeamXenon, UserID: user})
		return err
	}
	require.NoError(t, add("user_mariana", nil))
	team, err := gigstack.GetTeam.Call(t.Context(), b.client(t, sandbox.TeamXenon, true, "viewer"), gigstack.TeamRef{ID: sandbox.TeamXenon})
	require.NoError(t, err)
	require.Contains(t, team.Members, gigstack.TeamMember{ID: "user_mariana", Email: "mariana@kemper.example.mx", Role: "viewer"}, "live and test share members")

	requireRefusal(t, add("user_mariana", nil), http.StatusConflict, "resource_already_exists")
	requireRefusal(t, add("user_ximena", nil), http.StatusNotFound, "resource_not_found")
	requireRefusal(t, add("user_none", nil), http.StatusNotFound, "resource_not_found")
	requireRefusal(t, add("", nil), http.StatusBadRequest, "validation_failed")
	requireRefusal(t, remove("user_laura"), http.StatusBadRequest, "operation_not_allowed")
	require.NoError(t, remove("user_mariana"))
	requireRefusal(t, remove("user_mariana"), http.StatusNotFound, "resource_not_found")
	for _, role := range []gigstack.Role{"owner", "member", "blocked"} {
		requireRefusal(t, add("user_mariana", &role), http.StatusBadRequest, "validation_failed")
	}
	status, answer := b.raw(t, b.NewKey(sandbox.TeamXenon, false, "owner"), http.MethodPost, "/teams/"+sandbox.TeamXenon+"/add-member", `{"user_id":"user_mariana"}`)
	require.Equal(t, http.StatusBadRequest, status, "on the wire the user is called id: %s", answer)
	user, err := gigstack.GetUser.Call(t.Context(), b.client(t, sandbox.TeamKemper, false, "viewer"), gigstack.UserRef{ID: "user_mariana"})
	require.NoError(t, err, "the user stays")
	require.Len(t, user.Teams, 2)
}

func TestSeries(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "admin")
	created, err := gigstack.CreateTeamSeries.Call(t.Context(), c, gigstack.CreateTeamSeriesInput{ID: sandbox.TeamXenon, Series: "WEB", Live: new(9)})
	require.NoError(t, err)
	require.Equal(t, gigstack.Series{ID: "WEB", Series: "WEB", Live: 9}, created)
	updated, err := gigstack.UpdateTeamSeries.Call(t.Context(), c, gigstack.UpdateTeamSeriesInput{ID: sandbox.TeamXenon, SeriesID: "WEB", Test: new(3)})
	require.NoError(t, err)
	require.Equal(t, gigstack.Series{ID: "WEB", Series: "WEB", Live: 9, Test: 3}, updated)
	list, err := gigstack.ListTeamSeries.Call(t.Context(), c, gigstack.TeamRef{ID: sandbox.TeamXenon})
	require.NoError(t, err)
	var codes []string
	for _, s := range list.Data {
		codes = append(codes, s.Series)
	}
	require.Equal(t, []string{"A", "B", "NC", "P", "WEB"}, codes)

	for _, tt := range []struct {
		name   string
		in     gigstack.CreateTeamSeriesInput
		status int
		code   string
	}{
		{"exists", gigstack.CreateTeamSeriesInput{Series: "A"}, 409, "resource_already_exists"},
		{"no code", gigstack.CreateTeamSeriesInput{}, 400, "validation_failed"},
		{"too long", gigstack.CreateTeamSeriesInput{Series: gigstack.SeriesCode(strings.Repeat("A", 26))}, 400, "validation_failed"},
		{"negative folio", gigstack.CreateTeamSeriesInput{Series: "X", Live: new(-1)}, 400, "validation_failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.ID = sandbox.TeamXenon
			_, err := gigstack.CreateTeamSeries.Call(t.Context(), c, tt.in)
			requireRefusal(t, err, tt.status, tt.code)
		})
	}
	for _, in := range []gigstack.UpdateTeamSeriesInput{{SeriesID: "A"}, {SeriesID: "A", Live: new(-1)}, {SeriesID: "A", Live: new(5), Test: new(-1)}} {
		in.ID = sandbox.TeamXenon
		_, err := gigstack.UpdateTeamSeries.Call(t.Context(), c, in)
		requireRefusal(t, err, http.StatusBadRequest, "validation_failed")
	}
	_, err = gigstack.UpdateTeamSeries.Call(t.Context(), c, gigstack.UpdateTeamSeriesInput{ID: sandbox.TeamXenon, SeriesID: "Z", Live: new(1)})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
}
