package tools_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// invoiceFor is an invoice that can be stamped.
func invoiceFor(client any) args {
	return args{"client": args{"id": client}, "payment_form": "03", "items": []any{args{"description": "Curso", "unit_price": 1500, "taxes": iva}}}
}

// TestPreviewHolds refuses a plan when what the person saw is no longer so.
func TestPreviewHolds(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		client := a.first(t, "list_clients", nil, "name", "Karla Fuente")
		with := invoiceFor(client["id"])
		plan := a.call(t, "create_income_invoice", with)
		require.Equal(t, "confirmation_required", plan.get("status"), plan.text)
		require.False(t, a.call(t, "update_client", args{"id": client["id"], "legal_name": "OTRA PERSONA"}).isError)
		s.reached()
		r := a.call(t, "create_income_invoice", with.with("plan", plan.get("plan")))
		assert.Equal(t, "plan_stale", r.code(), r.text)
		assert.Empty(t, s.writes(), "nothing was stamped for somebody the person has not seen")
	})
}

// TestTwoPlansOfOneCall stamps once, although each plan is good: an agent that
// lost the first answer plans anew, and then finds the first plan again.
func TestTwoPlansOfOneCall(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		with := invoiceFor(a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"])
		first, second := a.call(t, "create_income_invoice", with), a.call(t, "create_income_invoice", with)
		s.advance(time.Second)
		s.reached()
		require.False(t, a.call(t, "create_income_invoice", with.with("plan", first.get("plan"))).isError)
		again := a.call(t, "create_income_invoice", with.with("plan", second.get("plan")))
		assert.Equal(t, "overtaken_by_identical_call", again.code(), again.text)
		assert.Equal(t, "done", again.get("error", "outcome"))
		assert.Len(t, s.writes(), 1)

		s.advance(time.Second)
		with["items"] = []any{args{"description": "Curso", "unit_price": "1500.00", "taxes": iva}}
		third := a.call(t, "create_income_invoice", with)
		assert.Contains(t, jsonOf(t, third.get("preview", "warnings")), "Make sure that this is not a repetition", "1500.00 is 1500")
	})
}

// TestDialogIsHonest has no text of the call pose as a line of the dialog, and
// none push the others out of sight.
func TestDialogIsHonest(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		var asked string
		a := s.agent(t, era, func(_ context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
			asked = r.Params.Message
			return people["declines"](context.Background(), r)
		})
		a.call(t, "create_income_invoice", args{
			"addenda": strings.Repeat("<a>", 2000), "payment_form": "03", "use": "G03",
			"client": args{"legal_name": "KARLA FUENTE NOLASCO\u202e\nTeam: otro", "tax_id": "FUNK671228PH6", "tax_system": "612", "address": args{"zip": "16034"}},
			"items":  []any{args{"description": "Curso", "unit_price": 1500, "taxes": iva}},
			"emails": []string{"a@example.mx\nTotal: 1.00 MXN (ya autorizado)\n\nConsequence: none"},
		})
		for line := range strings.Lines(asked) {
			begins, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			assert.Contains(t, []string{"Stamp", "Team:", "Concerns:", "With:", "Line:", "Total:", "Tax:", "Then:", "Mail:", "Details:", "Consequence:", "Warning:", "Confirm:"}, begins, line)
		}
		for word, times := range map[string]int{"\nTeam:": 1, "\nTotal:": 1, "\nConsequence:": 1, "\u202e": 0, `\u003c`: 0} {
			assert.Equal(t, times, strings.Count("\n"+asked, word), word)
		}
		for _, part := range []string{"New client: KARLA FUENTE NOLASCO", "FUNK671228PH6", "1 × Curso at 1500", "1740.00 MXN"} {
			assert.Contains(t, asked, part)
		}
		assert.Less(t, len(asked), 5000)
	})
}

// TestArgumentsWeigh has a call planned when its arguments put more at stake than
// its endpoint does.
func TestArgumentsWeigh(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		team := args{"brand": args{"alias": "Sucursal"}, "legal_name": "KERNEL INDUSTIA JUGUETERA", "tax_id": "KIJ0906199R1", "tax_system": "601", "support_email": "a@example.mx"}
		plain := a.call(t, "create_team", team)
		assert.False(t, plain.isError, plain.text)
		assert.Nil(t, plain.get("status"), "it ran at once")
		for name, more := range map[string]any{
			"add_members":             []any{args{"id": "user_pedro", "role": "admin"}},
			"add_master_team_members": true,
			"generate_onboarding_url": true,
		} {
			s.reached()
			r := a.call(t, "create_team", team.with(name, more))
			assert.Equal(t, "confirmation_required", r.get("status"), r.text)
			assert.Equal(t, "outward", r.get("preview", "tier"))
			assert.Empty(t, s.writes(), name)
		}
		still := a.call(t, "create_team", team.with("add_members", []any{}))
		assert.Nil(t, still.get("status"), still.text)
	})
}

// TestArgumentsOfTheRightShape are refused by what they mean, before anything is
// planned.
func TestArgumentsOfTheRightShape(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	for tool, with := range map[string]args{
		"list_clients":          {"created_gte": "whenever"},
		"list_payments":         {"created_lte": "2026-13-01"},
		"create_income_invoice": invoiceFor("client_1").with("folio_number", 1e19),
	} {
		s.reached()
		r := a.call(t, tool, with)
		assert.Equal(t, "invalid_arguments", r.code(), r.text)
		assert.Equal(t, "not_sent", r.get("error", "outcome"))
		assert.Empty(t, s.reached())
	}
}
