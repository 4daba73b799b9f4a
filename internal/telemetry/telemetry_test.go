package telemetry

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRedaction(t *testing.T) {
	for name, secret := range map[string]string{
		"token":  "eyJhbGciOiJub25lIn0.eyJ0ZWFtIjoiYSJ9.c2ln",
		"key":    "sk_live_4f8a9b",
		"bearer": "Bearer abc.def-ghi",
		"link":   "https://embeded.gigstack.pro/?sessionId=otpOnboarding_abc123&c=secure_token",
		"ledger": "postgres://user:p4ssw0rd@db.example/ledger",
		"portal": "https://portal.example/x?token=hunter2",
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			log, err := New(&out, "debug")
			require.NoError(t, err)
			log.Info().Str("field", secret).Msg("said " + secret)
			for _, canary := range []string{"eyJ0ZWFtIjoiYSJ9", "4f8a9b", "def-ghi", "otpOnboarding_abc123", "secure_token", "hunter2", "p4ssw0rd"} {
				assert.NotContains(t, out.String(), canary)
			}
			assert.Contains(t, out.String(), hidden)
		})
	}
}

func TestLevels(t *testing.T) {
	for _, level := range []string{"debug", "info", "warn", "error", "off"} {
		_, err := New(&bytes.Buffer{}, level)
		assert.NoError(t, err, level)
	}
	for _, level := range []string{"", "loud"} {
		_, err := New(&bytes.Buffer{}, level)
		assert.Error(t, err, level)
	}
	var out bytes.Buffer
	log, err := New(&out, "off")
	require.NoError(t, err)
	log.Error().Msg("x")
	assert.Empty(t, out.String())
}
