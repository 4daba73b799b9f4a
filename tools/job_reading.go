package tools

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

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
				c.fails(s.explain(err))
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
		v, c.Records = none, 0
		c.fails(s.explain(err))
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
	return s.to.team != "" && gigstack.IsAnotherTeam(team, s.to.team)
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
