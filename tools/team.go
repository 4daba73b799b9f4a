package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// Where the team of a call came from, highest precedence first.
const (
	fromPath      = "id"
	fromArgument  = "argument"
	fromTransport = "header or URL"
	fromSelection = "select_team"
	fromDefault   = "--team"
	fromRights    = "auth file" // the only team that the principal may act for
	fromKey       = "key"
)

// target is the team a call acts for.
type target struct {
	team   string
	source string
}

// resolveTeam decides for which team a call acts. pathID is the team id in the
// path of an endpoint about teams, "" for all others. Where the id in the path
// and another choice disagree, nothing may be sent. takesTeam says that the tool has
// a team argument.
func (t *Tools) resolveTeam(ctx context.Context, pathID, argument string, takesTeam bool) (target, error) {
	chosen, err := t.choose(ctx, argument)
	if pathID == "" {
		return chosen, err
	}
	if chosen.source == fromKey { // nobody chose: the path does
		return target{pathID, fromPath}, nil
	}
	if err != nil {
		return chosen, err
	}
	switch {
	case chosen.team == pathID:
		return chosen, nil
	case chosen.source == fromArgument:
		return chosen, &failure{Code: "team_conflict", Outcome: gigstack.NotSent,
			Message: fmt.Sprintf("id is %s but team is %s. Nothing was sent.", pathID, chosen.team),
			Next:    "Decide which team is meant and pass the same in both, or leave team out."}
	default:
		next := fmt.Sprintf("If %s is meant, select it with select_team; a team set by the client or the operator is theirs to change.", pathID)
		if takesTeam {
			next = fmt.Sprintf("If %s is meant, repeat the call with team %q, or select it with select_team.", pathID, pathID)
		}
		return chosen, &failure{Code: "team_conflict", Outcome: gigstack.NotSent, Next: next,
			Message: fmt.Sprintf("id is %s but this conversation acts for %s (by %s). Nothing was sent.", pathID, chosen.team, chosen.source)}
	}
}

// target is the team a request acts for. An endpoint for the whole account acts for
// the key's own, and one that opens a new account for none.
func (t *Tools) target(ctx context.Context, r request, pathID, argument string) (to target, err error) {
	switch {
	case t.Teams != nil && r.reachesBeyond():
		return target{}, &failure{Code: "team_not_allowed", Outcome: gigstack.NotSent, Message: r.spec.Name + " acts for the whole account, and you may act for some teams only. Nothing was sent.",
			Next: "A person with leave for the whole account can do it."}
	case r.spec.Partner:
		return target{}, nil
	case r.wide():
		return target{t.own.known(), fromKey}, nil
	}
	if pathID != "" {
		if err := t.mayActFor(pathID); err != nil {
			return target{}, err
		}
	}
	if to, err = t.resolveTeam(ctx, pathID, argument, !r.spec.Teamless); err == nil {
		err = t.mayActFor(to.team)
	}
	return to, err
}

// wide reports whether an endpoint acts for the whole account, or a new one.
func (e *endpoint) wide() bool {
	return e.spec.Partner || e.spec.Teamless && !e.ofTeam && !e.teamInBody && !e.spec.OwnTeam
}

// reachesBeyond reports whether an endpoint is none for who may act for some teams only.
func (e *endpoint) reachesBeyond() bool { return e.spec.Account || e.wide() }

// mayActFor refuses teams that the operator does not let this principal act for.
func (t *Tools) mayActFor(team string) error {
	if t.Teams == nil || slices.Contains(t.Teams, team) {
		return nil
	}
	return &failure{Code: "team_not_allowed", Outcome: gigstack.NotSent, Message: "You may not act for that team. Nothing was sent.",
		Next: "You may act for: " + strings.Join(t.Teams, ", ") + ". Pass one of them as team, or select it with select_team."}
}

// settle sees to it that an endpoint without a team parameter acts for the team
// that its result names: the one in its body, else only the key's own.
func (t *Tools) settle(r request, fields map[string]json.RawMessage) error {
	switch {
	case r.to.team == t.own.known():
	case r.teamInBody:
		fields[teamField.Name] = marshal(r.to.team)
	case r.spec.OwnTeam:
		return &failure{Code: "team_conflict", Outcome: gigstack.NotSent,
			Message: fmt.Sprintf("%s can only act for the key's own team, but %s was chosen (by %s). Nothing was sent.", r.spec.Name, r.to.team, r.to.source),
			Next:    "Use today's tool for it, which takes a team; or select the key's own team."}
	}
	return nil
}

// choose applies the precedence: argument, header or URL, selection, operator's
// default, the key's own team.
func (t *Tools) choose(ctx context.Context, argument string) (target, error) {
	chosen := target{argument, fromArgument}
	if chosen.team == "" {
		chosen = target{session.CallerOf(ctx).Team, fromTransport}
	}
	if chosen.team == "" {
		selected, err := t.Selections.Get(ctx, conversation(ctx))
		if err != nil { // the next in line may be another company
			return target{}, err
		}
		chosen = target{selected, fromSelection}
	}
	if chosen.team == "" {
		chosen = target{t.Team, fromDefault}
	}
	if chosen.team == "" && t.Teams != nil {
		return t.ofRights()
	}
	if chosen.team != "" {
		return chosen, checkTeam(chosen.team)
	}
	own, err := t.own.find(ctx, t.Caller)
	return target{own, fromKey}, err
}

// ofRights is the team of a principal who chose none and may act for some only: the
// only one, or the key's own. Nobody else's teams are named.
func (t *Tools) ofRights() (target, error) {
	switch {
	case len(t.Teams) == 1:
		return target{t.Teams[0], fromRights}, nil
	case slices.Contains(t.Teams, t.own.known()):
		return target{t.own.known(), fromKey}, nil
	}
	return target{}, &failure{Code: "team_ambiguous", Outcome: gigstack.NotSent,
		Message: "You may act for several teams (" + strings.Join(t.Teams, ", ") + ") and none was chosen. Nothing was sent.",
		Next:    "Ask the person which company is meant, then pass team or call select_team."}
}

// checkTeam refuses what cannot be the id of a team.
func checkTeam(id string) error {
	if err := gigstack.CheckTeam(id); err != nil {
		return &failure{Code: "invalid_arguments", Outcome: gigstack.NotSent, Message: "team: " + err.Error() + ".", Next: "Pass a team id as list_teams shows it."}
	}
	return nil
}

// conversation names the conversation a call belongs to, for remembering its
// team; "" where the protocol has none.
func conversation(ctx context.Context) string {
	s := server.ClientSessionFromContext(ctx)
	if s == nil || s.SessionID() == "" {
		return ""
	}
	return session.CallerOf(ctx).Principal + "\x00" + s.SessionID()
}

// as is the caller for a team: the key's own team is addressed without naming it.
func (t *Tools) as(to target) *gigstack.Caller {
	if to.team == t.own.known() {
		return t.Caller
	}
	return t.Caller.As(to.team)
}

// ownTeam finds out once which team the key belongs to.
type ownTeam struct {
	mu sync.Mutex
	id string
}

// newOwnTeam begins with what the key says of itself.
func newOwnTeam(c gigstack.Claims) *ownTeam {
	if gigstack.CheckTeam(c.Team) != nil {
		return &ownTeam{}
	}
	return &ownTeam{id: c.Team}
}

func (o *ownTeam) known() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.id
}

// find takes the team from the key's claims, or from the only team the key can
// see. It never guesses among several.
func (o *ownTeam) find(ctx context.Context, c *gigstack.Caller) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.id != "" {
		return o.id, nil
	}
	page, err := gigstack.ListTeams.Call(ctx, c, gigstack.ListTeamsInput{})
	if err != nil {
		return "", err
	}
	only := len(page.Data) == 1 && !page.HasMore
	switch {
	case only && gigstack.CheckTeam(page.Data[0].ID) == nil:
		o.id = page.Data[0].ID
		return o.id, nil
	case only || len(page.Data) == 0:
		return "", &failure{Code: "team_unknown", Outcome: gigstack.NotSent, Message: "The key does not say which team it belongs to and sees none.", Next: "Pass team, or ask the operator to start the server with --team."}
	}
	var ids []string
	for _, team := range page.Data {
		ids = append(ids, team.ID)
	}
	return "", &failure{Code: "team_ambiguous", Outcome: gigstack.NotSent,
		Message: "The key can act for several teams (" + strings.Join(ids, ", ") + ") and none was chosen. Nothing was sent.",
		Next:    "Ask the person which company is meant, then pass team or call select_team."}
}
