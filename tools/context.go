package tools

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// teamInfo is what an agent needs to know of the team it acts for.
type teamInfo struct {
	ID        string `json:"id"`
	Name      string `json:"name,omitempty"`
	LegalName string `json:"legal_name,omitempty"`
	RFC       string `json:"rfc,omitempty"`
}

func infoOf(t gigstack.Team) *teamInfo {
	return &teamInfo{ID: schemas.Visible(t.ID), Name: schemas.Visible(teamName(t)), LegalName: schemas.Visible(t.LegalName), RFC: schemas.Visible(t.TaxID)}
}

// teamName is the name people know a team by.
func teamName(t gigstack.Team) string {
	if t.Brand != nil && t.Brand.Alias != "" {
		return t.Brand.Alias
	}
	return t.LegalName
}

// contextResult answers get_context and select_team.
type contextResult struct {
	Untrusted     string    `json:"untrusted,omitempty"`
	Team          string    `json:"team" jsonschema:"required" doc:"Team that calls without a team argument act for."`
	TeamSource    string    `json:"team_source,omitempty" doc:"What chose it: argument, header or URL, select_team, --team, auth file, key."`
	TeamInfo      *teamInfo `json:"team_info,omitempty"`
	Livemode      *bool     `json:"livemode,omitempty" doc:"false: test data; true: real documents and money. Absent when the key does not say."`
	Remembered    *bool     `json:"remembered,omitempty" doc:"Later calls of this conversation act for the team; if false, pass team in each call."`
	Today         string    `json:"today,omitempty" doc:"The fiscal day, in Mexico City."`
	ReadOnly      bool      `json:"read_only" doc:"Nothing can be changed."`
	AllowCritical bool      `json:"allow_critical" doc:"Critical tools can be planned."`
	AllowLive     bool      `json:"allow_live" doc:"A live key may change things."`
	Policy        string    `json:"policy,omitempty" doc:"How the operator's policy is taken: off, shadow (recorded only) or enforce."`
	Sandbox       bool      `json:"sandbox" doc:"gigstack is the built-in imitation: nothing is real."`
	Origin        string    `json:"api_origin,omitempty"`
	Version       string    `json:"server_version,omitempty"`
	Notes         []string  `json:"notes,omitempty"`
	Error         *failure  `json:"error,omitempty"`
}

// knows adds the team to what is answered.
func (r *contextResult) knows(team gigstack.Team) {
	r.TeamInfo = infoOf(team)
	r.Untrusted = spotlight(when(says(marshal(r.TeamInfo)), "team_info"))
}

func (r contextResult) actedFor() string { return r.Team }

// sessionTool is a tool about the conversation itself.
func sessionTool[In any, Out interface{ actedFor() (team string) }](name, title, doc string, handle func(context.Context, In) (Out, error), t *Tools) ownTool {
	return readTool(t, readsAs(name, title, doc), func(ctx context.Context, _ mcp.CallToolRequest, in In) (Out, string, error) {
		result, err := handle(ctx, in)
		return result, result.actedFor(), err
	})
}

// getContext says who this server is and for whom it acts.
func (t *Tools) getContext() ownTool {
	return sessionTool("get_context", "Who am I",
		"Tell which company (team, RFC) calls act for and why, test or live, and what day it is in Mexico and what this server may do. Call it first, and whenever the company is in doubt.",
		func(ctx context.Context, _ struct{}) (contextResult, error) {
			to, err := t.choose(ctx, "")
			if err == nil {
				err = t.mayActFor(to.team)
			}
			result := t.context(to)
			if err != nil {
				return result, err
			}
			team, err := gigstack.GetTeam.Call(ctx, t.as(to), gigstack.TeamRef{ID: to.team})
			if err != nil {
				return result, err
			}
			result.knows(team)
			return result, nil
		}, t)
}

type selectTeamInput struct {
	Team string `json:"team" doc:"Team id, RFC, or part of the company's name." jsonschema:"minLength=1,maxLength=200"`
}

// selectTeam checks a team and remembers it where the protocol has a
// conversation to remember it for.
func (t *Tools) selectTeam() ownTool {
	return sessionTool("select_team", "Select a team",
		"Choose the company (gigstack Connect team) that later calls act for, by id, RFC or name. Wait for its answer before further calls. Where that says remembered: false, pass its team in every call instead.",
		func(ctx context.Context, in selectTeamInput) (contextResult, error) {
			team, err := t.findTeam(ctx, strings.TrimSpace(in.Team))
			if err != nil {
				return t.context(target{}), err
			}
			result := t.context(target{team.ID, fromSelection})
			result.knows(team)
			remembered, err := t.Selections.Set(ctx, conversation(ctx), team.ID)
			if err != nil {
				return result, err
			}
			if result.Remembered = &remembered; !remembered {
				result.TeamSource = ""
				result.Notes = []string{fmt.Sprintf("This protocol version keeps no conversation: pass team %q in every call.", team.ID)}
			}
			return result, nil
		}, t)
}

func (t *Tools) context(to target) contextResult {
	return contextResult{
		Team: to.team, TeamSource: to.source,
		Livemode: t.Caller.Claims().Livemode,
		Today:    t.Now().In(gigstack.MexicoCity).Format(time.DateOnly),
		ReadOnly: t.Guard.Policy.ReadOnly, AllowCritical: t.Guard.Policy.AllowCritical, AllowLive: t.Guard.Policy.AllowLive, Policy: t.Guard.RulesMode(),
		Sandbox: t.Sandbox, Origin: t.Caller.Origin(), Version: t.Version,
	}
}

// findTeam looks a team up by id, RFC or part of its name among those the key
// reaches, and reads it as that team, so that Connect has its say.
func (t *Tools) findTeam(ctx context.Context, wanted string) (team gigstack.Team, err error) {
	if wanted == "" {
		return team, &failure{Code: "invalid_arguments", Outcome: gigstack.NotSent, Message: "team is blank.", Next: "Pass an id, an RFC, or part of the company's name."}
	}
	var named, taxed []gigstack.Team
	for team, err := range gigstack.Each(ctx, t.Caller, gigstack.ListTeams, gigstack.ListTeamsInput{Paging: gigstack.Paging{Limit: new(100)}}) {
		if err != nil {
			return team, err
		}
		switch {
		case t.mayActFor(team.ID) != nil: // and nobody is told that there is one
		case team.ID == wanted:
			return t.readTeam(ctx, wanted)
		case strings.EqualFold(team.TaxID, wanted):
			taxed = append(taxed, team)
		case contains(teamName(team), wanted) || contains(team.LegalName, wanted):
			named = append(named, team)
		}
	}
	matches := taxed
	if taxed == nil {
		matches = named
	}
	switch {
	case len(matches) == 1:
		return t.readTeam(ctx, matches[0].ID)
	case len(matches) > 1:
		return team, &failure{Code: "team_ambiguous", Outcome: gigstack.NotSent,
			Message: "Several companies match: " + names(matches) + ".", foreign: true, Next: "Ask the person which one, then pass its id."}
	case strings.HasPrefix(wanted, "team_"):
		return t.readTeam(ctx, wanted) // gigstack says why not
	}
	return team, &failure{Code: "team_not_found", Outcome: gigstack.NotSent,
		Message: "None of the companies this key reaches matches.", Next: "See list_teams and pass an id."}
}

// readTeam reads a team as itself.
func (t *Tools) readTeam(ctx context.Context, id string) (team gigstack.Team, err error) {
	if err := cmp.Or(checkTeam(id), t.mayActFor(id)); err != nil {
		return team, err
	}
	return gigstack.GetTeam.Call(ctx, t.as(target{team: id}), gigstack.TeamRef{ID: id})
}

// contains compares as people type names: without accents and capitals.
func contains(text, part string) bool {
	return strings.Contains(catalogs.Fold(text), catalogs.Fold(part))
}

func names(teams []gigstack.Team) string {
	var list []string
	for i, team := range teams {
		if i == 10 {
			list = append(list, "…")
			break
		}
		list = append(list, fmt.Sprintf("%s (%s, %s)", quoted(teamName(team)), clip(team.TaxID, shortText), clip(team.ID, shortText)))
	}
	return strings.Join(list, "; ")
}
