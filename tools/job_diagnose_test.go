package tools_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// check is a check of a diagnosis by its name.
func (r result) check(name string) (state, about any) {
	checks, _ := r.get("data", "checks").([]any)
	for _, v := range checks {
		if c := v.(map[string]any); c["check"] == name {
			return c["state"], c["about"]
		}
	}
	return nil, nil
}

// TestDiagnoseStamping finds the first thing that stops every stamp.
func TestDiagnoseStamping(t *testing.T) {
	ofTeam := func(change func(team map[string]any)) setting { return setting{upstream: alteredTeam(change)} }
	live := func(s *sandbox.Sandbox) string { return s.DemoKeys()[1].Secret }
	for name, c := range map[string]struct {
		with         setting
		team         string
		can          string
		check, state string
		says         string
	}{
		"all well":           {can: "yes", check: "csd", state: "ok", says: "2028-01-05"},
		"near its end":       {team: sandbox.TeamRobotica, can: "yes", check: "csd", state: "warning", says: "2026-12-03, in 12 days"},
		"no certificate":     {team: sandbox.TeamNueva, can: "no", check: "csd", state: "problem", says: "no CSD"},
		"expired":            {with: ofTeam(func(v map[string]any) { v["sat"].(map[string]any)["csd_expires_at"] = 1795000000 }), can: "no", check: "csd", state: "problem", says: "expired on 2026-11-18"},
		"expired, in millis": {with: ofTeam(func(v map[string]any) { v["sat"].(map[string]any)["csd_expires_at"] = 1795000000000 }), can: "no", check: "csd", state: "problem", says: "expired on 2026-11-18"},
		"credits used up":    {with: ofTeam(func(v map[string]any) { v["used_credits"] = 5000 }), can: "no", check: "credits", state: "problem", says: "5000 of 5000"},
		"credits nearly":     {with: ofTeam(func(v map[string]any) { v["used_credits"] = 4600 }), can: "yes", check: "credits", state: "warning", says: "4600 of 5000"},
		"credits not said":   {with: ofTeam(func(v map[string]any) { delete(v, "credit_limit") }), can: "yes", check: "credits", state: "unknown", says: "does not say"},
		"to be deleted":      {with: ofTeam(func(v map[string]any) { v["status"] = "pending_deletion" }), can: "no", check: "team", state: "problem", says: "pending_deletion"},
		"series of the past": {with: ofTeam(func(v map[string]any) {
			v["settings"] = map[string]any{"default_series": map[string]any{"income": map[string]any{"serie": "ZZ"}}}
		}), can: "no", check: "series", state: "problem", says: "ZZ"},
		"read-only":            {with: setting{policy: guard.Policy{ReadOnly: true}}, can: "no", check: "server", state: "problem", says: "read-only"},
		"live, not allowed to": {with: setting{key: live, careful: true}, can: "no", check: "server", state: "problem", says: "live key"},
		"live, allowed to":     {with: setting{key: live}, can: "yes", check: "key", state: "ok", says: "Live key"},
		"team not read":        {with: setting{upstream: refuses("/v2/teams/team_kemper")}, can: "unknown", check: "csd", state: "unknown", says: "get_team"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newStand(t, c.with).agent(t, "modern", nil)
			with := args{}
			if c.team != "" {
				with["team"] = c.team
			}
			r := a.call(t, "diagnose_stamping", with)
			require.False(t, r.isError, r.text)
			assert.Equal(t, c.can, r.get("data", "can_stamp"), r.text)
			state, about := r.check(c.check)
			assert.Equal(t, c.state, state, r.text)
			assert.Contains(t, about, c.says)
			if c.can == "no" {
				assert.Contains(t, r.get("data", "verdict"), c.says)
			}
		})
	}
}

// TestDiagnoseRefusals groups why documents were refused.
func TestDiagnoseRefusals(t *testing.T) {
	s := newStand(t, setting{})
	c := s.behind(t)
	wrong := func(legalName, zip string) string {
		v, err := gigstack.CreateClient.Call(t.Context(), c, gigstack.CreateClientInput{ClientFields: gigstack.ClientFields{Name: &legalName, LegalName: &legalName,
			TaxID: new(gigstack.RFC("KICR630120NX3")), TaxSystem: new(gigstack.TaxSystem("612")), Address: &gigstack.Address{Zip: &zip}}})
		require.NoError(t, err)
		return v.ID
	}
	misspelt := wrong("rodrigo kitia", "36246")
	s.at("2026-11-15 10:00", func() {
		for range 4 {
			s.receives(t, c, misspelt, "30", "pue_invoice", nil)
		}
		good := s.clientOf(t, c, "FUNK671228PH6")
		p := s.receives(t, c, good, "35", "none", nil)
		require.Empty(t, p.Invoices)
	})
	r := s.agent(t, "modern", nil).call(t, "diagnose_stamping", nil)
	require.False(t, r.isError, r.text)
	assert.Equal(t, "yes", r.get("data", "can_stamp"))
	assert.Contains(t, r.get("data", "verdict"), "4 documents of the last 30 days were not stamped, most for CFDI40145")
	refused := r.get("data", "rejections").([]any)
	require.Len(t, refused, 1)
	first := refused[0].(map[string]any)
	assert.Equal(t, "CFDI40145", first["code"])
	assert.EqualValues(t, 4, first["count"])
	assert.NotEmpty(t, first["cause"])
	assert.NotEmpty(t, first["fix"])
	assert.Len(t, first["examples"], 3)
	assert.NotNil(t, r.get("data", "last_stamped"))
}
