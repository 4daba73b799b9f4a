package gigstack_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// TestAccountOnTheWire checks requests that the sandbox could misread the same
// way as the client miswrites them.
func TestAccountOnTheWire(t *testing.T) {
	tests := []struct {
		name       string
		op         gigstack.Operation
		args       string
		line, body string // what gigstack gets
		invalid    bool   // refused before anything is sent
	}{
		{name: "a member is id in the body, the team id in the path", op: gigstack.AddTeamMember,
			args: `{"id":"team_1","user_id":"user_2","role":"editor"}`, line: "POST /teams/team_1/add-member", body: `{"id":"user_2","role":"editor"}`},
		{name: "the same for removal", op: gigstack.RemoveTeamMember,
			args: `{"id":"team_1","user_id":"user_2"}`, line: "POST /teams/team_1/remove-member", body: `{"id":"user_2"}`},
		{name: "a series is named in the path", op: gigstack.UpdateTeamSeries,
			args: `{"id":"team_1","seriesId":"A","test":0}`, line: "PUT /teams/team_1/series/A", body: `{"test":0}`},
		{name: "settings: absent, null, empty list and empty group all differ", op: gigstack.UpdateTeamSettings,
			args: `{"id":"team_1","sku":null,"taxes":[],"emails":{},"reinvoice":{"handler":null},"avoid_receipts":false,"default_description":""}`,
			line: "PUT /teams/team_1/settings",
			body: `{"sku":null,"taxes":[],"emails":{},"reinvoice":{"handler":null},"avoid_receipts":false,"default_description":""}`},
		{name: "settings: a misspelt name", op: gigstack.UpdateTeamSettings, args: `{"id":"team_1","tax":[]}`, invalid: true},
		{name: "settings: a misspelt name in a group", op: gigstack.UpdateTeamSettings, args: `{"id":"team_1","emails":{"bcc":[]}}`, invalid: true},
		{name: "settings: a misspelt name deep down", op: gigstack.UpdateTeamSettings, args: `{"id":"team_1","email_templates":{"invoices":{"es":{"text":"x"}}}}`, invalid: true},
		{name: "team fields are not nested", op: gigstack.UpdateTeam,
			args: `{"id":"team_1","tax_system":"601","brand":{"alias":"Uno"}}`, line: "PUT /teams/team_1", body: `{"tax_system":"601","brand":{"alias":"Uno"}}`},
		{name: "no body without a revision", op: gigstack.DeleteWebhook, args: `{"id":"wh_1"}`, line: "DELETE /webhooks/wh_1"},
		{name: "dates of a list", op: gigstack.ListUsers, args: `{"created_gte":10,"order_by":"name"}`, line: "GET /users?created%5Bgte%5D=10&order_by=name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var line, body string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				raw, _ := io.ReadAll(r.Body)
				line, body = r.Method+" "+r.URL.String(), string(raw)
				_, _ = io.WriteString(w, `{"message":"OK","data":{}}`)
			}))
			defer server.Close()
			key, err := gigstack.NewKey("sk_test_wire")
			require.NoError(t, err)
			c, err := gigstack.New(gigstack.Options{BaseURL: server.URL, Key: key, Allow: func(context.Context, gigstack.Spec, string) error { return nil }})
			require.NoError(t, err)

			_, err = tt.op.Invoke(t.Context(), c, json.RawMessage(tt.args))
			if tt.invalid {
				require.ErrorContains(t, err, "unknown field")
				require.Empty(t, line, "nothing is sent")
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.line, line)
			if tt.body == "" {
				require.Empty(t, body)
				return
			}
			require.JSONEq(t, tt.body, body)
		})
	}
}
