package tools

import (
	"context"
	"slices"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// connectTeam reads a team of the older endpoints, without what they can add to and
// not take away: members, and steps that were done.
func connectTeam(ctx context.Context, r request) (any, error) {
	team, err := readOld(ctx, r, gigstack.ConnectGetTeam)
	team.Members, team.Onboarding = nil, nil
	return struct {
		gigstack.ConnectTeam
		LogoURL string `json:"logoUrl,omitempty"`
	}{team, team.Logo}, err
}

// connectMember reads the role of the member that a call names. The permissions that
// the call takes are not shown.
func connectMember(ctx context.Context, r request) (any, error) {
	in, err := arguments[gigstack.ConnectMemberRef](r)
	if err != nil {
		return nil, err
	}
	members, err := readOld(ctx, r, gigstack.ConnectListTeamMembers)
	if err != nil {
		return nil, err
	}
	member, err := memberOf(members.Data, in.MemberID)
	return map[string]string{"role": member.Role}, err
}

// connectMembers reads the members that a call names. Another role brings other
// levels with it, so the levels are put back in any case.
func connectMembers(ctx context.Context, r request) (any, error) {
	in, err := arguments[gigstack.ConnectUpdateMembersInput](r)
	if err != nil {
		return nil, err
	}
	members, err := readOld(ctx, r, gigstack.ConnectListTeamMembers)
	if err != nil {
		return nil, err
	}
	for i, change := range in.Members {
		member, err := memberOf(members.Data, change.ID)
		if err != nil {
			return nil, err
		}
		if change.Role != nil {
			in.Members[i].Role = new(gigstack.ConnectRole(member.Role))
		}
		in.Members[i].Permissions = member.Permissions
	}
	return in, nil
}

func memberOf(members []gigstack.ConnectMember, id string) (m gigstack.ConnectMember, err error) {
	i := slices.IndexFunc(members, func(m gigstack.ConnectMember) bool { return m.ID == id })
	if i < 0 {
		return m, pointless("See connect_list_team_members.", "the team has no member %q", id)
	}
	return members[i], nil
}

// olderReceipt reads of a receipt what can be put back: its lines come with taxes
// that the older endpoint does not know.
func olderReceipt(ctx context.Context, r request) (any, error) {
	receipt, err := readOld(ctx, r, gigstack.GetReceipt)
	return struct {
		ClientID string            `json:"clientId,omitempty"`
		Metadata gigstack.Metadata `json:"metadata,omitempty"`
	}{value(receipt.Client).ID, receipt.Metadata}, err
}
