package apikey

import (
	"fmt"
	"log/slog"
)

// Redacted is how a secret prints, whatever prints it.
const Redacted = "[redacted]"

// Secret is what authenticates its holder: an API key, a service token. The zero Secret is none. It prints, logs and
// marshals as [redacted]; only Reveal gives the text.
type Secret struct {
	// A pointer, because fmt prints the fields of a struct around a Secret by reflection where they are unexported, and
	// asks no method of ours: of a pointer it prints the address.
	text *string
}

func newSecret(text string) Secret { return Secret{text: &text} }

// Reveal is the secret itself. Whoever calls it answers for where it goes.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero tells whether there is no secret.
func (s Secret) IsZero() bool { return s.text == nil }

// Format prints [redacted] for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

// String is [redacted].
func (Secret) String() string { return Redacted }

// LogValue is [redacted].
func (Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText writes [redacted], for JSON and every other encoding.
func (Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// Hide makes a secret of a text that somebody else gave out, such as a password of this program at another one.
func Hide(text string) Secret { return newSecret(text) }
