package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Users is the page about the people who log in.
var Users = Resource{
	Name:      "users",
	Doc:       "People who log in to gigstack, and the teams they belong to.",
	Endpoints: []Operation{ListUsers, GetUser, UpdateUser, CreateUser, ResetUserPassword, GenerateUserLoginLink},
}

// ListUsers pages through the users that the key can see.
//
// Their ids go into add_team_member and remove_team_member.
var ListUsers = Endpoint[ListUsersInput, Page[User]]{
	Name:    "list_users",
	Route:   "GET /users",
	Risk:    risk.Read,
	Title:   "List users",
	Doc:     "List people, teams and roles.",
	Account: true,
}

// ListUsersInput filters the users.
type ListUsersInput struct {
	Paging
	AccountFilter
}

// GetUser reads one user.
var GetUser = Endpoint[UserRef, User]{
	Name:    "get_user",
	Route:   "GET /users/{id}",
	Risk:    risk.Read,
	Title:   "Read a user",
	Doc:     "Read a person.",
	Account: true,
}

// UserRef names one user.
type UserRef struct {
	ID string `json:"id"`
}

// UpdateUser changes the fields of a profile that are sent.
//
// What is left out stays. The e-mail cannot change. For teams use add_team_member and
// remove_team_member.
var UpdateUser = Endpoint[UpdateUserInput, User]{
	Name:    "update_user",
	Route:   "PUT /users/{id}",
	Risk:    risk.Write,
	Title:   "Update a user",
	Doc:     "Change a person's profile.",
	Undo:    "Send the old values with update_user; fields that were empty cannot be emptied.",
	Back:    `update_user {"id":"$args.id","*":"$was"}`,
	Account: true,
}

// UpdateUserInput is the user and the fields to change.
type UpdateUserInput struct {
	ID string `json:"id"`
	UserFields
}

// UserFields is a person's profile.
type UserFields struct {
	FirstName   *string  `json:"first_name,omitempty"` // given name
	LastName    *string  `json:"last_name,omitempty"`  // family name
	Phone       *string  `json:"phone,omitempty"`
	CompanyRole *string  `json:"company_role,omitempty" doc:"Job title."` // job title; gives no rights
	Address     *Address `json:"address,omitempty"`                       // address; municipality is stored but not returned
}

// CreateUser makes a login.
//
// It makes a login for a person, joined to the team at once with auto_join or later with
// add_team_member. Look with list_users first: it is not idempotent.
var CreateUser = Endpoint[CreateUserInput, User]{
	Name:    "create_user",
	Route:   "POST /users",
	Risk:    risk.Outward,
	Title:   "Create a user",
	Doc:     "Create a login; list_users first.",
	Undo:    "No tool removes a login; remove_team_member takes the access to a team away.",
	Account: true,
}

// CreateUserInput is a new user.
type CreateUserInput struct {
	Email string `json:"email"` // E-mail the person logs in with
	UserFields
	AutoJoin *bool `json:"auto_join,omitempty"`                  // add to the team at once
	Role     *Role `json:"role,omitempty" doc:"With auto_join."` // role with auto_join; viewer when absent
}

// ResetUserPassword mails a link to set a new password. The login is one for
// live and test.
//
// It acts on the real login even with a test key. The link itself is never returned.
var ResetUserPassword = Endpoint[ResetUserPasswordInput, PasswordReset]{
	Name:    "reset_user_password",
	Route:   "POST /users/reset-password",
	Risk:    risk.Critical,
	Title:   "Reset a password",
	Doc:     "Mail a person a link to set a password.",
	Undo:    "The old password holds until the person follows the link in the mail.",
	Account: true,
}

// ResetUserPasswordInput is whose password.
type ResetUserPasswordInput struct {
	Email string `json:"email"` // E-mail the person logs in with
}

// PasswordReset is the answer of a reset; gigstack sends the address or nothing.
type PasswordReset struct {
	Email string `json:"email,omitempty" doc:"Where the mail went."`
}

// GenerateUserLoginLink mints a session as a user, in live and test.
//
// Use only for the person themself; reset_user_password is safer where they can read
// their mail.
var GenerateUserLoginLink = Endpoint[LoginLinkInput, LoginLink]{
	Name:    "generate_user_login_link",
	Route:   "POST /users/login-link",
	Risk:    risk.Critical,
	Title:   "Make a login link",
	Doc:     "Make a link that logs in as a person; safer: reset_user_password.",
	Undo:    "The link expires by itself; no tool revokes it before.",
	Account: true,
}

// LoginLinkInput is who is to be logged in.
type LoginLinkInput struct {
	UserID string `json:"user_id"` // user id (list_users)
}

// LoginLink logs in as a user whoever holds it. gigstack does not document its
// names.
type LoginLink struct {
	URL       SecretLink `json:"login_link,omitempty"`
	Token     SecretLink `json:"token,omitempty"`
	ExpiresAt Seconds    `json:"expires_at,omitempty"`
}

// User is a person as gigstack stores it.
type User struct {
	ID          string       `json:"id"`
	Email       string       `json:"email,omitempty"`
	Name        string       `json:"name,omitempty"`
	FirstName   string       `json:"first_name,omitempty"`
	LastName    string       `json:"last_name,omitempty"`
	Phone       string       `json:"phone,omitempty"`
	CompanyRole string       `json:"company_role,omitempty"`
	Role        string       `json:"role,omitempty" doc:"In the team acted for."`
	Address     *Address     `json:"address,omitempty"`
	Teams       []Membership `json:"teams,omitempty"`
	CreatedAt   Seconds      `json:"created_at,omitempty"`
	LastLogin   Seconds      `json:"last_login,omitempty"`
}

// Membership is a team a user belongs to.
type Membership struct {
	TeamID   string `json:"team_id"`
	TeamName string `json:"team_name,omitempty"`
	Role     string `json:"role,omitempty"`
}
