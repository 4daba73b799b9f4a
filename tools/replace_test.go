package tools_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// wrongInvoice is a fresh invoice that somebody got wrong, and how to correct it.
func wrongInvoice(t *testing.T, a *agent) (uuid string, correction args) {
	t.Helper()
	sale := invoiceFor(a.first(t, "list_clients", args{}, "tax_id", "FUNK671228PH6")["id"])
	r := a.confirmed(t, "create_income_invoice", sale)
	require.False(t, r.isError, r.text)
	line := args{"description": "Curso, precio correcto", "unit_price": 250, "taxes": []any{args{"type": "IVA", "rate": 0.16}}}
	return r.id(), args{"id": r.id(), "items": []any{line}}
}

// state is what there is at gigstack of an invoice: its status, and who replaces it.
func (a *agent) state(t *testing.T, uuid string) (status string, substitutes []string) {
	t.Helper()
	status = a.call(t, "get_income_invoice", args{"id": uuid}).get("data", "status").(string)
	for _, v := range a.call(t, "list_income_invoices", args{"limit": 100}).get("data").([]any) {
		invoice := v.(map[string]any)
		relations, _ := invoice["related_documents"].([]any)
		for _, relation := range relations {
			if of := relation.(map[string]any); of["relationship"] == "04" && of["documents"].([]any)[0] == uuid {
				substitutes = append(substitutes, invoice["uuid"].(string))
			}
		}
	}
	return status, substitutes
}

// One plan stamps the right invoice and cancels the wrong one, in this order.
func TestReplaceInvoice(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		wrong, correction := wrongInvoice(t, a)
		s.reached()
		plan := a.call(t, "replace_invoice", correction)
		require.Equal(t, "confirmation_required", plan.get("status"), plan.text)
		assert.Empty(t, s.writes(), "a plan changes nothing")
		t.Log(plan.text)
		done := a.call(t, "replace_invoice", correction.with("plan", plan.get("plan")))
		require.Equal(t, "done", done.get("status"), done.text)
		t.Log(done.text)
		status, substitutes := a.state(t, wrong)
		assert.Equal(t, "canceled", status)
		require.Len(t, substitutes, 1)
		assert.Equal(t, substitutes[0], done.get("data", "invoice"))
		writes := s.writes()
		require.Len(t, writes, 2)
		assert.Equal(t, "/invoices/income", writes[0].path)
		assert.Equal(t, http.MethodDelete, writes[1].method)
		_ = sandbox.TeamKemper
	})
}
