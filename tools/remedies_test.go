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
