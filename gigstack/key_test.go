package gigstack

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKeyIsNeverShown(t *testing.T) {
	const secret = "sk_live_very_secret"
	key, err := NewKey(" " + secret + "\n")
	require.NoError(t, err)
	caller, err := New(Options{BaseURL: DefaultBaseURL, Key: key})
	require.NoError(t, err)
	type holder struct {
		Shown  Key
		hidden Key
		at     *Key
	}
	var log strings.Builder
	logger := zerolog.New(&log)
	logger.Info().Any("key", key).Interface("holder", holder{key, key, &key}).Stringer("text", key).Any("options", Options{BaseURL: DefaultBaseURL, Key: key}.Key).Send()
	shown := log.String()
	for _, v := range []any{key, &key, holder{key, key, &key}, []Key{key}, map[string]Key{"a": key}, Options{Key: key}, caller, *caller} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			shown += fmt.Sprintf(verb, v)
		}
	}
	encoded, err := json.Marshal(map[string]any{"key": key, "holder": holder{key, key, &key}})
	require.NoError(t, err)
	shown += string(encoded)
	for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), fmt.Sprintf("%d", []byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret))} {
		assert.NotContains(t, shown, form)
	}
	assert.Contains(t, shown, redacted)
	assert.Equal(t, "a [redacted] b", key.Hide("a "+secret+" b"))
	assert.Equal(t, "a [redacted]… b [redacted]", key.Hide("a "+secret[:15]+"… b "+secret), "also cut short")
	assert.Equal(t, "[redacted][redacted]", key.Hide(secret+secret))
	short, err := NewKey("red")
	require.NoError(t, err)
	assert.Equal(t, "[redacted] [redacted]", short.Hide("red red"))
	assert.Equal(t, "a", Key{}.Hide("a"))
	token, err := NewKey("eyJhbGciOiJIUzI1NiJ9.eyJ0ZWFtIjoidGVhbV8xIn0.c2lnbmF0dXJlLW9mLW91cnM")
	require.NoError(t, err)
	other := "https://x.example/?c=eyJhbGciOiJIUzI1NiJ9.eyJ0ZWFtIjoidGVhbV8xIn0.YW5vdGhlcg"
	assert.Equal(t, other+" [redacted]", token.Hide(other+" "+token.reveal()), "other tokens begin the same")
}

func TestNewKeyRefuses(t *testing.T) {
	for _, secret := range []string{"", " \n", "a b", "a\nb", "a\x00", "ñ", "\x7f"} {
		_, err := NewKey(secret)
		require.Error(t, err, "%q", secret)
		assert.NotContains(t, err.Error(), "ñ")
	}
	_, err := New(Options{BaseURL: DefaultBaseURL})
	require.ErrorContains(t, err, "API key")
}

func TestClaims(t *testing.T) {
	token := func(payload string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
	}
	for name, test := range map[string]struct {
		secret string
		want   Claims
	}{
		"token":           {token(`{"team":"team_1","livemode":true,"key_id":"sk_live_1"}`), Claims{"team_1", new(true), "sk_live_1"}},
		"mode in its id":  {token(`{"team":"team_1","key_id":"sk_test_1"}`), Claims{"team_1", new(false), "sk_test_1"}},
		"no mode":         {token(`{"team":"team_1"}`), Claims{Team: "team_1"}},
		"test key":        {"sk_test_abc", Claims{Livemode: new(false)}},
		"live key":        {"sk_live_abc", Claims{Livemode: new(true)}},
		"garbage":         {"abc", Claims{}},
		"garbage in dots": {"a.!.c", Claims{}},
		"no JSON":         {token(`team`), Claims{}},
		"wrong types":     {token(`{"team":1,"livemode":"yes"}`), Claims{}},
		"padded":          {"e30." + base64.URLEncoding.EncodeToString([]byte(`{"team":"team_12"}`)) + ".c2ln", Claims{Team: "team_12"}},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := NewKey(test.secret)
			require.NoError(t, err)
			assert.Equal(t, test.want, key.Claims())
		})
	}
	assert.Zero(t, Key{}.Claims())
}
