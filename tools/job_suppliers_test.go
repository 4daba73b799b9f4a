package tools_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// Every issuer of the period is checked once; who is on a list is there with what it
// billed, per currency.
func TestScreenSuppliers(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{})
		a := s.agent(t, era, nil)
		s.reached()
		r := a.call(t, "screen_suppliers", args{"period": "2026"})
		require.False(t, r.isError, r.text)
		assert.Equal(t, true, r.get("complete"), r.text)
		assert.Equal(t, 5.0, r.get("data", "suppliers"))
		assert.Equal(t, 5.0, r.get("data", "checked"))
		asked := map[string]int{}
		for _, sent := range s.reached() {
			if strings.HasPrefix(sent.path, "/sat-lists/") {
				asked[sent.path]++
			}
		}
		assert.Len(t, asked, 5)
		for path, times := range asked {
			assert.Equal(t, 1, times, path)
		}

		hit := r.entry(t, "rfc", sandbox.ClearedRFC, "data", "hits")
		assert.Equal(t, true, hit.get("favourable"))
		assert.Equal(t, "INTERNACIONAL XIMBO Y SABORES", hit.get("name"))
		entry := hit.entry(t, "list", "69-b-desvirtuados", "entries")
		assert.Equal(t, "Desvirtuado", entry.get("situation"))
		assert.Equal(t, "2025-01-10", entry.get("published"))
		assert.Contains(t, entry.get("meaning"), "disproved")
		exposed := hit.entry(t, "currency", "MXN", "exposure")
		assert.Equal(t, 2.0, exposed.get("invoices"))
		assert.InDelta(t, (38450.60+36120)*1.16, exposed.get("billed"), 0.01)
		assert.InDelta(t, 1840*1.16, exposed.get("credit_notes"), 0.01)

		assert.Equal(t, "failed", r.entry(t, "list", "69-b-bis", "data", "lists").get("status"))
		assert.Regexp(t, `^2026-11-2.T.*-06:00$`, r.entry(t, "list", "69-b-definitivos", "data", "lists").get("synced"))
		assert.Contains(t, jsonOf(t, r.get("notes")), "1 of the lists failed")
	})
}

// Given RFCs are checked as people write them, without the mirror; what stands for
// nobody is not asked about.
func TestScreenGivenRFCs(t *testing.T) {
	s := newStand(t, setting{})
	a := s.agent(t, "modern", nil)
	s.reached()
	r := a.call(t, "screen_suppliers", args{"team": sandbox.TeamNueva, "rfcs": []string{
		"iia-040805-dz4", sandbox.ListedRFC, sandbox.PresumedRFC, sandbox.ClearedRFC, sandbox.UnlocatedRFC, "EKU9003173C9", "XAXX010101000", "ACME",
	}})
	require.False(t, r.isError, r.text)
	assert.Equal(t, 7.0, r.get("data", "suppliers"), "one was given twice")
	assert.Equal(t, 5.0, r.get("data", "checked"))
	assert.Equal(t, []any{"XAXX010101000", "ACME"}, r.members("rfc", "data", "not_checked"))
	assert.Equal(t, true, r.get("complete"), "nobody could check those")
	for _, sent := range s.reached() {
		assert.Truef(t, strings.HasPrefix(sent.path, "/sat-lists"), "%s", sent.path)
		assert.NotContains(t, sent.path, "XAXX")
	}
	hits := r.members("rfc", "data", "hits")
	assert.Equal(t, []any{sandbox.ListedRFC, sandbox.PresumedRFC, sandbox.UnlocatedRFC, sandbox.ClearedRFC}, hits, "favourable ones last")
	for rfc, means := range map[string]string{sandbox.ListedRFC: "final", sandbox.PresumedRFC: "may still disprove", sandbox.UnlocatedRFC: "did not find it"} {
		found := r.entry(t, "rfc", rfc, "data", "hits")
		assert.Equal(t, false, found.get("favourable"))
		assert.Contains(t, jsonOf(t, found.get("entries")), means)
	}
	assert.Equal(t, "invalid_arguments", a.call(t, "screen_suppliers", args{"rfcs": []string{"ACME"}, "period": "2026"}).code())
}

// Without a mirror nobody knows the suppliers: it says so and what to do.
func TestScreenWithoutMirror(t *testing.T) {
	s := newStand(t, setting{})
	r := s.agent(t, "modern", nil).call(t, "screen_suppliers", args{"team": sandbox.TeamXenon})
	assert.Equal(t, "sat_download_off", r.code(), r.text)
	assert.Contains(t, r.get("error", "message"), "needs_activation")
	assert.Contains(t, r.get("error", "next"), "activate_sat_download")
	assert.Contains(t, r.get("error", "next"), "rfcs")
}

// One that could not be checked is named, and the rest is checked.
func TestScreenCoverage(t *testing.T) {
	s := newStand(t, setting{upstream: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/EWE1709045U0"):
				w.WriteHeader(http.StatusUnprocessableEntity)
				_, _ = fmt.Fprint(w, `{"success":false,"error":{"code":"external_service_error","message":"The list is being rebuilt"}}`)
			case strings.HasSuffix(r.URL.Path, "/SPR190613I52"):
				_, _ = fmt.Fprint(w, `{"data":{"rfc":"IIA040805DZ4","listed":true,"matches":[]}}`)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}})
	r := s.agent(t, "modern", nil).call(t, "screen_suppliers", args{"period": "2026"})
	require.False(t, r.isError, r.text)
	assert.Equal(t, false, r.get("complete"))
	assert.Equal(t, 3.0, r.get("data", "checked"))
	assert.Contains(t, r.entry(t, "rfc", "EWE1709045U0", "data", "not_checked").get("why"), "being rebuilt")
	assert.Contains(t, r.entry(t, "rfc", "SPR190613I52", "data", "not_checked").get("why"), "another RFC")
}
