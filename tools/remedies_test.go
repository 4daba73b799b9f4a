package tools_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// codes is every code by which gigstack, Connect and the SAT refuse.
type codes struct {
	API     map[string]int // and the status it comes with
	Connect []struct {
		Status         int
		Message, Error string
	}
	CFDI map[string]string // and the field it is about
}

func everyCode(t *testing.T) (all codes) {
	t.Helper()
	raw, err := os.ReadFile("testdata/codes.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &all))
	require.Len(t, all.API, 24)
	require.Len(t, all.Connect, 4)
	require.Len(t, all.CFDI, 122)
	return all
}

// ends asserts that a refusal ends well: what happened, why, what to do, with which
// tool, and nothing of it twice.
func ends(t *testing.T, s *stand, r result) {
	t.Helper()
	require.True(t, r.isError, r.text)
	seen := map[any]bool{}
	for _, member := range []string{"code", "message", "cause", "next", "next_tool"} {
		text, _ := r.get("error", member).(string)
		assert.NotEmpty(t, text, "%s: %s", member, r.text)
		assert.False(t, seen[strings.Trim(text, ".")], "%s repeats another: %s", member, r.text)
		seen[strings.Trim(text, ".")] = true
	}
	tool, _ := r.get("error", "next_tool").(string)
	_, real := s.tools.Find(tool)
	assert.True(t, real, "%s: %s", tool, r.text)
	for _, detail := range details(r) {
		if detail["message"] != "" {
			assert.NotContains(t, r.get("error", "message"), detail["message"])
		}
	}
}

// details is what is behind the error of a result.
func details(r result) (list []map[string]string) {
	all, _ := r.get("error", "details").([]any)
	for _, one := range all {
		detail := map[string]string{}
		for name, value := range one.(map[string]any) {
			detail[name] = value.(string)
		}
		list = append(list, detail)
	}
	return list
}

// TestEveryCodeHasARemedy has gigstack refuse a call with each of its codes, in both
// forms, and with each of the SAT's, wherever these stand.
func TestEveryCodeHasARemedy(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	promised := contractOf(t, a)
	calls := 0
	refused := func(t *testing.T, status int, body string) result {
		calls++ // a call of unknown outcome is not made again at once
		s.Fail(sandbox.Fault{Method: http.MethodPost, Path: "/v2/services", Status: status, Body: body})
		r := a.call(t, "create_service", args{"description": fmt.Sprint("Curso ", calls), "unit_price": 1})
		promised.holds(t, "create_service", r)
		ends(t, s, r)
		return r
	}
	all := everyCode(t)
	for code, status := range all.API {
		t.Run(code, func(t *testing.T) {
			for _, form := range []string{`{"message":"No luck","error":"%s"}`, `{"success":false,"error":{"code":"%s","message":"No luck","details":[]}}`} {
				r := refused(t, status, fmt.Sprintf(form, code))
				assert.Equal(t, code, r.code())
				assert.Equal(t, "No luck.", r.get("error", "message"))
				later := slices.Contains([]string{"rate_limit_exceeded", "file_not_found", "file_upload_error"}, code)
				assert.Equal(t, later, r.get("error", "retryable"), "of the others the effect is not known, or the same would come of it")
			}
		})
	}
	for _, c := range all.Connect {
		t.Run(c.Error, func(t *testing.T) {
			r := refused(t, c.Status, jsonOf(t, args{"message": c.Message, "error": c.Error}))
			assert.True(t, strings.HasPrefix(r.code(), "connect_"), r.code())
		})
	}
	for code, field := range all.CFDI {
		t.Run(code, func(t *testing.T) {
			for where, body := range map[string]string{
				"detail's field":   `{"error":{"code":"cfdi_service_error","message":"No luck","details":[{"field":"%s","message":"Said the PAC"}]}}`,
				"detail's code":    `{"error":{"code":"cfdi_service_error","message":"No luck","details":[{"code":"%s","field":"","message":"Said the PAC"}]}}`,
				"detail's message": `{"error":{"code":"cfdi_service_error","message":"No luck","details":["%s - Said the PAC"]}}`,
				"message":          `{"message":"Stamping failed: [%s] said the PAC","error":"cfdi_service_error"}`,
				"provider":         `{"error":{"code":"cfdi_service_error","message":"No luck","provider":{"body":"{\"Message\":\"%s: said the PAC\"}"}}}`,
			} {
				r := refused(t, 422, fmt.Sprintf(body, code))
				rejection, known := catalogs.RejectionOf(code)
				require.True(t, known)
				assert.Equal(t, field, rejection.Field)
				found := details(r)
				if assert.Len(t, found, 1, "%s: %s", where, r.text) {
					assert.Equal(t, code, found[0]["code"], where)
					assert.Equal(t, rejection.EN, found[0]["cause"], where)
					assert.Equal(t, rejection.Fix, found[0]["fix"], where)
				}
				assert.Equal(t, false, r.get("error", "retryable"), "the same would be refused again")
			}
		})
	}
}

// TestRefusalsOfTheSandbox provokes refusals as they come about, and reads them as an
// agent would: the code, what it is about, and the tool that comes next.
func TestRefusalsOfTheSandbox(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	karla := a.first(t, "list_clients", nil, "name", "Karla Fuente")["id"]
	typo := a.call(t, "create_client", args{"name": "Errata", "legal_name": "ESCUELA KEMPER URGATE", "tax_id": "EKU9003173C8", "tax_system": "601", "use": "G03", "address": args{"country": "MEX", "zip": "42501"}})
	require.False(t, typo.isError, typo.text)
	of := func(secret func(*sandbox.Sandbox) string) *agent {
		return newStand(t, setting{key: secret, team: sandbox.TeamKemper}).agent(t, "modern", nil)
	}
	viewer := of(func(s *sandbox.Sandbox) string { return s.NewKey(sandbox.TeamKemper, false, "viewer") })
	xenon := of(func(s *sandbox.Sandbox) string { return s.NewKey(sandbox.TeamXenon, false, "owner") })
	nobody := of(func(*sandbox.Sandbox) string { return "sk_test_unknown" })
	item := func(price, rate any) []any {
		return []any{args{"description": "Curso", "unit_price": price, "taxes": []any{args{"type": "IVA", "rate": rate}}}}
	}
	for name, c := range map[string]struct {
		a                *agent
		tool             string
		with             args
		code, next, cfdi string
	}{
		"no such client":            {a, "get_client", args{"id": "client_none"}, "resource_not_found", "list_clients", ""},
		"no such payment":           {a, "cancel_payment", args{"id": "payment_none"}, "resource_not_found", "list_payments", ""},
		"no such team":              {a, "list_clients", args{"team": "team_nobody"}, "connect_team_not_found", "list_teams", ""},
		"no Connect":                {xenon, "list_clients", args{"team": sandbox.TeamKemper}, "connect_not_master_team", "get_context", ""},
		"a viewer writes":           {viewer, "create_service", args{"description": "Curso", "unit_price": 1}, "", "get_context", ""},
		"a key of nobody":           {nobody, "list_clients", nil, "", "get_context", ""},
		"an RFC with a typo":        {a, "create_income_invoice", invoiceFor(typo.id()), "cfdi_service_error", "update_client", "CFDI40143"},
		"a line that costs nothing": {a, "create_income_invoice", invoiceFor(karla).with("items", item(0, 0.16)), "cfdi_service_error", "create_income_invoice", "CFDI40166"},
		"a rate that is none":       {a, "create_income_invoice", invoiceFor(karla).with("items", item(10, 0.15)), "cfdi_service_error", "create_income_invoice", "CFDI40179"},
		"PPD paid at once":          {a, "create_income_invoice", invoiceFor(karla).with("payment_method", "PPD"), "cfdi_service_error", "create_income_invoice", "CFDI40105"},
		"a use that is none":        {a, "create_income_invoice", invoiceFor(karla).with("use", "G99"), "would_be_refused", "", "CFDI40160"},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.a.confirmed(t, c.tool, c.with)
			require.True(t, r.isError, r.text)
			if c.code != "" {
				assert.Equal(t, c.code, r.code(), r.text)
			}
			if c.next != "" {
				ends(t, s, r)
				assert.Equal(t, c.next, r.get("error", "next_tool"), r.text)
			}
			if c.cfdi != "" {
				found := details(r)
				require.NotEmpty(t, found, r.text)
				assert.Equal(t, c.cfdi, found[0]["code"], r.text)
				assert.NotEmpty(t, found[0]["cause"], r.text)
				assert.NotEmpty(t, found[0]["field"], r.text)
			}
			assert.NotEmpty(t, r.get("error", "next"))
			assert.Equal(t, false, r.get("error", "retryable"))
		})
	}
}
