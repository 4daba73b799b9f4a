package tools_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

var iva = []any{args{"type": "IVA", "rate": 0.16}}

// lost is how the answer to a write that took effect can get lost.
var lost = map[string]sandbox.Fault{
	"connection dropped": {Drop: true},
	"gateway fails":      {Status: http.StatusBadGateway, AfterEffect: true},
}

// TestLostAnswerOfKeyedWrite has a second confirmed call carry the first one's
// idempotency key, so that one invoice comes of two requests.
func TestLostAnswerOfKeyedWrite(t *testing.T) {
	for name, fault := range lost {
		t.Run(name, func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				s := newStand(t, setting{})
				a := s.agent(t, era, nil)
				client := a.first(t, "list_clients", nil, "name", "Karla Fuente")
				with := args{"client": args{"id": client["id"]}, "items": []any{args{"description": "Curso", "unit_price": 1500, "taxes": iva}}, "payment_form": "03"}
				count := func() any { return a.call(t, "list_income_invoices", nil).get("total_results") }
				before := count().(float64)

				fault.Method, fault.Path = http.MethodPost, "/v2/invoices/income"
				s.Fail(fault)
				r := a.confirmed(t, "create_income_invoice", with)
				assert.True(t, r.isError)
				assert.Equal(t, "unknown", r.get("error", "outcome"), r.text)
				assert.Equal(t, false, r.get("error", "retryable"))
				assert.Contains(t, r.get("error", "next"), "Do not call again blindly")
				assert.Equal(t, before+1, count(), "it took effect")

				plan := a.call(t, "create_income_invoice", with)
				require.Equal(t, "confirmation_required", plan.get("status"), plan.text)
				assert.Contains(t, jsonOf(t, plan.get("preview", "warnings")), "may have taken effect")
				done := a.call(t, "create_income_invoice", with.with("plan", plan.get("plan")))
				require.False(t, done.isError, done.text)
				assert.Equal(t, before+1, count(), "the second request returned the first invoice")
				keys := idempotencyKeys(t, s.writes())
				require.Len(t, keys, 2, "a write is never retried by itself")
				assert.Equal(t, keys[0], keys[1])
				assert.True(t, strings.HasPrefix(keys[0], "gigstack-mcp-"), keys[0])

				s.advance(time.Second)
				third := a.confirmed(t, "create_income_invoice", with)
				require.False(t, third.isError, third.text)
				assert.Equal(t, before+2, count(), "after a known outcome the same call is a new invoice")
			})
		})
	}
}

func idempotencyKeys(t *testing.T, writes []sent) (keys []string) {
	t.Helper()
	for _, w := range writes {
		var body struct {
			Key string `json:"idempotency_key"`
		}
		require.NoError(t, json.Unmarshal([]byte(w.body), &body))
		keys = append(keys, body.Key)
	}
	return keys
}

// TestLostAnswerWithoutKey refuses the same call for ten minutes, where a second
// one could do harm.
func TestLostAnswerWithoutKey(t *testing.T) {
	for name, fault := range lost {
		for _, tool := range []string{"cancel_invoice", "mark_payment_paid"} {
			t.Run(tool+"/"+name, func(t *testing.T) {
				inBothEras(t, func(t *testing.T, era string) {
					s := newStand(t, setting{})
					a := s.agent(t, era, nil)
					with := specimens(t, a)["fiscal"].args
					fault.Method, fault.Path = http.MethodDelete, "/v2/invoices/"
					if tool == "mark_payment_paid" {
						with = args{"id": a.first(t, "list_payments", nil, "status", "requires_payment_method")["id"], "payment_form": "03"}
						fault.Method, fault.Path = http.MethodPost, "/v2/payments/"
					}
					stale := a.call(t, tool, with).get("plan")
					s.Fail(fault)
					r := a.confirmed(t, tool, with)
					assert.Equal(t, "unknown", r.get("error", "outcome"), r.text)
					assert.Len(t, s.writes(), 1, "it was sent once")

					again := a.call(t, tool, with)
					assert.Equal(t, guard.CodeOutcomeUnknown, again.code(), again.text)
					assert.Equal(t, "unknown", again.get("error", "outcome"))
					again = a.call(t, tool, with.with("plan", stale))
					assert.Equal(t, guard.CodeOutcomeUnknown, again.code(), "a plan from before is no way around it")
					s.advance(10*time.Minute + time.Second)
					assert.Empty(t, s.writes())
					later := a.call(t, tool, with)
					assert.NotEqual(t, guard.CodeOutcomeUnknown, later.code(), later.text)
				})
			})
		}
	}
}

// TestNotSent says so when gigstack was never reached, and lets the call be made
// again.
func TestNotSent(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	with := specimens(t, a)["fiscal"].args
	s.Fail(sandbox.Fault{Method: http.MethodDelete, Status: http.StatusTooManyRequests, RetryAfter: "7", Body: `{"message":"slow down","error":"rate_limit_exceeded"}`})
	r := a.confirmed(t, "cancel_invoice", with)
	assert.Equal(t, "refused", r.get("error", "outcome"), r.text)
	assert.Equal(t, true, r.get("error", "retryable"))
	assert.Equal(t, 7.0, r.get("error", "retry_after_seconds"))
	assert.Len(t, s.writes(), 1)
	r = a.confirmed(t, "cancel_invoice", with)
	assert.False(t, r.isError, r.text)
}

// TestOwnKeyOfTheAgent leaves an idempotency key that the call brought alone.
func TestOwnKeyOfTheAgent(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")
	with := args{"client": args{"id": client["id"]}, "items": []any{args{"description": "Curso", "unit_price": 1500, "taxes": iva}}, "payment_form": "03", "idempotency_key": "pedido-77"}
	s.reached()
	require.False(t, a.confirmed(t, "create_income_invoice", with).isError)
	assert.Equal(t, []string{"pedido-77"}, idempotencyKeys(t, s.writes()))
}
