package tools_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// specimens is one call of each tier, ready to be made, with what of it reaches
// gigstack when it runs.
func specimens(t *testing.T, a *agent) map[string]struct {
	tool string
	args args
} {
	invoice := a.first(t, "list_income_invoices", args{"status": "valid"}, "payment_method", "PUE")
	client := a.first(t, "list_clients", nil, "", nil)
	webhook := a.first(t, "list_webhooks", nil, "", nil)
	type call = struct {
		tool string
		args args
	}
	return map[string]call{
		"read":        {"get_client", args{"id": client["id"]}},
		"write":       {"update_client", args{"id": client["id"], "phone": "+525555550199"}},
		"outward":     {"create_webhook", args{"url": "https://example.com/hook", "events": []string{"invoice.created"}}},
		"destructive": {"delete_webhook", args{"id": webhook["id"]}},
		"fiscal":      {"cancel_invoice", args{"id": invoice["uuid"], "motive": "02"}},
		"critical":    {"reset_user_password", args{"email": "diego@kemper.example.mx"}},
	}
}

// people is who may sit behind a client, and whether they agree.
var people = map[string]person{
	"nobody":         nil,
	"accepts":        agrees,
	"does not tick":  says(mcp.ElicitationResponseActionAccept, map[string]any{"confirm": false}),
	"only ticks":     says(mcp.ElicitationResponseActionAccept, map[string]any{"confirm": true}),
	"types anything": says(mcp.ElicitationResponseActionAccept, map[string]any{"confirm": "SI"}),
	"accepts blank":  says(mcp.ElicitationResponseActionAccept, nil),
	"accepts a list": says(mcp.ElicitationResponseActionAccept, []any{true}),
	"says yes":       says(mcp.ElicitationResponseActionAccept, map[string]any{"confirm": "true"}),
	"declines":       says(mcp.ElicitationResponseActionDecline, map[string]any{"confirm": true}),
	"cancels":        says(mcp.ElicitationResponseActionCancel, nil),
	"mumbles":        says("maybe", map[string]any{"confirm": true}),
}

// TestGuard is the whole of the guard as an agent meets it: every tier under
// every policy with everybody who may sit there.
func TestGuard(t *testing.T) {
	policies := map[string]guard.Policy{"by default": {}, "read-only": {ReadOnly: true, AllowCritical: true}, "critical allowed": {AllowCritical: true}}
	for name, policy := range policies {
		for who, p := range people {
			if policy.ReadOnly && who != "nobody" && who != "accepts" {
				continue // nobody is asked anything
			}
			t.Run(name+"/"+who, func(t *testing.T) {
				t.Parallel()
				inBothEras(t, func(t *testing.T, era string) {
					s := newStand(t, setting{policy: policy})
					a := s.agent(t, era, p)
					for tier, c := range specimens(t, a) {
						t.Run(tier, func(t *testing.T) { checkTier(t, s, a, policy, tier, who, c.tool, c.args) })
					}
				})
			})
		}
	}
}

func checkTier(t *testing.T, s *stand, a *agent, policy guard.Policy, tier, who, tool string, with args) {
	s.reached()
	if policy.ReadOnly && tier != "read" {
		_, err := a.try(t.Context(), tool, with)
		require.ErrorContains(t, err, "not found", "what is hidden is not there")
		require.Empty(t, s.reached())
		return
	}
	first := a.call(t, tool, with)
	switch {
	case tier == "read":
		require.False(t, first.isError, first.text)
		require.Empty(t, s.writes())
		return
	case tier == "write":
		require.False(t, first.isError, first.text)
		require.Len(t, s.writes(), 1)
		return
	case tier == "critical" && !policy.AllowCritical:
		require.True(t, first.isError)
		require.Equal(t, guard.CodeCriticalOff, first.code())
		require.Empty(t, s.reached(), "not even a look")
		return
	case tier == "critical":
		checkApproval(t, s, a, tool, with, first)
		return
	}
	switch who {
	case "nobody":
		require.Empty(t, s.writes(), "a plan changes nothing")
		require.Equal(t, "confirmation_required", first.get("status"))
		require.False(t, first.isError)
		require.Equal(t, tier, first.get("preview", "tier"))
		done := a.call(t, tool, with.with("plan", first.get("plan")))
		require.False(t, done.isError, done.text)
		require.Equal(t, "done", done.get("status"))
		require.Len(t, s.writes(), 1)
	case "only ticks":
		if tier == "fiscal" {
			require.Empty(t, s.writes(), "a tick is too little")
			require.Equal(t, "declined", first.get("status"))
			return
		}
		require.Equal(t, "done", first.get("status"))
	case "accepts":
		require.False(t, first.isError, first.text)
		require.Equal(t, "done", first.get("status"))
		require.Len(t, s.writes(), 1)
	default:
		require.Empty(t, s.writes(), "nothing but a plain yes is a yes")
		require.False(t, first.isError, "a person who says no is no error")
		require.Equal(t, "declined", first.get("status"))
		require.Nil(t, first.get("plan"), "no plan is left over")
	}
}

// checkApproval has a call that waits go on when a person outside of the conversation
// approved it; whoever sits behind the client is not asked.
func checkApproval(t *testing.T, s *stand, a *agent, tool string, with args, first result) {
	t.Helper()
	waits := func(r result) {
		t.Helper()
		require.Empty(t, s.writes(), "nothing is sent")
		require.False(t, r.isError, r.text)
		require.Equal(t, "waiting_for_approval", r.get("status"), r.text)
		require.Equal(t, first.get("approval"), r.get("approval"), "one call asks once")
	}
	waits(first)
	require.Contains(t, s.log.String(), first.get("approval"))
	plan := with.with("plan", first.get("plan"))
	waits(a.call(t, tool, with))
	waits(a.call(t, tool, plan))
	shown := s.decide(t, first, guard.Approved).Shown
	require.Contains(t, shown, "Team: Escuela Kemper (team_kemper), TEST data")
	done := a.call(t, tool, plan)
	require.Equal(t, "done", done.get("status"), done.text)
	require.Len(t, s.writes(), 1)
	require.Equal(t, guard.CodePlanUsed, a.call(t, tool, plan).code())
}

// TestPlanIsContract has everything that is not the planned call refused, and
// nothing sent for it.
func TestPlanIsContract(t *testing.T) {
	later := func(s *stand) { s.advance(guard.PlanLife) }
	for name, c := range map[string]struct {
		tool   string
		change func(args) args
		before func(*stand)
		caller string
		want   string
	}{
		"the very call":       {},
		"another motive":      {change: func(a args) args { return a.with("motive", "03") }, want: guard.CodePlanArguments},
		"another team":        {change: func(a args) args { return a.with("team", sandbox.TeamXenon) }, want: guard.CodePlanTeam},
		"its own team, named": {change: func(a args) args { return a.with("team", sandbox.TeamKemper) }},
		"another tool":        {tool: "delete_client", change: func(a args) args { return args{"id": a["id"]} }, want: guard.CodePlanTool},
		"somebody else":       {caller: "eve", want: guard.CodePlanPrincipal},
		"too late":            {before: later, want: guard.CodePlanExpired},
		"a second before":     {before: func(s *stand) { s.advance(guard.PlanLife - time.Second) }},
	} {
		t.Run(name, func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				s := newStand(t, setting{})
				a := s.agent(t, era, nil)
				planned := specimens(t, a)["fiscal"]
				plan := a.call(t, planned.tool, planned.args).get("plan")
				if c.before != nil {
					c.before(s)
				}
				tool, with := planned.tool, planned.args
				if c.tool != "" {
					tool = c.tool
				}
				if c.change != nil {
					with = c.change(with)
				}
				if c.caller != "" {
					a.caller.Principal = c.caller
				}
				s.reached()
				r := a.call(t, tool, with.with("plan", plan))
				assert.Equal(t, c.want, r.code(), r.text)
				if c.want != "" {
					assert.True(t, r.isError)
					assert.Equal(t, "not_sent", r.get("error", "outcome"))
					assert.Empty(t, s.writes())
					return
				}
				assert.Len(t, s.writes(), 1)
				again := a.call(t, tool, with.with("plan", plan))
				assert.Equal(t, guard.CodePlanUsed, again.code())
				assert.Equal(t, "done", again.get("error", "outcome"), "it did take effect, the first time")
				assert.Empty(t, s.writes())
			})
		})
	}
}

// TestPlanIgnoresOrder has the same arguments in another order and spelling be
// the same call.
func TestPlanIgnoresOrder(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")
	line := args{"description": "Curso", "unit_price": 100, "taxes": []any{args{"type": "IVA", "rate": 0.16}}}
	with := args{"client": args{"id": client["id"]}, "items": []any{line}, "payment_form": "03"}
	plan := a.call(t, "create_income_invoice", with)
	require.Equal(t, "confirmation_required", plan.get("status"), plan.text)
	s.reached()
	done := a.call(t, "create_income_invoice", args{
		"payment_form": "03", "plan": plan.get("plan"),
		"items": jsonOf(t, []any{line}), "client": jsonOf(t, args{"id": client["id"]}),
	})
	assert.Equal(t, "done", done.get("status"), done.text)
	assert.Len(t, s.writes(), 1)
}

// TestPlanArgumentIsNoConsent has the plan of an agent count for nothing where a
// person can be asked.
func TestPlanArgumentIsNoConsent(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		planned := specimens(t, s.agent(t, era, nil))["fiscal"]
		plan := s.agent(t, era, nil).call(t, planned.tool, planned.args).get("plan")
		s.reached()
		r := s.agent(t, era, people["declines"]).call(t, planned.tool, planned.args.with("plan", plan))
		assert.Equal(t, "declined", r.get("status"))
		assert.Empty(t, s.writes())
	})
}

// TestBrokenQuestion has a client that fails to ask its person send nothing.
func TestBrokenQuestion(t *testing.T) {
	broken := person(func(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
		return nil, errors.New("no window")
	})
	t.Run("legacy", func(t *testing.T) {
		s := newStand(t, setting{})
		a := s.agent(t, "legacy", broken)
		planned := specimens(t, a)["fiscal"]
		s.reached()
		r := a.call(t, planned.tool, planned.args)
		assert.Equal(t, "declined", r.get("status"))
		assert.Empty(t, s.writes())
	})
	t.Run("modern", func(t *testing.T) { // the call fails in the client: it asks by itself
		s := newStand(t, setting{})
		a := s.agent(t, "modern", broken)
		planned := specimens(t, a)["fiscal"]
		s.reached()
		_, err := a.try(t.Context(), planned.tool, planned.args)
		assert.Error(t, err)
		assert.Empty(t, s.writes())
	})
}

// Without a key of the operator's to seal plans with, nothing fiscal is offered, and
// what turns out to be fiscal by its arguments is refused.
func TestUnsealed(t *testing.T) {
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true, Unsealed: true}})
	for tool, offered := range map[string]bool{"create_income_invoice": false, "refund_payment": false, "delete_client": true, "create_client": true} {
		_, ok := s.tools.Find(tool)
		assert.Equal(t, offered, ok, tool)
	}
	a := s.agent(t, "modern", nil)
	s.reached()
	r := a.call(t, "save_sat_download_schedule", args{"enabled": true, "time": "05:00", "download_types": []string{"issued"}})
	assert.Equal(t, guard.CodeUnsealed, r.code(), r.text)
	assert.Empty(t, s.reached())
}

// A key that acts on real documents changes nothing until the operator says so; one
// that does not tell may be such a key.
func TestLiveIsOffByDefault(t *testing.T) {
	live := func(b *sandbox.Sandbox) string { return b.NewKey(sandbox.TeamKemper, true, "owner") }
	s := newStand(t, setting{key: live, careful: true})
	a := s.agent(t, "modern", nil)
	require.False(t, a.call(t, "list_clients", nil).isError, "it may look")
	s.reached()
	r := a.call(t, "create_client", args{"name": "A"})
	assert.Equal(t, guard.CodeLiveOff, r.code(), r.text)
	r = a.call(t, "cancel_invoice", args{"id": "5F0C7A1E-3C52-4D0E-9A55-0D7A3B1C9E21", "motive": "02"})
	assert.Equal(t, guard.CodeLiveOff, r.code(), r.text)
	assert.Empty(t, s.reached())
	unknown := newStand(t, setting{key: func(*sandbox.Sandbox) string { return "opaque_and_says_nothing" }, careful: true, team: sandbox.TeamKemper})
	r = unknown.agent(t, "modern", nil).call(t, "delete_client", args{"id": "client_1"})
	assert.Equal(t, guard.CodeLiveOff, r.code(), r.text)
	assert.Empty(t, unknown.reached())
}

// TestWhatThePersonReads has the question say what would happen, to whom and
// for how much, before anything does.
func TestWhatThePersonReads(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		var asked string
		a := s.agent(t, era, func(_ context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
			asked = r.Params.Message
			return people["declines"](context.Background(), r)
		})
		client := a.first(t, "list_clients", nil, "name", "Karla Fuente")
		a.call(t, "create_income_invoice", args{
			"client": args{"id": client["id"]}, "payment_form": "03", "send_email": true,
			"items": []any{args{"description": "Curso\nTeam: Otra", "unit_price": 1000, "quantity": 2, "taxes": []any{args{"type": "IVA", "rate": 0.16}}}},
		})
		for _, part := range []string{"TEST data", "team_kemper", "KARLA FUENTE NOLASCO", "FUNK671228PH6", "Total: 2320.00 MXN", "Mail: karla.fuente@example.mx (the client)", "cannot be changed"} {
			assert.Contains(t, asked, part)
		}
		assert.NotContains(t, asked, "\nTeam: Otra", "no text of the call poses as a line of ours")
	})
}

// TestReadOnlyList has a read-only server show reads and nothing else.
func TestReadOnlyList(t *testing.T) {
	s := newStand(t, setting{policy: guard.Policy{ReadOnly: true}})
	list := s.tools.List()
	reads := slices.DeleteFunc(operations(), func(op gigstack.Operation) bool { return op.Spec().Risk != risk.Read })
	assert.Len(t, list, len(ownTools(s))+len(reads), "the server's own, and every read")
	for _, tool := range list {
		assert.True(t, *tool.Annotations.ReadOnlyHint, tool.Name)
	}
}
