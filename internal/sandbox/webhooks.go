package sandbox

import (
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

func (s *Sandbox) routeWebhooks() {
	serve(s, gigstack.ListWebhooks, (*call).listWebhooks)
	serve(s, gigstack.CreateWebhook, (*call).createWebhook)
	serve(s, gigstack.GetWebhook, (*call).getWebhook)
	serve(s, gigstack.DeleteWebhook, (*call).deleteWebhook)
}

func (c *call) listWebhooks(in gigstack.ListWebhooksInput) (v gigstack.Page[gigstack.Webhook], err error) {
	if err := allowed("status", in.Status); err != nil {
		return v, err
	}
	return page(&c.team.webhooks, in.Paging, gigstack.ListFilter{}, func(v *gigstack.Webhook) listed {
		return listed{created: gigstack.SecondsOf(v.CreatedAt.Time()), name: v.URL}
	}, func(v *gigstack.Webhook) bool { return in.Status == nil || v.Status == string(*in.Status) })
}

func (c *call) createWebhook(in gigstack.CreateWebhookInput) (v gigstack.Webhook, err error) {
	if err := c.checkWebhook(in); err != nil {
		return v, err
	}
	operation := string(orElse(in.OperationID, ""))
	if id, done := c.team.operations[operation]; done {
		return c.getWebhook(gigstack.WebhookRef{ID: id})
	}
	v = gigstack.Webhook{
		ID:          c.sandbox.newID("wh"),
		URL:         in.URL,
		Events:      []string{},
		Status:      string(orElse(in.Status, "active")),
		Description: orElse(in.Description, ""),
		Owner:       c.team.owner,
		Version:     string(orElse(in.Version, "v1")),
		Type:        string(orElse(in.Type, "")),
		Revision:    c.sandbox.digest("revision"),
		EffectScope: "shared_team_webhooks",
		Security:    &gigstack.WebhookSecurity{Status: "not_configured"},
		Signing:     &gigstack.WebhookSigning{Status: "disabled"},
		CreatedAt:   gigstack.MillisOf(c.now),
	}
	for _, event := range in.Events {
		v.Events = append(v.Events, string(event))
	}
	if in.Signing != nil && in.Signing.Enabled {
		v.Signing = &gigstack.WebhookSigning{Enabled: true, Configured: true, Status: "configured"}
	}
	if operation != "" {
		if c.team.operations == nil {
			c.team.operations = map[string]string{}
		}
		c.team.operations[operation] = v.ID
	}
	c.created()
	c.message = "Webhook created successfully"
	return *c.team.webhooks.add(v.ID, v), nil
}

// checkWebhook refuses what gigstack would not deliver to, or does not know.
func (c *call) checkWebhook(in gigstack.CreateWebhookInput) error {
	target, err := url.Parse(in.URL)
	switch {
	case err != nil || target.Scheme != "https" || target.Hostname() == "" || target.User != nil:
		return invalid("url", "url must be an https address")
	case len(in.URL) > 4096:
		return invalid("url", "url is too long")
	case utf8.RuneCountInString(orElse(in.Description, "")) > 1000:
		return invalid("description", "description is too long")
	case len(in.Events) == 0 && orElse(in.Status, "active") == "active":
		return invalid("events", "events is required")
	}
	checks := []error{allowed("status", in.Status), allowed("version", in.Version), allowed("type", in.Type), shaped("operation_id", in.OperationID)}
	for _, event := range in.Events {
		checks = append(checks, allowed("events", &event))
	}
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	if in.Type != nil && !c.team.master {
		return &apiError{status: http.StatusConflict, code: "master_team_required", message: "Only a master team gets events about teams"}
	}
	return nil
}

func (c *call) getWebhook(in gigstack.WebhookRef) (gigstack.Webhook, error) {
	return copied(c.team.webhooks.find("Webhook", in.ID))
}

func (c *call) deleteWebhook(in gigstack.DeleteWebhookInput) (v gigstack.Deleted, err error) {
	webhook, err := c.getWebhook(gigstack.WebhookRef{ID: in.ID})
	if err != nil {
		return v, err
	}
	if in.ExpectedRevision != nil && string(*in.ExpectedRevision) != webhook.Revision {
		return v, &apiError{status: http.StatusConflict, code: "webhook_revision_conflict", message: "The webhook changed since it was read"}
	}
	c.team.webhooks.remove(in.ID)
	return gigstack.Deleted{ID: in.ID, Deleted: true}, nil
}
