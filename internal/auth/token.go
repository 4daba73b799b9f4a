package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"io"
	"time"
)

// token is a static bearer token, of which only the digest is known.
type token struct {
	digest    [sha256.Size]byte
	principal Principal
	end       time.Time // it works before; zero for always
}

// tokenPrefix lets people and scanners of secrets tell our tokens from others.
const tokenPrefix = "gmcp_"

// NewToken makes a token, and its digest for the file.
//
// The digest is a plain SHA-256. Slow and salted hashes protect what people choose and
// guessers find; among 2^256 random tokens nobody finds one, however fast the hash.
func NewToken(random io.Reader) (secret, digest string, err error) {
	var raw [32]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", "", err
	}
	secret = tokenPrefix + base64.RawURLEncoding.EncodeToString(raw[:])
	sum := sha256.Sum256([]byte(secret))
	return secret, hex.EncodeToString(sum[:]), nil
}

// find is the token that was presented, nil when it is none of ours. How long it takes
// says nothing of how near a guess was.
func find(tokens []token, presented string) (found *token) {
	sum := sha256.Sum256([]byte(presented))
	for i := range tokens {
		if subtle.ConstantTimeCompare(sum[:], tokens[i].digest[:]) == 1 {
			found = &tokens[i]
		}
	}
	return found
}
