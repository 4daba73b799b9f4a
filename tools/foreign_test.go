package tools_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// TestForeignRecordsAreNotPlanned has a gigstack that ignores the team: what is another
// company's is neither planned nor stamped.
func TestForeignRecordsAreNotPlanned(t *testing.T) {
	deaf := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/receipts") {
				query := r.URL.Query()
				query.Del("team")
				r.URL.RawQuery = query.Encode()
			}
			next.ServeHTTP(w, r)
		})
	}
	s := newStand(t, setting{upstream: deaf, teams: []string{sandbox.TeamXenon}})
	a := s.agent(t, "modern", nil)
	r := a.call(t, "stamp_pending_across", args{"teams": []string{sandbox.TeamXenon}, "kind": "receipts"})
	assert.False(t, r.planned(), r.text)
	assert.Contains(t, r.text, "another team")
	own := newStand(t, setting{}).agent(t, "modern", nil)
	receipt := own.first(t, "list_receipts", args{"status": "pending"}, "", nil)["id"]
	r = a.call(t, "stamp_receipt", args{"id": receipt, "stamp_to": "general_public_national"})
	assert.Equal(t, gigstack.CodeWrongTeam, r.code(), r.text)
	assert.Empty(t, s.writes())
}

// TestReplacedIsOwedOnce counts a sale that stands in an invoice and its substitute once.
func TestReplacedIsOwedOnce(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	client := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	owed := func() float64 {
		for _, c := range a.call(t, "who_owes_us", args{"client": client}).get("data", "total_per_currency").([]any) {
			return c.(map[string]any)["owed"].(float64)
		}
		return 0
	}
	invoice := invoiceFor(client.(string)).with("payment_method", "PPD").with("payment_form", "99")
	before := 0.0
	first := a.confirmed(t, "create_income_invoice", invoice)
	require.False(t, first.isError, first.text)
	once := owed()
	assert.Greater(t, once, before)
	second := a.confirmed(t, "create_income_invoice", invoice.with("related_documents", []any{args{"relationship": "04", "documents": []any{first.id()}}}))
	require.False(t, second.isError, second.text)
	assert.InDelta(t, once, owed(), 0.001)
	r := a.call(t, "who_owes_us", args{"client": client})
	assert.Contains(t, jsonOf(t, r.get("data", "not_debt")), `"replaced_invoices"`)
}
