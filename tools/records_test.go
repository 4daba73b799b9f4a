package tools_test

import (
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/sandbox"
	"github.com/gigstack/gigstack-mcp/internal/session"
)

// seen is a resource as a caller reads it.
func (a *agent) seen(t *testing.T, uri string) (text string, err error) {
	t.Helper()
	r, err := a.ReadResource(session.WithCaller(t.Context(), a.caller), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: uri}})
	if err != nil {
		return "", err
	}
	require.Len(t, r.Contents, 1)
	contents := r.Contents[0].(mcp.TextResourceContents)
	assert.Equal(t, uri, contents.URI)
	assert.Equal(t, "application/json", contents.MIMEType)
	return contents.Text, nil
}

// TestTeamResource reads what get_context says, of the team that calls act for.
func TestTeamResource(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		a := newStand(t, setting{}).agent(t, era, nil)
		for _, team := range []string{sandbox.TeamKemper, sandbox.TeamXenon} {
			if team != sandbox.TeamKemper {
				require.False(t, a.call(t, "select_team", args{"team": team}).isError)
			}
			text, err := a.seen(t, "gigstack://team")
			require.NoError(t, err)
			assert.JSONEq(t, a.call(t, "get_context", nil).text, text)
			assert.Contains(t, text, team)
		}
		a.caller = session.Caller{Principal: "local", Team: sandbox.TeamStranger}
		_, err := a.seen(t, "gigstack://team")
		assert.Error(t, err, "the transport's team is not reachable")
	})
}

// TestInvoiceResource reads documents of every kind as their tools do, and those of
// the team that calls act for only.
func TestInvoiceResource(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		a := newStand(t, setting{}).agent(t, era, nil)
		const address = "gigstack://invoices/"
		var one string
		for list, get := range map[string]string{"list_income_invoices": "get_income_invoice", "list_egress_invoices": "get_egress_invoice", "list_payment_complements": "get_payment_complement"} {
			one = a.first(t, list, nil, "", nil)["uuid"].(string)
			text, err := a.seen(t, address+one)
			require.NoError(t, err, get)
			assert.JSONEq(t, a.call(t, get, args{"id": one}).text, text)
		}
		for _, uri := range []string{"00000000-0000-4000-8000-000000000000", "..", "", "%2e%2e"} {
			_, err := a.seen(t, address+uri)
			assert.Error(t, err, uri)
		}
		_, err := a.seen(t, address+"00000000-0000-4000-8000-000000000000")
		assert.ErrorContains(t, err, "not found")
		a.caller = session.Caller{Principal: "local", Team: sandbox.TeamXenon}
		_, err = a.seen(t, address+one)
		assert.ErrorContains(t, err, "not found", "it is another team's")
	})
}

// TestInvoiceResourceWithoutTools offers no way around the choice of tools.
func TestInvoiceResourceWithoutTools(t *testing.T) {
	s := newStand(t, setting{toolsets: []string{"clients"}})
	a := s.agent(t, "modern", nil)
	_, err := a.seen(t, "gigstack://invoices/00000000-0000-4000-8000-000000000000")
	assert.ErrorContains(t, err, "does not offer")
	assert.Empty(t, s.reached())
}
