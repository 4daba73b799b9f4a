package gigstack

import (
	"slices"

	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// ConnectAddTeamMember invites a person into a team.
var ConnectAddTeamMember = Endpoint[ConnectAddMemberInput, ConnectMember]{
	Name:     "connect_add_team_member",
	Route:    "POST /connect/teams/{id}/members",
	Risk:     risk.Outward,
	Title:    "Invite a member (older)",
	Doc:      "Older add_team_member, by e-mail invitation.",
	Undo:     "connect_remove_team_member takes the access away; the mail is not unsent.",
	Back:     `connect_remove_team_member {"id":"$args.id","memberId":"$data.id"}`,
	Teamless: true,
}

// ConnectAddMemberInput is the team, the person and what they may do.
type ConnectAddMemberInput struct {
	ID            string              `json:"id"`
	Email         string              `json:"email"` // whom to invite
	Role          ConnectRole         `json:"role"`
	Permissions   []ConnectPermission `json:"permissions,omitempty"`   // the role's when absent
	InviteMessage *string             `json:"inviteMessage,omitempty"` // text of the mail
}

// ConnectRole is what a member may do, in the older division.
type ConnectRole string

// Choices lists the roles.
func (ConnectRole) Choices() []Choice {
	return []Choice{{"owner", "everything"}, {"admin", "all but deletion and billing"}, {"manager", "writes documents, manages members"},
		{"developer", "API, webhooks, reads"}, {"user", "reads"}}
}

// ConnectPermission is one thing a member may do.
type ConnectPermission string

// Choices lists the permissions.
func (ConnectPermission) Choices() []Choice {
	return []Choice{
		{"team.read", ""}, {"team.update", ""}, {"team.delete", ""}, {"members.read", ""}, {"members.invite", ""}, {"members.remove", ""},
		{"payments.create", ""}, {"payments.read", ""}, {"payments.update", ""}, {"invoices.create", ""}, {"invoices.read", ""}, {"invoices.update", ""},
		{"clients.create", ""}, {"clients.read", ""}, {"clients.update", ""}, {"integrations.read", ""}, {"integrations.create", ""}, {"integrations.update", ""},
	}
}

// ConnectListTeamMembers lists a team's members, all on one page.
var ConnectListTeamMembers = Endpoint[TeamRef, Page[ConnectMember]]{
	Name:     "connect_list_team_members",
	Route:    "GET /connect/teams/{id}/members",
	Risk:     risk.Read,
	Title:    "List members (older)",
	Doc:      "List a team's members; older get_team.",
	Teamless: true,
}

// ConnectUpdateTeamMember changes what a member may do.
//
// It changes a member's role or permissions; owner hands the team over.
var ConnectUpdateTeamMember = Endpoint[ConnectUpdateMemberInput, ConnectMember]{
	Name:     "connect_update_team_member",
	Route:    "PUT /connect/teams/{id}/members/{memberId}",
	Risk:     risk.Write,
	Title:    "Update a member (older)",
	Doc:      "Older: change a member's role; owner hands the team over.",
	Undo:     "Give the member the former role again, which brings its usual permissions; who was made owner alone can hand the team back.",
	Back:     `connect_update_team_member {"id":"$args.id","memberId":"$args.memberId","*":"$was"}`,
	Teamless: true,
}

// ConnectUpdateMemberInput is the member and what to change.
type ConnectUpdateMemberInput struct {
	ID          string              `json:"id"`
	MemberID    string              `json:"memberId"`
	Role        *ConnectRole        `json:"role,omitempty"`
	Permissions []ConnectPermission `json:"permissions,omitempty"` // the role's when absent
}

// Risk rises when the member may then rule over the team or its members, and to the
// top when the team changes hands.
func (in ConnectUpdateMemberInput) Risk() risk.Level {
	ruling := []ConnectPermission{"team.update", "team.delete", "members.invite", "members.remove"}
	if slices.ContainsFunc(in.Permissions, func(p ConnectPermission) bool { return slices.Contains(ruling, p) }) {
		return max(risk.Outward, in.Role.risk())
	}
	return in.Role.risk()
}

// risk is what giving somebody the role puts at stake.
func (r *ConnectRole) risk() risk.Level {
	switch {
	case r == nil:
		return risk.Write
	case *r == "owner": // only the new owner can give it back
		return risk.Critical
	case *r == "admin" || *r == "manager":
		return risk.Outward
	default:
		return risk.Write
	}
}

// ConnectUpdateTeamMembers changes several members at once.
var ConnectUpdateTeamMembers = Endpoint[ConnectUpdateMembersInput, []ConnectMember]{
	Name:     "connect_update_team_members",
	Route:    "PUT /connect/teams/{id}/members",
	Risk:     risk.Write,
	Title:    "Update members (older)",
	Doc:      "Older: change several members.",
	Undo:     "Give the members the former roles and levels again; who was made owner alone can hand the team back.",
	Back:     `connect_update_team_members {"id":"$args.id","members":"$was.members"}`,
	Teamless: true,
}

// ConnectUpdateMembersInput is the team and the changes.
type ConnectUpdateMembersInput struct {
	ID      string         `json:"id"`
	Members []MemberChange `json:"members" doc:"All or none." jsonschema:"minItems=1"`
}

// MemberChange is a member and what to change.
type MemberChange struct {
	ID          string        `json:"id"`
	Role        *ConnectRole  `json:"role,omitempty"`
	Permissions *MemberLevels `json:"permissions,omitempty"` // levels by area
}

// Risk is that of the most that one of the members gets.
func (in ConnectUpdateMembersInput) Risk() risk.Level {
	most := risk.Write
	for _, change := range in.Members {
		most = max(most, change.Role.risk())
	}
	return most
}

// MemberLevels is what a member may do by area: a second, coarser division.
type MemberLevels struct {
	Invoices *string `json:"invoices,omitempty" doc:"Such as editor."`
	Payments *string `json:"payments,omitempty"` // such as editor
	Expenses *string `json:"expenses,omitempty"` // such as editor
	Services *string `json:"services,omitempty"` // such as editor
}

// ConnectRemoveTeamMember shuts a member out of a team.
var ConnectRemoveTeamMember = Endpoint[ConnectMemberRef, ConnectRemoved]{
	Name:     "connect_remove_team_member",
	Route:    "DELETE /connect/teams/{id}/members/{memberId}",
	Risk:     risk.Destructive,
	Title:    "Remove a member (older)",
	Doc:      "Older remove_team_member.",
	Undo:     "add_team_member gives access back.",
	Teamless: true,
}

// ConnectMemberRef names a member of a team.
type ConnectMemberRef struct {
	ID       string `json:"id"`
	MemberID string `json:"memberId"`
}

// ConnectRemoved confirms a removal.
type ConnectRemoved struct {
	Removed bool `json:"removed"`
}

// ConnectRemoveTeamMembers shuts several members out of a team.
var ConnectRemoveTeamMembers = Endpoint[ConnectRemoveMembersInput, []ConnectMember]{
	Name:     "connect_remove_team_members",
	Route:    "DELETE /connect/teams/{id}/members",
	Risk:     risk.Destructive,
	Title:    "Remove members (older)",
	Doc:      "Older: remove several members, all or none.",
	Undo:     "add_team_member gives access back, one by one.",
	Teamless: true,
}

// ConnectRemoveMembersInput is the team and the members.
type ConnectRemoveMembersInput struct {
	ID      string   `json:"id"`
	Members []string `json:"members" jsonschema:"minItems=1"` // user ids
}

// ConnectMember is a member as the older endpoints return one.
type ConnectMember struct {
	ID           string        `json:"id"`
	Email        string        `json:"email,omitempty"`
	Role         string        `json:"role,omitempty"`
	IsAdmin      bool          `json:"isAdmin"`
	IsSuperAdmin bool          `json:"isSuperAdmin"`
	Status       string        `json:"status,omitempty" doc:"active, or invited."`
	Permissions  *MemberLevels `json:"permissions,omitempty" doc:"Levels by area."`
}
