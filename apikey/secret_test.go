package apikey_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/apikey"
)

func TestSecretNeverPrints(t *testing.T) {
	secret := apikey.Mint()
	holder := struct {
		Shown  apikey.Secret
		hidden apikey.Secret
		beside *apikey.Secret
	}{secret, secret, &secret}

	var logged bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	log.Info("x", "secret", secret, "holder", holder)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "secret", secret, "holder", holder)
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{logged.String(), string(encoded), fmt.Sprint(secret), fmt.Errorf("%w: %v", apikey.ErrMalformed, secret).Error()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, secret), fmt.Sprintf(verb, &secret), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, &holder), fmt.Sprintf(verb, []apikey.Secret{secret}))
	}
	random := strings.TrimPrefix(secret.Reveal(), apikey.Prefix)
	for _, text := range texts {
		if strings.Contains(text, random) || strings.Contains(text, fmt.Sprintf("%x", random)) {
			t.Errorf("the secret stands in %q", text)
		}
	}
	if got := fmt.Sprint(secret); got != apikey.Redacted {
		t.Errorf("printed %q", got)
	}
}

func TestMintedSecrets(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		text := apikey.Mint().Reveal()
		if len(text) != len(apikey.Prefix)+49 || seen[text] {
			t.Fatalf("minted a key of length %d, or one twice", len(text))
		}
		seen[text] = true
		if _, err := apikey.Parse(text); err != nil {
			t.Fatal(err)
		}
		if _, err := apikey.ParseToken(apikey.MintToken().Reveal()); err != nil {
			t.Fatal(err)
		}
	}
}

// The checksum is told apart by an implementation of its own: CRC-32/IEEE bit by bit.
func TestChecksum(t *testing.T) {
	text := apikey.Mint().Reveal()
	body, sum := text[:len(text)-6], text[len(text)-6:]
	crc := ^uint32(0)
	for i := range len(body) {
		crc ^= uint32(body[i])
		for range 8 {
			crc = crc>>1 ^ 0xEDB88320*(crc&1)
		}
	}
	crc = ^crc
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	want := ""
	for range 6 {
		want, crc = string(alphabet[crc%62])+want, crc/62
	}
	if sum != want {
		t.Errorf("checksum %s, want %s", sum, want)
	}
}

func TestParse(t *testing.T) {
	for text, ok := range map[string]bool{
		"":                false,
		"sk-steelengine-": false,
		"sk-steelengine-" + strings.Repeat("a", 15):          false,
		"sk-steelengine-" + strings.Repeat("a", 16):          true,
		"sk-steelengine-" + strings.Repeat("-", 240):         true,
		"sk-steelengine-" + strings.Repeat("_", 241):         false,
		"SK-steelengine-" + strings.Repeat("a", 16):          false,
		"sk-steelengine-" + strings.Repeat("a", 16) + " ":    false,
		"sk-steelengine-" + strings.Repeat("a", 16) + "\n":   false,
		"sk-steelengine-" + strings.Repeat("a", 16) + "é":    false,
		"sk-steelengine-" + strings.Repeat("a", 16) + "\x00": false,
	} {
		secret, err := apikey.Parse(text)
		if (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
		if ok && secret.Reveal() != text {
			t.Errorf("%q became another", text)
		}
	}
}

func TestHint(t *testing.T) {
	secret, err := apikey.Parse("sk-steelengine-abcdefghijklmnopQRST")
	if err != nil {
		t.Fatal(err)
	}
	if got := secret.Hint(); got != "sk-steelengine-…QRST" {
		t.Errorf("hint %q", got)
	}
}

func TestAdminToken(t *testing.T) {
	for text, ok := range map[string]bool{
		strings.Repeat("a", 31): false, strings.Repeat("a", 32): true, strings.Repeat("~", 512): true,
		strings.Repeat("a", 513): false, strings.Repeat("a", 31) + " ": false, strings.Repeat("a", 31) + "é": false,
	} {
		if _, err := apikey.ParseAdminToken(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("sk-steelengine-0123456789abcdef")
	f.Add("sgt_")
	f.Fuzz(func(t *testing.T, text string) {
		if secret, err := apikey.Parse(text); err == nil && (secret.Reveal() != text || len(text) > 255) {
			t.Fatal("accepted another text, or one too long")
		}
		if secret, err := apikey.ParseToken(text); err == nil && secret.Reveal() != text {
			t.Fatal("accepted another text")
		}
	})
}
