package config_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPublicKeys are read one a line; what is none is named by its line, and not
// repeated.
func TestPublicKeys(t *testing.T) {
	one, two := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	text := base64.StdEncoding.EncodeToString
	for name, c := range map[string]struct {
		file string
		want []ed25519.PublicKey
		err  string
	}{
		"one":             {text(one), []ed25519.PublicKey{one}, ""},
		"two and a note":  {"\n# until May\r\n" + text(one) + "\r\n\n \t" + text(two) + " \n", []ed25519.PublicKey{one, two}, ""},
		"no base64":       {text(one) + "\n\ncanary!\n", nil, "--public-key: line 3 is no Ed25519 public key in base64"},
		"too short":       {text([]byte("canary")), nil, "line 1 is no"},
		"a note behind":   {text(one) + " # canary", nil, "line 1 is no"},
		"a raw key":       {"canary" + string(one[6:]), nil, "line 1 is no"},
		"two on one line": {text(one) + " " + text(two), nil, "line 1 is no"},
		"only a note":     {"# canary\n", nil, "--public-key: there is no key in the file"},
		"empty":           {"", nil, "there is no key in the file"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := load(nil, "audit", "verify", "--public-key", write(t, c.file))
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				for _, content := range []string{"canary", text(one), text([]byte("canary"))} {
					assert.NotContains(t, err.Error(), content)
				}
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, got.Audit.Trusted)
		})
	}
	got, _, err := load(nil, "audit", "verify")
	require.NoError(t, err)
	assert.Nil(t, got.Audit.Trusted, "the ledger's own")
	_, _, err = load(nil, "audit", "verify", "--public-key", "canary")
	require.ErrorContains(t, err, "--public-key: no such file")
	assert.NotContains(t, err.Error(), "canary")
}
