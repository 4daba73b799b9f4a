package tools_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/tools"
)

// rulesOf is an operator's file and how to write another over it.
func rulesOf(t *testing.T, text string) (rules func() *policy.Policy, rewrite func(string) error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	source, err := policy.Open(path, policy.Known{Tools: tools.ToolsetOf()})
	require.NoError(t, err)
	return source.Policy, func(text string) error {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return source.Reload()
	}
}

// policyOf is the newest record's word on the policy.
func (s *stand) policyOf(t *testing.T) (said string) {
	t.Helper()
	require.NoError(t, s.ledger.Audited(t.Context(), audit.Query{Newest: 1}, func(e audit.Entry) error {
		_, rest, _ := strings.Cut(e.Record, `"policy":"`)
		said, _, _ = strings.Cut(rest, `","`)
		return nil
	}))
	return said
}

// Each tier against each way to be asked against each verdict and mode.
func TestPolicyTable(t *testing.T) {
	sale := func(t *testing.T, a *agent) args {
		return invoiceFor(a.first(t, "list_clients", args{}, "tax_id", "FUNK671228PH6")["id"])
	}
	client := func(*testing.T, *agent) args { return args{"name": "Nueva", "email": "n@example.com"} }
	mail := func(*testing.T, *agent) args {
		return args{"email": "ana@example.com", "first_name": "Ana", "last_name": "Paz"}
	}
	refund := func(t *testing.T, a *agent) args {
		payment := a.confirmed(t, "register_payment", invoiceFor(a.first(t, "list_clients", args{}, "tax_id", "FUNK671228PH6")["id"]).with("automation_type", "none"))
		return args{"id": payment.id(), "amount": 10, "reason": "Prueba"}
	}
	calls := map[string]struct {
		tool string
		with func(*testing.T, *agent) args
		asks bool // by its risk
	}{
		"write":       {"create_client", client, false},
		"outward":     {"create_user", mail, true},
		"destructive": {"delete_webhook", func(*testing.T, *agent) args { return args{"id": "wh_erp"} }, true},
		"fiscal":      {"create_income_invoice", sale, true},
		"critical":    {"refund_payment", refund, true},
	}
	for _, mode := range []string{"off", "shadow", "enforce"} {
		for _, verdict := range []string{"allow", "ask", "approve", "deny"} {
			rules, _ := rulesOf(t, fmt.Sprintf("mode: %s\nrules:\n  - name: the one\n    verdict: %s\n", mode, verdict))
			if mode == "off" && verdict != "deny" {
				continue // off is off
			}
			for tier, c := range calls {
				for _, who := range []person{nil, agrees} {
					t.Run(fmt.Sprintf("%s %s %s, a person can be asked: %t", mode, verdict, tier, who != nil), func(t *testing.T) {
						inBothEras(t, func(t *testing.T, era string) {
							now := &policy.Policy{Mode: policy.Off} // until everything is there
							s := newStand(t, setting{rules: func() *policy.Policy { return now }, policy: guard.Policy{AllowCritical: true}})
							a := s.agent(t, era, who)
							with := c.with(t, a)
							now = rules()
							s.reached()
							r := a.call(t, c.tool, with)
							said := map[string]string{"off": "", "shadow": `shadow: ` + verdict + ` by rule \"the one\" (line 3)`, "enforce": verdict + ` by rule \"the one\" (line 3)`}[mode]
							if verdict == "allow" {
								said = ""
							}
							assert.Equal(t, said, s.policyOf(t))
							if mode == "enforce" && verdict == "deny" {
								assert.Equal(t, guard.CodePolicy, r.code(), r.text)
								assert.Contains(t, r.text, "the one")
								assert.Empty(t, s.reached(), "not even looked at")
								return
							}
							approves := tier == "critical" || mode == "enforce" && verdict == "approve"
							asks := c.asks || mode == "enforce" && verdict == "ask"
							if approves {
								assert.Equal(t, "waiting_for_approval", r.get("status"), r.text)
								assert.Empty(t, s.writes())
								s.decide(t, r, guard.Approved)
								r = a.call(t, c.tool, with) // with or without its plan
							} else if asks && who == nil {
								assert.Equal(t, "confirmation_required", r.get("status"), r.text)
								assert.Empty(t, s.writes())
								r = a.call(t, c.tool, with.with("plan", r.get("plan")))
							}
							require.False(t, r.isError, r.text)
							assert.Len(t, s.writes(), 1)
							assert.Equal(t, asks || approves, r.get("status") == "done", r.text)
						})
					})
				}
			}
		}
	}
}

func TestPolicyKnowsReceiverAndAmountOnceTheyWereRead(t *testing.T) {
	for limit, want := range map[string]string{
		"receivers: [FUNK671228PH6]":              "",
		"receivers: [XAXX010101000]":              "the receiver is not among the listed RFCs",
		"amount: {up_to: 1740, currency: MXN}":    "",
		"amount: {up_to: 1739.99, currency: MXN}": "the amount is more than 1739.99 MXN",
		"amount: {up_to: 1740, currency: USD}":    "the amount is limited in USD",
		"test_only: true":                         "",
		"hours: {from: 11:00, to: 13:00}":         "", // it is noon
		"hours: {from: 13:00, to: 11:00}":         "it is not the hour",
	} {
		t.Run(limit, func(t *testing.T) {
			rules, _ := rulesOf(t, "rules:\n  - risk: fiscal\n    "+limit)
			s := newStand(t, setting{rules: rules})
			a := s.agent(t, "modern", nil)
			r := a.call(t, "create_income_invoice", invoiceFor(a.first(t, "list_clients", args{}, "tax_id", "FUNK671228PH6")["id"]))
			if want == "" {
				assert.Equal(t, "confirmation_required", r.get("status"), r.text)
				return
			}
			assert.Equal(t, guard.CodePolicy, r.code(), r.text)
			assert.Contains(t, r.text, want)
			assert.Empty(t, s.writes())
		})
	}
}

// Who is named beside the receiver that is let through is a receiver too.
func TestPolicySeesEveryReceiver(t *testing.T) {
	rules, _ := rulesOf(t, "rules:\n  - risk: fiscal\n    receivers: [FUNK671228PH6]\n")
	s := newStand(t, setting{rules: rules})
	a := s.agent(t, "modern", nil)
	karla := a.first(t, "list_clients", args{}, "tax_id", "FUNK671228PH6")["id"]
	found := func(key, value string, update bool) args {
		return args{"search": args{"on_key": key, "on_value": value, "update": update}}
	}
	for name, c := range map[string]struct {
		client args
		denied bool
	}{
		"by id":                        {args{"id": karla}, false},
		"by RFC":                       {found("tax_id", "FUNK671228PH6", false), false},
		"by another RFC":               {found("tax_id", "IXS7607092R5", false), true},
		"by mail, whoever that is":     {found("email", "karla@example.com", false), true},
		"by RFC, and another over it":  {found("tax_id", "FUNK671228PH6", true).with("tax_id", "IXS7607092R5"), true},
		"by mail, and the RFC over it": {found("email", "karla@example.com", true).with("tax_id", "FUNK671228PH6"), true},
	} {
		r := a.call(t, "create_income_invoice", invoiceFor(karla).with("client", c.client))
		assert.Equal(t, c.denied, r.code() == guard.CodePolicy, "%s: %s", name, r.text)
		assert.Equal(t, c.denied, r.isError, "%s: %s", name, r.text)
	}
	assert.Empty(t, s.writes())
}

func TestPlanOfAnotherPolicyIsRefused(t *testing.T) {
	rules, rewrite := rulesOf(t, "default: allow\n")
	s := newStand(t, setting{rules: rules})
	a := s.agent(t, "modern", nil)
	with := args{"email": "ana@example.com", "first_name": "Ana", "last_name": "Paz"}
	plan := a.call(t, "create_user", with).get("plan")
	require.NotNil(t, plan)

	require.Error(t, rewrite("default: perhaps\n"))
	require.NoError(t, rewrite("default: ask\n"))
	r := a.call(t, "create_user", with.with("plan", plan))
	assert.Equal(t, guard.CodePlanPolicy, r.code(), r.text)
	assert.Empty(t, s.writes())

	plan = a.call(t, "create_user", with).get("plan")
	require.Error(t, rewrite("default: [deny]\n"), "a file that is wrong changes nothing")
	r = a.call(t, "create_user", with.with("plan", plan))
	assert.Equal(t, "done", r.get("status"), r.text)
}

func TestToolThatWasOfferedBeforeItIsAskedAbout(t *testing.T) {
	rules, rewrite := rulesOf(t, "default: allow\n")
	s := newStand(t, setting{rules: rules})
	a := s.agent(t, "modern", agrees)
	with := args{"name": "Nueva", "email": "n@example.com"}
	require.False(t, a.call(t, "create_client", with).isError)
	s.reached()
	require.NoError(t, rewrite("default: ask\n"))
	r := a.call(t, "create_client", with.with("email", "m@example.com"))
	assert.Equal(t, "policy_reload", r.code(), r.text)
	assert.Empty(t, s.writes())
}
