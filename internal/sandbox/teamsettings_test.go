package sandbox_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

func TestSettingsMerge(t *testing.T) {
	const stored = `{"sku":"S1","avoid_receipts":true,"concepts_catalog":["a","b"],"emails":{"invoice_body":"hola","invoices_bcc":["x@example.mx"]},"email_templates":{"invoices":{"es":{"body":"c"}}}}`
	tests := []struct{ name, patch, want string }{
		{"nothing", `{}`, stored},
		{"left out stays", `{"unit_key":"H87"}`,
			`{"sku":"S1","avoid_receipts":true,"concepts_catalog":["a","b"],"emails":{"invoice_body":"hola","invoices_bcc":["x@example.mx"]},"email_templates":{"invoices":{"es":{"body":"c"}}},"unit_key":"H87"}`},
		{"null clears, false and empty text set", `{"sku":null,"avoid_receipts":false,"default_description":""}`,
			`{"avoid_receipts":false,"default_description":"","concepts_catalog":["a","b"],"emails":{"invoice_body":"hola","invoices_bcc":["x@example.mx"]},"email_templates":{"invoices":{"es":{"body":"c"}}}}`},
		{"a list replaces, an empty one too", `{"concepts_catalog":["z"],"emails":{"invoices_bcc":[]}}`,
			`{"sku":"S1","avoid_receipts":true,"concepts_catalog":["z"],"emails":{"invoice_body":"hola","invoices_bcc":[]},"email_templates":{"invoices":{"es":{"body":"c"}}}}`},
		{"an empty group changes nothing", `{"emails":{},"reinvoice":{},"email_templates":{"invoices":{}}}`, stored},
		{"null clears in a group", `{"emails":{"invoice_body":null}}`,
			`{"sku":"S1","avoid_receipts":true,"concepts_catalog":["a","b"],"emails":{"invoices_bcc":["x@example.mx"]},"email_templates":{"invoices":{"es":{"body":"c"}}}}`},
		{"null clears a group", `{"emails":null}`,
			`{"sku":"S1","avoid_receipts":true,"concepts_catalog":["a","b"],"email_templates":{"invoices":{"es":{"body":"c"}}}}`},
		{"groups merge deep down", `{"email_templates":{"invoices":{"es":{"subject":"s"},"en":{"body":"e"}}}}`,
			`{"sku":"S1","avoid_receipts":true,"concepts_catalog":["a","b"],"emails":{"invoice_body":"hola","invoices_bcc":["x@example.mx"]},"email_templates":{"invoices":{"es":{"body":"c","subject":"s"},"en":{"body":"e"}}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := start(t, sandbox.Options{})
			c := b.client(t, sandbox.TeamNueva, false, "admin")
			for _, patch := range []string{stored, tt.patch} {
				in := gigstack.UpdateTeamSettingsInput{ID: sandbox.TeamNueva}
				require.NoError(t, json.Unmarshal([]byte(patch), &in))
				_, err := gigstack.UpdateTeamSettings.Call(t.Context(), c, in)
				require.NoError(t, err)
			}
			team, err := gigstack.GetTeam.Call(t.Context(), b.client(t, sandbox.TeamNueva, true, "viewer"), gigstack.TeamRef{ID: sandbox.TeamNueva})
			require.NoError(t, err)
			got, err := json.Marshal(team.Settings)
			require.NoError(t, err)
			assert.JSONEq(t, tt.want, string(got), "as live sees it: settings are shared")
		})
	}
}

func TestSettingsAreClosed(t *testing.T) {
	b := start(t, sandbox.Options{})
	secret := b.NewKey(sandbox.TeamXenon, false, "owner")
	for name, patch := range map[string]string{
		"unknown name":           `{"keep_full_legal_name":true}`,
		"unknown name in group":  `{"emails":{"bcc":[]}}`,
		"wrong type":             `{"avoid_receipts":"yes"}`,
		"off the list":           `{"periodicity":"year"}`,
		"off the list, in group": `{"refunds":{"current_month_handler":"ignore"}}`,
		"too many cuts":          `{"global_invoicing_monthly_cuts":6}`,
		"too many days":          `{"eom_ppd_threshold_days":32}`,
		"negative days":          `{"payment_reminders":{"days":-1}}`,
		"malformed product key":  `{"product_key":"123"}`,
		"good and bad together":  `{"sku":"S2","pdf_language":"fr"}`,
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := b.raw(t, secret, http.MethodPut, "/teams/"+sandbox.TeamXenon+"/settings", patch)
			assert.Equal(t, http.StatusBadRequest, status, answer)
			assert.Contains(t, answer, "validation_failed")
		})
	}
	team, err := gigstack.GetTeam.Call(t.Context(), b.client(t, sandbox.TeamXenon, false, "viewer"), gigstack.TeamRef{ID: sandbox.TeamXenon})
	require.NoError(t, err)
	require.Empty(t, team.Settings, "nothing of a refused call is stored")
}
