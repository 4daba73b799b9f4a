package tools_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/risk"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// overwriting is an update and where its effect is read.
type overwriting struct {
	tool string
	args args
	read string
	of   args // what is read; the id of args when nil
}

// overwritings is updates of the demonstration company that run at once, at least
// one of each tool whose undo needs what was there before.
var overwritings = []overwriting{
	{"update_client", args{"id": karla, "phone": "+525555550199", "tax_id": "XAXX010101000", "address": args{"city": "Toluca", "zip": "50000"}, "metadata": args{"segment": "b"}, "bcc": []any{"a@example.mx"}, "defaults": args{"keep_full_legal_name": true}}, "get_client", nil},
	{"upload_client_csf", args{"client_id": karla, "file": "csf.pdf"}, "get_client", args{"id": karla}},
	{"update_service", args{"id": "service_f3b3879bb8", "description": "Otro", "unit_price": 0.1, "taxes": []any{args{"type": "ISR", "rate": 0.1, "withholding": true}}, "metadata": args{"demo": "no"}}, "get_service", nil},
	{"update_draft_invoice", args{"id": "8e20f7a36cd94b15f70a", "client": args{"id": karla}, "items": []any{args{"description": "Otro", "unit_price": 5, "taxes": iva}}, "payment_form": "03", "payment_method": "PUE", "invoice_pdf_notes": "Otras"}, "get_draft_invoice", nil},
	{"update_team", args{"id": "team_kemper", "brand": args{"alias": "Otro", "primary_color": "#000000"}, "address": args{"city": "Toluca"}, "legal_name": "OTRO", "support_email": "otro@example.mx"}, "get_team", nil},
	{"update_team_settings", args{"id": "team_kemper", "default_description": "Otra", "avoid_receipts": true, "limit_days_to_pay": 3, "refunds": args{"automatic_refunds": true, "current_month_handler": "credit_note"}, "emails": args{"invoices_bcc": []any{"a@example.mx"}, "payment_subject": nil}, "taxes": []any{}, "periodicity": "day"}, "get_team", nil},
	{"update_team_series", args{"id": "team_kemper", "seriesId": "A", "test": 9000}, "list_team_series", nil},
	{"update_user", args{"id": "user_pedro", "first_name": "Otro", "company_role": "Otro"}, "get_user", nil},
	{"save_sat_download_schedule", args{"enabled": false, "time": "23:00", "download_types": []any{"issued"}}, "get_sat_download_schedule", args{}},
	{"connect_update_team", args{"id": "team_nueva", "alias": "Otra", "industry": "Otra", "legalName": "OTRA", "settings": args{"language": "en"}, "address": args{"street": "Otra"}, "logoUrl": "https://example.com/b.png", "metadata": args{"a": "otra"}}, "connect_get_team", nil},
	{"connect_update_team_member", args{"id": "team_kemper", "memberId": "user_pedro", "role": "developer"}, "connect_list_team_members", nil},
	{"connect_update_team_members", args{"id": "team_kemper", "members": []any{args{"id": "user_pedro", "role": "user"}, args{"id": "user_mariana", "permissions": args{"expenses": "none"}}}}, "connect_list_team_members", nil},
	{"legacy_update_receipt", args{"id": "receipt_948b2923ee", "clientId": karla, "metadata": args{"origin": "no"}}, "get_receipt", nil},
}

// karla is a client of the demonstration company.
const karla = "client_7f3388a411"

// lived gives records what the demonstration company leaves open.
func lived(t *testing.T, a *agent) {
	for _, c := range []struct {
		tool string
		args args
	}{
		{"update_team_settings", args{"id": "team_kemper", "default_description": "Servicios", "refunds": args{"current_month_handler": "cancel_resources"}, "emails": args{"payment_subject": "Su pago", "invoice_subject": "Su factura"}, "periodicity": "month"}},
		{"save_sat_download_schedule", args{"enabled": true, "time": "03:30", "download_types": []any{"issued", "received"}, "days_back": 30}},
		{"connect_update_team", args{"id": "team_nueva", "industry": "Acero", "legalName": "NUEVA", "settings": args{"language": "es"}, "address": args{"street": "Una"}, "logoUrl": "https://example.com/a.png", "metadata": args{"a": "una", "b": "dos"}}},
		{"update_team", args{"id": "team_kemper", "brand": args{"alias": "Kemper", "primary_color": "#FFFFFF", "logo": "https://example.com/a.png"}, "support_email": "uno@example.mx"}},
		{"update_service", args{"id": "service_f3b3879bb8", "metadata": args{"demo": "si"}}},
		{"update_user", args{"id": "user_pedro", "company_role": "Contador"}},
	} {
		r := a.confirmed(t, c.tool, c.args)
		require.False(t, r.isError, r.text)
	}
}

// TestUndoPutsBack undoes updates that nobody previewed, and finds what was there.
func TestUndoPutsBack(t *testing.T) {
	for _, c := range overwritings {
		t.Run(c.tool, func(t *testing.T) {
			s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}, files: filesFor(t)})
			a := s.agent(t, "modern", nil)
			lived(t, a)
			of := c.of
			if of == nil {
				of = args{"id": c.args["id"]}
			}
			was := a.record(t, c.read, of)
			s.advance(time.Minute)
			done := a.call(t, c.tool, c.args)
			require.False(t, done.isError, done.text)
			require.NotEqual(t, "confirmation_required", done.get("status"), done.text)
			require.NotEqual(t, was, a.record(t, c.read, of), "it changes something")
			assert.NotContains(t, done.get("undo", "words"), "Not put back", done.text)
			tool, _ := done.get("undo", "call", "tool").(string)
			require.NotEmpty(t, tool, done.text)
			back := a.confirmed(t, tool, args(done.get("undo", "call", "arguments").(map[string]any)))
			require.False(t, back.isError, back.text)
			assert.Equal(t, was, a.record(t, c.read, of))
		})
	}
}

// record is what a tool reads, without when it was changed or checked.
func (a *agent) record(t *testing.T, tool string, of args) any {
	t.Helper()
	r := a.call(t, tool, of)
	require.False(t, r.isError, r.text)
	data := r.get("data")
	if object, ok := data.(map[string]any); ok {
		maps.DeleteFunc(object, func(name string, _ any) bool {
			return slices.Contains([]string{"updated_at", "updatedAt", "sat_status"}, name)
		})
	}
	return data
}

// TestOldValuesAreReadForAll has a row above for each plain write that needs them.
func TestOldValuesAreReadForAll(t *testing.T) {
	for _, op := range gigstack.Operations() {
		if spec := op.Spec(); spec.Risk == risk.Write && strings.Contains(spec.Back, "$was") {
			assert.True(t, slices.ContainsFunc(overwritings, func(c overwriting) bool { return c.tool == spec.Name }), spec.Name)
		}
	}
}

// TestUndoOfAPart says what it leaves changed, and never repeats a secret.
func TestUndoOfAPart(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	draft := "5b1d9c4ea07f3826d4c1"
	a.call(t, "update_client", args{"id": karla, "metadata": args{"segment": "a\u200b", "api_key": "hidden-1", "crm": args{"password": "hidden-2", "url": "https://example.com"}}})
	a.confirmed(t, "update_webhook", args{"id": "wh_erp", "description": "https://erp:hidden-3@example.com/"})
	for name, c := range map[string]struct {
		tool  string
		args  args
		back  args // some of the arguments
		words string
	}{
		"a member that was not there": {"update_client", args{"id": karla, "phone": "1", "document_type": "31", "address": args{"zip": "50000"}, "metadata": args{"segment": "b", "more": 1}},
			args{"id": karla, "phone": "+52 55 5550 0104", "metadata": args{"segment": "a", "crm": args{"url": "https://example.com"}}}, ": document_type, metadata.api_key, metadata.crm.password, metadata.more."},
		"a draft may be replaced":       {"update_draft_invoice", args{"id": draft, "payment_conditions": "30 días", "idempotency_key": "order-1", "return_files_urls": true}, args{"id": draft, "payment_form": "03", "invoice_type": "I"}, ": payment_conditions."},
		"a setting that was not there":  {"update_team_settings", args{"id": "team_kemper", "force_series": "A", "reinvoice": args{"window_days": 3}}, args{"id": "team_kemper", "force_series": nil, "reinvoice": nil}, "null clears"},
		"a group that was not touched":  {"update_team_settings", args{"id": "team_kemper", "emails": args{}}, nil, "null clears"},
		"an address with a password":    {"update_webhook", args{"id": "wh_erp", "description": "ERP"}, nil, ": description."},
		"permissions that are not seen": {"connect_update_team_member", args{"id": "team_kemper", "memberId": "user_pedro", "permissions": []any{"payments.read"}}, nil, ": permissions."},
	} {
		t.Run(name, func(t *testing.T) {
			done := a.confirmed(t, c.tool, c.args)
			require.False(t, done.isError, done.text)
			assert.Contains(t, done.get("undo", "words"), c.words)
			back, _ := done.get("undo", "call", "arguments").(map[string]any)
			for name, value := range c.back {
				require.Contains(t, back, name, done.text)
				assert.JSONEq(t, jsonOf(t, value), jsonOf(t, back[name]), name)
			}
			assert.Equal(t, c.back == nil, back == nil, done.text)
			assert.NotContains(t, jsonOf(t, done.get("undo")), "hidden")
			assert.NotContains(t, jsonOf(t, done.get("undo")), "\u200b", "what a person cannot see")
		})
	}
}

// TestOldValuesCannotBeRead writes all the same, once, and does not wait for long.
func TestOldValuesCannotBeRead(t *testing.T) {
	for name, fault := range map[string]sandbox.Fault{
		"refused": {Status: http.StatusForbidden, Body: "{}"}, "broken": {Status: http.StatusBadGateway}, "slow": {Delay: 4 * time.Second},
		"of another team": {Status: http.StatusOK, Body: `{"data":{"id":"` + karla + `","team":"team_xenon","phone":"1"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, setting{})
			a := s.agent(t, "modern", nil)
			fault.Method, fault.Path, fault.Times = http.MethodGet, "/v2/clients/", -1
			s.Fail(fault)
			began := time.Now()
			done := a.call(t, "update_client", args{"id": karla, "phone": name})
			require.False(t, done.isError, done.text)
			assert.Less(t, time.Since(began), 3*time.Second)
			assert.Equal(t, name, done.get("data", "phone"))
			assert.Len(t, s.writes(), 1)
			assert.Nil(t, done.get("undo", "call"), done.text)
			assert.Contains(t, done.get("undo", "words"), "The old values were not read.")
		})
	}
}

// TestOldValuesAreReadForAUse reads once, for the team of the write, and nothing for
// a call that is refused or whose undo needs none.
func TestOldValuesAreReadForAUse(t *testing.T) {
	rules, _ := rulesOf(t, "mode: enforce\nrules:\n  - name: the one\n    tools: [update_service]\n    verdict: deny\n  - name: asks\n    tools: [update_user]\n    verdict: ask\n")
	s := newStand(t, setting{rules: rules})
	a := s.agent(t, "modern", nil)
	a.call(t, "get_context", nil)
	for name, c := range map[string]struct {
		tool  string
		args  args
		reads int
	}{
		"an update":              {"update_client", args{"id": karla, "phone": "1"}, 1},
		"one of another team":    {"update_team_settings", args{"id": "team_xenon", "avoid_receipts": true}, 1},
		"one that was confirmed": {"update_user", args{"id": "user_pedro", "first_name": "Otro"}, 2}, // one for the team's name in the preview
		"a creation":             {"create_client", args{"name": "Nueva"}, 0},
		"a check":                {"validate_client", args{"id": karla}, 0},
		"wrong arguments":        {"update_client", args{"id": karla, "phone": []any{}}, 0},
		"the operator's no":      {"update_service", args{"id": "service_f3b3879bb8", "unit_price": 1}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s.reached()
			done := a.confirmed(t, c.tool, c.args)
			var reads []sent
			for _, r := range s.reached() {
				if r.method == http.MethodGet {
					reads = append(reads, r)
				}
			}
			require.Len(t, reads, c.reads, done.text)
			if c.reads == 0 {
				return
			}
			assert.NotNil(t, done.get("undo", "call"), done.text)
			if id := c.args["id"]; strings.HasPrefix(id.(string), "team_") {
				assert.Equal(t, id, reads[0].team)
			}
		})
	}
	b := &broken{}
	b.stand = newStand(t, setting{audit: b})
	assert.Equal(t, "audit_unavailable", b.agent(t, "modern", nil).call(t, "update_client", args{"id": karla, "phone": "2"}).code())
	assert.Empty(t, b.reached())
}
