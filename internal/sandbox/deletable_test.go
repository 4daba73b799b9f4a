package sandbox

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// Each of the ten providers keeps a team while it is connected, and nothing else
// does.
func TestProvidersKeepTeams(t *testing.T) {
	s := New(Options{Now: time.Now, Empty: true})
	for provider, keeps := range map[string]bool{
		"stripe": true, "mercadopago": true, "paypal": true, "openpay": true, "conekta": true, "clip": true, "bank": true, "shopify": true, "whmcs": true, "hilos": true,
		"sat": false, "facturapi": false,
	} {
		err := s.deletable(&team{ID: "team_1", integrations: gigstack.Integrations{provider: {Completed: true}}})
		if !keeps {
			require.NoError(t, err, provider)
			continue
		}
		var refusal *apiError
		require.ErrorAs(t, err, &refusal, provider)
		assert.Equal(t, 400, refusal.status)
		assert.Equal(t, "business_rule_violation", refusal.code)
		assert.NoError(t, s.deletable(&team{ID: "team_1", integrations: gigstack.Integrations{provider: {}}}))
	}
}
