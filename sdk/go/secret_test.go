package steelgate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	steelgate "github.com/steelengine/steelgate/sdk/go"
	"github.com/steelengine/steelgate/sdk/go/internal/steelgatetest"
)

func TestAKeyIsToldByItsForm(t *testing.T) {
	var vectors []struct {
		Text            string `json:"text"`
		LooksLikeKey    bool   `json:"looks_like_key"`
		ChecksumMatches bool   `json:"checksum_matches"`
	}
	steelgatetest.Shared(t, "secrets.json", &vectors)
	for _, v := range vectors {
		if got := steelgate.LooksLikeKey(v.Text); got != v.LooksLikeKey {
			t.Errorf("LooksLikeKey(%q): %t", v.Text, got)
		}
		if got := steelgate.ChecksumMatches(v.Text); got != v.ChecksumMatches {
			t.Errorf("ChecksumMatches(%q): %t", v.Text, got)
		}
	}
}

func TestASecretPrintsAsRedacted(t *testing.T) {
	const text = "sk-steelengine-legacy-0123456789"
	secret := steelgate.NewSecret(text)
	if secret.Reveal() != text {
		t.Fatal("the secret is lost")
	}
	type hidden struct{ s steelgate.Secret }
	request := steelgate.DecisionRequest{APIKey: secret, Action: "a"}
	issued := steelgate.IssuedKey{Secret: secret}
	for _, value := range []any{secret, &secret, request, issued, hidden{secret}, []any{secret}, map[string]any{"a": secret}} {
		asJSON, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("a", "b", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("a", "b", value)
		for _, printed := range []string{fmt.Sprintf("%v %+v %#v %s %q %x %d", value, value, value, value, value, value, value), string(asJSON), log.String()} {
			if strings.Contains(printed, "legacy") || strings.Contains(printed, fmt.Sprintf("%x", "legacy")) {
				t.Errorf("%T: %s", value, printed)
			}
		}
	}
}

func TestAClientPrintsNoToken(t *testing.T) {
	client, err := steelgate.New(steelgate.Options{URL: "http://127.0.0.1:1", Token: steelgate.NewSecret("sgt_this_is_secret")})
	if err != nil {
		t.Fatal(err)
	}
	if printed := fmt.Sprintf("%+v %#v", client, client); strings.Contains(printed, "is_secret") {
		t.Error(printed)
	}
	for _, o := range []steelgate.Options{
		{URL: "http://a", Token: steelgate.NewSecret("sgt_is_secret\n")}, {URL: "http://a", Token: steelgate.NewSecret("sgt is_secret")}, {URL: "http://a"},
		{URL: "ftp://a", Token: steelgate.NewSecret("t")}, {URL: "http://u:is_secret@a", Token: steelgate.NewSecret("t")}, {URL: "http://a/?q", Token: steelgate.NewSecret("t")}, {Token: steelgate.NewSecret("t")},
		{URL: "http://a", Token: steelgate.NewSecret("t"), Timeout: -1},
	} {
		if _, err := steelgate.New(o); err == nil || strings.Contains(err.Error(), "is_secret") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestAListThatTurnedOutEmptyIsNotTakenForNone(t *testing.T) {
	var none []string
	for want, value := range map[string]any{
		`{"type":"workspace","name":"x","workflow_ids":[],"disabled":false}`: steelgate.KeyCreation{Type: "workspace", Name: "x", WorkflowIDs: steelgate.Set(none)},
		`{"type":"personal","name":"x","disabled":false}`:                    steelgate.KeyCreation{Type: "personal", Name: "x"},
		`{"expires_at":null,"allowed_cidrs":["10.0.0.0/8"]}`:                 steelgate.KeyChange{ExpiresAt: steelgate.Clear[timeOf](), AllowedCIDRs: steelgate.Set([]string{"10.0.0.0/8"})},
		`{}`: steelgate.KeyChange{},
	} {
		if got, err := json.Marshal(value); err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}
