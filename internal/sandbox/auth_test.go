package sandbox_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// requireRefusal checks that err is gigstack's refusal with this status and code.
func requireRefusal(t *testing.T, err error, status int, code string) {
	t.Helper()
	refusal := failure(t, err, status)
	require.Equal(t, code, refusal.Code, refusal.Message)
	require.Equal(t, gigstack.Refused, refusal.Outcome)
}

// The four refusals of Connect, word for word as they are documented.
const (
	notMaster  = `{"message":"Unauthorized","error":"Unauthorized, not a master team"}`
	noSuchTeam = `{"message":"Team not found","error":"The specified team does not exist"}`
	noMatch    = `{"message":"Unauthorized","error":"Unauthorized, no matched teams"}`
	roleTooLow = `{"message":"Access denied","error":"Your role does not allow this action on the target team"}`
)

func TestConnect(t *testing.T) {
	const service = `{"description":"Clase","unit_price":100}`
	tests := []struct {
		name               string
		key, role          string // key's team and role
		method, path, body string
		status             int
		answer             string // "" for any
	}{
		{name: "own team by default", key: sandbox.TeamXenon, method: "GET", path: "/services", status: 200},
		{name: "own team named, no master", key: sandbox.TeamXenon, method: "GET", path: "/services?team=" + sandbox.TeamXenon, status: 200},
		{name: "empty team is absent, no master", key: sandbox.TeamXenon, method: "GET", path: "/services?team=", status: 200},
		{name: "bare team is absent, no master", key: sandbox.TeamXenon, method: "GET", path: "/services?team", status: 200},
		{name: "master acts for another", key: sandbox.TeamKemper, method: "GET", path: "/services?team=" + sandbox.TeamXenon, status: 200},
		{name: "team is read from the query of a write too", key: sandbox.TeamKemper, method: "POST", path: "/services?team=" + sandbox.TeamXenon, body: service, status: 201},

		{name: "not a master", key: sandbox.TeamXenon, method: "GET", path: "/services?team=" + sandbox.TeamKemper, status: 401, answer: notMaster},
		{name: "no such team", key: sandbox.TeamKemper, method: "GET", path: "/services?team=team_none", status: 404, answer: noSuchTeam},
		{name: "team pending deletion", key: sandbox.TeamKemper, method: "GET", path: "/services?team=" + sandbox.TeamNueva, status: 404, answer: noSuchTeam},
		{name: "another billing account", key: sandbox.TeamKemper, method: "GET", path: "/services?team=" + sandbox.TeamStranger, status: 401, answer: noMatch},
		{name: "role on the target", key: sandbox.TeamKemper, role: "viewer", method: "POST", path: "/services?team=" + sandbox.TeamXenon, body: service, status: 403, answer: roleTooLow},
		{name: "settings of the target", key: sandbox.TeamKemper, role: "editor", method: "PUT", path: "/teams/" + sandbox.TeamXenon + "/settings?team=" + sandbox.TeamXenon, body: `{}`, status: 403, answer: roleTooLow},

		{name: "master comes before existence", key: sandbox.TeamXenon, method: "GET", path: "/services?team=team_none", status: 401, answer: notMaster},
		{name: "master comes before the account", key: sandbox.TeamXenon, method: "GET", path: "/services?team=" + sandbox.TeamStranger, status: 401, answer: notMaster},
		{name: "existence comes before the role", key: sandbox.TeamKemper, role: "blocked", method: "GET", path: "/services?team=team_none", status: 404, answer: noSuchTeam},
		{name: "the account comes before the role", key: sandbox.TeamKemper, role: "blocked", method: "GET", path: "/services?team=" + sandbox.TeamStranger, status: 401, answer: noMatch},
		{name: "the role comes before the body", key: sandbox.TeamKemper, role: "viewer", method: "POST", path: "/services?team=" + sandbox.TeamXenon, body: `{"no":1}`, status: 403, answer: roleTooLow},
	}
	for _, old := range []bool{false, true} {
		b := start(t, sandbox.Options{OldErrors: old})
		b.deleteTeam(t, sandbox.TeamNueva)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				role := tt.role
				if role == "" {
					role = "owner"
				}
				status, answer := b.raw(t, b.NewKey(tt.key, false, role), tt.method, tt.path, tt.body)
				assert.Equal(t, tt.status, status, answer)
				if tt.answer != "" {
					assert.JSONEq(t, tt.answer, answer, "Connect has one form of error, whatever the others have")
				}
			})
		}
	}
}

func TestConnectErrorsAreToldApartByTheClient(t *testing.T) {
	b := start(t, sandbox.Options{})
	master := b.client(t, sandbox.TeamKemper, false, "viewer")
	_, err := gigstack.ListServices.Call(t.Context(), b.client(t, sandbox.TeamXenon, false, "owner").As(sandbox.TeamKemper), gigstack.ListServicesInput{})
	requireRefusal(t, err, http.StatusUnauthorized, gigstack.CodeNotMasterTeam)
	_, err = gigstack.ListServices.Call(t.Context(), master.As("team_none"), gigstack.ListServicesInput{})
	requireRefusal(t, err, http.StatusNotFound, gigstack.CodeTeamNotFound)
	_, err = gigstack.ListServices.Call(t.Context(), master.As(sandbox.TeamStranger), gigstack.ListServicesInput{})
	requireRefusal(t, err, http.StatusUnauthorized, gigstack.CodeNoMatchedTeams)
	_, err = gigstack.CreateService.Call(t.Context(), master.As(sandbox.TeamXenon), gigstack.CreateServiceInput{Description: "Clase"})
	requireRefusal(t, err, http.StatusForbidden, gigstack.CodeRoleTooLow)
}

func TestKeys(t *testing.T) {
	b := start(t, sandbox.Options{})
	b.deleteTeam(t, sandbox.TeamNueva)
	revoked := b.NewKey(sandbox.TeamKemper, false, "owner")
	b.RevokeKey(revoked)
	old := start(t, sandbox.Options{OldErrors: true})
	unauthorized := `{"success":false,"error":{"code":"unauthorized","message":"Invalid or missing API key","details":[]}}`
	forbidden := `{"success":false,"error":{"code":"insufficient_permissions","message":"Your role does not allow this action","details":[]}}`
	tests := []struct {
		name   string
		bench  *bench
		secret string
		method string
		status int
		answer string
	}{
		{"no key", b, "", "GET", 401, unauthorized},
		{"unknown key", b, "sk_test_1", "GET", 401, unauthorized},
		{"revoked key", b, revoked, "GET", 401, unauthorized},
		{"no key, older form", old, "", "GET", 401, `{"message":"Invalid or missing API key","error":"unauthorized"}`},
		{"key of a team pending deletion", b, b.NewKey(sandbox.TeamNueva, false, "owner"), "GET", 404, noSuchTeam},
		{"key of no team", b, b.NewKey("team_none", false, "owner"), "GET", 404, noSuchTeam},
		{"blocked", b, b.NewKey(sandbox.TeamKemper, false, "blocked"), "GET", 403, forbidden},
		{"role unknown to gigstack", b, b.NewKey(sandbox.TeamKemper, false, "wizard"), "GET", 403, forbidden},
		{"viewer writes", b, b.NewKey(sandbox.TeamKemper, false, "viewer"), "POST", 403, forbidden},
		{"viewer writes, older form", old, old.NewKey(sandbox.TeamKemper, false, "viewer"), "POST", 403, `{"message":"Your role does not allow this action","error":"insufficient_permissions"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, answer := tt.bench.raw(t, tt.secret, tt.method, "/services", "")
			assert.Equal(t, tt.status, status)
			assert.JSONEq(t, tt.answer, answer)
		})
	}
}

func TestTestAndLiveNeverMeet(t *testing.T) {
	b := start(t, sandbox.Options{Empty: false})
	test, live := b.client(t, sandbox.TeamNueva, false, "owner"), b.client(t, sandbox.TeamNueva, true, "owner")
	service, err := gigstack.CreateService.Call(t.Context(), live, gigstack.CreateServiceInput{Description: "Soldadura", UnitPrice: gigstack.Dec("450")})
	require.NoError(t, err)
	require.True(t, service.Livemode)

	_, err = gigstack.GetService.Call(t.Context(), test, gigstack.ServiceRef{ID: service.ID})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
	_, err = gigstack.DeleteService.Call(t.Context(), test, gigstack.ServiceRef{ID: service.ID})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
	_, err = gigstack.GetService.Call(t.Context(), b.client(t, sandbox.TeamXenon, true, "owner"), gigstack.ServiceRef{ID: service.ID})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")

	master := b.client(t, sandbox.TeamKemper, true, "owner").As(sandbox.TeamNueva)
	read, err := gigstack.GetService.Call(t.Context(), master, gigstack.ServiceRef{ID: service.ID})
	require.NoError(t, err)
	require.Equal(t, service, read)
}

func TestDemoKeys(t *testing.T) {
	b, again := start(t, sandbox.Options{}), start(t, sandbox.Options{})
	keys := b.DemoKeys()
	require.Equal(t, keys, again.DemoKeys(), "the same in every run")
	require.Empty(t, start(t, sandbox.Options{Empty: true}).DemoKeys())

	var said []sandbox.DemoKey
	for _, k := range keys {
		key, err := gigstack.NewKey(k.Secret)
		require.NoError(t, err)
		claims := key.Claims()
		require.Equal(t, k.Team, claims.Team)
		require.Equal(t, k.Livemode, *claims.Livemode)
		status, _ := b.raw(t, k.Secret, "GET", "/services", "")
		require.Equal(t, http.StatusOK, status)
		k.Secret = ""
		said = append(said, k)
	}
	require.Equal(t, []sandbox.DemoKey{
		{Team: sandbox.TeamKemper, Role: "owner"},
		{Team: sandbox.TeamKemper, Role: "owner", Livemode: true},
		{Team: sandbox.TeamXenon, Role: "owner"},
		{Team: sandbox.TeamKemper, Role: "viewer"},
	}, said)
}
