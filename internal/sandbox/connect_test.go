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

// connectTeam reads a team through the older endpoint.
func connectTeam(t *testing.T, c *gigstack.Caller, id string) gigstack.ConnectTeam {
	t.Helper()
	team, err := gigstack.ConnectGetTeam.Call(t.Context(), c, gigstack.TeamRef{ID: id})
	require.NoError(t, err)
	return team
}

// longerForm is a new team in the form that needs eight fields.
func longerForm() gigstack.ConnectTeamFields {
	return gigstack.ConnectTeamFields{
		Members: []string{"user_diego"}, Alias: new("Kijote"), PrimaryColor: new(gigstack.Color("#0A7CFF")), LogoURL: new("https://example.com/logo.png"),
		LegalName: new("KERNEL INDUSTIA JUGUETERA"), Address: &gigstack.LegacyAddress{Zip: new("28971")}, ContactEmails: []string{"a@example.mx"}, SupportEmail: new("b@example.mx"),
	}
}

// The four refusals of Connect, in the older form of errors.
func TestConnectRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	master := b.client(t, sandbox.TeamKemper, false, "owner")
	_, err := gigstack.DeleteTeam.Call(t.Context(), master, gigstack.TeamRef{ID: sandbox.TeamNueva})
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		c      *gigstack.Caller
		id     string
		status int
		code   string
	}{
		"no master":               {b.client(t, sandbox.TeamXenon, false, "owner"), sandbox.TeamXenon, 401, gigstack.CodeNotMasterTeam},
		"no such team":            {master, "team_none", 404, gigstack.CodeTeamNotFound},
		"flagged for deletion":    {master, sandbox.TeamNueva, 404, gigstack.CodeTeamNotFound},
		"another billing account": {master, sandbox.TeamStranger, 401, gigstack.CodeNoMatchedTeams},
		"role too low":            {b.client(t, sandbox.TeamKemper, false, "editor"), sandbox.TeamXenon, 403, gigstack.CodeRoleTooLow},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gigstack.ConnectUpdateTeam.Call(t.Context(), tt.c, gigstack.ConnectUpdateTeamInput{ID: tt.id})
			requireRefusal(t, err, tt.status, tt.code)
		})
	}
	status, answer := b.raw(t, b.NewKey(sandbox.TeamKemper, false, "owner"), http.MethodPost, "/connect/teams", `{"name":" "}`)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.JSONEq(t, `{"message":"name is required","error":"validation_failed"}`, answer)
	_, err = gigstack.ConnectDeleteTeam.Call(t.Context(), b.client(t, sandbox.TeamKemper, false, "admin"), gigstack.TeamRef{ID: sandbox.TeamXenon})
	requireRefusal(t, err, http.StatusForbidden, gigstack.CodeRoleTooLow)
}

func TestConnectCreateTeam(t *testing.T) {
	b := start(t, sandbox.Options{})
	master := b.client(t, sandbox.TeamKemper, false, "admin")
	brief, err := gigstack.ConnectCreateTeam.Call(t.Context(), master, gigstack.ConnectCreateTeamInput{ConnectTeamFields: gigstack.ConnectTeamFields{Name: new("Sucursal")}})
	require.NoError(t, err)
	assert.Empty(t, brief.OnboardingURL)
	assert.Equal(t, gigstack.ConnectTeamOnboarding{CurrentStep: "team_setup", Steps: []string{"team_setup", "payment_integration", "client_setup", "invoice_configuration"}}, *brief.Onboarding)
	today, err := gigstack.GetTeam.Call(t.Context(), master, gigstack.TeamRef{ID: brief.ID})
	require.NoError(t, err, "it is one of today's teams too")
	assert.Equal(t, "Sucursal", today.Brand.Alias)

	longer, err := gigstack.ConnectCreateTeam.Call(t.Context(), master, gigstack.ConnectCreateTeamInput{ConnectTeamFields: longerForm()})
	require.NoError(t, err)
	assert.NotEmpty(t, longer.OnboardingURL)
	assert.Equal(t, []string{"user_laura", "user_diego"}, []string{longer.Members[0].ID, longer.Members[1].ID})
	assert.Equal(t, "user", longer.Members[1].Role)

	key := b.NewKey(sandbox.TeamKemper, false, "owner")
	for body, status := range map[string]int{
		`{"name":"Otra"}`: 201,
		`{"members":[],"alias":"Kiosco","primaryColor":"#0A7CFF","logoUrl":"https://example.com/l.png","legalName":"K","address":{},"contactEmails":[],"supportEmail":"b@example.mx"}`: 200,
		`{"alias":"Kiosco"}`:                         400,
		`{"name":"x","members":["user_ximena"]}`:     404,
		`{"name":"x","taxId":"XIA190128J61"}`:        409,
		`{"name":"x","primaryColor":"blue"}`:         400,
		`{"name":"x","logoUrl":"logo"}`:              400,
		`{"name":"x","contactEmails":["nobody"]}`:    400,
		`{"name":"x","onboarding":{"steps":["x"]}}`:  400,
		`{"name":"x","settings":{"currency":"mxn"}}`: 400,
	} {
		got, answer := b.raw(t, key, http.MethodPost, "/connect/teams", body)
		assert.Equal(t, status, got, "%s: %s", body, answer)
	}
}

func TestConnectUpdateTeam(t *testing.T) {
	b := start(t, sandbox.Options{})
	master := b.client(t, sandbox.TeamKemper, false, "admin")
	before := connectTeam(t, master, sandbox.TeamXenon)
	b.advance(time.Hour)
	after, err := gigstack.ConnectUpdateTeam.Call(t.Context(), master, gigstack.ConnectUpdateTeamInput{ID: sandbox.TeamXenon, ConnectTeamFields: gigstack.ConnectTeamFields{
		Description: new("Motores"), Metadata: gigstack.Metadata{"a": "1"}, Settings: &gigstack.ConnectSettings{Language: new("en")}, Members: []string{"user_mariana"},
	}})
	require.NoError(t, err)
	assert.Equal(t, "Motores", after.Description)
	assert.Equal(t, before.Industry, after.Industry, "what is left out stays")
	assert.Equal(t, []string{"en", "MXN"}, []string{*after.Settings.Language, string(*after.Settings.Currency)})
	assert.Len(t, after.Members, len(before.Members)+1)
	assert.Greater(t, after.UpdatedAt, before.UpdatedAt)
	_, err = gigstack.ConnectUpdateTeam.Call(t.Context(), master, gigstack.ConnectUpdateTeamInput{ID: sandbox.TeamXenon, ConnectTeamFields: gigstack.ConnectTeamFields{Metadata: gigstack.Metadata{"b": "2"}}})
	require.NoError(t, err)
	now := connectTeam(t, master, sandbox.TeamXenon)
	assert.Equal(t, gigstack.Metadata{"a": "1", "b": "2"}, now.Metadata, "metadata is merged")

	_, err = gigstack.ConnectUpdateTeam.Call(t.Context(), master, gigstack.ConnectUpdateTeamInput{ID: sandbox.TeamXenon, ConnectTeamFields: gigstack.ConnectTeamFields{
		Alias: new("Otra"), Members: []string{"user_diego", "user_none"},
	}})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
	assert.Equal(t, now, connectTeam(t, master, sandbox.TeamXenon), "a refused change is not half done")
	_, err = gigstack.UpdateTeam.Call(t.Context(), master, gigstack.UpdateTeamInput{ID: sandbox.TeamXenon, TeamFields: gigstack.TeamFields{Brand: &gigstack.Brand{Alias: "Xenon MX"}}})
	require.NoError(t, err)
	assert.Equal(t, "Xenon MX", connectTeam(t, master, sandbox.TeamXenon).Name, "today's endpoint changes the same team")
}

func TestConnectListTeams(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "viewer")
	ids := func(in gigstack.ConnectListTeamsInput) (ids []string) {
		for team, err := range gigstack.Each(t.Context(), c, gigstack.ConnectListTeams, in) {
			require.NoError(t, err)
			ids = append(ids, strings.TrimPrefix(team.ID, "team_"))
		}
		return ids
	}
	all := []string{"nueva", "robotica", "xenon", "kemper"}
	assert.Equal(t, all, ids(gigstack.ConnectListTeamsInput{}))
	assert.Equal(t, all, ids(gigstack.ConnectListTeamsInput{OffsetPaging: gigstack.OffsetPaging{Limit: new(1)}}), "page by page")
	assert.Equal(t, []string{"nueva"}, ids(gigstack.ConnectListTeamsInput{Onboarded: new(false)}))
	assert.Equal(t, []string{"robotica", "kemper"}, ids(gigstack.ConnectListTeamsInput{Industry: new("education")}))
	assert.Empty(t, ids(gigstack.ConnectListTeamsInput{Country: new("CO")}))
	_, err := gigstack.DeleteTeam.Call(t.Context(), b.client(t, sandbox.TeamKemper, false, "owner"), gigstack.TeamRef{ID: sandbox.TeamNueva})
	require.NoError(t, err)
	assert.Equal(t, all[1:], ids(gigstack.ConnectListTeamsInput{}))
	assert.Equal(t, all[:1], ids(gigstack.ConnectListTeamsInput{Status: new("pending_deletion")}))

	key := b.NewKey(sandbox.TeamKemper, false, "viewer")
	for query, status := range map[string]int{"offset=2&limit=1": 200, "offset=99": 200, "offset=-1": 400, "offset=x": 400, "limit=101": 400} {
		got, answer := b.raw(t, key, http.MethodGet, "/connect/teams?"+query, "")
		assert.Equal(t, status, got, "%s: %s", query, answer)
	}
	_, answer := b.raw(t, key, http.MethodGet, "/connect/teams?limit=1", "")
	for _, part := range []string{`"totalResults":3`, `"hasMore":true`, `"next":null`} {
		assert.Contains(t, answer, part, "the older envelope")
	}
	assert.NotContains(t, answer, `"success"`)
}

func TestConnectDeleteTeam(t *testing.T) {
	b := start(t, sandbox.Options{})
	owner := b.client(t, sandbox.TeamKemper, false, "owner")
	_, err := gigstack.ConnectDeleteTeam.Call(t.Context(), owner, gigstack.TeamRef{ID: sandbox.TeamXenon})
	requireRefusal(t, err, http.StatusBadRequest, "business_rule_violation")
	deleted, err := gigstack.ConnectDeleteTeam.Call(t.Context(), owner, gigstack.TeamRef{ID: sandbox.TeamNueva})
	require.NoError(t, err)
	assert.Equal(t, gigstack.Deleted{ID: sandbox.TeamNueva, Deleted: true}, deleted)
	assert.NotContains(t, teamIDs(t, owner, gigstack.ListTeamsInput{}), sandbox.TeamNueva)
	_, err = gigstack.ConnectDeleteTeam.Call(t.Context(), owner, gigstack.TeamRef{ID: sandbox.TeamNueva})
	requireRefusal(t, err, http.StatusNotFound, gigstack.CodeTeamNotFound)
}

func TestOnboarding(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "admin")
	read := func(id string) gigstack.ConnectOnboarding {
		v, err := gigstack.ConnectGetTeamOnboarding.Call(t.Context(), c, gigstack.TeamRef{ID: id})
		require.NoError(t, err)
		return v
	}
	complete := func(id string, step gigstack.OnboardingStep) (gigstack.ConnectOnboarding, error) {
		return gigstack.ConnectCompleteOnboardingStep.Call(t.Context(), c, gigstack.ConnectCompleteStepInput{ID: id, Step: step})
	}
	assert.True(t, read(sandbox.TeamKemper).Completed, "a team of today's has gone through it too")
	first := read(sandbox.TeamNueva)
	assert.Equal(t, []any{25, "payment_integration", false}, []any{first.Progress, first.CurrentStep, first.Completed})
	assert.NotEqual(t, first.OnboardingURL, read(sandbox.TeamNueva).OnboardingURL, "a fresh link each time")

	_, err := complete(sandbox.TeamNueva, "payment_integration")
	require.NoError(t, err)
	done := read(sandbox.TeamNueva).Steps[1].CompletedAt
	b.advance(time.Hour)
	again, err := complete(sandbox.TeamNueva, "payment_integration")
	require.NoError(t, err)
	assert.Equal(t, done, again.Steps[1].CompletedAt, "twice changes nothing")
	last, err := complete(sandbox.TeamNueva, "invoice_configuration")
	require.NoError(t, err)
	assert.Equal(t, []any{75, "client_setup", true}, []any{last.Progress, last.CurrentStep, last.Completed}, "a step that is not required is left")

	plan := gigstack.OnboardingPlan{Steps: []gigstack.OnboardingStep{"client_setup", "team_setup", "invoice_configuration"}}
	team, err := gigstack.ConnectCreateTeam.Call(t.Context(), c, gigstack.ConnectCreateTeamInput{ConnectTeamFields: gigstack.ConnectTeamFields{Name: new("Corta"), Onboarding: &plan}})
	require.NoError(t, err)
	_, err = complete(team.ID, "payment_integration")
	requireRefusal(t, err, http.StatusBadRequest, "validation_failed")
	one, err := complete(team.ID, "team_setup")
	require.NoError(t, err)
	assert.Equal(t, []any{33, "client_setup"}, []any{one.Progress, one.CurrentStep})
	_, err = gigstack.ConnectUpdateTeam.Call(t.Context(), c, gigstack.ConnectUpdateTeamInput{ID: team.ID, ConnectTeamFields: gigstack.ConnectTeamFields{Onboarding: &gigstack.OnboardingPlan{Completed: new(true)}}})
	require.NoError(t, err)
	assert.Equal(t, 100, read(team.ID).Progress)
}

func TestConnectIntegrations(t *testing.T) {
	b := start(t, sandbox.Options{})
	key := b.NewKey(sandbox.TeamKemper, false, "admin")
	list := func(id string) (names []string) {
		page, err := gigstack.ConnectListIntegrations.Call(t.Context(), b.client(t, sandbox.TeamKemper, true, "viewer"), gigstack.TeamRef{ID: id})
		require.NoError(t, err)
		for _, v := range page.Data {
			names = append(names, v.Name)
		}
		return names
	}
	for body, status := range map[string]int{
		`{"type":"webhook","name":"Cobros","configuration":{"url":"https://example.com/h"}}`: 201,
		`{"type":"webhook","name":"Cobros","configuration":{"url":"http://example.com/h"}}`:  400,
		`{"type":"webhook","name":"Cobros","configuration":{}}`:                              400,
		`{"type":"webhook","configuration":{"url":"https://example.com/h"}}`:                 400,
		`{"name":"Cobros","configuration":{}}`:                                               400,
	} {
		got, answer := b.raw(t, key, http.MethodPost, "/connect/teams/"+sandbox.TeamXenon+"/integrations", body)
		assert.Equal(t, status, got, "%s: %s", body, answer)
	}
	assert.Equal(t, []string{"Cobros"}, list(sandbox.TeamXenon), "live and test share them")
	assert.Equal(t, []string{"Avisos de cobro"}, list(sandbox.TeamKemper))
}
