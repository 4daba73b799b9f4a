package tools

import (
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

func (f forTeam) actsFor(ctx context.Context, t *Tools) (to target, err error) {
	if to, err = t.choose(ctx, value(f.Team)); err == nil {
		err = t.mayActFor(to.team)
	}
	return to, err
}

// report is what a job answers: what it found, and what that rests on.
type report[T any] struct {
	Data     T          `json:"data"`
	Team     string     `json:"team" jsonschema:"required" doc:"Team acted for; the key's own where several were read."`
	Livemode *bool      `json:"livemode,omitempty" doc:"false: test data; true: real documents and money."`
	Complete bool       `json:"complete" doc:"Everything was read to its end; if false, read says what was not."`
	Read     []coverage `json:"read" doc:"The lists this rests on."`
	Notes    []string   `json:"notes,omitempty"`
	Error    *failure   `json:"error,omitempty"`
}

// coverage is how far a list was read.
type coverage struct {
	Tool    string `json:"tool" doc:"Tool that lists the same."`
	Team    string `json:"team,omitempty" doc:"The one of several teams that this is about."`
	Teams   int    `json:"teams,omitempty" doc:"In how many teams it was read to its end; records are those of all."`
	Records int    `json:"records"`
	Missing string `json:"missing,omitempty" doc:"Why the list is not complete; absent when it is."`

	failed *failure // what ended it
}

// study is one run of a job: what it reads as a team, and how far it came. It is safe
// for concurrent use.
type study struct {
	*Tools
	to     target
	caller *gigstack.Caller // acts for the team
	tell   func(message string)

	mu    sync.Mutex
	read  []coverage
	notes []string
}

// note adds something to know about the answer. Text of third parties has no place in it.
func (s *study) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// covered records how far a list was read, and tells whoever waits.
func (s *study) covered(c coverage) {
	s.mu.Lock()
	s.read = append(s.read, c)
	s.mu.Unlock()
	s.tell(fmt.Sprintf("%s: %d", c.Tool, c.Records))
}

// job is a tool that carries out a whole task for a team, composed of reads. What it
// cannot read is no failure of the whole: the report says so.
func job[In interface {
	actsFor(ctx context.Context, t *Tools) (target, error)
}, T any](t *Tools, name, title, doc string, run func(context.Context, *study, In) (T, error)) server.ServerTool {
	about := mcp.Tool{Name: name, Title: title, Description: doc}
	return ownTool(t, about, schemas.Input(reflect.TypeFor[In]()), schemas.Of(reflect.TypeFor[report[T]]()),
		func(ctx context.Context, call mcp.CallToolRequest, args json.RawMessage) (any, string, error) {
			var in In
			if err := json.Unmarshal(args, &in); err != nil {
				return nil, "", err
			}
			to, err := in.actsFor(ctx, t)
			if err != nil {
				return nil, to.team, err
			}
			s := &study{Tools: t, to: to, caller: t.as(to), tell: progress(ctx, call)}
			data, err := run(ctx, s, in)
			if ctx.Err() != nil { // whatever that made of what was read
				err = &gigstack.Error{Op: name, Team: to.team, Code: gigstack.CodeCanceled, Outcome: gigstack.Refused, Message: "the call was canceled"}
			}
			if err != nil {
				return nil, to.team, err
			}
			return report[T]{
				Data: data, Team: to.team, Livemode: t.Caller.Claims().Livemode, Notes: s.notes,
				Read: append([]coverage{}, s.read...), Complete: s.complete(),
			}, to.team, nil
		})
}

// complete reports whether everything was read to its end so far.
func (s *study) complete() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.ContainsFunc(s.read, func(c coverage) bool { return c.Missing != "" })
}

// refused is why a list was refused altogether, nil when none was.
func (s *study) refused() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.read {
		if c.failed != nil && c.Records == 0 {
			return c.failed
		}
	}
	return nil
}

// attached is the files of a report.
func (r report[T]) attached() []download {
	if data, ok := any(r.Data).(interface{ attached() []download }); ok {
		return data.attached()
	}
	return nil
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

// reading is everything for those who keep little of what they see: no more than a
// page is held.
func reading[In, T any, P interface {
	*In
	From(cursor string)
}](ctx context.Context, s *study, list gigstack.Endpoint[In, gigstack.Page[T]], in In) iter.Seq[T] {
	return func(yield func(T) bool) {
		c := coverage{Tool: list.Name, Team: s.foreign(), Missing: "Not read to its end."}
		defer func() { s.covered(c) }()
		for one, err := range gigstack.Each[In, T, P](ctx, s.caller, list, in) {
			if err == nil && s.isForeign(&one) {
				err = &gigstack.Error{Op: list.Name, Team: s.to.team, Code: gigstack.CodeWrongTeam, Outcome: gigstack.Refused,
					Message: "gigstack answered for another team than the one asked for; the rest is withheld"}
			}
			if err != nil {
				c.failed = s.explain(err)
				c.Missing = c.failed.Message
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
	}
	return team != s.to.team && strings.HasPrefix(strings.ToLower(team), "team_")
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

// one reads a single thing. What could not be read is named in the report.
func one[In, Out any](ctx context.Context, s *study, get gigstack.Endpoint[In, Out], in In) (v Out, ok bool) {
	c := coverage{Tool: get.Name, Team: s.foreign(), Records: 1}
	v, err := get.Call(ctx, s.caller, in)
	if err != nil {
		c.Records, c.Missing = 0, s.explain(err).Message
	}
	s.covered(c)
	return v, err == nil
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
