package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// forTeams is embedded in the arguments of a job about several teams.
type forTeams struct {
	Teams []string `json:"teams,omitempty" doc:"Team ids; all you may act for when absent." jsonschema:"maxItems=500"`
}

// actsFor is the key's own team, as far as it is known: every other one is visited as
// itself. Who may not act for it is not told of it.
func (forTeams) actsFor(ctx context.Context, t *Tools) (target, error) {
	own, err := t.own.find(ctx, t.Caller)
	if err != nil || t.mayActFor(own) != nil {
		return target{}, nil // a key that does not tell reaches several, or none
	}
	return target{own, fromKey}, nil
}

// foreign is the team of a study that is one of several.
func (s *study) foreign() string {
	if s.to.source == fromFan {
		return s.to.team
	}
	return ""
}

// fromFan is the source of a team that a job visits as one of several.
const fromFan = "job"

// teamsAtOnce is how many teams a job visits at a time.
const teamsAtOnce = 4

// teams is the teams of these ids, in their order; or else all that the caller may act
// for. One that cannot be had is named in the report.
func (s *study) teams(ctx context.Context, ids []string) (list []gigstack.Team) {
	if len(ids) == 0 {
		ids = s.Teams
	}
	account := &study{Tools: s.Tools, caller: s.Caller, tell: func(string) {}} // how many there are is not everybody's to know
	listed := everything(ctx, account, gigstack.ListTeams, gigstack.ListTeamsInput{Paging: gigstack.Paging{Limit: new(100)}})
	if ids == nil {
		s.read = append(s.read, account.read...)
		return listed
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if id = strings.TrimSpace(id); seen[id] {
			continue
		}
		seen[id] = true
		team, err := s.oneOf(ctx, listed, id)
		if err != nil {
			s.covered(coverage{Tool: gigstack.GetTeam.Name, Team: clip(id, shortText), Missing: s.explain(err).Message})
			continue
		}
		list = append(list, team)
	}
	return list
}

// oneOf is the team of an id, if the caller may act for it: one of the list, or as
// gigstack has it, which else says why not.
func (s *study) oneOf(ctx context.Context, listed []gigstack.Team, id string) (gigstack.Team, error) {
	i := slices.IndexFunc(listed, func(team gigstack.Team) bool { return team.ID == id })
	if i < 0 || s.mayActFor(id) != nil {
		return s.readTeam(ctx, id)
	}
	return listed[i], nil
}

// inEach visits teams, a few at a time, each as itself. Results stand in the order of
// the teams. What was read to its end is one line of the report for all of them; what
// was not is one for each.
func inEach[T any](ctx context.Context, s *study, teams []gigstack.Team, visit func(context.Context, *study, gigstack.Team) T) []T {
	visits := make([]*study, len(teams))
	var done atomic.Int64
	results := spread(ctx, teamsAtOnce, len(teams), func(ctx context.Context, i int) T {
		to := target{teams[i].ID, fromFan}
		visits[i] = &study{Tools: s.Tools, to: to, caller: s.as(to), tell: func(string) {}}
		result := visit(ctx, visits[i], teams[i])
		s.tell(fmt.Sprintf("%s: %d of %d teams", to.team, done.Add(1), len(teams)))
		return result
	})
	for _, v := range visits {
		if v != nil { // the call was not canceled before
			s.join(v)
		}
	}
	return results
}

// join adds what the visit of a team has read.
func (s *study) join(visit *study) {
	s.notes = append(s.notes, visit.notes...)
	for _, c := range visit.read {
		i := slices.IndexFunc(s.read, func(have coverage) bool { return have.Tool == c.Tool && have.Teams > 0 })
		switch {
		case c.Missing != "":
			s.read = append(s.read, c)
		case i < 0:
			s.read = append(s.read, coverage{Tool: c.Tool, Teams: 1, Records: c.Records})
		default:
			s.read[i].Teams++
			s.read[i].Records += c.Records
		}
	}
}

// spread does n things, so many at a time, and returns what came of each in their
// order. Nothing is begun any more when the context has ended; what one of them panics
// with, the caller does.
func spread[T any](ctx context.Context, places, n int, do func(ctx context.Context, i int) T) []T {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	results := make([]T, n)
	var next atomic.Int64
	var waits []func() (struct{}, error)
	for range min(places, n) {
		waits = append(waits, ahead(func() (struct{}, error) {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				results[i] = do(ctx, i)
			}
			return struct{}{}, nil
		}))
	}
	for _, wait := range waits {
		_, _ = wait()
	}
	return results
}
