package sandbox

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// event is something that happened to a document, before anybody is told.
type event struct {
	in     worldID
	kind   gigstack.WebhookEvent
	object any
}

// emit says that something happened to object, a pointer to what is stored. The
// webhooks that want to know are told when the call, or the delayed task, has
// ended, and of the object as it is then.
func (w *world) emit(s *Sandbox, kind gigstack.WebhookEvent, object any) {
	s.events = append(s.events, event{w.id, kind, object})
}

// emit is the world's, for the call's.
func (c *call) emit(kind gigstack.WebhookEvent, object any) {
	c.world().emit(c.sandbox, kind, object)
}

// notice is an event as a webhook gets it.
type notice struct {
	ID       string                `json:"id"`
	Type     gigstack.WebhookEvent `json:"type"`
	Created  gigstack.Millis       `json:"created"`
	Livemode bool                  `json:"livemode"`
	Data     noticeData            `json:"data"`
}

type noticeData struct {
	Object any `json:"object"`
}

// publish tells the webhooks of everything that has happened, at a time.
func (s *Sandbox) publish(at time.Time) {
	events := s.events
	s.events = nil
	for _, e := range events {
		t, ok := s.state.teams.get(e.in.team)
		if !ok {
			continue
		}
		var id string
		var body []byte
		for _, w := range t.webhooks.rows {
			if !wants(w, e.kind) {
				continue
			}
			if body == nil { // one event, one id, however many webhooks are told
				id = s.newID("evt")
				body, _ = json.Marshal(notice{id, e.kind, gigstack.MillisOf(at), e.in.live, noticeData{e.object}})
			}
			s.send(parcel{
				team: t.ID, secret: t.secrets[w.ID], body: body,
				Delivery: Delivery{Event: id, Type: e.kind, Webhook: w.ID, URL: w.URL, Livemode: e.in.live},
			})
		}
	}
}

// wants reports whether a webhook is told of an event. One of type
// gigstack_connect hears of teams only, of which no public event tells.
func wants(w *gigstack.Webhook, kind gigstack.WebhookEvent) bool {
	return w.Status == "active" && w.Type == "" && slices.Contains(w.Events, string(kind))
}

// Delivery is an attempt to tell a webhook of an event, or why there was none.
type Delivery struct {
	Event    string                `json:"event"` // id, the same in all deliveries of it
	Type     gigstack.WebhookEvent `json:"type"`
	Webhook  string                `json:"webhook"`
	URL      string                `json:"url"`
	Livemode bool                  `json:"livemode"`
	Attempt  int                   `json:"attempt"` // from 1; 0 when there was none
	Status   int                   `json:"status"`  // of the receiver's answer; 0 without one
	At       gigstack.Millis       `json:"at"`
	Error    string                `json:"error,omitempty"`
}

// keptDeliveries is how many deliveries of a team are remembered.
const keptDeliveries = 500

// log remembers a delivery.
func (s *Sandbox) log(team string, d Delivery) {
	t, ok := s.state.teams.get(team)
	if !ok {
		return
	}
	d.At = gigstack.MillisOf(s.options.Now())
	t.deliveries = append(t.deliveries, d)
	t.deliveries = t.deliveries[max(0, len(t.deliveries)-keptDeliveries):]
}

// Deliveries is what a team's webhooks were told lately, in the order of the
// attempts. Over HTTP it is GET /v2/_sandbox/deliveries.
func (s *Sandbox) Deliveries(team string) []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.state.teams.get(team)
	if !ok {
		return nil
	}
	return slices.Clone(t.deliveries)
}

// routeDeliveries answers what gigstack shows on pages of its own: what webhooks
// were told, and the secrets their deliveries are signed with.
func (s *Sandbox) routeDeliveries() {
	serve(s, gigstack.Endpoint[struct{}, gigstack.Page[Delivery]]{Route: "GET /_sandbox/deliveries", Risk: risk.Read}, func(c *call, _ struct{}) (gigstack.Page[Delivery], error) {
		list := c.team.deliveries
		return gigstack.Page[Delivery]{Data: list, TotalResults: new(len(list))}, nil
	})
	serve(s, gigstack.Endpoint[struct{}, map[string]string]{Route: "GET /_sandbox/signing-secrets", Risk: risk.Write}, func(c *call, _ struct{}) (map[string]string, error) {
		return c.team.secrets, nil
	})
}
