package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

func TestWebhooks(t *testing.T) {
	b := start(t, sandbox.Options{})
	test, live := b.client(t, sandbox.TeamXenon, false, "admin"), b.client(t, sandbox.TeamXenon, true, "admin")
	in := gigstack.CreateWebhookInput{
		URL: "https://xenon.example.mx/hook", Events: []gigstack.WebhookEvent{"payment.succeeded"}, WebhookFields: gigstack.WebhookFields{
			Description: new("ERP"), Signing: &gigstack.SigningSwitch{Enabled: true}, OperationID: new(gigstack.OperationID("0b8a4a0e-6f43-4c1b-9a55-0d2c6f1c7b11")),
		},
	}
	created, err := gigstack.CreateWebhook.Call(t.Context(), test, in)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(created.ID, "wh_"))
	assert.Equal(t, "active", created.Status)
	assert.Equal(t, "user_laura", created.Owner)
	assert.Equal(t, gigstack.WebhookSigning{Enabled: true, Configured: true, Status: "configured"}, *created.Signing)
	assert.Equal(t, b.clock.Load()/1e6, int64(created.CreatedAt), "milliseconds")
	again, err := gigstack.CreateWebhook.Call(t.Context(), test, in)
	require.NoError(t, err)
	assert.Equal(t, created, again, "one operation, one webhook")

	read, err := gigstack.GetWebhook.Call(t.Context(), live, gigstack.WebhookRef{ID: created.ID})
	require.NoError(t, err, "live and test share webhooks")
	assert.Equal(t, created, read)
	_, err = gigstack.GetWebhook.Call(t.Context(), b.client(t, sandbox.TeamKemper, false, "owner"), gigstack.WebhookRef{ID: created.ID})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")

	_, err = gigstack.DeleteWebhook.Call(t.Context(), live, gigstack.DeleteWebhookInput{ID: created.ID, ExpectedRevision: new(gigstack.Revision(strings.Repeat("0", 64)))})
	requireRefusal(t, err, http.StatusConflict, "webhook_revision_conflict")
	deleted, err := gigstack.DeleteWebhook.Call(t.Context(), live, gigstack.DeleteWebhookInput{ID: created.ID, ExpectedRevision: new(gigstack.Revision(created.Revision))})
	require.NoError(t, err)
	assert.Equal(t, created.ID, deleted.ID)
	_, err = gigstack.DeleteWebhook.Call(t.Context(), test, gigstack.DeleteWebhookInput{ID: created.ID})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
}

func TestListWebhooks(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamKemper, true, "viewer")
	list := func(in gigstack.ListWebhooksInput) (ids []string) {
		page, err := gigstack.ListWebhooks.Call(t.Context(), c, in)
		require.NoError(t, err)
		for _, w := range page.Data {
			ids = append(ids, w.ID)
		}
		return ids
	}
	assert.Equal(t, []string{"wh_pruebas", "wh_erp"}, list(gigstack.ListWebhooksInput{}), "newest first")
	assert.Equal(t, []string{"wh_erp"}, list(gigstack.ListWebhooksInput{Status: new(gigstack.WebhookStatus("active"))}))
	_, err := gigstack.ListWebhooks.Call(t.Context(), c, gigstack.ListWebhooksInput{Status: new(gigstack.WebhookStatus("on"))})
	requireRefusal(t, err, http.StatusBadRequest, "validation_failed")
}

func TestCreateWebhookRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	plain, master := b.client(t, sandbox.TeamXenon, false, "editor"), b.client(t, sandbox.TeamKemper, false, "editor")
	good := func(change func(*gigstack.CreateWebhookInput)) gigstack.CreateWebhookInput {
		in := gigstack.CreateWebhookInput{URL: "https://example.mx/hook", Events: []gigstack.WebhookEvent{"invoice.created"}}
		change(&in)
		return in
	}
	for _, tt := range []struct {
		name   string
		in     gigstack.CreateWebhookInput
		status int // 0 when accepted
		code   string
	}{
		{"all public events", good(func(in *gigstack.CreateWebhookInput) {
			in.Events = nil
			for _, c := range gigstack.WebhookEvent("").Choices() {
				in.Events = append(in.Events, gigstack.WebhookEvent(c.Value))
			}
		}), 0, ""},
		{"inactive may have no events", good(func(in *gigstack.CreateWebhookInput) {
			in.Events, in.Status = nil, new(gigstack.WebhookStatus("inactive"))
		}), 0, ""},
		{"no events", good(func(in *gigstack.CreateWebhookInput) { in.Events = nil }), 400, "validation_failed"},
		{"misspelt event", good(func(in *gigstack.CreateWebhookInput) { in.Events = []gigstack.WebhookEvent{"invoice.cancelled"} }), 400, "validation_failed"},
		{"event that is not public", good(func(in *gigstack.CreateWebhookInput) { in.Events = []gigstack.WebhookEvent{"teams.created"} }), 400, "validation_failed"},
		{"http", good(func(in *gigstack.CreateWebhookInput) { in.URL = "http://example.mx/hook" }), 400, "validation_failed"},
		{"no host", good(func(in *gigstack.CreateWebhookInput) { in.URL = "https:///hook" }), 400, "validation_failed"},
		{"password in the address", good(func(in *gigstack.CreateWebhookInput) { in.URL = "https://a:b@example.mx/hook" }), 400, "validation_failed"},
		{"long description", good(func(in *gigstack.CreateWebhookInput) { in.Description = new(strings.Repeat("x", 1001)) }), 400, "validation_failed"},
		{"version", good(func(in *gigstack.CreateWebhookInput) { in.Version = new(gigstack.WebhookVersion("v3")) }), 400, "validation_failed"},
		{"operation is no UUID", good(func(in *gigstack.CreateWebhookInput) { in.OperationID = new(gigstack.OperationID("")) }), 400, "validation_failed"},
		{"Connect without a master", good(func(in *gigstack.CreateWebhookInput) { in.Type = new(gigstack.WebhookType("gigstack_connect")) }), 409, "master_team_required"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			created, err := gigstack.CreateWebhook.Call(t.Context(), plain, tt.in)
			if tt.status == 0 {
				require.NoError(t, err)
				require.Len(t, created.Events, len(tt.in.Events))
				return
			}
			requireRefusal(t, err, tt.status, tt.code)
		})
	}
	created, err := gigstack.CreateWebhook.Call(t.Context(), master, good(func(in *gigstack.CreateWebhookInput) { in.Type = new(gigstack.WebhookType("gigstack_connect")) }))
	require.NoError(t, err)
	require.Equal(t, "gigstack_connect", created.Type)
}

func TestUpdateWebhook(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "editor")
	created := hook(t, c, "https://xenon.example.mx/hook", gigstack.WebhookFields{Description: new("ERP")}, "payment.succeeded", "invoice.created")
	operation := new(gigstack.OperationID("0b8a4a0e-6f43-4c1b-9a55-0d2c6f1c7b11"))
	in := gigstack.UpdateWebhookInput{
		ID: created.ID, URL: new(gigstack.WebhookURL("https://xenon.example.mx/otro")), Events: []gigstack.WebhookEvent{"service.created"},
		WebhookFields: gigstack.WebhookFields{OperationID: operation}, ExpectedRevision: new(gigstack.Revision(created.Revision)),
	}
	updated := ok(t, c, gigstack.UpdateWebhook, in)
	want := created
	want.URL, want.Events, want.Revision = "https://xenon.example.mx/otro", []string{"service.created"}, updated.Revision
	assert.Equal(t, want, updated, "nothing else changed")
	assert.NotEqual(t, created.Revision, updated.Revision)
	assert.Equal(t, updated, ok(t, b.client(t, sandbox.TeamXenon, true, "viewer"), gigstack.GetWebhook, gigstack.WebhookRef{ID: created.ID}), "live and test share webhooks")
	assert.Equal(t, updated, ok(t, c, gigstack.UpdateWebhook, in), "one operation, one change, although the revision is old by now")

	other := hook(t, c, "https://xenon.example.mx/tercero", gigstack.WebhookFields{}, "payment.succeeded")
	inactive := new(gigstack.WebhookStatus("inactive"))
	for _, tt := range []struct {
		name   string
		in     gigstack.UpdateWebhookInput
		status int
		code   string
	}{
		{"old revision", gigstack.UpdateWebhookInput{ID: created.ID, ExpectedRevision: in.ExpectedRevision}, 409, "webhook_revision_conflict"},
		{"operation of another webhook", gigstack.UpdateWebhookInput{ID: other.ID, WebhookFields: gigstack.WebhookFields{OperationID: operation}}, 409, "resource_conflict"},
		{"nobody's", gigstack.UpdateWebhookInput{ID: "wh_erp"}, 404, "resource_not_found"},
		{"http", gigstack.UpdateWebhookInput{ID: created.ID, URL: new(gigstack.WebhookURL("http://xenon.example.mx/hook"))}, 400, "validation_failed"},
		{"looks like this machine", gigstack.UpdateWebhookInput{ID: created.ID, URL: new(gigstack.WebhookURL("http://localhost.example.mx/"))}, 400, "validation_failed"},
		{"a user of this machine's name", gigstack.UpdateWebhookInput{ID: created.ID, URL: new(gigstack.WebhookURL("http://127.0.0.1@example.mx/"))}, 400, "validation_failed"},
		{"active without events", gigstack.UpdateWebhookInput{ID: created.ID, Events: []gigstack.WebhookEvent{}}, 400, "validation_failed"},
		{"misspelt event", gigstack.UpdateWebhookInput{ID: created.ID, Events: []gigstack.WebhookEvent{"invoice.cancelled"}}, 400, "validation_failed"},
		{"Connect without a master", gigstack.UpdateWebhookInput{ID: created.ID, WebhookFields: gigstack.WebhookFields{Type: new(gigstack.WebhookType("gigstack_connect"))}}, 409, "master_team_required"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := gigstack.UpdateWebhook.Call(t.Context(), c, tt.in)
			requireRefusal(t, err, tt.status, tt.code)
			require.Equal(t, updated, ok(t, c, gigstack.GetWebhook, gigstack.WebhookRef{ID: created.ID}), "a refused change is not half done")
		})
	}
	_, err := gigstack.CreateWebhook.Call(t.Context(), c, gigstack.CreateWebhookInput{URL: "https://x.example.mx", WebhookFields: gigstack.WebhookFields{OperationID: operation}})
	requireRefusal(t, err, http.StatusConflict, "resource_conflict")
	paused := ok(t, c, gigstack.UpdateWebhook, gigstack.UpdateWebhookInput{ID: created.ID, Events: []gigstack.WebhookEvent{}, WebhookFields: gigstack.WebhookFields{Status: inactive}})
	assert.Empty(t, paused.Events, "an inactive one may have none")
}
