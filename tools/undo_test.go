package tools_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// TestEveryWriteSaysHowItIsTakenBack has each endpoint above read say what undoes
// it, and what it names be there.
func TestEveryWriteSaysHowItIsTakenBack(t *testing.T) {
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
	for _, resource := range gigstack.API {
		for _, op := range resource.Endpoints {
			spec := op.Spec()
			all, err := spec.Reverses()
			require.NoError(t, err)
			if spec.Risk.Effective() == risk.Read {
				assert.Empty(t, all, spec.Name)
				continue
			}
			assert.NotEmpty(t, spec.Undo, "%s says in words what takes it back, or that nothing does", spec.Name)
			for _, back := range all {
				tool, ok := s.tools.Find(back.Tool)
				if !assert.True(t, ok, "%s is taken back by %s, which is no tool", spec.Name, back.Tool) {
					continue
				}
				var input struct{ Properties map[string]any }
				require.NoError(t, json.Unmarshal(tool.Tool.RawInputSchema, &input))
				for name, value := range back.Args {
					rest := strings.HasPrefix(name, "*")
					assert.True(t, rest || input.Properties[name] != nil, "%s: %s takes no %s", spec.Name, back.Tool, name)
					assert.True(t, !rest || back.Tool == spec.Name, "%s: the other arguments are its own", spec.Name)
					if path, ok := value.(string); ok && strings.HasPrefix(path, "$") {
						assert.Regexp(t, `^\$(args\.|data\.|was(\.|$))`, path, spec.Name)
					}
				}
			}
		}
	}
}

// TestUndo takes writes back by nothing but the call that came with their answer.
func TestUndo(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
		a := s.agent(t, era, nil)
		client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
		sale := args{"client": args{"id": client}, "items": []any{args{"description": "Curso", "unit_price": 321, "taxes": iva}}}
		webhook := a.first(t, "list_webhooks", nil, "", nil)
		for _, c := range []struct {
			tool, back string
			args       args
		}{
			{"create_client", "delete_client", args{"name": "Nueva"}},
			{"create_service", "delete_service", args{"description": "Curso", "unit_price": 1}},
			{"create_receipt", "cancel_receipt", sale},
			{"create_draft_invoice", "delete_draft_invoice", sale.with("invoice_type", "I")},
			{"create_income_invoice", "cancel_invoice", sale.with("payment_form", "03")},
			{"request_payment", "cancel_payment", sale},
			{"register_payment", "refund_payment", sale.with("payment_form", "03").with("automation_type", "none")},
			{"create_webhook", "delete_webhook", args{"url": "https://example.com/a", "events": []string{"invoice.created"}}},
			{"update_webhook", "update_webhook", args{"id": webhook["id"], "url": "https://example.com/b"}},
			{"remove_team_member", "add_team_member", args{"id": "team_kemper", "user_id": "user_pedro"}},
			{"add_team_member", "remove_team_member", args{"id": "team_kemper", "user_id": "user_mariana", "role": "editor"}},
			{"update_team_series", "update_team_series", args{"id": "team_kemper", "seriesId": "A", "live": 2000}},
			{"save_sat_download_schedule", "save_sat_download_schedule", args{"enabled": true, "time": "03:30", "download_types": []string{"issued"}}},
			{"connect_update_team_member", "connect_update_team_member", args{"id": "team_kemper", "memberId": "user_pedro", "role": "manager"}},
		} {
			t.Run(c.tool, func(t *testing.T) {
				if c.tool == "add_team_member" {
					require.False(t, a.confirmed(t, "remove_team_member", args{"id": c.args["id"], "user_id": c.args["user_id"]}).isError)
				}
				s.advance(time.Second) // a repetition is no accident then
				done := a.confirmed(t, c.tool, c.args)
				require.False(t, done.isError, done.text)
				assert.NotEmpty(t, done.get("undo", "words"))
				require.Equal(t, c.back, done.get("undo", "call", "tool"), done.text)
				s.advance(time.Second)
				back := a.confirmed(t, c.back, args(done.get("undo", "call", "arguments").(map[string]any)))
				assert.False(t, back.isError, back.text)
			})
		}
		assert.Equal(t, webhook["url"], a.call(t, "get_webhook", args{"id": webhook["id"]}).get("data", "url"), "it is as it was")
	})
}

// TestUndoThatIsNoCall promises no more than is known.
func TestUndoThatIsNoCall(t *testing.T) {
	s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")
	sale := args{"client": args{"id": client["id"]}, "payment_form": "03", "items": []any{args{"description": "Curso", "unit_price": 321, "taxes": iva}}}
	for name, c := range map[string]struct {
		tool  string
		args  args
		words string
	}{
		"it was empty":             {"update_client", args{"id": client["id"], "document_type": "31"}, "Not put back, since it was empty or is not shown: document_type."},
		"it may be an old one":     {"create_client", args{"search": args{"on_key": "tax_id", "on_value": client["tax_id"]}, "name": "x"}, "there before"},
		"an automation stamps too": {"register_payment", sale.with("automation_type", "pue_invoice"), "SAT's rules"},
		"a mail":                   {"resend_invoice_email", args{"id": a.first(t, "list_income_invoices", args{"status": "valid"}, "", nil)["uuid"]}, "not unsent"},
	} {
		t.Run(name, func(t *testing.T) {
			s.reached()
			done := a.confirmed(t, c.tool, c.args)
			require.False(t, done.isError, done.text)
			assert.Nil(t, done.get("undo", "call"), done.text)
			assert.Contains(t, done.get("undo", "words"), c.words)
		})
	}
	assert.Nil(t, a.call(t, "get_client", args{"id": client["id"]}).get("undo"))
}

// TestUndoHasAnEnd tells until when an invoice can be cancelled, and for which team.
func TestUndoHasAnEnd(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	stamp := invoiceFor(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"])
	done := a.confirmed(t, "create_income_invoice", stamp)
	assert.Equal(t, "2027-03-31", done.get("undo", "until"), done.text)
	assert.Nil(t, done.get("undo", "call", "arguments", "team"))
	done = a.confirmed(t, "create_income_invoice", stamp.with("team", "team_kemper").with("payment_form", "01"))
	assert.Equal(t, "team_kemper", done.get("undo", "call", "arguments", "team"), done.text)
}
