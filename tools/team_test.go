package tools_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// TestTeamPrecedence has the nearest choice of a team win, the request carry it
// and the result say so.
func TestTeamPrecedence(t *testing.T) {
	const kemper, xenon, robotica, nueva = sandbox.TeamKemper, sandbox.TeamXenon, sandbox.TeamRobotica, sandbox.TeamNueva
	for name, c := range map[string]struct {
		argument, transport, selected, operator string
		want, source                            string
		onTheWire                               string
	}{
		"argument":         {argument: xenon, transport: robotica, selected: nueva, operator: kemper, want: xenon, onTheWire: xenon},
		"header or URL":    {transport: robotica, selected: nueva, operator: xenon, want: robotica, source: "header or URL", onTheWire: robotica},
		"selection":        {selected: nueva, operator: xenon, want: nueva, source: "select_team", onTheWire: nueva},
		"operator":         {operator: xenon, want: xenon, source: "--team", onTheWire: xenon},
		"key":              {want: kemper, source: "key"},
		"own team, chosen": {argument: kemper, operator: xenon, want: kemper},
	} {
		t.Run(name, func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				s := newStand(t, setting{team: c.operator})
				a := s.agent(t, era, nil)
				if c.selected != "" {
					require.Equal(t, true, a.call(t, "select_team", args{"team": c.selected}).get("remembered"))
				}
				a.caller = session.Caller{Principal: "local", Team: c.transport}
				s.reached()
				with := args{}
				if c.argument != "" {
					with["team"] = c.argument
				}
				r := a.call(t, "list_clients", with)
				assert.Equal(t, c.want, r.get("team"), r.text)
				assert.Equal(t, []sent{{"GET", "/clients", c.onTheWire, ""}}, s.reached())
				if c.argument == "" {
					who := a.call(t, "get_context", nil)
					assert.Equal(t, c.want, who.get("team"))
					assert.Equal(t, c.source, who.get("team_source"))
				}
			})
		})
	}
}

// TestTeamConflict has nothing sent where the id in the path and another choice
// of a team disagree.
func TestTeamConflict(t *testing.T) {
	for name, c := range map[string]struct {
		id, argument, transport, selected, operator string
		refused                                     bool
	}{
		"argument":               {id: sandbox.TeamXenon, argument: sandbox.TeamKemper, refused: true},
		"header":                 {id: sandbox.TeamXenon, transport: sandbox.TeamRobotica, refused: true},
		"selection":              {id: sandbox.TeamXenon, selected: sandbox.TeamRobotica, refused: true},
		"operator":               {id: sandbox.TeamXenon, operator: sandbox.TeamRobotica, refused: true},
		"same":                   {id: sandbox.TeamXenon, argument: sandbox.TeamXenon},
		"argument over operator": {id: sandbox.TeamXenon, argument: sandbox.TeamXenon, operator: sandbox.TeamRobotica},
		"nobody chose":           {id: sandbox.TeamXenon},
	} {
		t.Run(name, func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				s := newStand(t, setting{team: c.operator})
				a := s.agent(t, era, nil)
				if c.selected != "" {
					a.call(t, "select_team", args{"team": c.selected})
				}
				a.caller.Team = c.transport
				with := args{"id": c.id, "support_email": "nueva@example.mx"}
				if c.argument != "" {
					with["team"] = c.argument
				}
				s.reached()
				r := a.call(t, "update_team", with)
				if c.refused {
					assert.Equal(t, "team_conflict", r.code(), r.text)
					assert.True(t, r.isError)
					assert.Empty(t, s.reached())
					return
				}
				require.False(t, r.isError, r.text)
				assert.Equal(t, c.id, r.get("team"))
				assert.Equal(t, c.id, s.reached()[0].team)
			})
		})
	}
}

// TestSelectTeam finds a company by what people call it, and no other.
func TestSelectTeam(t *testing.T) {
	for wanted, c := range map[string]struct{ team, code string }{
		"team_xenon":                {team: sandbox.TeamXenon},
		"XIA190128J61":              {team: sandbox.TeamXenon},
		"ure180429tm6":              {team: sandbox.TeamRobotica},
		"xenon industrial":          {team: sandbox.TeamXenon},
		"  HERRERIA & ELECTRICOS  ": {team: sandbox.TeamNueva},
		"escuela":                   {team: sandbox.TeamKemper},
		"industrial":                {team: sandbox.TeamXenon},
		"UNIVERSIDAD":               {team: sandbox.TeamRobotica},
		"universidad robotica":      {team: sandbox.TeamRobotica},
		"robótica":                  {team: sandbox.TeamRobotica},
		"e":                         {code: "team_ambiguous"},
		"Orgánicos":                 {code: "team_not_found"},
		"team_stranger":             {code: gigstack.CodeNoMatchedTeams},
		"team_nobody":               {code: gigstack.CodeTeamNotFound},
		"team_../users":             {code: "invalid_arguments"},
		"":                          {code: "invalid_arguments"},
		"   ":                       {code: "invalid_arguments"},
	} {
		t.Run(wanted, func(t *testing.T) {
			s := newStand(t, setting{})
			a := s.agent(t, "legacy", nil)
			r := a.call(t, "select_team", args{"team": wanted})
			assert.Equal(t, c.code, r.code(), r.text)
			assert.Equal(t, c.code != "", r.isError)
			after := a.call(t, "get_context", nil)
			if c.code != "" {
				assert.Equal(t, sandbox.TeamKemper, after.get("team"), "what failed selects nothing")
				return
			}
			assert.Equal(t, c.team, r.get("team"))
			assert.NotEmpty(t, r.get("team_info", "rfc"))
			assert.Equal(t, c.team, after.get("team"))
		})
	}
}

// TestSelectionIsOnesOwn has one conversation's selection be no other's.
func TestSelectionIsOnesOwn(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		one, other := s.agent(t, era, nil), s.agent(t, era, nil)
		one.call(t, "select_team", args{"team": sandbox.TeamXenon})
		assert.Equal(t, sandbox.TeamXenon, one.call(t, "list_clients", nil).get("team"))
		assert.Equal(t, sandbox.TeamKemper, other.call(t, "list_clients", nil).get("team"))
		one.caller.Principal = "eve" // the same session id in somebody else's hands
		assert.Equal(t, sandbox.TeamKemper, one.call(t, "list_clients", nil).get("team"))
	})
}

// TestConnectErrors has the four refusals of gigstack Connect be four messages
// with a remedy each.
func TestConnectErrors(t *testing.T) {
	key := func(team, role string) func(*sandbox.Sandbox) string {
		return func(s *sandbox.Sandbox) string { return s.NewKey(team, false, role) }
	}
	seen := map[any]bool{}
	for name, c := range map[string]struct {
		key        func(*sandbox.Sandbox) string
		tool, team string
		args       args
		want       string
	}{
		"no master team":  {key: key(sandbox.TeamXenon, "owner"), tool: "list_clients", team: sandbox.TeamKemper, want: gigstack.CodeNotMasterTeam},
		"no such team":    {tool: "list_clients", team: "team_nobody", want: gigstack.CodeTeamNotFound},
		"another account": {tool: "list_clients", team: sandbox.TeamStranger, want: gigstack.CodeNoMatchedTeams},
		"role too low":    {key: key(sandbox.TeamKemper, "viewer"), tool: "create_client", args: args{"name": "X"}, team: sandbox.TeamXenon, want: gigstack.CodeRoleTooLow},
	} {
		t.Run(name, func(t *testing.T) {
			a := newStand(t, setting{key: c.key}).agent(t, "modern", nil)
			r := a.call(t, c.tool, c.args.with("team", c.team))
			assert.Equal(t, c.want, r.code(), r.text)
			assert.Equal(t, c.team, r.get("team"), "the result says for which team it failed")
			assert.Equal(t, "refused", r.get("error", "outcome"))
			assert.NotEmpty(t, r.get("error", "next"))
			seen[r.get("error", "next")] = true
		})
	}
	assert.Len(t, seen, 4, "each has a remedy of its own")
}

// TestKeyWithoutMaster has a key of an ordinary team work for itself, named or
// not.
func TestKeyWithoutMaster(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{key: func(s *sandbox.Sandbox) string { return s.NewKey(sandbox.TeamXenon, false, "owner") }})
		a := s.agent(t, era, nil)
		for _, with := range []args{{}, {"team": sandbox.TeamXenon}} {
			s.reached()
			r := a.call(t, "create_client", with.with("name", "Cliente"))
			require.False(t, r.isError, r.text)
			assert.Equal(t, sandbox.TeamXenon, r.get("team"))
			assert.Empty(t, s.reached()[0].team, "its own team is not named: Connect is not asked for")
		}
		assert.Equal(t, gigstack.CodeNotMasterTeam, a.call(t, "select_team", args{"team": sandbox.TeamKemper}).code())
		assert.Equal(t, sandbox.TeamXenon, a.call(t, "select_team", args{"team": "xenon"}).get("team"))
	})
}

// TestOpaqueKey has the own team of a key that does not tell be asked for once,
// and never guessed among several.
func TestOpaqueKey(t *testing.T) {
	answer := func(body string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v2/teams" {
					_, _ = w.Write([]byte(body))
					return
				}
				_, _ = w.Write([]byte(`{"message":"ok","data":[],"has_more":false,"total_results":0}`))
			})
		}
	}
	opaque := func(*sandbox.Sandbox) string { return "sk_test_0123456789abcdef" }
	for name, c := range map[string]struct{ body, team, code string }{
		"one":     {body: `{"data":[{"id":"team_only"}],"has_more":false}`, team: "team_only"},
		"several": {body: `{"data":[{"id":"team_a"},{"id":"team_b"}],"has_more":false}`, code: "team_ambiguous"},
		"more":    {body: `{"data":[{"id":"team_a"}],"has_more":true,"next":"n"}`, code: "team_ambiguous"},
		"none":    {body: `{"data":[],"has_more":false}`, code: "team_unknown"},
		"hostile": {body: `{"data":[{"id":"../users"}],"has_more":false}`, code: "team_unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, setting{key: opaque, upstream: answer(c.body)})
			a := s.agent(t, "modern", nil)
			r := a.call(t, "list_clients", nil)
			assert.Equal(t, c.code, r.code(), r.text)
			if c.team == "" {
				return
			}
			assert.Equal(t, c.team, r.get("team"))
			assert.Len(t, s.reached(), 2)
			a.call(t, "list_clients", nil)
			assert.Len(t, s.reached(), 1, "it is asked once")
		})
	}
}

// TestWrongTeamAnswer withholds what gigstack answers about another company.
func TestWrongTeamAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		tool, body, outcome string
		with                args
	}{
		"one":     {tool: "get_client", with: args{"id": "client_1"}, body: `{"data":{"id":"client_1","name":"canary","team":"team_xenon"}}`, outcome: "refused"},
		"list":    {tool: "list_clients", body: `{"data":[{"id":"c","team":"team_kemper"},{"id":"d","name":"canary","team":"team_xenon"}],"has_more":false}`, outcome: "refused"},
		"a write": {tool: "update_client", with: args{"id": "client_1", "name": "x"}, body: `{"data":{"id":"client_1","name":"canary","team":"team_xenon"}}`, outcome: "unknown"},
		"a team":  {tool: "get_team", with: args{"id": "team_kemper"}, body: `{"data":{"id":"team_xenon","legal_name":"canary"}}`, outcome: "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				s := newStand(t, setting{upstream: func(http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.body)) })
				}})
				r := s.agent(t, era, nil).call(t, c.tool, c.with)
				assert.Equal(t, gigstack.CodeWrongTeam, r.code(), r.text)
				assert.Equal(t, c.outcome, r.get("error", "outcome"))
				assert.NotContains(t, r.text, "canary")
			})
		})
	}
}

// What needs no team asks for none: a health check works with a key that says
// nothing, of an API that refuses it.
func TestTeamlessNeedsNoTeam(t *testing.T) {
	s := newStand(t, setting{key: func(*sandbox.Sandbox) string { return "sk_test_unknown" }})
	r := s.agent(t, "modern", nil).call(t, "check_auth_health", nil)
	require.False(t, r.isError, r.text)
	assert.Equal(t, "ok", r.get("data", "status"))
	assert.Len(t, s.reached(), 1)
}

// An older endpoint that can act for the key's own team only does not act while
// another is chosen; the one that is told in its body is told.
func TestOlderEndpointsAndTeams(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "legacy", nil)
	require.False(t, a.call(t, "select_team", args{"team": sandbox.TeamXenon}).isError)
	s.reached()
	r := a.call(t, "legacy_list_invoices", nil)
	assert.Equal(t, "team_conflict", r.code(), r.text)
	assert.Empty(t, s.reached())
	r = a.call(t, "connect_get_team", args{"id": sandbox.TeamNueva})
	assert.Equal(t, "team_conflict", r.code(), r.text)
	assert.NotContains(t, r.get("error", "next"), `repeat the call with team`, "it has no such argument")
	r = a.call(t, "connect_list_teams", nil)
	require.False(t, r.isError, r.text)
	assert.Equal(t, sandbox.TeamKemper, r.get("team"), "the whole account is the key's own team's")
}
