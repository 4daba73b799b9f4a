package sandbox

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

func (s *Sandbox) routeWebhooks() {
	serve(s, gigstack.ListWebhooks, (*call).listWebhooks)
	serve(s, gigstack.CreateWebhook, (*call).createWebhook)
	serve(s, gigstack.GetWebhook, (*call).getWebhook)
	serve(s, gigstack.UpdateWebhook, (*call).updateWebhook)
	serve(s, gigstack.DeleteWebhook, (*call).deleteWebhook)
	s.routeDeliveries()
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
	if err := shaped("operation_id", in.OperationID); err != nil {
		return v, err
	}
	if done, err := c.repeatedOperation(in.OperationID, ""); done != nil || err != nil {
		return copied(done, err)
	}
	v = gigstack.Webhook{
		ID:          c.sandbox.newID("wh"),
		URL:         string(in.URL),
		Events:      eventNames(in.Events),
		Status:      "active",
		Owner:       c.team.owner,
		Version:     "v1",
		EffectScope: "shared_team_webhooks",
		Security:    &gigstack.WebhookSecurity{Status: "not_configured"},
		Signing:     &gigstack.WebhookSigning{Status: "disabled"},
		CreatedAt:   gigstack.MillisOf(c.now),
	}
	if v, err = c.changeWebhook(v, in.WebhookFields); err != nil {
		return v, err
	}
	c.note(in.OperationID, operation{created: true, webhook: v.ID})
	c.created()
	c.message = "Webhook created successfully"
	return *c.team.webhooks.add(v.ID, v), nil
}

func (c *call) updateWebhook(in gigstack.UpdateWebhookInput) (v gigstack.Webhook, err error) {
	stored, err := c.team.webhooks.find("Webhook", in.ID)
	if err != nil {
		return v, err
	}
	if err := shaped("operation_id", in.OperationID); err != nil {
		return v, err
	}
	if done, err := c.repeatedOperation(in.OperationID, in.ID); done != nil || err != nil {
		return copied(done, err)
	}
	if err := stale(in.ExpectedRevision, stored); err != nil {
		return v, err
	}
	v = *stored
	setAs(&v.URL, in.URL)
	if in.Events != nil {
		v.Events = eventNames(in.Events)
	}
	if v, err = c.changeWebhook(v, in.WebhookFields); err != nil {
		return v, err
	}
	c.note(in.OperationID, operation{webhook: v.ID})
	*stored = v
	return v, nil
}

func eventNames(events []gigstack.WebhookEvent) []string {
	names := make([]string, len(events))
	for i, event := range events {
		names[i] = string(event)
	}
	return names
}

// changeWebhook is v with what was sent, when all of it holds.
func (c *call) changeWebhook(v gigstack.Webhook, in gigstack.WebhookFields) (gigstack.Webhook, error) {
	set(&v.Description, in.Description)
	setAs(&v.Status, in.Status)
	setAs(&v.Version, in.Version)
	setAs(&v.Type, in.Type)
	if err := c.checkWebhook(v); err != nil {
		return v, err
	}
	if in.Signing != nil {
		v.Signing = c.sign(v, *in.Signing)
	}
	v.Revision = revisionOf(v)
	c.sandbox.hire(v.URL)
	return v, nil
}

// sign turns signed deliveries on or off. A secret stays until it is rotated.
func (c *call) sign(v gigstack.Webhook, in gigstack.SigningSwitch) *gigstack.WebhookSigning {
	if !in.Enabled {
		delete(c.team.secrets, v.ID)
		return &gigstack.WebhookSigning{Status: "disabled"}
	}
	if c.team.secrets == nil {
		c.team.secrets = map[string]string{}
	}
	if c.team.secrets[v.ID] == "" || orElse(in.Rotate, false) {
		c.team.secrets[v.ID] = c.sandbox.newSigningSecret()
	}
	return &gigstack.WebhookSigning{Enabled: true, Configured: true, Status: "configured"}
}

// revisionOf identifies the state a webhook is in.
func revisionOf(v gigstack.Webhook) string {
	v.Revision = ""
	raw, _ := json.Marshal(v)
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// stale refuses a change that was meant for another state of a webhook.
func stale(expected *gigstack.Revision, v *gigstack.Webhook) error {
	if expected == nil || string(*expected) == v.Revision {
		return nil
	}
	return &apiError{status: http.StatusConflict, code: "webhook_revision_conflict", message: "The webhook changed since it was read"}
}

// operation is what was done under an operation_id.
type operation struct {
	created bool // else updated
	webhook string
}

// repeatedOperation is the webhook that an operation was done to already, nil for
// a new operation. id is the webhook to update, "" to create one.
func (c *call) repeatedOperation(name *gigstack.OperationID, id string) (*gigstack.Webhook, error) {
	done, repeated := c.team.operations[orElse(name, "")]
	switch {
	case !repeated:
		return nil, nil
	case done.created != (id == "") || !done.created && done.webhook != id:
		return nil, conflict("operation_id %s was used for something else", *name)
	}
	return c.team.webhooks.find("Webhook", done.webhook)
}

// note remembers an operation that has a name.
func (c *call) note(name *gigstack.OperationID, done operation) {
	if name == nil {
		return
	}
	if c.team.operations == nil {
		c.team.operations = map[gigstack.OperationID]operation{}
	}
	c.team.operations[*name] = done
}

// checkWebhook refuses what gigstack would not deliver to, or does not know.
func (c *call) checkWebhook(v gigstack.Webhook) error {
	target, err := url.Parse(v.URL)
	switch {
	case shaped("url", (*gigstack.WebhookURL)(&v.URL)) != nil, err != nil, target.Hostname() == "", target.User != nil:
		return invalid("url", "url must be an https address")
	case len(v.URL) > 4096:
		return invalid("url", "url is too long")
	case utf8.RuneCountInString(v.Description) > 1000:
		return invalid("description", "description is too long")
	case len(v.Events) == 0 && v.Status == "active":
		return invalid("events", "events is required")
	case v.Type != "" && !c.team.master:
		return &apiError{status: http.StatusConflict, code: "master_team_required", message: "Only a master team gets events about teams"}
	}
	checks := []error{checkChoice("status", gigstack.WebhookStatus(v.Status)), checkChoice("version", gigstack.WebhookVersion(v.Version))}
	if v.Type != "" {
		checks = append(checks, checkChoice("type", gigstack.WebhookType(v.Type)))
	}
	for _, event := range v.Events {
		checks = append(checks, checkChoice("events", gigstack.WebhookEvent(event)))
	}
	return cmp.Or(checks...)
}

func (c *call) getWebhook(in gigstack.WebhookRef) (gigstack.Webhook, error) {
	return copied(c.team.webhooks.find("Webhook", in.ID))
}

func (c *call) deleteWebhook(in gigstack.DeleteWebhookInput) (v gigstack.Deleted, err error) {
	webhook, err := c.team.webhooks.find("Webhook", in.ID)
	if err != nil {
		return v, err
	}
	if err := stale(in.ExpectedRevision, webhook); err != nil {
		return v, err
	}
	c.team.webhooks.remove(in.ID)
	return gigstack.Deleted{ID: in.ID, Deleted: true}, nil
}
