package gigstack

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

const redacted = "[redacted]"

// Key is a gigstack API key, or a partner's. Whatever prints, logs or encodes it shows
// "[redacted]"; only the client, when it signs a request, sees the secret.
type Key struct {
	// A pointer, because fmt prints what stands in unexported fields of others
	// without asking this type; of a pointer it prints the address.
	secret *string
}

// NewKey accepts a key as it stands in a file or variable: surrounding space is
// dropped, and anything that could not be an HTTP header value is refused.
func NewKey(secret string) (Key, error) {
	secret = strings.TrimSpace(secret)
	if secret == "" {
		return Key{}, errors.New("the key is empty")
	}
	if strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return Key{}, errors.New("the key holds a space or a character that no key has")
	}
	return Key{&secret}, nil
}

// IsZero reports whether there is no key.
func (k Key) IsZero() bool { return k.secret == nil }

// Digest tells keys apart, and gives none away.
func (k Key) Digest() [sha256.Size]byte { return sha256.Sum256([]byte(k.reveal())) }

// reveal is the secret, "" of the zero key.
func (k Key) reveal() string {
	if k.secret == nil {
		return ""
	}
	return *k.secret
}

// Format prints "[redacted]" for every verb and flag.
func (k Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// String is "[redacted]".
func (k Key) String() string { return redacted }

// MarshalText encodes the key as "[redacted]", in JSON and elsewhere.
func (k Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// telling is how much of a key's beginning tells it from others. Of a JSON Web
// Token that is all but most of the signature: header and claims are public, and
// other tokens begin the same.
func telling(secret string) string {
	return secret[:min(strings.LastIndexByte(secret, '.')+1+12, len(secret))]
}

// Hide replaces the key wherever it occurs in s, also cut short, for text that
// came back from the network.
func (k Key) Hide(s string) string {
	if k.IsZero() {
		return s
	}
	secret := k.reveal()
	part := telling(secret)
	if !strings.Contains(s, part) {
		return s
	}
	var shown strings.Builder
	for {
		before, rest, found := strings.Cut(s, part)
		shown.WriteString(before)
		if !found {
			return shown.String()
		}
		shown.WriteString(redacted)
		for i := len(part); i < len(secret) && rest != "" && rest[0] == secret[i]; i++ {
			rest = rest[1:]
		}
		s = rest
	}
}

// Claims is what a key says about itself. gigstack's keys are JSON Web Tokens;
// nothing here is verified, so it may inform and must not authorize.
type Claims struct {
	Team     string `json:"team"`
	Livemode *bool  `json:"livemode"` // nil when the key does not say
	KeyID    string `json:"key_id"`
}

// Claims decodes the key's payload. The zero Claims comes back for a key that is
// not a token; a test key (sk_test…) still says its mode.
func (k Key) Claims() (c Claims) {
	parts := strings.Split(k.reveal(), ".")
	if len(parts) == 3 {
		if payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "=")); err == nil {
			if json.Unmarshal(payload, &c) != nil {
				c = Claims{}
			}
		}
	}
	if c.Livemode == nil {
		for prefix, live := range map[string]bool{"sk_test": false, "sk_live": true} {
			if strings.HasPrefix(k.reveal(), prefix) || strings.HasPrefix(c.KeyID, prefix) {
				c.Livemode = new(live)
			}
		}
	}
	return c
}
