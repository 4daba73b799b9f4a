package tools_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/audit"
	"github.com/gigstack/gigstack-mcp/internal/example"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// recorded is every record of the stand's audit, and the text they are kept as.
func (s *stand) recorded(t *testing.T) (records []audit.Record, text string) {
	t.Helper()
	require.NoError(t, s.ledger.Audited(t.Context(), audit.Query{}, func(e audit.Entry) error {
		var r audit.Record
		require.NoError(t, json.Unmarshal([]byte(e.Record), &r))
		records, text = append(records, r), text+e.Record+"\n"
		return nil
	}))
	report, err := s.ledger.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	return records, text
}

// brief is what decides in a record, in one line.
func brief(r audit.Record) string {
	plan := ""
	if r.Plan != "" {
		plan = "plan"
	}
	status := ""
	if r.Status != 0 {
		status = fmt.Sprint(r.Status)
	}
	intent := ""
	if r.Intent != 0 {
		intent = fmt.Sprintf("of %d", r.Intent)
	}
	return strings.Join(strings.Fields(strings.Join([]string{r.Tool, r.Tier, string(r.Decision), r.Outcome, r.Rule, status, plan, intent}, " ")), " ")
}

// TestRecords is what is recorded of each kind of call.
func TestRecords(t *testing.T) {
	fails := func(f sandbox.Fault) func(*stand) { return func(s *stand) { s.Fail(f) } }
	for name, c := range map[string]struct {
		tier   string
		change func(args) args
		person person
		policy guard.Policy
		before func(*stand)
		twice  bool // confirm the plan
		want   []string
	}{
		"read":                     {tier: "read"},
		"read, not understood":     {tier: "read", change: func(args) args { return args{"nonsense": 1} }},
		"read, refused":            {tier: "read", change: func(a args) args { return a.with("id", "client_none") }},
		"write":                    {tier: "write", want: []string{"update_client write ran running", "update_client write ran done 200 of 1"}},
		"write, not understood":    {tier: "write", change: func(a args) args { return a.with("nonsense", 1) }, want: []string{"update_client write refused not_sent invalid_arguments"}},
		"write, refused":           {tier: "write", change: func(a args) args { return a.with("id", "client_none") }, want: []string{"update_client write ran running", "update_client write ran refused resource_not_found 404 of 1"}},
		"write, for another team":  {tier: "write", change: func(a args) args { return a.with("team", "a/b") }, want: []string{"update_client write refused not_sent invalid_arguments"}},
		"write, lost":              {tier: "write", before: fails(sandbox.Fault{Method: http.MethodPut, Drop: true}), want: []string{"update_client write ran running", "update_client write ran unknown unreachable of 1"}},
		"planned":                  {tier: "fiscal", want: []string{"cancel_invoice fiscal planned not_sent plan"}},
		"confirmed":                {tier: "fiscal", twice: true, want: []string{"cancel_invoice fiscal planned not_sent plan", "cancel_invoice fiscal ran running plan", "cancel_invoice fiscal ran done 200 plan of 2"}},
		"confirmed, and refused":   {tier: "fiscal", twice: true, before: fails(sandbox.Fault{Method: http.MethodDelete, Status: 429, Body: `{"message":"slow","error":"rate_limit_exceeded"}`}), want: []string{"cancel_invoice fiscal planned not_sent plan", "cancel_invoice fiscal ran running plan", "cancel_invoice fiscal ran refused rate_limit_exceeded 429 plan of 2"}},
		"confirmed, and lost":      {tier: "fiscal", twice: true, before: fails(sandbox.Fault{Method: http.MethodDelete, Status: 502, AfterEffect: true}), want: []string{"cancel_invoice fiscal planned not_sent plan", "cancel_invoice fiscal ran running plan", "cancel_invoice fiscal ran unknown unreadable_answer 502 plan of 2"}},
		"confirmed with nonsense":  {tier: "fiscal", change: func(a args) args { return a.with("plan", "nonsense") }, want: []string{"cancel_invoice fiscal refused not_sent plan_not_valid"}},
		"a person agrees":          {tier: "destructive", person: agrees, want: []string{"delete_webhook destructive ran running plan", "delete_webhook destructive ran done 200 plan of 1"}},
		"a person declines":        {tier: "destructive", person: people["declines"], want: []string{"delete_webhook destructive declined not_sent plan"}},
		"what it is about is gone": {tier: "destructive", change: func(a args) args { return a.with("id", "wh_none") }, want: []string{"delete_webhook destructive refused refused resource_not_found 404"}},
		"critical, off":            {tier: "critical", want: []string{"reset_user_password critical refused not_sent critical_not_allowed"}},
		"critical, on":             {tier: "critical", policy: guard.Policy{AllowCritical: true}, want: []string{"reset_user_password critical waiting not_sent plan"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				s := newStand(t, setting{policy: c.policy})
				a := s.agent(t, era, c.person)
				call := specimens(t, a)[c.tier]
				if c.change != nil {
					call.args = c.change(call.args)
				}
				if c.before != nil {
					c.before(s)
				}
				r := a.call(t, call.tool, call.args)
				if c.twice {
					a.call(t, call.tool, call.args.with("plan", r.get("plan")))
				}
				records, text := s.recorded(t)
				want := c.want
				if era == "modern" && c.person != nil { // the question is a result of its own
					want = append([]string{"delete_webhook destructive planned not_sent plan"}, want...)
					for i := range want {
						want[i] = strings.Replace(want[i], "of 1", "of 2", 1)
					}
				}
				var got []string
				for _, r := range records {
					got = append(got, brief(r))
					assert.True(t, s.now().Equal(r.At))
					assert.Equal(t, "local", r.Principal)
					assert.Equal(t, "test 1", r.Client)
					assert.Equal(t, "test", r.Mode)
					if r.Rule != "invalid_arguments" {
						assert.Equal(t, sandbox.TeamKemper, r.Team)
						assert.Len(t, r.Digest, 64)
						assert.Contains(t, string(r.Arguments), `"`)
					}
				}
				assert.Equal(t, want, got)
				if plan, ok := r.get("plan").(string); ok {
					assert.NotContains(t, text, plan, "the id of a plan, never the plan")
				}
			})
		})
	}
}

// broken is an audit that fails from some record on.
type broken struct {
	*stand
	left int
}

func (b *broken) Append(ctx context.Context, r audit.Record) (int64, error) {
	if b.left--; b.left < 0 {
		return 0, errors.New("disk full")
	}
	return b.ledger.Append(ctx, r)
}

func (b *broken) Audited(context.Context, audit.Query, func(audit.Entry) error) error {
	return errors.New("disk full")
}

// TestAuditFails sends nothing that cannot be recorded, and hides neither a refusal
// nor what was done behind a record that fails.
func TestAuditFails(t *testing.T) {
	for name, c := range map[string]struct {
		left         int
		tier         string
		change       func(args) args
		code, status string
		writes       int
		logged       string
	}{
		"before a write":   {0, "write", nil, "audit_unavailable", "", 0, "was not sent"},
		"before a plan":    {1, "destructive", nil, "audit_unavailable", "", 0, "was not sent"},
		"after a write":    {1, "write", nil, "", "", 1, "could not be recorded"},
		"after a plan":     {2, "destructive", nil, "", "done", 1, "could not be recorded"},
		"after a refusal":  {0, "write", func(a args) args { return a.with("nonsense", 1) }, "invalid_arguments", "", 0, "could not be recorded"},
		"nothing of reads": {0, "read", nil, "", "", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := &broken{left: c.left}
			b.stand = newStand(t, setting{audit: b})
			a := b.agent(t, "modern", nil)
			call := specimens(t, a)[c.tier]
			if c.change != nil {
				call.args = c.change(call.args)
			}
			r := a.confirmed(t, call.tool, call.args)
			assert.Equal(t, c.code, r.code(), r.text)
			if c.status != "" {
				assert.Equal(t, c.status, r.get("status"))
			}
			assert.Len(t, b.writes(), c.writes)
			assert.NotContains(t, r.text, "disk full")
			if c.logged == "" {
				assert.NotContains(t, b.log.String(), "audit")
				return
			}
			assert.Contains(t, b.log.String(), c.logged)
			if c.code == "audit_unavailable" { // it left nothing in doubt
				b.left = 9
				assert.Empty(t, a.confirmed(t, call.tool, call.args).code())
			}
		})
	}
}

const canary = "c4n4ry"

// blabbing is calls with secrets where nobody expects them.
func blabbing(client any) []struct {
	tool string
	args args
} {
	return []struct {
		tool string
		args args
	}{
		{"generate_user_login_link", args{"user_id": "user_diego"}},
		{"signup_account", args{"email": "agente@example.mx", "name": "Agente", "plan_id": "free"}},
		{"upload_team_csd", args{"id": sandbox.TeamKemper, "cert": "csd.cer", "key": "csd.key", "keyPass": "certificate"}},
		{"upload_team_csd", args{"id": sandbox.TeamKemper, "cert": "csd.cer", "key": "csd.key", "keyPass": canary}},
		{"upload_client_csf", args{"file": "data:application/pdf;base64," + base64.StdEncoding.EncodeToString(sandbox.DemoCertificate().PDF())}},
		{"update_client", args{"id": client, "metadata": args{
			"api_key": canary, "note": "sk_live_" + canary, "jwt": "eyJhbGciOiJub25lIn0.eyJ0IjoiYzRuNHJ5In0.c4n4ry", "header": "Bearer " + canary,
			"url": "https://u:" + canary + "@x.example/?token=" + canary, "logo": "data:image/png;base64," + canary, "nested": []any{args{"password": canary}}, "tokens": []any{canary}, "sk_live_" + canary: "name", "html": "<img src='data:image/png;base64," + canary + "'> data: kept, " + strings.Repeat("x", 400)}}},
		{"create_webhook", args{"url": "https://example.com/hook?token=" + canary, "events": []string{"invoice.created"}}},
		{"create_client", args{"name": canary, "unknown": canary}},
		{"create_client", args{"name": "x", "data:" + canary: 1}},
	}
}

// assertNoSecrets looks for what nobody may find in what is kept.
func (s *stand) assertNoSecrets(t *testing.T, kept string) {
	t.Helper()
	for _, secret := range append(s.handed, canary, "eyJ", example.Password, s.key, sandbox.PartnerKey, base64.StdEncoding.EncodeToString(sandbox.DemoCertificate().PDF())[:24]) {
		assert.NotContains(t, kept, secret)
		assert.NotContains(t, kept, secret[strings.LastIndexAny(secret, "/=")+1:])
	}
}

// TestNoSecretsInRecords looks in the audit and the log for keys, passwords, contents
// of files, links that let their holder in, and plans.
func TestNoSecretsInRecords(t *testing.T) {
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}, files: filesFor(t), passwords: map[string]string{"certificate": example.Password}})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	for tool, with := range minting {
		require.False(t, a.confirmed(t, tool, with).isError, tool)
	}
	plans := ""
	for _, c := range blabbing(client) {
		r := a.call(t, c.tool, c.args)
		if r.planned() {
			plan := a.settled(t, r).(string)
			plans += " " + plan
			a.call(t, c.tool, c.args.with("plan", plan))
		}
	}
	records, text := s.recorded(t)
	require.Greater(t, len(records), 15)
	text += s.log.String()
	require.NotEmpty(t, s.handed)
	s.assertNoSecrets(t, text)
	for _, plan := range strings.Fields(plans) {
		assert.NotContains(t, text, plan)
	}
	assert.Contains(t, text, "agente@example.mx", "addresses are kept")
	assert.Contains(t, text, "<img src='[file] data: kept, xxx")
	assert.Contains(t, text, "csd.cer (application/pkix-cert", "files by name, size and digest")
}

// TestNoSecretsInLedger looks in the very file, where all that waits to be approved is
// kept, too.
func TestNoSecretsInLedger(t *testing.T) {
	dir := t.TempDir()
	rules, _ := rulesOf(t, "default: approve\n")
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}, rules: rules, ledger: dir, files: filesFor(t), passwords: map[string]string{"certificate": example.Password}})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	waited := 0
	for _, c := range blabbing(client) {
		if r := a.confirmed(t, c.tool, c.args); r.get("status") == "done" {
			waited++
		}
	}
	assert.Equal(t, 6, waited)
	require.NotEmpty(t, s.handed)
	kept := ""
	for _, file := range []string{"ledger.db", "ledger.db-wal"} {
		raw, err := os.ReadFile(filepath.Join(dir, file))
		require.NoError(t, err)
		kept += string(raw)
	}
	require.Contains(t, kept, "Create a webhook?", "the preview of one is there")
	s.assertNoSecrets(t, kept)
}

// TestLongTextsAreShortened keeps records small, one text at a time, and numbers as
// they were written.
func TestLongTextsAreShortened(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	r := a.call(t, "create_service", args{"description": strings.Repeat("x", 900), "unit_price": 12345678.25})
	require.False(t, r.isError, r.text)
	records, _ := s.recorded(t)
	require.Len(t, records, 2)
	assert.Less(t, len(records[0].Arguments), 500)
	assert.Contains(t, string(records[0].Arguments), "12345678.25")
	assert.Equal(t, records[0].Digest, records[1].Digest)
	assert.Equal(t, r.id(), records[1].Resource)
}

// TestRecentRecords shows a caller what was recorded of its own principal and team,
// the last fifty.
func TestRecentRecords(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		recent := func(who string) (list []audit.Record) {
			r, err := a.ReadResource(session.WithCaller(t.Context(), session.Caller{Principal: who}), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: "gigstack://audit/recent"}})
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal([]byte(r.Contents[0].(mcp.TextResourceContents).Text), &list))
			return list
		}
		assert.Empty(t, recent("local"))
		call := specimens(t, a)["fiscal"]
		a.call(t, call.tool, call.args.with("team", sandbox.TeamXenon))
		a.caller.Principal = "eve"
		a.call(t, call.tool, call.args)
		a.caller.Principal = "local"
		for range 51 {
			a.call(t, call.tool, call.args)
		}
		list := recent("local")
		require.Len(t, list, 50)
		assert.EqualValues(t, 4, list[0].Number)
		assert.EqualValues(t, 53, list[49].Number)
		require.Len(t, recent("eve"), 1)
		assert.Empty(t, recent("nobody"))
	})
}
