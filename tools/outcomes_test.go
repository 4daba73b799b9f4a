package tools_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// TestResolveOutcome has every tool whose effect can be looked for lose its answer,
// once after the effect and once before it, and finds out which it was.
func TestResolveOutcome(t *testing.T) {
	iva := args{"description": "Curso", "unit_price": 1500, "taxes": iva}
	pay := args{"items": []any{iva}, "payment_form": "03", "automation_type": "none"}
	for tool, with := range map[string]func(*testing.T, *agent) args{
		"create_receipt": func(*testing.T, *agent) args { return args{"items": []any{iva}} },
		"create_draft_invoice": func(*testing.T, *agent) args {
			return args{"items": []any{iva}, "invoice_type": "I", "payment_form": "03"}
		},
		"create_income_invoice": func(*testing.T, *agent) args { return args{"items": []any{iva}, "payment_form": "03"} },
		"create_egress_invoice": func(*testing.T, *agent) args { return args{"items": []any{iva}, "payment_form": "03", "use": "G02"} },
		"register_payment":      func(*testing.T, *agent) args { return pay },
		"request_payment": func(*testing.T, *agent) args {
			return args{"items": []any{iva}, "allowed_payment_methods": []any{"spei"}, "automation_type": "none"}
		},
		"cancel_invoice": func(t *testing.T, a *agent) args {
			return args{"id": a.made(t, "create_income_invoice", args{"items": []any{iva}, "payment_form": "03"}), "motive": "02"}
		},
		"refund_payment": func(t *testing.T, a *agent) args {
			return args{"id": a.made(t, "register_payment", pay), "amount": 10, "reason": "Prueba"}
		},
		"cancel_payment": func(t *testing.T, a *agent) args {
			return args{"id": a.first(t, "list_payments", nil, "status", "requires_payment_method")["id"]}
		},
		"mark_payment_paid": func(t *testing.T, a *agent) args {
			return args{"id": a.first(t, "list_payments", nil, "status", "requires_payment_method")["id"], "payment_form": "03"}
		},
		"cancel_receipt": func(t *testing.T, a *agent) args {
			return args{"id": a.made(t, "create_receipt", args{"items": []any{iva}})}
		},
		"stamp_receipt": func(t *testing.T, a *agent) args {
			return args{"id": a.made(t, "create_receipt", args{"items": []any{iva}, "payment_form": "03"}), "stamp_to": "general_public_national"}
		},
		"stamp_draft_invoice": func(t *testing.T, a *agent) args {
			return args{"id": a.made(t, "create_draft_invoice", args{"items": []any{iva}, "invoice_type": "I", "payment_form": "03"})}
		},
		"delete_draft_invoice": func(t *testing.T, a *agent) args {
			return args{"id": a.made(t, "create_draft_invoice", args{"items": []any{iva}, "invoice_type": "I", "payment_form": "03"})}
		},
		"delete_service": func(t *testing.T, a *agent) args {
			return args{"id": a.made(t, "create_service", args{"description": "Curso", "unit_price": 1})}
		},
		"delete_client": func(t *testing.T, a *agent) args {
			return args{"id": a.made(t, "create_client", args{"name": "Nadie"})}
		},
		"delete_webhook": func(*testing.T, *agent) args { return args{"id": "wh_erp"} },
	} {
		for verdict, fault := range map[string]sandbox.Fault{"found": {Drop: true}, "not_found": {Status: http.StatusBadGateway}} {
			t.Run(tool+"/"+verdict, func(t *testing.T) {
				t.Parallel()
				s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
				a := s.agent(t, "modern", nil)
				call := with(t, a)
				if _, creates := call["items"]; creates {
					call = call.with("client", args{"id": a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]})
				}
				plan := a.call(t, tool, call) // a write runs already
				fault.Path, fault.Method = "/v2/", methodOf(tool)
				if plan.planned() {
					s.Fail(fault)
					call = call.with("plan", a.settled(t, plan))
				} else {
					s.advance(time.Hour)
					s.Fail(fault)
				}
				lost := a.call(t, tool, call)
				require.Equal(t, "unknown", lost.get("error", "outcome"), lost.text)

				open, _ := a.call(t, "resolve_outcome", nil).get("attempts").([]any)
				require.Len(t, open, 1, "%s\n%s", lost.text, s.log)
				id := open[0].(map[string]any)["id"]
				assert.Equal(t, tool, open[0].(map[string]any)["tool"])
				s.reached()
				early := a.call(t, "resolve_outcome", args{"attempt": id})
				assert.Empty(t, s.writes(), "it only looks")
				if verdict == "not_found" {
					assert.Equal(t, "undecided", early.get("resolved", "verdict"), "it may still be under way: %s", early.text)
				}
				s.advance(5 * time.Minute)
				r := a.call(t, "resolve_outcome", args{"attempt": id})
				assert.Equal(t, verdict, r.get("resolved", "verdict"), r.text)
				assert.Nil(t, a.call(t, "resolve_outcome", nil).get("attempts"))
			})
		}
	}
}

// made is the id of what a tool has just made.
func (a *agent) made(t *testing.T, tool string, with args) any {
	t.Helper()
	if _, sells := with["items"]; sells {
		with = with.with("client", args{"id": a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]})
	}
	r := a.confirmed(t, tool, with)
	require.False(t, r.isError, r.text)
	return r.id()
}

func methodOf(tool string) (method string) {
	for _, op := range operations() {
		if op.Spec().Name == tool {
			method, _, _ = strings.Cut(op.Spec().Route, " ")
		}
	}
	return method
}

// TestUndecided says why where nobody can tell, and leaves the attempt open.
func TestUndecided(t *testing.T) {
	sale := args{"items": []any{args{"description": "Curso", "unit_price": 1500, "taxes": iva}}}
	for name, c := range map[string]struct {
		tool  string
		with  args
		spoil func(*testing.T, *stand, *agent)
		want  string
	}{
		"nothing shows it":   {tool: "create_service", with: args{"description": "Curso", "unit_price": 1}, want: "Nothing gigstack shows tells"},
		"gigstack is silent": {tool: "create_receipt", with: sale, want: "It could not be looked for", spoil: func(_ *testing.T, s *stand, _ *agent) { s.Fail(sandbox.Fault{Status: http.StatusForbidden, Times: -1}) }},
		"a list goes on": {tool: "create_receipt", with: sale, want: "It could not be looked for", spoil: func(_ *testing.T, s *stand, _ *agent) {
			s.Fail(sandbox.Fault{Times: -1, Status: http.StatusOK, Body: `{"data":[],"has_more":true,"next":"same"}`})
		}},
		"one without a key": {tool: "create_receipt", with: sale, want: "show none at all: receipt_9", spoil: func(_ *testing.T, s *stand, _ *agent) {
			s.Fail(sandbox.Fault{Status: http.StatusOK, Body: fmt.Sprintf(`{"data":[{"id":"receipt_9","created_at":%d}],"has_more":false}`, s.now().Add(-5*time.Minute).Unix())})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, setting{})
			a := s.agent(t, "modern", nil)
			if c.tool == "create_receipt" {
				c.with = c.with.with("client", args{"id": a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]})
			}
			s.Fail(sandbox.Fault{Method: http.MethodPost, Status: http.StatusBadGateway})
			require.Equal(t, "unknown", a.call(t, c.tool, c.with).get("error", "outcome"))
			id := a.call(t, "resolve_outcome", nil).get("attempts").([]any)[0].(map[string]any)["id"]
			s.advance(5 * time.Minute)
			if c.spoil != nil {
				c.spoil(t, s, a)
			}
			r := a.call(t, "resolve_outcome", args{"attempt": id})
			assert.Equal(t, "undecided", r.get("resolved", "verdict"), r.text)
			assert.Contains(t, r.get("resolved", "message"), c.want)
			assert.NotEmpty(t, r.get("resolved", "next"))
			assert.Len(t, a.call(t, "resolve_outcome", nil).get("attempts"), 1)
		})
	}
}

// TestResolveOthers keeps attempts of other people to themselves.
func TestResolveOthers(t *testing.T) {
	s := newStand(t, setting{})
	ana, eve := s.agent(t, "modern", nil), s.agent(t, "modern", nil)
	eve.caller.Principal = "eve"
	s.Fail(sandbox.Fault{Method: http.MethodPost, Drop: true})
	require.True(t, ana.call(t, "create_service", args{"description": "Curso", "unit_price": 1}).isError)
	id := ana.call(t, "resolve_outcome", nil).get("attempts").([]any)[0].(map[string]any)["id"]
	assert.Nil(t, eve.call(t, "resolve_outcome", nil).get("attempts"))
	assert.Equal(t, "attempt_not_found", eve.call(t, "resolve_outcome", args{"attempt": id}).code())

	again := ana.call(t, "create_service", args{"description": "Curso", "unit_price": 1})
	assert.Equal(t, guard.CodeOutcomeUnknown, again.code())
	assert.Contains(t, again.get("error", "next"), fmt.Sprintf(`resolve_outcome {"attempt": "%s"}`, id))
}
