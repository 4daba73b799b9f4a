package sandbox

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// deletionDelay is how long a team that was deleted can still be brought back.
const deletionDelay = 30 * 24 * time.Hour

// pendingDeletion is the state of a team until then.
const pendingDeletion = "pending_deletion"

// blockingProviders are those that keep a team from being deleted while they are
// connected.
var blockingProviders = []string{"stripe", "mercadopago", "paypal", "openpay", "conekta", "clip", "bank", "shopify", "whmcs", "hilos"}

// deleteTeam finds also a team that is deleted already, to say so.
func (c *call) deleteTeam(in gigstack.TeamRef) (v gigstack.TeamDeletion, err error) {
	s := c.sandbox
	t, ok := s.state.teams.get(in.ID)
	switch {
	case !ok || t != c.team && (!c.team.master || t.account != c.team.account):
		return v, notFound("Team", in.ID)
	case t.status == pendingDeletion:
		return v, conflict("Team %s is already scheduled for deletion", t.ID)
	}
	if err := s.deletable(t); err != nil {
		return v, err
	}
	t.status = pendingDeletion
	s.dismiss(t)
	s.later(deletionDelay, func(time.Time) { s.forget(t) })
	c.message = "Team scheduled for deletion"
	return gigstack.TeamDeletion{ID: t.ID, Status: t.status, Scheduled: &gigstack.ScheduledDeletion{
		Date: gigstack.MillisOf(c.now.Add(deletionDelay)), FlaggedAt: gigstack.MillisOf(c.now), FlaggedBy: c.keyTeam().owner,
	}}, nil
}

// deletable reports what keeps a team from being deleted: documents of either
// mode, or a connected provider.
func (s *Sandbox) deletable(t *team) error {
	refuse := func(format string, args ...any) error {
		return &apiError{status: http.StatusBadRequest, code: "business_rule_violation", message: fmt.Sprintf(format, args...)}
	}
	for _, live := range []bool{false, true} {
		w := s.world(t.ID, live)
		switch {
		case len(w.invoices.rows)+len(w.complements.rows) > 0:
			return refuse("Team %s has invoices and cannot be deleted", t.ID)
		case len(w.payments.rows) > 0:
			return refuse("Team %s has payments and cannot be deleted", t.ID)
		case len(w.receipts.rows) > 0:
			return refuse("Team %s has receipts and cannot be deleted", t.ID)
		}
	}
	for _, provider := range blockingProviders {
		if t.integrations[provider].Completed {
			return refuse("Team %s has %s connected and cannot be deleted", t.ID, provider)
		}
	}
	return nil
}

// dismiss takes a team away from its members. Who has no other leaves the billing
// account.
func (s *Sandbox) dismiss(t *team) {
	members := t.members
	t.members = nil
	for _, m := range members {
		elsewhere := s.state.teams.first(func(t *team) bool { _, joined := t.role(m.user); return joined })
		if u, ok := s.state.users.get(m.user); ok && elsewhere == nil {
			u.account = ""
		}
	}
}

// forget removes a team for good.
func (s *Sandbox) forget(t *team) {
	s.state.teams.remove(t.ID)
	for _, live := range []bool{false, true} {
		delete(s.state.worlds, worldID{t.ID, live})
	}
}
