package tools_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/internal/session"
	"github.com/gigstack/gigstack-mcp/tools"
)

// wrongInvoice is a fresh invoice that somebody got wrong, and what corrects it.
func wrongInvoice(t *testing.T, a *agent) (uuid string, correction args) {
	t.Helper()
	r := a.confirmed(t, "create_income_invoice", invoiceFor(a.first(t, "list_clients", args{}, "tax_id", "FUNK671228PH6")["id"]))
	require.False(t, r.isError, r.text)
	line := args{"description": "Curso, precio correcto", "unit_price": 1250, "taxes": iva}
	return r.id(), args{"id": r.id(), "items": []any{line}}
}

// state is what there is at gigstack of an invoice: its status, and what replaces it.
func (a *agent) state(t *testing.T, uuid string) (status string, substitutes []string) {
	t.Helper()
	status = a.call(t, "get_income_invoice", args{"id": uuid}).get("data", "status").(string)
	return status, a.relatedBy(t, "list_income_invoices", "04", uuid)
}

// relatedBy is the newest invoices that relate to another.
func (a *agent) relatedBy(t *testing.T, list, relationship, uuid string) (ids []string) {
	t.Helper()
	for _, v := range a.call(t, list, args{"limit": 100}).get("data").([]any) {
		invoice := v.(map[string]any)
		relations, _ := invoice["related_documents"].([]any)
		for _, relation := range relations {
			if of := relation.(map[string]any); of["relationship"] == relationship && of["documents"].([]any)[0] == uuid {
				ids = append(ids, invoice["uuid"].(string))
			}
		}
	}
	return ids
}

// isReplaced has an invoice be replaced exactly once.
func isReplaced(t *testing.T, a *agent, uuid string) (by string) {
	t.Helper()
	status, substitutes := a.state(t, uuid)
	assert.Equal(t, "canceled", status)
	require.Len(t, substitutes, 1)
	return substitutes[0]
}

// One plan stamps the right invoice and cancels the wrong one, in this order. Each is
// recorded and journaled as a call by itself.
func TestReplaceInvoice(t *testing.T) {
	for who, p := range map[string]person{"nobody": nil, "accepts": agrees} {
		t.Run(who, func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				s := newStand(t, setting{})
				wrong, correction := wrongInvoice(t, s.agent(t, era, nil))
				a := s.agent(t, era, p)
				s.reached()
				done := a.confirmed(t, "replace_invoice", correction)
				require.Equal(t, "done", done.get("status"), done.text)
				writes := s.writes()
				require.Len(t, writes, 2)
				assert.Equal(t, "/invoices/income", writes[0].path)
				assert.Equal(t, http.MethodDelete, writes[1].method)
				assert.Equal(t, done.get("data", "invoice"), isReplaced(t, a, wrong))
				assert.Equal(t, "accepted", done.get("data", "cancellation"))
				assert.Equal(t, false, done.get("livemode"))
				records, _ := s.recorded(t)
				var list []string
				for _, r := range records {
					if r.Decision == audit.Ran {
						list = append(list, r.Tool+" "+r.Outcome)
					}
				}
				assert.Equal(t, []string{"create_income_invoice running", "create_income_invoice done", // the wrong one
					"replace_invoice running", "create_income_invoice running", "create_income_invoice done", "cancel_invoice running", "cancel_invoice done", "replace_invoice done"}, list)
				again := a.call(t, "replace_invoice", correction)
				assert.Equal(t, "would_be_refused", again.code(), again.text)
				assert.Nil(t, a.call(t, "resolve_outcome", nil).get("attempts"))
			})
		})
	}
}

// What the person reads names each step, the amounts, and that nothing is taken back;
// who does not agree has nothing done.
func TestReplaceInvoiceIsAsked(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		_, correction := wrongInvoice(t, s.agent(t, era, nil))
		s.reached()
		for who, p := range people {
			if who == "accepts" || p == nil {
				continue
			}
			r := s.agent(t, era, p).call(t, "replace_invoice", correction)
			assert.Equal(t, "declined", r.get("status"), who)
		}
		assert.Empty(t, s.writes())
		shown := s.agent(t, era, nil).call(t, "replace_invoice", correction)
		for _, part := range []string{"1. Stamp an income invoice (create_income_invoice, team_kemper)", "2. Cancel an invoice (cancel_invoice, team_kemper)", "total 1450.00 MXN", "total 1740.00 MXN", "relation 04", "motive 01", "cannot be taken back"} {
			assert.Contains(t, shown.text, part)
		}
		assert.Equal(t, false, shown.get("preview", "livemode"))
	})
}

// TestReplacePlanIsContract has everything that is not the planned call refused.
func TestReplacePlanIsContract(t *testing.T) {
	for name, c := range map[string]struct {
		change func(args) args
		before func(*testing.T, *stand, *agent, string)
		want   string
	}{
		"other arguments": {change: func(a args) args { return a.with("use", "S01") }, want: guard.CodePlanArguments},
		"another team":    {change: func(a args) args { return a.with("team", sandbox.TeamXenon) }, want: guard.CodePlanTeam},
		"too late":        {before: func(_ *testing.T, s *stand, _ *agent, _ string) { s.advance(guard.PlanLife) }, want: guard.CodePlanExpired},
		"another client": {before: func(t *testing.T, _ *stand, a *agent, _ string) {
			client := a.first(t, "list_clients", args{}, "tax_id", "FUNK671228PH6")
			require.False(t, a.call(t, "update_client", args{"id": client["id"], "email": "otra@example.com"}).isError)
		}, want: guard.CodePlanStale},
		"it is cancelled": {before: func(t *testing.T, _ *stand, a *agent, id string) {
			require.False(t, a.confirmed(t, "cancel_invoice", args{"id": id, "motive": "02"}).isError)
		}, want: "would_be_refused"},
		"it is replaced": {before: func(t *testing.T, _ *stand, a *agent, id string) {
			substitute := invoiceFor(a.first(t, "list_clients", args{}, "tax_id", "FUNK671228PH6")["id"])
			substitute["items"] = []any{args{"description": "Curso, precio correcto", "unit_price": 1250, "taxes": iva}}
			require.False(t, a.confirmed(t, "create_income_invoice", substitute.with("related_documents", []any{args{"relationship": "04", "documents": []any{id}}})).isError)
		}, want: guard.CodePlanStale},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, setting{})
			a := s.agent(t, "modern", nil)
			wrong, correction := wrongInvoice(t, a)
			plan := a.plan(t, "replace_invoice", correction)
			if c.before != nil {
				c.before(t, s, a, wrong)
			}
			if c.change != nil {
				correction = c.change(correction)
			}
			s.reached()
			r := a.call(t, "replace_invoice", correction.with("plan", plan))
			assert.Equal(t, c.want, r.code(), r.text)
			assert.Empty(t, s.writes())
		})
	}
}

// deaths is an audit that is as good as dead at its nth record: so a process ends that
// is killed there.
type deaths struct {
	tools.Auditor
	left atomic.Int64
}

// around is the audit with d in front of another.
func (d *deaths) around(to tools.Auditor) tools.Auditor {
	d.Auditor = to
	return d
}

func (d *deaths) Append(ctx context.Context, r audit.Record) (int64, error) {
	if d.left.Add(-1) < 0 {
		panic("killed")
	}
	return d.Auditor.Append(ctx, r)
}

// killed has a process end when it has confirmed a plan and written so many records,
// and another one go on.
func killed(t *testing.T, after int, arrange func(t *testing.T, a *agent) (tool string, with args)) (first, second *stand, tool string, with args) {
	t.Helper()
	dir := t.TempDir()
	d := &deaths{}
	d.left.Store(1000)
	first = newStand(t, setting{ledger: dir, policy: guard.Policy{AllowCritical: true}, wrap: d.around})
	a := first.agent(t, "modern", nil)
	tool, with = arrange(t, a)
	plan := a.plan(t, tool, with)
	d.left.Store(int64(after))
	assert.Equal(t, "internal_error", a.call(t, tool, with.with("plan", plan)).code())
	require.NoError(t, first.ledger.Disconnect())
	second = newStand(t, setting{ledger: dir, policy: guard.Policy{AllowCritical: true}, beside: first})
	return first, second, tool, with
}

// resumes has a call be made until it needs nothing more.
func resumes(t *testing.T, first, second *stand, tool string, with args) {
	t.Helper()
	a := second.agent(t, "modern", nil)
	later := func(d time.Duration) {
		first.advance(d)
		second.advance(d)
	}
	later(time.Second)
	last := a.confirmed(t, tool, with)
	if last.code() == guard.CodeOutcomeUnknown {
		later(5 * time.Minute) // nothing can be under way any more
		last = a.confirmed(t, tool, with)
	}
	for range 3 {
		if last.code() == "would_be_refused" {
			break
		}
		require.False(t, last.isError, "%s %s", last.text, second.log.String())
		later(time.Second)
		last = a.confirmed(t, tool, with)
	}
	assert.Equal(t, "would_be_refused", last.code(), "nothing is left to do: %s", last.text)
}

// A process that is killed around any step is gone on from by another, and each thing is
// done once.
func TestReplaceSurvivesDeath(t *testing.T) {
	for after := range 6 {
		t.Run(strings.Repeat("I", after), func(t *testing.T) {
			var wrong string
			first, second, tool, with := killed(t, after, func(t *testing.T, a *agent) (string, args) {
				var correction args
				wrong, correction = wrongInvoice(t, a)
				return "replace_invoice", correction
			})
			resumes(t, first, second, tool, with)
			isReplaced(t, second.agent(t, "modern", nil), wrong)
		})
	}
}

// What a broken line leaves in doubt is found out before anything goes on.
func TestReplaceSurvivesLostAnswers(t *testing.T) {
	for name, fault := range map[string]sandbox.Fault{
		"stamp, lost answer":  {Method: http.MethodPost, Path: "/v2/invoices/income", Drop: true},
		"stamp, gateway":      {Method: http.MethodPost, Path: "/v2/invoices/income", Status: 502},
		"stamp, refused":      {Method: http.MethodPost, Path: "/v2/invoices/income", Status: 422, Body: `{"message":"no","error":"cfdi_service_error"}`},
		"cancel, lost answer": {Method: http.MethodDelete, Drop: true},
		"cancel, gateway":     {Method: http.MethodDelete, Status: 502},
		"cancel, refused":     {Method: http.MethodDelete, Status: 422, Body: `{"message":"no","error":"cfdi_service_error"}`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first := newStand(t, setting{ledger: dir})
			second := newStand(t, setting{ledger: dir, beside: first})
			a := first.agent(t, "modern", nil)
			wrong, correction := wrongInvoice(t, a)
			plan := a.plan(t, "replace_invoice", correction)
			first.Fail(fault)
			r := a.call(t, "replace_invoice", correction.with("plan", plan))
			require.True(t, r.isError)
			refused, stamped := fault.Status == 422, fault.Method == http.MethodDelete
			outcome := map[bool]any{true: "unknown", false: "refused"}[!refused]
			if refused && stamped {
				outcome = "partial"
			}
			assert.Equal(t, outcome, r.get("error", "outcome"), r.text)
			status, substitutes := a.state(t, wrong)
			assert.Equal(t, fault.Drop && stamped, status == "canceled")
			assert.Len(t, substitutes, map[bool]int{true: 1, false: 0}[stamped || fault.Drop])
			again := a.call(t, "replace_invoice", correction.with("plan", plan))
			assert.Equal(t, guard.CodePlanUsed, again.code(), "a plan is for one run")
			resumes(t, first, second, "replace_invoice", correction)
			isReplaced(t, a, wrong)
			records, _ := first.recorded(t)
			assert.NotEmpty(t, records)
		})
	}
}

// Two servers with one ledger carry out one plan once, however often it is confirmed,
// and of several plans for one invoice one.
func TestReplaceOnce(t *testing.T) {
	for name, plans := range map[string]int{"one plan": 1, "four plans of other content": 4} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first := newStand(t, setting{ledger: dir})
			second := newStand(t, setting{ledger: dir, beside: first})
			a := first.agent(t, "modern", nil)
			wrong, correction := wrongInvoice(t, a)
			var calls []args
			for i := range plans {
				with := correction.with("items", []any{args{"description": "Curso", "unit_price": 1000 + i, "taxes": iva}})
				calls = append(calls, with.with("plan", a.plan(t, "replace_invoice", with)))
			}
			var done atomic.Int64
			var wg sync.WaitGroup
			for i := range 16 {
				agent := map[bool]*stand{true: first, false: second}[i%2 == 0].agent(t, "modern", nil)
				wg.Go(func() {
					r, err := agent.try(t.Context(), "replace_invoice", calls[i%plans])
					if assert.NoError(t, err) && !r.IsError {
						done.Add(1)
					}
				})
			}
			wg.Wait()
			assert.EqualValues(t, 1, done.Load())
			isReplaced(t, a, wrong)
			writes := append(first.writes(), second.writes()...)
			assert.Len(t, writes, 3, "the wrong one, the right one and the cancellation: %v", writes)
		})
	}
}

// A document of somebody else's that shows no idempotency key leaves a lost stamp in
// doubt for resolve_outcome; here the relation tells, once nothing can be under way.
func TestReplaceAmongKeyless(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	wrong, correction := wrongInvoice(t, a)
	s.Fail(sandbox.Fault{Method: http.MethodPost, Path: "/v2/invoices/income", Status: 502})
	lost := a.confirmed(t, "replace_invoice", correction)
	require.Equal(t, "unknown", lost.get("error", "outcome"), lost.text)

	body := jsonOf(t, invoiceFor(a.first(t, "list_clients", args{}, "tax_id", "ICV060329BY0")["id"]))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/invoices/income", strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+s.key)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Less(t, answer.StatusCode, 300)

	assert.Equal(t, guard.CodeOutcomeUnknown, a.call(t, "replace_invoice", correction).code(), "it may be under way")
	s.advance(5 * time.Minute)
	done := a.confirmed(t, "replace_invoice", correction)
	require.Equal(t, "done", done.get("status"), done.text)
	isReplaced(t, a, wrong)
}

// A client that gives up between the steps has nothing more sent; the call is gone on
// with when it is made again.
func TestReplaceGivenUp(t *testing.T) {
	m := &meddler{}
	s := newStand(t, setting{wrap: func(to tools.Auditor) tools.Auditor { m.Auditor = to; return m }})
	a := s.agent(t, "modern", nil)
	wrong, correction := wrongInvoice(t, a)
	plan := a.plan(t, "replace_invoice", correction)
	ctx, cancel := context.WithCancel(t.Context())
	m.meddle = cancel
	m.left.Store(3) // the record of what came of the first step
	_, _ = a.try(ctx, "replace_invoice", correction.with("plan", plan))
	require.Eventually(t, func() bool {
		pending, err := s.ledger.Pending(t.Context())
		return err == nil && len(pending) == 0
	}, 5*time.Second, time.Millisecond)
	status, substitutes := a.state(t, wrong)
	assert.Equal(t, "valid", status)
	assert.Len(t, substitutes, 1)
	resumes(t, s, s, "replace_invoice", correction)
	isReplaced(t, a, wrong)
}

// Whoever asked for it is told how far a write of several steps has come.
func TestReplaceTells(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "legacy", nil)
	_, correction := wrongInvoice(t, a)
	var told atomic.Int64
	a.OnNotification(func(n mcp.JSONRPCNotification) {
		if n.Method == string(mcp.MethodNotificationProgress) {
			told.Add(1)
		}
	})
	request := mcp.CallToolRequest{}
	request.Params.Name, request.Params.Arguments = "replace_invoice", correction.with("plan", a.plan(t, "replace_invoice", correction))
	request.Params.Meta = &mcp.Meta{ProgressToken: "p"}
	_, err := a.CallTool(session.WithCaller(t.Context(), a.caller), request)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return told.Load() == 2 }, 5*time.Second, time.Millisecond)
}
