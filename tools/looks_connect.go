package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// readConnectTeam reads the team in the path of an older endpoint and shows it.
func readConnectTeam(ctx context.Context, r request, p *preview) (team gigstack.ConnectTeam, err error) {
	team, err = gigstack.ConnectGetTeam.Call(ctx, r.caller, gigstack.TeamRef{ID: r.ref()})
	if err != nil {
		return team, err
	}
	p.saw(team.ID, team.Name, team.Status, team.Members)
	p.Subject = fmt.Sprintf("Company %s (%s), live and test alike", strings.Join(given(team.Name, team.LegalName), ", "), team.ID)
	return team, nil
}

// looksAtConnectLink shows whose onboarding link is made.
func looksAtConnectLink(ctx context.Context, r request, p *preview) error {
	_, err := readConnectTeam(ctx, r, p)
	return err
}

// given is the texts that are not empty, a repeated one once.
func given(texts ...string) []string {
	return slices.Compact(slices.DeleteFunc(texts, func(text string) bool { return text == "" }))
}

// looksAtConnectTeam shows a new company, or what people get of an old one.
func looksAtConnectTeam(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.ConnectUpdateTeamInput](r)
	if err != nil {
		return err
	}
	if in.ID != "" {
		if _, err := readConnectTeam(ctx, r, p); err != nil {
			return err
		}
	} else {
		p.Subject = "New company " + strings.Join(given(value(in.Alias), value(in.Name), value(in.LegalName), string(value(in.TaxID))), ", ")
	}
	for _, member := range in.Members {
		p.Facts = append(p.Facts, member+" gets access")
	}
	return nil
}

// looksAtInvitation shows who gets what access to which company.
func looksAtInvitation(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.ConnectAddMemberInput](r)
	if err != nil {
		return err
	}
	team, err := readConnectTeam(ctx, r, p)
	if err != nil {
		return err
	}
	for _, member := range team.Members {
		if strings.EqualFold(member.Email, in.Email) {
			return pointless("Change the role with connect_update_team_member.", "%s is a member of %s already, as %s", in.Email, team.ID, member.Role)
		}
	}
	p.Facts = append(p.Facts, in.Email+" is invited by mail", "role "+string(in.Role))
	for _, permission := range in.Permissions {
		p.Facts = append(p.Facts, "may "+string(permission))
	}
	if in.InviteMessage != nil {
		p.Facts = append(p.Facts, "message: "+clip(*in.InviteMessage, shortText))
	}
	return nil
}

// looksAtConnectMembers shows the members a call is about, and what they become.
func looksAtConnectMembers(ctx context.Context, r request, p *preview) error {
	in, err := membersOf(r)
	if err != nil {
		return err
	}
	team, err := readConnectTeam(ctx, r, p)
	if err != nil {
		return err
	}
	removes := strings.HasPrefix(r.spec.Route, "DELETE ")
	known := map[string]gigstack.ConnectMember{}
	for _, member := range team.Members {
		known[member.ID] = member
	}
	for _, change := range in {
		member, ok := known[change.id]
		switch {
		case !ok:
			return pointless("See connect_list_team_members.", "%s is no member of %s", change.id, team.ID)
		case member.Role == "owner" && (removes || change.role != "" && change.role != "owner"):
			return pointless("Hand the team to another member first.", "%s (%s) owns %s", member.Email, member.ID, team.ID)
		}
		words := fmt.Sprintf("%s (%s), %s", member.Email, member.ID, member.Role)
		switch {
		case removes:
			words += ", loses access"
		case change.role != "":
			words += ", becomes " + change.role
		}
		if len(change.permissions) > 0 {
			words += ", may " + strings.Join(change.permissions, ", ")
		}
		p.Facts = append(p.Facts, words)
		if change.role == "owner" && member.Role != "owner" {
			p.Warnings = append(p.Warnings, "The company changes hands: only its new owner can take that back.")
		}
	}
	return nil
}

// memberChange is what a call does to one member.
type memberChange struct {
	id, role    string
	permissions []string
}

// membersOf reads the members of a call, however it names them.
func membersOf(r request) (changes []memberChange, err error) {
	switch r.spec.Name {
	case gigstack.ConnectRemoveTeamMembers.Name:
		in, err := arguments[gigstack.ConnectRemoveMembersInput](r)
		for _, id := range in.Members {
			changes = append(changes, memberChange{id: id})
		}
		return changes, err
	case gigstack.ConnectUpdateTeamMembers.Name:
		in, err := arguments[gigstack.ConnectUpdateMembersInput](r)
		for _, m := range in.Members {
			changes = append(changes, memberChange{id: m.ID, role: string(value(m.Role))})
		}
		return changes, err
	default: // one, to be changed or removed
		in, err := arguments[gigstack.ConnectUpdateMemberInput](r)
		change := memberChange{id: in.MemberID, role: string(value(in.Role))}
		for _, permission := range in.Permissions {
			change.permissions = append(change.permissions, string(permission))
		}
		return []memberChange{change}, err
	}
}

// looksAtIntegration shows where a company's documents would be sent.
func looksAtIntegration(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.ConnectCreateIntegrationInput](r)
	if err != nil {
		return err
	}
	if _, err := readConnectTeam(ctx, r, p); err != nil {
		return err
	}
	p.Facts = append(p.Facts, "sends to "+value(in.Configuration.URL), "events "+strings.Join(in.Configuration.Events, ", "))
	return nil
}
