package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// newTeam makes an empty company and returns its id.
func newTeam(t *testing.T, master *gigstack.Caller, members ...gigstack.NewMember) string {
	t.Helper()
	return ok(t, master, gigstack.CreateTeam, gigstack.CreateTeamInput{TeamFields: gigstack.TeamFields{LegalName: new("VACIA")}, AddMembers: members}).ID
}

func TestDeleteTeam(t *testing.T) {
	b := start(t, sandbox.Options{})
	master := b.client(t, sandbox.TeamKemper, false, "admin")
	loner := ok(t, master, gigstack.CreateUser, gigstack.CreateUserInput{Email: "sola@example.mx"})
	id := newTeam(t, master, gigstack.NewMember{ID: loner.ID}, gigstack.NewMember{ID: "user_pedro"})
	own := b.client(t, id, true, "owner")

	deleted := ok(t, master, gigstack.DeleteTeam, gigstack.TeamRef{ID: id})
	now := gigstack.Millis(b.clock.Load() / 1e6)
	assert.Equal(t, gigstack.TeamDeletion{ID: id, Status: "pending_deletion", Scheduled: &gigstack.ScheduledDeletion{
		Date: now + 2_592_000_000, FlaggedAt: now, FlaggedBy: "user_laura",
	}}, deleted)
	_, err := gigstack.DeleteTeam.Call(t.Context(), master, gigstack.TeamRef{ID: id})
	requireRefusal(t, err, http.StatusConflict, "resource_conflict")

	_, err = gigstack.GetTeam.Call(t.Context(), master, gigstack.TeamRef{ID: id})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
	_, err = gigstack.ListClients.Call(t.Context(), own, gigstack.ListClientsInput{})
	requireRefusal(t, err, http.StatusNotFound, gigstack.CodeTeamNotFound)
	assert.NotContains(t, teamIDs(t, master, gigstack.ListTeamsInput{}), id)
	for _, membership := range ok(t, master, gigstack.GetUser, gigstack.UserRef{ID: "user_pedro"}).Teams {
		assert.NotEqual(t, id, membership.TeamID, "members lose it")
	}
	assert.NotContains(t, userIDs(t, master), loner.ID, "who has no team left leaves the billing account")

	b.advance(30*24*time.Hour - time.Second)
	_, err = gigstack.DeleteTeam.Call(t.Context(), master, gigstack.TeamRef{ID: id})
	requireRefusal(t, err, http.StatusConflict, "resource_conflict")
	b.advance(time.Second)
	_, err = gigstack.DeleteTeam.Call(t.Context(), master, gigstack.TeamRef{ID: id})
	requireRefusal(t, err, http.StatusNotFound, "resource_not_found")
}

func TestTeamsThatStay(t *testing.T) {
	b := start(t, sandbox.Options{})
	master := b.client(t, sandbox.TeamKemper, false, "owner")
	with := func(live bool, do func(c *gigstack.Caller)) string {
		id := newTeam(t, master)
		do(b.client(t, id, live, "owner"))
		return id
	}
	sale := gigstack.PaymentFields{Client: walkIn(), Items: lines("10")}
	for name, id := range map[string]string{
		"a live payment": with(true, func(c *gigstack.Caller) {
			ok(t, c, gigstack.RequestPayment, gigstack.RequestPaymentInput{PaymentFields: sale})
		}),
		"a test receipt": with(false, func(c *gigstack.Caller) {
			ok(t, c, gigstack.CreateReceipt, gigstack.CreateReceiptInput{Client: sale.Client, Items: sale.Items})
		}),
		"invoices": sandbox.TeamXenon,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gigstack.DeleteTeam.Call(t.Context(), master, gigstack.TeamRef{ID: id})
			requireRefusal(t, err, http.StatusBadRequest, "business_rule_violation")
			require.NotEmpty(t, ok(t, master, gigstack.GetTeam, gigstack.TeamRef{ID: id}).Members, "nothing changed")
		})
	}
	for name, c := range map[string]*gigstack.Caller{
		"an editor's":               b.client(t, sandbox.TeamKemper, false, "editor"),
		"no master's":               b.client(t, sandbox.TeamXenon, false, "owner"),
		"another billing account's": b.client(t, sandbox.TeamStranger, false, "owner"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gigstack.DeleteTeam.Call(t.Context(), c, gigstack.TeamRef{ID: sandbox.TeamNueva})
			require.Equal(t, gigstack.Refused, err.(*gigstack.Error).Outcome)
			require.Contains(t, teamIDs(t, master, gigstack.ListTeamsInput{}), sandbox.TeamNueva)
		})
	}
	stranger := b.client(t, sandbox.TeamStranger, false, "owner")
	ok(t, stranger, gigstack.DeleteTeam, gigstack.TeamRef{ID: sandbox.TeamStranger}) // a certificate keeps no team
}
