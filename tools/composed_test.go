package tools_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// composedNames is the writes that are composed of others.
var composedNames = []string{"replace_invoice", "credit_note_for_refund", "stamp_pending_across"}

// A composed write says of itself what it is, and is offered only where all its steps are.
func TestComposedOffer(t *testing.T) {
	for name, c := range map[string]struct {
		with    setting
		offered []string
	}{
		"by default":           {setting{}, composedNames},
		"read-only":            {setting{policy: guard.Policy{ReadOnly: true}}, nil},
		"without a seal key":   {setting{policy: guard.Policy{Unsealed: true}}, nil},
		"without cancellation": {setting{changes: []string{"-cancel_invoice"}}, composedNames[1:]},
		"without payments":     {setting{toolsets: []string{"all", "-payments"}}, []string{composedNames[0], composedNames[2]}},
		"clients only":         {setting{toolsets: []string{"clients"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, c.with)
			var offered []string
			for _, name := range composedNames {
				if tool, ok := s.tools.Find(name); ok {
					offered = append(offered, name)
					assert.False(t, *tool.Tool.Annotations.ReadOnlyHint)
					assert.True(t, *tool.Tool.Annotations.DestructiveHint)
					assert.False(t, *tool.Tool.Annotations.IdempotentHint)
				}
			}
			assert.Equal(t, c.offered, offered)
		})
	}
}

// What a composed write answers is of the promised shape, however far it came.
func TestComposedResults(t *testing.T) {
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
	a := s.agent(t, "modern", nil)
	promised := contractOf(t, a)
	_, correction := wrongInvoice(t, a)
	payment, _ := paidInvoice(t, a)
	calls := map[string]args{
		"replace_invoice":        correction,
		"credit_note_for_refund": {"payment_id": payment, "refund_amount": 500, "reason": "Devolución"},
		"stamp_pending_across":   {"teams": bothTeams, "kind": "drafts", "ids": draftsIn(t, a, 2)},
	}
	for _, tool := range composedNames {
		planned := a.call(t, tool, calls[tool])
		promised.holds(t, tool, planned)
		s.Fail(sandbox.Fault{Method: "POST", Status: 422, Body: `{"message":"no","error":"cfdi_service_error"}`})
		refused := a.call(t, tool, calls[tool].with("plan", a.settled(t, planned)))
		assert.Equal(t, "refused", refused.get("error", "outcome"), refused.text)
		promised.holds(t, tool, refused)
		s.advance(1e9)
		done := a.confirmed(t, tool, calls[tool])
		require.Equal(t, "done", done.get("status"), done.text)
		promised.holds(t, tool, done)
		promised.holds(t, tool, a.call(t, tool, args{"zz": 1}))
	}
}

// A live key changes nothing until the operator says so.
func TestComposedLiveIsOff(t *testing.T) {
	s := newStand(t, setting{key: func(b *sandbox.Sandbox) string { return b.NewKey(sandbox.TeamKemper, true, "owner") }, careful: true})
	a := s.agent(t, "modern", nil)
	for tool, with := range map[string]args{
		"replace_invoice":        {"id": "5F0C7A1E-3C52-4D0E-9A55-0D7A3B1C9E21"},
		"credit_note_for_refund": {"payment_id": "payment_1"},
		"stamp_pending_across":   {"teams": []any{sandbox.TeamKemper}, "kind": "drafts"},
	} {
		r := a.call(t, tool, with)
		assert.Equal(t, guard.CodeLiveOff, r.code(), r.text)
	}
	assert.Empty(t, s.reached())
}

// What the operator's policy says of a step holds within a whole, and so do its caps.
func TestComposedPolicy(t *testing.T) {
	for name, c := range map[string]struct {
		rules string
		plan  string // code, or status
		run   string // code, or status, once approved
		sent  int
	}{
		"a step is denied":         {"  - tools: [cancel_invoice]\n    verdict: deny\n", guard.CodePolicy, "", 0},
		"the whole is denied":      {"  - tools: [replace_invoice]\n    verdict: deny\n", guard.CodePolicy, "", 0},
		"its toolset is denied":    {"  - toolsets: [jobs]\n    verdict: deny\n", guard.CodePolicy, "", 0},
		"a step is approved":       {"  - tools: [create_income_invoice]\n    verdict: approve\n", "waiting_for_approval", "done", 2},
		"the whole is approved":    {"  - tools: [replace_invoice]\n    verdict: approve\n", "waiting_for_approval", "done", 2},
		"the new one is too large": {"  - tools: [create_income_invoice]\n    amount: {up_to: 1449, currency: MXN}\n", guard.CodePolicy, "", 0},
		"the old one is too large": {"  - tools: [cancel_invoice]\n    amount: {up_to: 1739, currency: MXN}\n", guard.CodePolicy, "", 0},
		"each is small enough":     {"  - risk: fiscal\n    amount: {up_to: 1740, currency: MXN}\n", "confirmation_required", "done", 2},
		"another currency":         {"  - risk: fiscal\n    amount: {up_to: 99999, currency: USD}\n", guard.CodePolicy, "", 0},
		"another receiver":         {"  - risk: fiscal\n    receivers: [ICV060329BY0]\n", guard.CodePolicy, "", 0},
		"a cap for one step":       {"  - name: c\n    risk: fiscal\n    caps: [{count: 1, days: 1}]\n", guard.CodePolicy, "", 0},
		"a cap for both":           {"  - name: c\n    risk: fiscal\n    caps: [{count: 2, days: 1}]\n", "confirmation_required", "done", 2},
		"a sum for one step":       {"  - name: c\n    risk: fiscal\n    caps: [{up_to: 3189, currency: MXN, days: 1}]\n", guard.CodePolicy, "", 0},
		"a sum for both":           {"  - name: c\n    risk: fiscal\n    caps: [{up_to: 3190, currency: MXN, days: 1}]\n", "confirmation_required", "done", 2},
		"a cap on the whole":       {"  - name: c\n    tools: [replace_invoice]\n    caps: [{count: 1, days: 1}]\n", "confirmation_required", "done", 2},
		"only the shadow of a no":  {"  - tools: [cancel_invoice]\n    verdict: deny\nmode: shadow\n", "confirmation_required", "done", 2},
		"another team is denied":   {"  - teams: [team_xenon]\n    verdict: deny\n", "confirmation_required", "done", 2},
		"beyond a limit, approval": {"  - tools: [cancel_invoice]\n    amount: {up_to: 10, currency: MXN}\n    otherwise: approve\n", "waiting_for_approval", "done", 2},
	} {
		t.Run(name, func(t *testing.T) {
			now := &policy.Policy{Mode: policy.Off}
			s := newStand(t, setting{rules: func() *policy.Policy { return now }})
			a := s.agent(t, "modern", nil)
			wrong, correction := wrongInvoice(t, a)
			rules, _ := rulesOf(t, "rules:\n"+c.rules)
			now = rules()
			s.reached()
			planned := a.call(t, "replace_invoice", correction)
			assert.Equal(t, c.plan, outcomeOf(planned), planned.text)
			if c.run != "" {
				done := a.call(t, "replace_invoice", correction.with("plan", a.settled(t, planned)))
				assert.Equal(t, c.run, outcomeOf(done), done.text)
				isReplaced(t, a, wrong)
			}
			assert.Len(t, s.writes(), c.sent)
		})
	}
}

// outcomeOf is the code of an error, else the status.
func outcomeOf(r result) string {
	if r.isError {
		return r.code()
	}
	status, _ := r.get("status").(string)
	return status
}

// A policy that changes between the steps is obeyed by the next; what was done stands,
// and is gone on from when it may be.
func TestComposedPolicyTightens(t *testing.T) {
	now := &policy.Policy{Mode: policy.Off}
	deny, _ := rulesOf(t, "rules:\n  - tools: [cancel_invoice]\n    verdict: deny\n")
	d := &deaths{}
	d.left.Store(1000)
	s := newStand(t, setting{rules: func() *policy.Policy {
		if d.left.Load() < 500 {
			return deny()
		}
		return now
	}, wrap: d.around})
	a := s.agent(t, "modern", nil)
	wrong, correction := wrongInvoice(t, a)
	plan := a.plan(t, "replace_invoice", correction)
	d.left.Store(500 + 2) // the record of the whole, and of the first step
	r := a.call(t, "replace_invoice", correction.with("plan", plan))
	assert.Equal(t, guard.CodePolicy, r.code(), r.text)
	assert.Equal(t, "partial", r.get("error", "outcome"))
	steps := r.get("steps").([]any)
	assert.Equal(t, "done", steps[0].(map[string]any)["status"])
	assert.Equal(t, "refused", steps[1].(map[string]any)["status"])
	status, _ := a.state(t, wrong)
	assert.Equal(t, "valid", status)
	d.left.Store(1000)
	resumes(t, s, s, "replace_invoice", correction)
	isReplaced(t, a, wrong)
}

// What cannot be replaced is refused with what to do, and nothing is sent.
func TestReplaceRefusals(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	invoices := a.call(t, "list_income_invoices", args{"limit": 100}).get("data").([]any)
	find := func(such func(v map[string]any) bool) string {
		for _, v := range invoices {
			if invoice := v.(map[string]any); such(invoice) {
				return invoice["uuid"].(string)
			}
		}
		require.Fail(t, "no such invoice")
		return ""
	}
	for want, id := range map[string]string{
		"global": find(func(v map[string]any) bool { return v["global"] != nil }),
		"type":   find(func(v map[string]any) bool { return v["installments"].(float64) > 0 }), // a complement stands in the way
		"was cancelled and replaced": find(func(v map[string]any) bool {
			return v["status"] == "canceled" && strings.Contains(jsonOf(t, v["cancellation"]), `"substitution_uuid":"`)
		}),
		"payment complement": a.first(t, "list_payment_complements", args{}, "", nil)["uuid"].(string),
		"pending":            find(func(v map[string]any) bool { return strings.Contains(jsonOf(t, v["cancellation"]), `"pending"`) }),
	} {
		r := a.call(t, "replace_invoice", args{"id": id, "use": "G03"})
		assert.Equal(t, "would_be_refused", r.code(), r.text)
		assert.Contains(t, jsonOf(t, r.get("error")), want, id)
	}
	assert.Equal(t, "resource_not_found", a.call(t, "replace_invoice", args{"id": "5F0C7A1E-3C52-4D0E-9A55-0D7A3B1C9E21"}).code())
	assert.Equal(t, "invalid_arguments", a.call(t, "replace_invoice", args{"id": find(func(v map[string]any) bool { return true }), "amount": 1}).code())
	assert.Empty(t, s.writes())
}

// A cancellation that the receiver has to accept is a success that is not over yet.
func TestReplacePending(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	sale := invoiceFor(a.first(t, "list_clients", args{}, "tax_id", "ICV060329BY0")["id"])
	wrong := a.confirmed(t, "create_income_invoice", sale).id()
	s.advance(10 * 24 * 60 * 60 * 1e9)
	done := a.confirmed(t, "replace_invoice", args{"id": wrong, "use": "G01"})
	require.Equal(t, "done", done.get("status"), done.text)
	assert.Equal(t, "pending", done.get("data", "cancellation"))
	assert.Contains(t, done.text, "not accepted yet")
	status, substitutes := a.state(t, wrong)
	assert.Equal(t, "valid", status)
	assert.Len(t, substitutes, 1)
	assert.Equal(t, "would_be_refused", a.call(t, "replace_invoice", args{"id": wrong, "use": "G01"}).code(), "not twice")
	new := a.call(t, "get_income_invoice", args{"id": substitutes[0]})
	assert.Equal(t, "G01", new.get("data", "use"))
	assert.EqualValues(t, 1740, new.get("data", "total"), "what is left out stays as it was")
}
