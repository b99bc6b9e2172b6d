package steelgate

import (
	"fmt"
	"hash/crc32"
	"log/slog"
	"regexp"
	"strings"
)

// redacted is how a secret prints, whatever prints it.
const redacted = "[redacted]"

// keyPrefix begins every API key.
const keyPrefix = "sk-steelengine-"

// Secret is what authenticates its holder. The zero Secret is none. It prints, logs and marshals as [redacted]; Reveal alone gives the text.
type Secret struct {
	// A pointer: of a struct that has a Secret in an unexported field, fmt prints the fields by reflection, and asks no method of ours.
	text *string
}

// NewSecret holds a text as a secret; "" is none.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal is the secret itself, "" where there is none. Whoever calls it answers for where it goes.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero tells whether there is no secret.
func (s Secret) IsZero() bool { return s.text == nil }

// String is [redacted].
func (Secret) String() string { return redacted }

// GoString is [redacted].
func (Secret) GoString() string { return redacted }

// Format prints [redacted] for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue is [redacted].
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText writes [redacted], for JSON and every other encoding.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

var secretLike = regexp.MustCompile(`(?:sk-steelengine-|sgt_)[A-Za-z0-9_-]{8,}`)

// withoutSecrets is a text without what reads like a key or a token in it.
func withoutSecrets(text string) string { return secretLike.ReplaceAllString(text, redacted) }

// LooksLikeKey tells whether a text has the form of an API key, of whichever age. It says nothing of whether the key stands: only a decision does.
func LooksLikeKey(text string) bool {
	rest, ok := strings.CutPrefix(text, keyPrefix)
	return ok && len(rest) >= 16 && len(rest) <= 240 && isMadeOf(rest, base62+"_-")
}

// ChecksumMatches tells whether a text is an API key as steelgate mints them, and its checksum is right. Keys that were issued before steelgate and imported
// have no checksum: of them this is false, though they may be live. It is for scanners and forms, never for letting anybody in.
func ChecksumMatches(text string) bool {
	if !LooksLikeKey(text) || len(text) != len(keyPrefix)+49 || !isMadeOf(text[len(keyPrefix):], base62) {
		return false
	}
	body, checksum := text[:len(text)-6], text[len(text)-6:]
	sum, want := crc32.ChecksumIEEE([]byte(body)), [6]byte{}
	for i := len(want) - 1; i >= 0; i-- {
		want[i], sum = base62[sum%62], sum/62
	}
	return checksum == string(want[:])
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func isMadeOf(text, characters string) bool { return strings.Trim(text, characters) == "" }
