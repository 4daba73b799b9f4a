package tools_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// Whatever the jobs answer is what their schemas promise, and a few words long.
func TestJobsKeepTheirSchemas(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{upstream: refusing(sandbox.TeamXenon, "/")})
		a := s.agent(t, era, nil)
		promised := contractOf(t, a)
		for _, c := range []struct {
			tool   string
			with   args
			rights []string
		}{
			{"teams_overview", nil, nil},
			{"teams_overview", nil, []string{}},
			{"teams_overview", args{"teams": []string{"team_nobody"}}, nil},
			{"teams_overview", args{"period": "soon"}, nil},
			{"screen_suppliers", args{"period": "2026"}, nil},
			{"screen_suppliers", args{"rfcs": []string{"ACME"}}, nil},
			{"screen_suppliers", args{"team": sandbox.TeamXenon}, nil},
			{"screen_suppliers", args{"team": sandbox.TeamNueva}, nil},
			{"export_documents", args{"kind": "debts"}, nil},
			{"export_documents", args{"kind": "receipts", "team": sandbox.TeamNueva}, nil},
			{"export_documents", args{"kind": "receipts", "team": sandbox.TeamXenon}, nil},
		} {
			s.tools.Teams = c.rights
			r := a.call(t, c.tool, c.with)
			promised.holds(t, c.tool, r)
			assert.Less(t, len(r.text), 8000)
		}
	})
}
