package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// access is what only the older endpoints know of a member.
type access struct {
	role        gigstack.ConnectRole
	permissions []gigstack.ConnectPermission // the role's when empty
	levels      gigstack.MemberLevels        // over what role and permissions give
	invited     bool                         // has not come yet
}

// todaysRole is the role that today's endpoints show for an older one.
var todaysRole = map[gigstack.ConnectRole]gigstack.Role{"owner": "admin", "admin": "admin", "manager": "editor", "developer": "viewer", "user": "viewer"}

// olderRole is todaysRole backwards, for members the older endpoints never saw.
var olderRole = map[gigstack.Role]gigstack.ConnectRole{"admin": "admin", "editor": "manager", "viewer": "user"}

// permissionsOf is what a role may do.
func permissionsOf(role gigstack.ConnectRole) (all []gigstack.ConnectPermission) {
	for _, choice := range gigstack.ConnectPermission("").Choices() {
		if may(role, choice.Value) {
			all = append(all, gigstack.ConnectPermission(choice.Value))
		}
	}
	return all
}

// may reports whether a permission is one a role has by default.
func may(role gigstack.ConnectRole, permission string) bool {
	area, verb, _ := strings.Cut(permission, ".")
	reads := verb == "read"
	switch role {
	case "owner":
		return true
	case "admin":
		return permission != "team.delete"
	case "manager":
		return reads || area != "team" && area != "integrations"
	case "developer":
		return reads || area == "integrations"
	default:
		return reads && area != "members" && area != "integrations"
	}
}

// levelIn is what permissions come to in one area.
func levelIn(area string, permissions []gigstack.ConnectPermission) string {
	has := func(verb string) bool {
		return slices.Contains(permissions, gigstack.ConnectPermission(area+"."+verb))
	}
	switch {
	case has("create"), has("update"):
		return "editor"
	case has("read"):
		return "viewer"
	default:
		return "none"
	}
}

// accessOf is a member's access. Where today's endpoints changed the role
// meanwhile, theirs counts.
func (t *team) accessOf(m member) access {
	a := t.connect.access[m.user]
	if m.user == t.owner {
		a.role = "owner"
	} else if todaysRole[a.role] != m.role || a.role == "owner" {
		a = access{role: olderRole[m.role], invited: a.invited}
	}
	return a
}

// connectMembers is a team's members as the older endpoints return them.
func (c *call) connectMembers(t *team) (members []gigstack.ConnectMember) {
	for _, m := range t.members {
		if u, ok := c.sandbox.state.users.get(m.user); ok {
			members = append(members, showMember(t, m, u))
		}
	}
	return members
}

func showMember(t *team, m member, u *user) gigstack.ConnectMember {
	a := t.accessOf(m)
	permissions := a.permissions
	if len(permissions) == 0 {
		permissions = permissionsOf(a.role)
	}
	levels := patched(gigstack.MemberLevels{
		Invoices: new(levelIn("invoices", permissions)), Payments: new(levelIn("payments", permissions)),
		Expenses: new(string(m.role)), Services: new(string(m.role)), // no permission names them
	}, a.levels)
	status := "active"
	if a.invited {
		status = "invited"
	}
	return gigstack.ConnectMember{
		ID: u.ID, Email: u.Email, Role: string(a.role), IsAdmin: m.role == "admin", IsSuperAdmin: a.role == "owner", Status: status, Permissions: &levels,
	}
}

// theMembers is some of a team's members.
func (c *call) theMembers(t *team, ids ...string) (members []gigstack.ConnectMember) {
	return slices.DeleteFunc(c.connectMembers(t), func(m gigstack.ConnectMember) bool { return !slices.Contains(ids, m.ID) })
}

// connectAddTeamMember lets a person in who may not have a login yet. The mail is
// only told of: the sandbox talks to nobody.
func (c *call) connectAddTeamMember(in gigstack.ConnectAddMemberInput) (v gigstack.ConnectMember, err error) {
	if err := cmp.Or(mailAddress("email", &in.Email), allowed("role", &in.Role), allowedEach(in.Permissions)); err != nil {
		return v, err
	}
	if in.Role == "owner" {
		return v, notAllowed("Invite the person with another role, and hand the team over then")
	}
	u := c.sandbox.userByEmail(in.Email)
	a := access{role: in.Role, permissions: in.Permissions, invited: u == nil}
	if u != nil {
		if _, joined := c.team.role(u.ID); joined || u.account != c.team.account {
			return v, exists("A user with e-mail %s exists already", in.Email)
		}
	} else {
		id := c.sandbox.newID("user")
		u = c.sandbox.state.users.add(id, user{account: c.team.account, home: c.team.ID, User: gigstack.User{ID: id, Email: in.Email, CreatedAt: gigstack.SecondsOf(c.now)}})
	}
	c.team.join(u.ID, todaysRole[in.Role])
	c.team.give(u.ID, a)
	c.created()
	c.message = "Member added successfully"
	return c.theMembers(c.team, u.ID)[0], nil
}

// give stores a member's access.
func (t *team) give(user string, a access) {
	if t.connect.access == nil {
		t.connect.access = map[string]access{}
	}
	t.connect.access[user] = a
}

func allowedEach(permissions []gigstack.ConnectPermission) error {
	for _, permission := range permissions {
		if err := allowed("permissions", &permission); err != nil {
			return err
		}
	}
	return nil
}

// notAllowed is a refusal of what no role may do.
func notAllowed(message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "operation_not_allowed", message: message}
}

func (c *call) connectListTeamMembers(gigstack.TeamRef) (v gigstack.Page[gigstack.ConnectMember], err error) {
	v.Data = c.connectMembers(c.team)
	v.TotalResults = new(len(v.Data))
	return v, nil
}

func (c *call) connectUpdateTeamMember(in gigstack.ConnectUpdateMemberInput) (v gigstack.ConnectMember, err error) {
	if err := allowedEach(in.Permissions); err != nil {
		return v, err
	}
	t := c.team.revised()
	if err := c.changeMember(t, in.MemberID, in.Role, func(a *access) {
		if in.Role != nil || in.Permissions != nil {
			a.permissions = in.Permissions
		}
	}); err != nil {
		return v, err
	}
	*c.team = *t
	c.message = "Member updated successfully"
	return c.theMembers(c.team, in.MemberID)[0], nil
}

func (c *call) connectUpdateTeamMembers(in gigstack.ConnectUpdateMembersInput) ([]gigstack.ConnectMember, error) {
	if len(in.Members) == 0 {
		return nil, invalid("members", "members is required")
	}
	t := c.team.revised()
	var ids []string
	for _, change := range in.Members {
		if err := c.changeMember(t, change.ID, change.Role, func(a *access) {
			a.levels = patched(a.levels, orElse(change.Permissions, gigstack.MemberLevels{}))
		}); err != nil {
			return nil, err
		}
		ids = append(ids, change.ID)
	}
	*c.team = *t
	c.message = "Members updated successfully"
	return c.theMembers(c.team, ids...), nil
}

// changeMember gives a member of a team another role, and what change says. The
// role of owner is handed over by its owner; the one before stays as an admin.
func (c *call) changeMember(t *team, id string, role *gigstack.ConnectRole, change func(*access)) error {
	i := slices.IndexFunc(t.members, func(m member) bool { return m.user == id })
	if err := allowed("role", role); err != nil {
		return err
	}
	if i < 0 {
		return notFound("Member", id)
	}
	a := t.accessOf(t.members[i])
	if role != nil && *role != a.role {
		switch {
		case id == t.owner:
			return notAllowed("Make another member the owner first")
		case *role == "owner" && c.role != "owner":
			return errRoleOnTarget
		case *role == "owner" && a.invited:
			return notAllowed("The person has not joined yet")
		case *role == "owner":
			t.owner = id
		}
		t.members[i].role = todaysRole[*role]
		a.role, a.permissions, a.levels = *role, nil, gigstack.MemberLevels{}
	}
	change(&a)
	t.give(id, a)
	return nil
}

func (c *call) connectRemoveTeamMember(in gigstack.ConnectMemberRef) (v gigstack.ConnectRemoved, err error) {
	if _, err := c.removeMembers(in.MemberID); err != nil {
		return v, err
	}
	c.message = "Member removed successfully"
	return gigstack.ConnectRemoved{Removed: true}, nil
}

func (c *call) connectRemoveTeamMembers(in gigstack.ConnectRemoveMembersInput) ([]gigstack.ConnectMember, error) {
	if len(in.Members) == 0 {
		return nil, invalid("members", "members is required")
	}
	c.message = "Members removed successfully"
	return c.removeMembers(in.Members...)
}

// removeMembers shuts members out of the call's team, all or none.
func (c *call) removeMembers(ids ...string) ([]gigstack.ConnectMember, error) {
	for _, id := range ids {
		if _, joined := c.team.role(id); !joined {
			return nil, notFound("Member", id)
		}
		if id == c.team.owner {
			return nil, notAllowed("The owner of a team cannot be removed")
		}
	}
	removed := c.theMembers(c.team, ids...)
	for _, id := range ids {
		c.team.leave(id)
	}
	return removed, nil
}
