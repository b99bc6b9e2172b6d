package apikey

import (
	"crypto/sha256"
	"errors"
	"strings"
)

// The prefixes of what lets people in: the session that a browser holds, the state that it carries to an OpenID provider and
// back, and the code of a set-up link.
const (
	SessionPrefix = "sgs_"
	StatePrefix   = "sgo_"
	SetupPrefix   = "sgl_"
)

// ErrMalformedTicket says that a text is none of these. It does not quote it.
var ErrMalformedTicket = errors.New("not as it was given out: want the prefix and 49 characters of 0-9 A-Z a-z")

// MintTicket makes a secret with one of the prefixes.
func MintTicket(prefix string) Secret { return mint(prefix) }

// ParseTicket reads a secret with the prefix. It fails with ErrMalformedTicket.
func ParseTicket(prefix, text string) (Secret, error) {
	body, ok := strings.CutPrefix(text, prefix)
	if !ok || len(body) != randomLength+checksumLength || !isWord(body, "") {
		return Secret{}, ErrMalformedTicket
	}
	return newSecret(text), nil
}

// Hash is what is stored of a ticket. It has no pepper, unlike the digest of a key: 256 random bits can't be guessed, and a
// ticket is soon over, so that it need not outlive a keyring.
func (s Secret) Hash() [32]byte { return sha256.Sum256([]byte(s.Reveal())) }
