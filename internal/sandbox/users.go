package sandbox

import (
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

func (s *Sandbox) routeUsers() {
	serve(s, gigstack.ListUsers, (*call).listUsers)
	serve(s, gigstack.GetUser, (*call).getUser)
	serve(s, gigstack.UpdateUser, (*call).updateUser)
	serve(s, gigstack.CreateUser, (*call).createUser)
	serve(s, gigstack.ResetUserPassword, (*call).resetUserPassword)
	serve(s, gigstack.GenerateUserLoginLink, (*call).generateLoginLink)
}

// sees reports whether the call's team has to do with u: as a member, as the one
// who created the login, or as the master of the billing account.
func (c *call) sees(u *user) bool {
	_, joined := c.team.role(u.ID)
	return u.account == c.team.account && (joined || c.team.master || u.home == c.team.ID)
}

func (c *call) user(id string) (*user, error) {
	if u, ok := c.sandbox.state.users.get(id); ok && c.sees(u) {
		return u, nil
	}
	return nil, notFound("User", id)
}

func (c *call) listUsers(in gigstack.ListUsersInput) (gigstack.Page[gigstack.User], error) {
	var users table[gigstack.User]
	for _, u := range c.sandbox.state.users.rows {
		if c.sees(u) {
			users.add(u.ID, c.showUser(u))
		}
	}
	return page(&users, in.Paging, listFilter(in.AccountFilter), func(v *gigstack.User) listed {
		return listed{created: v.CreatedAt, name: v.Name}
	}, nil)
}

// showUser is a user as gigstack returns it: without municipality, with the
// teams that the call reaches.
func (c *call) showUser(u *user) gigstack.User {
	v := u.User
	v.Name = strings.TrimSpace(v.FirstName + " " + v.LastName)
	if v.Address != nil {
		address := *v.Address
		address.Municipality = nil
		v.Address = &address
	}
	role, _ := c.team.role(u.ID)
	v.Role = string(role)
	for _, t := range c.sandbox.state.teams.rows {
		if role, joined := t.role(u.ID); joined && c.reaches(t) {
			v.Teams = append(v.Teams, gigstack.Membership{TeamID: t.ID, TeamName: t.name, Role: string(role)})
		}
	}
	return v
}

func (c *call) getUser(in gigstack.UserRef) (v gigstack.User, err error) {
	u, err := c.user(in.ID)
	if err != nil {
		return v, err
	}
	return c.showUser(u), nil
}

func (c *call) createUser(in gigstack.CreateUserInput) (v gigstack.User, err error) {
	if err := mailAddress("email", &in.Email); err != nil {
		return v, err
	}
	if err := allowed("role", in.Role); err != nil {
		return v, err
	}
	if c.sandbox.userByEmail(in.Email) != nil {
		return v, exists("A user with e-mail %s exists already", in.Email)
	}
	u := user{account: c.team.account, home: c.team.ID}
	u.ID, u.Email, u.CreatedAt = c.sandbox.newID("user"), in.Email, gigstack.SecondsOf(c.now)
	if err := u.describe(in.UserFields); err != nil {
		return v, err
	}
	stored := c.sandbox.state.users.add(u.ID, u)
	if orElse(in.AutoJoin, false) {
		c.team.join(u.ID, orElse(in.Role, "viewer"))
	}
	c.created()
	return c.showUser(stored), nil
}

// userByEmail is the user who logs in with an address, whatever its case; nil
// when there is none.
func (s *Sandbox) userByEmail(email string) *user {
	return s.state.users.first(func(u *user) bool { return strings.EqualFold(u.Email, email) })
}

func (c *call) updateUser(in gigstack.UpdateUserInput) (v gigstack.User, err error) {
	u, err := c.user(in.ID)
	if err != nil {
		return v, err
	}
	if err := u.describe(in.UserFields); err != nil {
		return v, err
	}
	return c.showUser(u), nil
}

// describe stores what is said about a person.
func (u *user) describe(in gigstack.UserFields) error {
	if in.Address != nil {
		if err := shaped("address.zip", (*zipCode)(in.Address.Zip)); err != nil {
			return err
		}
		u.Address = new(patched(orElse(u.Address, gigstack.Address{}), *in.Address))
	}
	set(&u.FirstName, in.FirstName)
	set(&u.LastName, in.LastName)
	set(&u.Phone, in.Phone)
	set(&u.CompanyRole, in.CompanyRole)
	return nil
}

// resetUserPassword says that a mail went out. None does: the sandbox talks to
// nobody.
func (c *call) resetUserPassword(in gigstack.ResetUserPasswordInput) (v gigstack.PasswordReset, err error) {
	if err := mailAddress("email", &in.Email); err != nil {
		return v, err
	}
	u := c.sandbox.userByEmail(in.Email)
	if u == nil || !c.sees(u) {
		return v, notFound("User", in.Email)
	}
	c.message = "Password reset email sent"
	return gigstack.PasswordReset{Email: u.Email}, nil
}

// loginLife is how long a login link lets its holder in.
const loginLife = time.Hour

// generateLoginLink mints a link that looks like a login and leads nowhere.
func (c *call) generateLoginLink(in gigstack.LoginLinkInput) (v gigstack.LoginLink, err error) {
	if in.UserID == "" {
		return v, invalid("user_id", "user_id is required")
	}
	u, err := c.user(in.UserID)
	if err != nil {
		return v, err
	}
	token := gigstack.SecretLink("login_" + c.sandbox.digest("login "+u.ID))
	return gigstack.LoginLink{URL: gigstack.SecretLink(c.base()+"/login?token=") + token, Token: token, ExpiresAt: gigstack.SecondsOf(c.now.Add(loginLife))}, nil
}
