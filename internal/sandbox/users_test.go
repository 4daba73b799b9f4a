package sandbox_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// userIDs are the users a client lists, oldest first.
func userIDs(t *testing.T, c *gigstack.Caller) (ids []string) {
	t.Helper()
	oldest := gigstack.AccountFilter{Sort: new(gigstack.SortDirection("asc"))}
	for user, err := range gigstack.Each(t.Context(), c, gigstack.ListUsers, gigstack.ListUsersInput{Paging: gigstack.Paging{Limit: new(2)}, AccountFilter: oldest}) {
		require.NoError(t, err)
		ids = append(ids, user.ID)
	}
	return ids
}

func TestWhoSeesWhom(t *testing.T) {
	b := start(t, sandbox.Options{})
	master := b.client(t, sandbox.TeamKemper, false, "viewer")
	xenon := b.client(t, sandbox.TeamXenon, false, "viewer")
	assert.Equal(t, []string{"user_laura", "user_diego", "user_mariana", "user_pedro"}, userIDs(t, master))
	assert.Equal(t, []string{"user_laura", "user_diego", "user_pedro"}, userIDs(t, xenon))
	assert.Equal(t, userIDs(t, xenon), userIDs(t, master.As(sandbox.TeamXenon)))
	assert.Equal(t, []string{"user_ximena"}, userIDs(t, b.client(t, sandbox.TeamStranger, true, "viewer")))

	pedro, err := gigstack.GetUser.Call(t.Context(), master, gigstack.UserRef{ID: "user_pedro"})
	require.NoError(t, err)
	assert.Equal(t, "Pedro Nava Cruz", pedro.Name)
	assert.Equal(t, "viewer", pedro.Role, "in the master team")
	assert.Equal(t, []gigstack.Membership{{TeamID: sandbox.TeamKemper, TeamName: "Escuela Kemper", Role: "viewer"}, {TeamID: sandbox.TeamXenon, TeamName: "Xenon Industrial", Role: "editor"}}, pedro.Teams)
	pedro, err = gigstack.GetUser.Call(t.Context(), xenon, gigstack.UserRef{ID: "user_pedro"})
	require.NoError(t, err)
	assert.Equal(t, "editor", pedro.Role)
	assert.Len(t, pedro.Teams, 1, "other teams are not told of")

	for _, id := range []string{"user_mariana", "user_ximena", "me", "login-link"} {
		_, err := gigstack.GetUser.Call(t.Context(), xenon, gigstack.UserRef{ID: id})
		requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
	}
}

func TestCreateUser(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "editor")
	create := func(in gigstack.CreateUserInput) (gigstack.User, error) {
		return gigstack.CreateUser.Call(t.Context(), c, in)
	}
	ana, err := create(gigstack.CreateUserInput{
		Email: "ana@example.mx", Role: new(gigstack.Role("admin")),
		UserFields: gigstack.UserFields{FirstName: new("Ana"), Address: &gigstack.Address{Municipality: new("Jalpan"), Zip: new("76343")}},
	})
	require.NoError(t, err)
	assert.Empty(t, ana.Teams, "role acts with auto_join only")
	assert.Equal(t, &gigstack.Address{Zip: new("76343")}, ana.Address, "municipality is not returned")
	_, err = gigstack.GetUser.Call(t.Context(), c, gigstack.UserRef{ID: ana.ID})
	require.NoError(t, err, "its creator sees it")

	beto, err := create(gigstack.CreateUserInput{Email: "beto@example.mx", AutoJoin: new(true), Role: new(gigstack.Role("editor"))})
	require.NoError(t, err)
	assert.Equal(t, "editor", beto.Role)
	carla, err := create(gigstack.CreateUserInput{Email: "carla@example.mx", AutoJoin: new(true)})
	require.NoError(t, err)
	assert.Equal(t, []gigstack.Membership{{TeamID: sandbox.TeamXenon, TeamName: "Xenon Industrial", Role: "viewer"}}, carla.Teams)

	for _, tt := range []struct {
		name   string
		in     gigstack.CreateUserInput
		status int
		code   string
	}{
		{"taken", gigstack.CreateUserInput{Email: "ANA@example.mx"}, 409, "resource_already_exists"},
		{"no mail", gigstack.CreateUserInput{}, 400, "validation_failed"},
		{"mail with a name", gigstack.CreateUserInput{Email: "Ana <ana2@example.mx>"}, 400, "validation_failed"},
		{"role", gigstack.CreateUserInput{Email: "d@example.mx", Role: new(gigstack.Role("owner"))}, 400, "validation_failed"},
		{"zip", gigstack.CreateUserInput{Email: "d@example.mx", UserFields: gigstack.UserFields{Address: &gigstack.Address{Zip: new("1")}}}, 400, "validation_failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := create(tt.in)
			requireRefusal(t, err, tt.status, tt.code)
		})
	}
}

func TestUpdateUser(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "editor")
	before, err := gigstack.GetUser.Call(t.Context(), c, gigstack.UserRef{ID: "user_laura"})
	require.NoError(t, err)
	after, err := gigstack.UpdateUser.Call(t.Context(), c, gigstack.UpdateUserInput{ID: "user_laura", UserFields: gigstack.UserFields{Phone: new(""), Address: &gigstack.Address{Interior: new("2")}}})
	require.NoError(t, err)
	before.Phone, before.Address.Interior = "", new("2")
	assert.Equal(t, before, after, "nothing else changed")

	status, answer := b.raw(t, b.NewKey(sandbox.TeamKemper, false, "owner"), http.MethodPut, "/users/user_laura", `{"email":"otra@example.mx"}`)
	assert.Equal(t, http.StatusBadRequest, status, answer)
	_, err = gigstack.UpdateUser.Call(t.Context(), c, gigstack.UpdateUserInput{ID: "user_ximena"})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
}

func TestResetPassword(t *testing.T) {
	b := start(t, sandbox.Options{})
	secret := b.NewKey(sandbox.TeamKemper, false, "editor")
	status, answer := b.raw(t, secret, http.MethodPost, "/users/reset-password", `{"email":"Diego@kemper.example.mx"}`)
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, answer, `"data":{"email":"diego@kemper.example.mx"}`, "the address and no secret")
	for name, tt := range map[string]struct {
		body   string
		status int
	}{
		"no mail":               {`{}`, 400},
		"nobody":                {`{"email":"nadie@example.mx"}`, 404},
		"of another account":    {`{"email":"ximena@organicos.example.mx"}`, 404},
		"password is not taken": {`{"email":"diego@kemper.example.mx","password":"x"}`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := b.raw(t, secret, http.MethodPost, "/users/reset-password", tt.body)
			assert.Equal(t, tt.status, status, answer)
		})
	}
}
