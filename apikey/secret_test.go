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

// ticketPrefixes are those of all that lets people in.
var ticketPrefixes = []string{apikey.SessionPrefix, apikey.StatePrefix, apikey.SetupPrefix}

func TestTickets(t *testing.T) {
	seen := map[string]bool{}
	hashes := map[[32]byte]bool{}
	for _, prefix := range ticketPrefixes {
		for range 300 {
			minted := apikey.MintTicket(prefix)
			text := minted.Reveal()
			if !strings.HasPrefix(text, prefix) || len(text) != len(prefix)+49 || seen[text] || hashes[minted.Hash()] {
				t.Fatalf("minted a ticket of length %d, or one twice", len(text))
			}
			seen[text], hashes[minted.Hash()] = true, true
			parsed, err := apikey.ParseTicket(prefix, text)
			if err != nil || parsed.Reveal() != text || parsed.Hash() != minted.Hash() {
				t.Fatalf("%v, or it became another", err)
			}
		}
	}
}

// What was given out for one purpose serves no other.
func TestParseTicket(t *testing.T) {
	body := strings.Repeat("a", 49)
	for _, prefix := range ticketPrefixes {
		for text, ok := range map[string]bool{
			prefix + body: true, "": false, prefix: false, body: false, prefix + body[1:]: false, prefix + body + "a": false,
			strings.ToUpper(prefix) + body: false, " " + prefix + body: false, prefix + body + "\n": false, prefix + body[1:] + "\n": false,
			prefix + body[1:] + "_": false, prefix + body[1:] + "-": false, prefix + body[2:] + "é": false, prefix + body[1:] + "\x00": false,
			prefix + prefix + body: false, "sgt_" + body: false, apikey.Prefix + body: false,
		} {
			if secret, err := apikey.ParseTicket(prefix, text); (err == nil) != ok || ok == secret.IsZero() || ok && secret.Reveal() != text {
				t.Errorf("%s: %q: %v", prefix, text, err)
			} else if err != nil && strings.Contains(err.Error(), body) {
				t.Errorf("the error quotes it: %v", err)
			}
		}
		for _, other := range append([]string{apikey.TokenPrefix}, ticketPrefixes...) {
			if _, err := apikey.ParseTicket(prefix, other+body); (err == nil) != (other == prefix) {
				t.Errorf("%s is taken for %s: %v", other, prefix, err)
			}
		}
	}
}

func TestTicketsNeverPrint(t *testing.T) {
	for _, prefix := range ticketPrefixes {
		ticket := apikey.MintTicket(prefix)
		holder := struct{ hidden apikey.Secret }{ticket}
		encoded, err := json.Marshal(ticket)
		if err != nil {
			t.Fatal(err)
		}
		var logged bytes.Buffer
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "ticket", ticket, "holder", holder)
		for _, text := range []string{string(encoded), logged.String(), fmt.Sprint(ticket), fmt.Sprintf("%+v %#v %x %q", holder, holder, ticket, ticket)} {
			if strings.Contains(text, ticket.Reveal()[len(prefix):]) || strings.Contains(text, fmt.Sprintf("%x", ticket.Reveal()[len(prefix):])) {
				t.Errorf("the ticket stands in %q", text)
			}
		}
	}
}

// Whatever reads like a secret of ours is found, wherever in a text it stands, and what does not is left as it is.
func TestRedact(t *testing.T) {
	for _, secret := range []apikey.Secret{
		apikey.Mint(), apikey.MintToken(), apikey.MintTicket(apikey.SessionPrefix), apikey.MintTicket(apikey.StatePrefix), apikey.MintTicket(apikey.SetupPrefix),
	} {
		text := secret.Reveal()
		for _, around := range [][2]string{{"", ""}, {"#setup=", ""}, {"__Host-steelgate=", "; Path=/"}, {"x", " y"}, {"„", "“"}} {
			if got, want := apikey.Redact(around[0]+text+around[1]), around[0]+apikey.Redacted+around[1]; got != want || !apikey.HoldsSecret(around[0]+text+around[1]) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		if got := apikey.Redact(text + " and " + text); got != apikey.Redacted+" and "+apikey.Redacted {
			t.Errorf("two of them became %q", got)
		}
	}
	for _, text := range []string{"", "sgs_", "sgo_short", "sgl_…", "sgx_" + strings.Repeat("a", 49), "ses_15vsMx2J80XICzl6FXtrnG"} {
		if apikey.HoldsSecret(text) || apikey.Redact(text) != text {
			t.Errorf("%q is taken for a secret", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("sk-steelengine-0123456789abcdef")
	f.Add("sgt_")
	f.Add("sgs_" + strings.Repeat("a", 49))
	f.Fuzz(func(t *testing.T, text string) {
		if secret, err := apikey.Parse(text); err == nil && (secret.Reveal() != text || len(text) > 255) {
			t.Fatal("accepted another text, or one too long")
		}
		if secret, err := apikey.ParseToken(text); err == nil && secret.Reveal() != text {
			t.Fatal("accepted another text")
		}
		for _, prefix := range ticketPrefixes {
			if secret, err := apikey.ParseTicket(prefix, text); err == nil && (secret.Reveal() != text || apikey.Redact(text) != apikey.Redacted) {
				t.Fatal("accepted another text, or one that is not known as a secret")
			}
		}
	})
}
