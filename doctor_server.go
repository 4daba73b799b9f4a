package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/auth"
	"github.com/gigstack/gigstack-mcp/internal/httpserve"
	"github.com/gigstack/gigstack-mcp/internal/policy"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/tools"
)

// examinePolicy reads the operator's rules and asks them about a call of each tool that
// changes something, now.
func (d *doctor) examinePolicy(claims gigstack.Claims) {
	if d.blocked([]string{"policy"}, "--policy", "--toolsets", "--tools") {
		return
	}
	if d.config.Policy == "" {
		d.ok("policy", "none: calls are guarded by their tier alone")
		return
	}
	source, err := openPolicy(d.config)
	if err != nil {
		d.problem("policy", "correct the file; docs/policy.md tells what may stand in it", "%v", err)
		return
	}
	d.rules = source.Policy
	p := source.Policy()
	found := fmt.Sprintf("mode %s, %d rules, default %s", p.Mode, len(p.Rules), p.Default)
	if p.Mode != policy.Enforce {
		d.warn("policy", "set mode: enforce, once its records look right", "%s: nothing is kept from running by it", found)
		return
	}
	if d.config.AuthFile != "" { // whose calls?
		d.ok("policy", "%s", found)
		return
	}
	denied, why, all := d.denied(p, claims)
	switch {
	case len(denied) == 0:
		d.ok("policy", "%s; it denies no tool by itself", found)
	case len(denied) == all:
		d.warn("policy", "allow what agents shall do, or say that it is nothing with --read-only", "%s; now it denies every tool that changes something: %s", found, why)
	default:
		d.ok("policy", "%s; now it denies %d of %d tools that change something: %s", found, len(denied), all, some(denied))
	}
}

// denied is the chosen tools that the policy denies whatever they are called with, why
// it denies the first, and how many there are that change something.
func (d *doctor) denied(p *policy.Policy, claims gigstack.Claims) (denied []string, why string, all int) {
	mode := "unknown"
	if claims.Livemode != nil {
		mode = map[bool]string{true: "live", false: "test"}[*claims.Livemode]
	}
	team := d.config.Team
	if team == "" {
		team = claims.Team
	}
	chosen, err := tools.Chosen(d.config.Toolsets, d.config.ToolChanges)
	for toolset, op := range gigstack.Operations() {
		spec := op.Spec()
		if err != nil || !chosen[spec.Name] || spec.Risk.Effective() == risk.Read {
			continue
		}
		all++
		decision := p.Judge(policy.Call{
			Tool: spec.Name, Toolset: toolset, Team: team, Principal: "local", Mode: mode, Risk: spec.Risk, At: d.program.now(),
			Early: true, Spent: func(string, string, string) (policy.Tally, error) { return policy.Tally{}, nil },
		})
		if decision.Verdict != policy.Deny {
			continue
		}
		if denied = append(denied, spec.Name); why == "" {
			why = decision.String()
		}
	}
	return denied, why, all
}

// some is the first few of many names.
func some(names []string) string {
	const few = 5
	if len(names) > few {
		names = append(slices.Clone(names[:few]), "…")
	}
	return strings.Join(names, ", ")
}

// bytesPerToken is what o200k_base makes of the listed tools.
const bytesPerToken = 4

// examineTools puts a server together, and counts what an agent would see of it.
func (d *doctor) examineTools(key gigstack.Key) {
	if d.blocked([]string{"tools"}, "API key", "partner key", "--base-url", "--team", "--toolsets", "--tools", "--surface", "ledger", "--ledger-file", "--audit-key-file", "--policy") {
		return
	}
	if key.IsZero() {
		d.skip("callers bring keys of their own", "tools")
		return
	}
	t, err := d.newTenant(key, d.partner, auth.Principal{Name: "local"})
	if err != nil {
		d.problem("tools", "correct the setting that it names", "a server would not start: %v", err)
		return
	}
	size, list := 0, t.tools.List()
	for _, tool := range list {
		size += len(tool.Name) + len(tool.Description) + len(tool.RawInputSchema)
	}
	d.ok("tools", "surface %s: %d tools are listed, about %d tokens", d.config.Surface, len(list), size/bytesPerToken)
}

// examineHTTP looks at what only a server that many share needs.
func (d *doctor) examineHTTP() {
	if !d.blocked([]string{"callers"}, "--auth-file") {
		d.examineCallers()
	}
	if !d.blocked([]string{"seal key"}, "--seal-key-file") {
		if d.unsealed() && !d.config.ReadOnly {
			d.warn("seal key", "name one with --seal-key-file, the same for all replicas; openssl rand -base64 32 makes one", "none: fiscal and critical tools are not offered")
		} else {
			d.ok("seal key", "%s", either(d.config.SealKey != nil, "there is one", "none, and none is needed"))
		}
	}
	switch pair, _, err := d.tls(); {
	case err != nil:
		d.problem("TLS", "name a certificate and its key in PEM, --tls-cert-file and --tls-key-file", "%v", err)
	case pair == nil && !httpserve.Loopback(d.config.Addr):
		d.warn("TLS", "--tls-cert-file, unless a proxy on this machine's network does it", "none at %s: tokens travel in the open", d.config.Addr)
	case pair == nil:
		d.ok("TLS", "none, at a loopback address")
	default:
		d.examineTLS(pair)
	}
}

func (d *doctor) examineCallers() {
	switch {
	case d.config.AuthFile != "":
		d.ok("callers", "told apart by the auth file")
	case !httpserve.Loopback(d.config.Addr):
		d.problem("callers", "name an --auth-file, or serve at a loopback address with --addr", "anybody who reaches %s could call", d.config.Addr)
	default:
		d.ok("callers", "anybody on this machine, at %s", d.config.Addr)
	}
}

// examineTLS looks when the server's certificate ends.
func (d *doctor) examineTLS(c *tls.Config) {
	ends := c.Certificates[0].Leaf.NotAfter
	day := ends.Format("2006-01-02")
	switch left := ends.Sub(d.program.now()); {
	case left <= 0:
		d.problem("TLS", "renew it", "the server's certificate ended on %s", day)
	case left < soon/2:
		d.warn("TLS", "renew it", "the server's certificate ends on %s", day)
	default:
		d.ok("TLS", "the server's certificate is valid until %s", day)
	}
}

func either(first bool, yes, no string) string {
	if first {
		return yes
	}
	return no
}

// examineLedger looks at what remembers calls, without using it.
func (d *doctor) examineLedger(ctx context.Context) {
	if d.blocked([]string{"ledger", "audit key"}, "ledger", "--ledger-file", "--audit-key-file") {
		return
	}
	if err := d.program.openLedger(d.app); err != nil {
		d.problem("ledger", "correct the setting that it names", "%v", err)
		return
	}
	s, err := d.ledger.Examine(ctx)
	place := strings.TrimSpace(s.Kind + " " + s.Place)
	const resolve = "gigstack-mcp ledger pending lists them, gigstack-mcp ledger resolve looks what came of them"
	switch {
	case err != nil:
		d.problem("ledger", "make it readable and writable for this user, or name another place with --state-dir or GIGSTACK_LEDGER", "%s cannot be used: %v", place, err)
	case s.Kind == "memory" && !d.config.Sandbox:
		d.warn("ledger", "name a directory with --state-dir", "in memory: what was sent is forgotten when the program ends")
	case !s.Made:
		d.ok("ledger", "%s, not used yet", place)
	case s.Version > s.Latest:
		d.warn("ledger", "use the newest gigstack-mcp everywhere", "%s was made by a newer program (tables %d, here %d)", place, s.Version, s.Latest)
	case s.Version < s.Latest:
		d.warn("ledger", "the next start brings it up to date; end older servers first", "%s has tables of an older program (%d of %d)", place, s.Version, s.Latest)
	case s.Unknown > 0:
		d.warn("ledger", resolve, "%s; the outcome of %d calls is not known", place, s.Unknown)
	default:
		d.ok("ledger", "%s; no outcome is unknown, %d calls are under way", place, s.Running)
	}
	switch {
	case d.config.AuditKey != nil:
		d.ok("audit key", "there is one")
	case d.config.Ledger != "":
		d.warn("audit key", "name one with --audit-key-file, the same for all replicas; openssl rand -base64 32 makes one", "none: the audit is not signed")
	default:
		d.ok("audit key", "%s", either(s.Kind == "memory", "none: the audit is not kept", "one is made in the state directory"))
	}
}
