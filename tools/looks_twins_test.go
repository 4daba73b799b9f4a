package tools_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// TestDuplicates warns of what a call may repeat, and names it.
func TestDuplicates(t *testing.T) {
	type kase struct {
		before string // the tool that made the first
		first  args
		tool   string
		then   args
		after  time.Duration
		says   string // "" for no warning
	}
	line := func(price any) []any { return []any{args{"description": "Curso", "unit_price": price, "taxes": iva}} }
	for name, c := range map[string]func(karla, other any) kase{
		"the same sale": func(karla, _ any) kase {
			return kase{before: "create_income_invoice", first: invoiceFor(karla), tool: "create_income_invoice", then: invoiceFor(karla).with("payment_form", "01"), says: "the same receiver, total and currency"}
		},
		"a week ago": func(karla, _ any) kase {
			return kase{before: "create_income_invoice", first: invoiceFor(karla), tool: "create_income_invoice", then: invoiceFor(karla), after: 8 * 24 * time.Hour}
		},
		"to somebody else": func(karla, other any) kase {
			return kase{before: "create_income_invoice", first: invoiceFor(other), tool: "create_income_invoice", then: invoiceFor(karla)}
		},
		"of another total": func(karla, _ any) kase {
			return kase{before: "create_income_invoice", first: invoiceFor(karla).with("items", line(1)), tool: "create_income_invoice", then: invoiceFor(karla)}
		},
		"of the same order": func(karla, _ any) kase {
			return kase{before: "create_income_invoice", first: invoiceFor(karla).with("items", line(1)).with("metadata", args{"order_id": "7", "shop": "sur"}),
				tool: "create_income_invoice", then: invoiceFor(karla).with("metadata", args{"order_id": "7"}), says: "the same metadata order_id"}
		},
		"of the same shop": func(karla, _ any) kase {
			return kase{before: "create_income_invoice", first: invoiceFor(karla).with("items", line(1)).with("metadata", args{"shop": "sur"}),
				tool: "create_income_invoice", then: invoiceFor(karla).with("metadata", args{"shop": "sur"})}
		},
		"by the same key": func(karla, _ any) kase {
			return kase{before: "create_income_invoice", first: invoiceFor(karla).with("items", line(1)).with("idempotency_key", "K-1"),
				tool: "create_income_invoice", then: invoiceFor(karla).with("idempotency_key", "K-1"), says: "the same idempotency_key"}
		},
		"a payment that is invoiced": func(karla, _ any) kase {
			return kase{before: "register_payment", first: invoiceFor(karla).with("automation_type", "pue_invoice"), tool: "create_income_invoice", then: invoiceFor(karla), says: "Possible duplicate: payment"}
		},
		"a payment that is not": func(karla, _ any) kase {
			return kase{before: "register_payment", first: invoiceFor(karla).with("automation_type", "none"), tool: "create_income_invoice", then: invoiceFor(karla)}
		},
		"a payment twice": func(karla, _ any) kase {
			return kase{before: "register_payment", first: invoiceFor(karla).with("automation_type", "none"), tool: "register_payment", then: invoiceFor(karla).with("automation_type", "pue_invoice"), says: "Possible duplicate: payment"}
		},
		"a receipt": func(karla, _ any) kase {
			return kase{before: "create_receipt", first: invoiceFor(karla), tool: "create_income_invoice", then: invoiceFor(karla), says: "Possible duplicate: receipt"}
		},
		"a receipt that was invoiced apart": func(karla, _ any) kase {
			return kase{before: "create_income_invoice", first: invoiceFor(karla), tool: "stamp_receipt", then: args{"stamp_to": "client"}, says: "Possible duplicate: invoice"}
		},
		"a draft": func(karla, _ any) kase {
			return kase{before: "create_draft_invoice", first: invoiceFor(karla).with("invoice_type", "I"), tool: "create_income_invoice", then: invoiceFor(karla), says: "Possible duplicate: draft"}
		},
		"a receiver by RFC": func(karla, _ any) kase {
			return kase{before: "create_income_invoice", first: invoiceFor(karla), tool: "create_income_invoice",
				then: invoiceFor(karla).with("client", args{"search": args{"on_key": "tax_id", "on_value": "FUNK671228PH6"}}), says: "Possible duplicate: invoice"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, setting{})
			a := s.agent(t, "modern", nil)
			c := c(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"], a.first(t, "list_clients", nil, "name", "Cecilia Miranda")["id"])
			made := a.confirmed(t, c.before, c.first)
			require.False(t, made.isError, made.text)
			s.advance(c.after)
			if c.tool == "stamp_receipt" {
				receipt := a.call(t, "create_receipt", args{"client": c.first["client"], "items": c.first["items"]})
				c.then = c.then.with("id", receipt.get("data", "id"))
			}
			r := a.call(t, c.tool, c.then)
			require.Equal(t, "confirmation_required", r.get("status"), r.text)
			warnings := jsonOf(t, r.get("preview", "warnings"))
			if c.says == "" {
				assert.NotContains(t, warnings, "Possible duplicate")
				return
			}
			assert.Contains(t, warnings, c.says)
			assert.Contains(t, warnings, made.id())
		})
	}
}

// TestPlanEndsWithADuplicate refuses a plan once somebody else stamped the like,
// and not for what only looks like it.
func TestPlanEndsWithADuplicate(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		sale := invoiceFor(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"])
		plan := a.call(t, "create_income_invoice", sale)
		require.False(t, a.call(t, "create_receipt", args{"client": sale["client"], "items": sale["items"]}).isError)
		require.False(t, a.confirmed(t, "create_income_invoice", sale.with("payment_form", "01")).isError, "a receipt ends no plan")
		s.reached()
		late := a.call(t, "create_income_invoice", sale.with("plan", plan.get("plan")))
		assert.Equal(t, "plan_stale", late.code(), late.text)
		assert.Empty(t, s.writes())
		again := a.confirmed(t, "create_income_invoice", sale)
		assert.False(t, again.isError, "who was told may go on: %s", again.text)
	})
}

// TestSearchIsBounded says when not everything was compared, and goes on without.
func TestSearchIsBounded(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	sale := invoiceFor(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"])
	s.Fail(sandbox.Fault{Method: http.MethodGet, Path: "/v2/invoices/income", Status: 200, Body: `{"data":[],"has_more":true,"next":"x"}`})
	r := a.call(t, "create_income_invoice", sale)
	assert.Contains(t, jsonOf(t, r.get("preview", "warnings")), "more records in the last 7 days", r.text)
	s.Fail(sandbox.Fault{Method: http.MethodGet, Path: "/v2/receipts", Status: 403, Body: `{"success":false,"message":"no"}`})
	r = a.call(t, "create_income_invoice", sale)
	assert.Contains(t, jsonOf(t, r.get("preview", "warnings")), "could be searched", r.text)
	five := ""
	for _, id := range []string{"A", "B", "C", "D", "E"} {
		five += `,{"uuid":"` + id + `","status":"valid","currency":"MXN","total":1740,"created_at":` + strconv.FormatInt(s.now().Unix(), 10) + `,"client":{"id":` + jsonOf(t, sale["client"].(args)["id"]) + `}}`
	}
	s.Fail(sandbox.Fault{Method: http.MethodGet, Path: "/v2/invoices/income", Status: 200, Body: `{"data":[` + five[1:] + `]}`})
	warnings := jsonOf(t, a.call(t, "create_income_invoice", sale).get("preview", "warnings"))
	assert.Contains(t, warnings, "invoice 0 (C)")
	assert.NotContains(t, warnings, "(D)")
	assert.Contains(t, warnings, "and 2 more possible duplicates")
	nobody := sale.with("client", args{"name": "Ana"})
	s.reached()
	r = a.call(t, "register_payment", nobody.with("automation_type", "none"))
	require.Equal(t, "confirmation_required", r.get("status"), r.text)
	assert.Len(t, s.reached(), 1, "nobody to compare: the team's name alone")
}
