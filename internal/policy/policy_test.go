package policy

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/internal/yamlfile"
)

var known = Known{Tools: map[string]string{
	"create_income_invoice": "invoices", "cancel_invoice": "invoices", "refund_payment": "payments", "create_client": "clients",
}}

const example = `mode: enforce
default: ask
rules:
  - name: clients
    toolsets: [clients]
    verdict: allow
  - name: small sales
    tools: [create_income_invoice]
    teams: [team_a]
    verdict: ask
    receivers: [eku9003173c9, XAXX010101000]
    hours: {days: [mon, TUE], from: 09:00, to: "18:30"}
    amount: {up_to: 15000.50, currency: MXN}
  - name: only tests
    principals: [bot]
    test_only: true
  - name: nothing critical
    risk: critical
    verdict: deny
`

func parsed(t *testing.T, text string) *Policy {
	t.Helper()
	p, err := Parse([]byte(text), known)
	require.NoError(t, err)
	return p
}

func TestParseReadsAllOfAFile(t *testing.T) {
	p := parsed(t, example)
	assert.Equal(t, Enforce, p.Mode)
	assert.Equal(t, Ask, p.Default)
	require.Len(t, p.Rules, 4)
	sales := p.Rules[1]
	assert.Equal(t, `rule "small sales" (line 7)`, sales.String())
	assert.Equal(t, []string{"EKU9003173C9", "XAXX010101000"}, sales.Limits.Receivers, "in upper case")
	assert.Equal(t, "from 09:00 to 18:30 in Mexico City on Mon, Tue", sales.Limits.Hours.String())
	assert.Equal(t, "15000.5 MXN", sales.Limits.Amount.Amount.String()+" "+sales.Limits.Amount.Currency, "not a float")
	assert.True(t, p.Rules[2].Limits.TestOnly)
	assert.Equal(t, risk.Critical, p.Rules[3].Match.Risk)
	assert.Len(t, p.Digest, 64)
	assert.NotEqual(t, p.Digest, parsed(t, example+"# more\n").Digest)
}

func TestParseNamesTheLineOfEveryMistake(t *testing.T) {
	for _, test := range []struct{ file, want string }{
		{"", "line 1: the file is empty"},
		{"# nothing\n", "line 1: the file is empty"},
		{"hello", "line 1: cannot unmarshal"},
		{"mode: [enforce]", "line 1: one value belongs here"},
		{"mode: strict", `line 1: "strict" is none of off, shadow, enforce`},
		{"mode: off\nmode: enforce", "line 2: mapping key"},
		{"mode: off\nrule: []", "line 2: there is no rule here"},
		{"mode: off\nrule: [1]", "line 2: there is no rule here"},
		{"rules:", "line 1: this is empty"},
		{"rules:\n  - tools: []\n    verdict: deny", "line 2: this is empty"},
		{"rules:\n  - verdict: allow\n    receivers:\n", "line 3: this is empty"},
		{"rules:\n  - verdict: maybe", `line 2: "maybe" is none of allow, ask, approve, deny`},
		{"rules:\n  - verdict: deny\n    tols: [a]", "line 3: there is no tols here"},
		{"rules:\n  - tools: [cancel_invoice, \n      stamp_it]", `line 3: there is no tool "stamp_it"`},
		{"rules:\n  - toolsets: [invoice]", `line 2: there is no toolset "invoice"; there are clients, invoices, payments`},
		{"rules:\n  - teams: [acme]", "line 2: a team is named by its id"},
		{"rules:\n  - risk: read", "line 2: the risk is write"},
		{"rules:\n  - risk: huge", "line 2: the risk is write"},
		{"rules:\n  - receivers: [ACME]", "line 2: this is not an RFC"},
		{"rules:\n  - test_only: perhaps", "line 2: cannot unmarshal"},
		{"rules:\n  - hours: {from: 08:00}", "line 2: hours need both from and to"},
		{"rules:\n  - hours: {from: 8am, to: 25:00}", `line 2: "8am" is no time of day`},
		{"rules:\n  - hours: {from: 08:00, to: 08:00}", "line 2: the hours end when they begin"},
		{"rules:\n  - hours: {from: 24:00, to: 08:00}", "line 2: a day begins at 00:00"},
		{"rules:\n  - hours: {from: 08:00, to: 09:00, days: [lunes]}", `line 2: "lunes" is none of sun, mon`},
		{"rules:\n  - amount: 10", "line 2: "},
		{"rules:\n  - amount: {currency: MXN}", "line 2: an amount has a most"},
		{"rules:\n  - amount:\n      up_to: 1e9\n      currency: MXN", `line 3: "1e9" is no amount`},
		{"rules:\n  - amount: {up_to: -1, currency: MXN}", `line 2: "-1" is no amount`},
		{"rules:\n  - amount: {up_to: 10}", "line 2: an amount needs its currency"},
		{"rules:\n  - name: a\n  - name: a", "line 3: another rule has this name, at line 2"},
		{"rules:\n  - amount: {up_to: 10, currency: MXN, days: 3}", "line 2: there is no days here"},
		{"rules:\n  - caps: {days: 1, count: 2}", "line 2: cannot unmarshal"},
		{"rules:\n  - name: a\n    caps: [{days: 1}]", "line 3: a cap is a count of calls, or up_to and a currency"},
		{"rules:\n  - name: a\n    caps:\n      - {days: 1, count: 2}\n      - {count: 2}", "line 5: a cap is about so many days"},
		{"rules:\n  - name: a\n    caps: [{days: 32, count: 2}]", "line 3: a cap reaches back 31 days at most"},
		{"rules:\n  - name: a\n    caps: [{days: 0, count: 2}]", "line 3: a cap is about so many days, 1 or more"},
		{"rules:\n  - name: a\n    caps: [{days: 1, count: -1}]", "line 3: a cap is about so many calls"},
		{"rules:\n  - name: a\n    caps: [{days: 1, count: 1.5}]", "line 3: a cap is about so many calls"},
		{"rules:\n  - name: a\n    caps: [{days: 1, up_to: 10}]", "line 3: an amount needs its currency"},
		{"rules:\n  - name: a\n    caps: [{days: 1, currency: MXN}]", "line 3: an amount has a most"},
		{"rules:\n  - tools: [cancel_invoice]\n    caps: [{days: 1, count: 2}]", "line 2: a rule with caps needs a name"},
		{"rules:\n  - otherwise: approve", "line 2: there is no limit here"},
		{"rules:\n  - otherwise: ask\n    test_only: true\n    verdict: ask", "line 2: what happens beyond a limit is stricter than the verdict, ask"},
		{"mode: off\n---\nmode: enforce", "a second document"},
		{"a: &a {mode: off}\n<<: *a", "line 2: merge keys are not read"},
		{"mode: off\n\tdefault: deny", "line 2: "},
	} {
		t.Run(test.file, func(t *testing.T) {
			_, err := Parse([]byte(test.file), known)
			var problems yamlfile.Problems
			require.ErrorAs(t, err, &problems)
			assert.Contains(t, err.Error(), test.want)
			assert.NotContains(t, err.Error(), "policy.", "no types of ours")
		})
	}
	_, err := Parse([]byte("mode: x\ndefault: y\nrules:\n  - risk: z"), known)
	assert.Len(t, err, 3, "all mistakes at once, by line: %v", err)
}

// A Monday noon in Mexico City.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, gigstack.MexicoCity)

func sale(change func(*Call)) Call {
	amount := decimal.RequireFromString("15000.50")
	c := Call{
		Tool: "create_income_invoice", Toolset: "invoices", Team: "team_a", Principal: "ana", Mode: "live",
		Risk: risk.Fiscal, Receivers: []string{"eku9003173c9"}, Amount: &amount, Currency: "MXN", At: noon,
	}
	if change != nil {
		change(&c)
	}
	return c
}

func TestJudge(t *testing.T) {
	p := parsed(t, example)
	for name, test := range map[string]struct {
		call Call
		want string
	}{
		"within all limits":     {sale(nil), `ask by rule "small sales" (line 7)`},
		"no rule is about it":   {sale(func(c *Call) { c.Team = "team_b" }), "ask by the policy's default"},
		"a rule over default":   {sale(func(c *Call) { c.Tool, c.Toolset, c.Risk = "create_client", "clients", risk.Write }), `allow by rule "clients" (line 4)`},
		"worse than fiscal":     {sale(func(c *Call) { c.Risk = risk.Critical }), `deny by rule "nothing critical" (line 17)`},
		"nobody rated it":       {sale(func(c *Call) { c.Risk = risk.Unrated }), `deny by rule "nothing critical" (line 17)`},
		"a read":                {sale(func(c *Call) { c.Risk, c.Principal = risk.Read, "bot" }), "allow by the policy's default"},
		"another receiver":      {sale(func(c *Call) { c.Receivers = []string{"XAXX010101000", "URE180429TM6"} }), `deny by rule "small sales" (line 7): the receiver is not among the listed RFCs`},
		"an unknown receiver":   {sale(func(c *Call) { c.Receivers = nil }), "RFC is not known"},
		"one cent more":         {sale(func(c *Call) { a := c.Amount.Add(decimal.New(1, -2)); c.Amount = &a }), "the amount is more than 15000.5 MXN"},
		"a negative amount":     {sale(func(c *Call) { a := decimal.New(-99999, 0); c.Amount = &a }), "the amount is more than 15000.5 MXN"},
		"an unknown amount":     {sale(func(c *Call) { c.Amount = nil }), "the amount is limited, and this one's is not known"},
		"another currency":      {sale(func(c *Call) { c.Currency = "USD" }), "the amount is limited in MXN"},
		"too early":             {sale(func(c *Call) { c.At = noon.Add(-3*time.Hour - time.Second) }), "not the hour"},
		"at the first second":   {sale(func(c *Call) { c.At = noon.Add(-3 * time.Hour) }), `ask by rule "small sales"`},
		"at the last second":    {sale(func(c *Call) { c.At = noon.Add(6*time.Hour + 30*time.Minute - time.Second) }), `ask by rule "small sales"`},
		"at the end":            {sale(func(c *Call) { c.At = noon.Add(6*time.Hour + 30*time.Minute) }), "not the hour"},
		"on another day":        {sale(func(c *Call) { c.At = noon.AddDate(0, 0, 2) }), "not the hour"},
		"in another zone":       {sale(func(c *Call) { c.At = noon.UTC() }), `ask by rule "small sales"`},
		"a bot on live":         {sale(func(c *Call) { c.Principal, c.Team = "bot", "team_b" }), `deny by rule "only tests" (line 14): it is for test mode, and the key's mode is live`},
		"a bot of unknown mode": {sale(func(c *Call) { c.Principal, c.Team, c.Mode = "bot", "team_b", "unknown" }), "deny by"},
		"a bot on test":         {sale(func(c *Call) { c.Principal, c.Team, c.Mode = "bot", "team_b", "test" }), `allow by rule "only tests" (line 14)`},
	} {
		t.Run(name, func(t *testing.T) { assert.Contains(t, p.Judge(test.call).String(), test.want) })
	}
}

func TestTheStrictestRuleDecidesInAnyOrder(t *testing.T) {
	for first := range verdicts {
		for second := range verdicts {
			text := fmt.Sprintf("default: deny\nrules:\n  - verdict: %s\n  - verdict: %s\n", verdicts[first], verdicts[second])
			assert.Equal(t, Verdict(max(first, second)), parsed(t, text).Judge(sale(nil)).Verdict, text)
		}
	}
}

func TestHoursPastMidnightBelongToTheDayTheyBeganOn(t *testing.T) {
	h := Hours{Days: []time.Weekday{time.Monday}, From: 22 * time.Hour, To: 6 * time.Hour}
	for clock, want := range map[string]bool{
		"2026-11-23T05:00": false, "2026-11-23T21:59": false, "2026-11-23T22:00": true, "2026-11-23T23:59": true,
		"2026-11-24T00:00": true, "2026-11-24T05:59": true, "2026-11-24T06:00": false, "2026-11-24T22:00": false,
	} {
		at, err := time.ParseInLocation("2006-01-02T15:04", clock, gigstack.MexicoCity)
		require.NoError(t, err)
		assert.Equal(t, want, h.include(at), clock)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add("rules:\n  - &a {tools: [cancel_invoice], hours: &h {from: 01:00, to: 02:00}}\n  - {hours: *h}\n  - *a")
	f.Add("rules:\n  - name: a\n    otherwise: approve\n    caps: &c [{days: 30, count: 9, up_to: 1, currency: USD}]\n  - {name: b, caps: *c}")
	f.Add("rules: &r\n  - amount: &c {up_to: 1, currency: MXN}\n  - amount: *c")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse([]byte(text), known)
		if err != nil {
			var problems yamlfile.Problems
			require.ErrorAs(t, err, &problems)
			require.NotEmpty(t, problems)
			return
		}
		_ = fmt.Sprint(p.Judge(sale(func(c *Call) { c.Spent = spent(0, "0") })))
		for _, rule := range p.Rules {
			assert.Positive(t, rule.Line)
		}
	})
}
