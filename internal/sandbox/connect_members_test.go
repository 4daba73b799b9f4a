package sandbox_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// connectMembers is a team's members by id.
func connectMembers(t *testing.T, c *gigstack.Caller, team string) map[string]gigstack.ConnectMember {
	t.Helper()
	page, err := gigstack.ConnectListTeamMembers.Call(t.Context(), c, gigstack.TeamRef{ID: team})
	require.NoError(t, err)
	members := map[string]gigstack.ConnectMember{}
	for _, m := range page.Data {
		members[m.ID] = m
	}
	return members
}

func TestConnectRoles(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "owner")
	for role, tt := range map[gigstack.ConnectRole]struct {
		today, documents string
		admin            bool
	}{
		"admin":     {"admin", "editor", true},
		"manager":   {"editor", "editor", false},
		"developer": {"viewer", "viewer", false},
		"user":      {"viewer", "viewer", false},
	} {
		t.Run(string(role), func(t *testing.T) {
			m, err := gigstack.ConnectAddTeamMember.Call(t.Context(), c, gigstack.ConnectAddMemberInput{ID: sandbox.TeamXenon, Email: string(role) + "@example.mx", Role: role})
			require.NoError(t, err)
			assert.Equal(t, []any{string(role), tt.admin, false, "invited"}, []any{m.Role, m.IsAdmin, m.IsSuperAdmin, m.Status})
			assert.Equal(t, []string{tt.documents, tt.documents, tt.today}, []string{*m.Permissions.Invoices, *m.Permissions.Payments, *m.Permissions.Services})
			user, err := gigstack.GetUser.Call(t.Context(), c.As(sandbox.TeamXenon), gigstack.UserRef{ID: m.ID})
			require.NoError(t, err, "whoever is invited is a user of today's too")
			assert.Equal(t, tt.today, user.Role)
		})
	}
	own := connectMembers(t, c, sandbox.TeamKemper)
	assert.True(t, own["user_laura"].IsSuperAdmin)
	assert.Equal(t, []string{"owner", "admin", "manager", "user"}, []string{own["user_laura"].Role, own["user_diego"].Role, own["user_mariana"].Role, own["user_pedro"].Role}, "today's roles in older words")
}

func TestConnectInvitations(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "admin")
	invite := func(email string, role gigstack.ConnectRole, permissions ...gigstack.ConnectPermission) (gigstack.ConnectMember, error) {
		return gigstack.ConnectAddTeamMember.Call(t.Context(), c, gigstack.ConnectAddMemberInput{ID: sandbox.TeamXenon, Email: email, Role: role, Permissions: permissions})
	}
	known, err := invite("Mariana@kemper.example.mx", "user", "payments.update")
	require.NoError(t, err)
	assert.Equal(t, []string{"user_mariana", "active", "editor", "none"}, []string{known.ID, known.Status, *known.Permissions.Payments, *known.Permissions.Invoices}, "permissions count for more than the role")
	for email, tt := range map[string]struct {
		role   gigstack.ConnectRole
		status int
		code   string
	}{
		"laura@kemper.example.mx":     {"user", 409, "resource_already_exists"},
		"ximena@organicos.example.mx": {"user", 409, "resource_already_exists"},
		"nobody":                      {"user", 400, "validation_failed"},
		"a@example.mx":                {"boss", 400, "validation_failed"},
		"b@example.mx":                {"", 400, "validation_failed"},
		"c@example.mx":                {"owner", 400, "operation_not_allowed"},
	} {
		_, err := invite(email, tt.role)
		requireRefusal(t, err, tt.status, tt.code)
	}
	_, err = invite("d@example.mx", "user", "invoices.delete")
	requireRefusal(t, err, http.StatusBadRequest, "validation_failed")
}

func TestConnectMemberChanges(t *testing.T) {
	b := start(t, sandbox.Options{})
	admin, owner := b.client(t, sandbox.TeamKemper, false, "admin"), b.client(t, sandbox.TeamKemper, false, "owner")
	change := func(c *gigstack.Caller, id string, role gigstack.ConnectRole, permissions ...gigstack.ConnectPermission) error {
		_, err := gigstack.ConnectUpdateTeamMember.Call(t.Context(), c, gigstack.ConnectUpdateMemberInput{ID: sandbox.TeamKemper, MemberID: id, Role: &role, Permissions: permissions})
		return err
	}
	require.NoError(t, change(admin, "user_pedro", "manager", "invoices.read"))
	pedro := connectMembers(t, admin, sandbox.TeamKemper)["user_pedro"]
	assert.Equal(t, []string{"manager", "viewer", "none"}, []string{pedro.Role, *pedro.Permissions.Invoices, *pedro.Permissions.Payments})
	requireRefusal(t, change(admin, "user_ximena", "user"), http.StatusNotFound, "resource_not_found")
	requireRefusal(t, change(admin, "user_pedro", "boss"), http.StatusBadRequest, "validation_failed")
	requireRefusal(t, change(owner, "user_laura", "user"), http.StatusBadRequest, "operation_not_allowed")

	requireRefusal(t, change(admin, "user_diego", "owner"), http.StatusForbidden, gigstack.CodeRoleTooLow)
	require.NoError(t, change(owner, "user_diego", "owner"))
	members := connectMembers(t, admin, sandbox.TeamKemper)
	assert.Equal(t, []string{"owner", "admin"}, []string{members["user_diego"].Role, members["user_laura"].Role})
	team, err := gigstack.GetTeam.Call(t.Context(), admin, gigstack.TeamRef{ID: sandbox.TeamKemper})
	require.NoError(t, err)
	assert.Equal(t, "user_diego", team.Owner)

	_, err = gigstack.RemoveTeamMember.Call(t.Context(), admin, gigstack.RemoveTeamMemberInput{ID: sandbox.TeamKemper, UserID: "user_pedro"})
	require.NoError(t, err)
	_, err = gigstack.AddTeamMember.Call(t.Context(), admin, gigstack.AddTeamMemberInput{ID: sandbox.TeamKemper, UserID: "user_pedro", Role: new(gigstack.Role("editor"))})
	require.NoError(t, err)
	assert.Equal(t, "editor", *connectMembers(t, admin, sandbox.TeamKemper)["user_pedro"].Permissions.Payments, "who comes back begins anew")
}

func TestConnectBulk(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, false, "admin")
	before := connectMembers(t, c, sandbox.TeamKemper)
	update := func(changes ...gigstack.MemberChange) ([]gigstack.ConnectMember, error) {
		return gigstack.ConnectUpdateTeamMembers.Call(t.Context(), c, gigstack.ConnectUpdateMembersInput{ID: sandbox.TeamKemper, Members: changes})
	}
	remove := func(ids ...string) ([]gigstack.ConnectMember, error) {
		return gigstack.ConnectRemoveTeamMembers.Call(t.Context(), c, gigstack.ConnectRemoveMembersInput{ID: sandbox.TeamKemper, Members: ids})
	}
	_, err := update(gigstack.MemberChange{ID: "user_pedro", Role: new(gigstack.ConnectRole("manager"))}, gigstack.MemberChange{ID: "user_none"})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
	_, err = remove("user_pedro", "user_laura")
	requireRefusal(t, err, http.StatusBadRequest, "operation_not_allowed")
	for _, err := range []error{second(update()), second(remove())} {
		requireRefusal(t, err, http.StatusBadRequest, "validation_failed")
	}
	assert.Equal(t, before, connectMembers(t, c, sandbox.TeamKemper), "all or none")

	changed, err := update(gigstack.MemberChange{ID: "user_pedro", Role: new(gigstack.ConnectRole("manager"))},
		gigstack.MemberChange{ID: "user_mariana", Permissions: &gigstack.MemberLevels{Expenses: new("none")}})
	require.NoError(t, err)
	require.Len(t, changed, 2)
	now := connectMembers(t, c, sandbox.TeamKemper)
	assert.Equal(t, []string{"manager", "none", "editor"}, []string{now["user_pedro"].Role, *now["user_mariana"].Permissions.Expenses, *now["user_mariana"].Permissions.Invoices})

	removed, err := remove("user_pedro", "user_mariana")
	require.NoError(t, err)
	assert.Len(t, removed, 2)
	assert.Len(t, connectMembers(t, c, sandbox.TeamKemper), 2)
	gone, err := gigstack.ConnectRemoveTeamMember.Call(t.Context(), c, gigstack.ConnectMemberRef{ID: sandbox.TeamKemper, MemberID: "user_diego"})
	require.NoError(t, err)
	assert.True(t, gone.Removed)
	_, err = gigstack.ConnectRemoveTeamMember.Call(t.Context(), c, gigstack.ConnectMemberRef{ID: sandbox.TeamKemper, MemberID: "user_diego"})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
}

// second is the error of a call whose answer does not matter.
func second[T any](_ T, err error) error { return err }
