package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// forTeam is embedded in the arguments of a job about one team.
type forTeam struct {
	Team *string `json:"team,omitempty" doc:"Team id; the selected or own one when absent."`
}

func (f forTeam) wanted() string {
	if f.Team == nil {
		return ""
	}
	return *f.Team
}

// report is what a job answers: what it found, and what that rests on.
type report[T any] struct {
	Data     T          `json:"data"`
	Team     string     `json:"team" jsonschema:"required" doc:"Team acted for."`
	Livemode *bool      `json:"livemode,omitempty" doc:"false: test data; true: real documents and money."`
	Complete bool       `json:"complete" doc:"Everything was read to its end; if false, read says what was not."`
	Read     []coverage `json:"read" doc:"The lists this rests on."`
	Notes    []string   `json:"notes,omitempty"`
	Error    *failure   `json:"error,omitempty"`
}

// coverage is how far a list was read.
type coverage struct {
	Tool    string `json:"tool" doc:"Tool that lists the same."`
	Team    string `json:"team,omitempty" doc:"Where several teams were read."`
	Records int    `json:"records"`
	Missing string `json:"missing,omitempty" doc:"Why the list is not complete; absent when it is."`
}

// study is one run of a job: what it reads as a team, and how far it came. It is safe
// for concurrent use.
type study struct {
	*Tools
	to     target
	caller *gigstack.Caller // acts for the team
	tell   func(message string)

	mu     sync.Mutex
	read   []coverage
	notes  []string
	failed *failure // the first
}

// note adds something to know about the answer. Text of third parties has no place in it.
func (s *study) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// fails is what to say of something that could not be read.
func (s *study) fails(err error) string {
	f := s.explain(err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = cmp.Or(s.failed, f)
	return f.Message
}

// covered records how far a list was read, and tells whoever waits.
func (s *study) covered(c coverage) {
	s.mu.Lock()
	same := slices.IndexFunc(s.read, func(r coverage) bool { return r.Tool == c.Tool && r.Team == c.Team })
	if same < 0 {
		s.read = append(s.read, c)
	} else { // read in parts, by status
		s.read[same].Records += c.Records
		s.read[same].Missing = cmp.Or(s.read[same].Missing, c.Missing)
	}
	s.mu.Unlock()
	s.tell(fmt.Sprintf("%s: %d", c.Tool, c.Records))
}

// job is a tool that carries out a whole task for a team, composed of reads. What it
// cannot read is no failure of the whole, unless that is everything: the report says so.
func job[In interface{ wanted() string }, T any](t *Tools, name, title, doc string, run func(context.Context, *study, In) (T, error)) server.ServerTool {
	about := mcp.Tool{Name: name, Title: title, Description: doc}
	return ownTool(t, about, schemas.Input(reflect.TypeFor[In]()), schemas.Of(reflect.TypeFor[report[T]]()),
		func(ctx context.Context, call mcp.CallToolRequest, args json.RawMessage) (any, string, error) {
			var in In
			if err := json.Unmarshal(args, &in); err != nil {
				return nil, "", err
			}
			to, err := t.choose(ctx, in.wanted())
			if err == nil {
				err = t.mayActFor(to.team)
			}
			if err != nil {
				return nil, to.team, err
			}
			s := &study{Tools: t, to: to, caller: t.as(to), tell: progress(ctx, call)}
			data, err := run(ctx, s, in)
			if err == nil {
				err = ctx.Err()
			}
			if err == nil && s.failed != nil && !slices.ContainsFunc(s.read, func(c coverage) bool { return c.Missing == "" || c.Records > 0 }) {
				err = s.failed // nothing was read at all
			}
			if err != nil {
				return nil, to.team, err
			}
			complete := !slices.ContainsFunc(s.read, func(c coverage) bool { return c.Missing != "" })
			if !complete {
				s.note("Not everything could be read: counts and sums are of what was.")
			}
			return report[T]{
				Data: data, Team: to.team, Livemode: t.Caller.Claims().Livemode, Notes: s.notes, Read: slices.Clip(s.read), Complete: complete,
			}, to.team, nil
		})
}

// mostRead is how many records of one list a job reads.
const mostRead = 20_000

// everything reads a list to its end, as the team of a study. What could not be read
// is missing from the result and named in the report: whoever adds up says so.
func everything[In, T any, P interface {
	*In
	From(cursor string)
}](ctx context.Context, s *study, list gigstack.Endpoint[In, gigstack.Page[T]], in In) []T {
	return slices.Collect(reading[In, T, P](ctx, s, list, in))
}

// reading is everything for those who keep little of what they see.
func reading[In, T any, P interface {
	*In
	From(cursor string)
}](ctx context.Context, s *study, list gigstack.Endpoint[In, gigstack.Page[T]], in In) iter.Seq[T] {
	return func(yield func(T) bool) {
		c := coverage{Tool: list.Name, Team: s.foreign(), Missing: "Not read to its end."}
		defer func() { s.covered(c) }()
		for one, err := range gigstack.Each[In, T, P](ctx, s.caller, list, in) {
			if err == nil && s.isForeign(&one) {
				err = s.foreignRecord(list.Name)
			}
			if err != nil {
				c.Missing = s.fails(err)
				return
			}
			if c.Records == mostRead {
				c.Missing = fmt.Sprintf("Stopped after %d records: ask for a shorter period.", mostRead)
				return
			}
			if c.Records++; c.Records%500 == 0 {
				s.tell(fmt.Sprintf("%s: %d …", list.Name, c.Records))
			}
			if !yield(one) {
				return
			}
		}
		c.Missing = ""
	}
}

// one reads a single thing. What could not be read is named in the report.
func one[In, Out any](ctx context.Context, s *study, get gigstack.Endpoint[In, Out], in In) (v Out, ok bool) {
	c := coverage{Tool: get.Name, Team: s.foreign(), Records: 1}
	v, err := get.Call(ctx, s.caller, in)
	if err == nil && s.isForeign(&v) {
		err = s.foreignRecord(get.Name)
	}
	if err != nil {
		var none Out
		v, c.Records, c.Missing = none, 0, s.fails(err)
	}
	s.covered(c)
	return v, err == nil
}

func (s *study) foreignRecord(tool string) error {
	return &gigstack.Error{Op: tool, Team: s.to.team, Code: gigstack.CodeWrongTeam, Outcome: gigstack.Refused,
		Message: "gigstack answered for another team than the one asked for; that is withheld"}
}

// isForeign reports whether a record says that it is of another team than the study's.
func (s *study) isForeign(record any) bool {
	var team string
	switch v := record.(type) {
	case *gigstack.Invoice:
		team = v.Team
	case *gigstack.Payment:
		team = v.Team
	case *gigstack.Receipt:
		team = v.Team
	case *gigstack.Client:
		team = v.Team
	case *gigstack.Team:
		team = v.ID
	}
	return s.to.team != "" && team != s.to.team && strings.HasPrefix(strings.ToLower(team), "team_")
}

// missing is why one of these tools' lists is not complete, "" when all are.
func (s *study) missing(tools ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.read {
		if c.Missing != "" && slices.Contains(tools, c.Tool) {
			return c.Tool + ": " + c.Missing
		}
	}
	return ""
}

// together does things at once and waits for all. What one panics with, the caller
// does. What they covered is in the order of its tools then.
func (s *study) together(things ...func()) {
	s.mu.Lock()
	first := len(s.read)
	s.mu.Unlock()
	waits := make([]func() (struct{}, error), len(things))
	for i, do := range things {
		waits[i] = ahead(func() (struct{}, error) { do(); return struct{}{}, nil })
	}
	for _, wait := range waits {
		_, _ = wait()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortStableFunc(s.read[first:], func(a, b coverage) int { return strings.Compare(a.Tool, b.Tool) })
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

// teams is the teams of these ids, or all that the key reaches and the caller may act
// for, in the order of gigstack's list.
func (s *study) teams(ctx context.Context, ids []string) (list []gigstack.Team) {
	if ids == nil && s.Teams != nil {
		ids = s.Teams
	}
	if ids == nil {
		reach := &study{Tools: s.Tools, caller: s.Caller, tell: s.tell}
		list = everything(ctx, reach, gigstack.ListTeams, gigstack.ListTeamsInput{Paging: gigstack.Paging{Limit: new(100)}})
		s.read = append(s.read, reach.read...)
		return list
	}
	for _, id := range ids {
		team, err := s.readTeam(ctx, strings.TrimSpace(id))
		if err != nil {
			s.covered(coverage{Tool: gigstack.GetTeam.Name, Team: id, Missing: s.explain(err).Message})
			continue
		}
		list = append(list, team)
	}
	return list
}

// inEach visits teams, a few at a time, each as itself. Results stand in the order of
// the teams; what a visit could not read is part of the report.
func inEach[T any](ctx context.Context, s *study, teams []gigstack.Team, visit func(context.Context, *study, gigstack.Team) T) []T {
	results := make([]T, len(teams))
	visits := make([]*study, len(teams))
	places := make(chan struct{}, teamsAtOnce)
	calls := make([]func(), len(teams))
	for i, team := range teams {
		to := target{team.ID, fromFan}
		visits[i] = &study{Tools: s.Tools, to: to, caller: s.as(to), tell: s.tell}
		calls[i] = func() {
			places <- struct{}{}
			defer func() { <-places }()
			if ctx.Err() == nil {
				results[i] = visit(ctx, visits[i], team)
			}
		}
	}
	s.together(calls...)
	for _, v := range visits {
		s.read, s.notes = append(s.read, v.read...), append(s.notes, v.notes...)
	}
	return results
}

// progress tells a client that asked for it how far a call has come.
func progress(ctx context.Context, call mcp.CallToolRequest) func(string) {
	s := server.ServerFromContext(ctx)
	if s == nil || call.Params.Meta == nil || call.Params.Meta.ProgressToken == nil {
		return func(string) {}
	}
	var mu sync.Mutex
	steps := 0
	return func(message string) {
		mu.Lock()
		defer mu.Unlock()
		steps++
		_ = s.SendNotificationToClient(ctx, string(mcp.MethodNotificationProgress),
			map[string]any{"progressToken": call.Params.Meta.ProgressToken, "progress": steps, "message": message})
	}
}
