package management_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	create := func(body string) (authz.ServiceToken, apikey.Secret) {
		t.Helper()
		made, secret, revision, err := h.CreateToken(t.Context(), platform, read[management.TokenFields](t, body))
		if err != nil || revision != h.revision() {
			t.Fatalf("at %d: %v", revision, err)
		}
		h.now = h.now.Add(time.Second)
		return made, secret
	}
	find := func(secret apikey.Secret) (authz.ServiceToken, bool) {
		t.Helper()
		if err := h.feed.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		view, err := h.engine.View()
		if err != nil {
			t.Fatal(err)
		}
		return view.ServiceToken(secret)
	}
	gateway, secret := create(`{"name": "gateway", "scopes": ["decide", "bundle", "decide"]}`)
	if !slices.Equal(gateway.Scopes, []authz.TokenScope{authz.DecideScope, authz.BundleScope}) || gateway.Name != "gateway" ||
		gateway.CreatedBy != platform.Token.ID || !gateway.CreatedAt.Equal(noon) || gateway.ExpiresAt != nil || !strings.HasPrefix(secret.Reveal(), "sgt_") {
		t.Errorf("got %+v", gateway)
	}
	short, shortSecret := create(`{"name": "short", "scopes": ["admin"], "expires_at": "2030-01-31T13:00:00Z"}`)
	if found, ok := find(secret); !ok || found.ID != gateway.ID || !found.May(authz.DecideScope) || found.May(authz.ManageScope) {
		t.Errorf("found %+v, %t", found, ok)
	}
	if found, ok := find(shortSecret); !ok || !found.May(authz.ManageScope) || found.ID != short.ID {
		t.Errorf("admin does not imply all: %+v, %t", found, ok)
	}
	list, err := h.ListTokens(t.Context(), platform)
	if err != nil || len(list) != 2 || list[0].ID != short.ID || list[1].ID != gateway.ID {
		t.Errorf("listed %+v, %v", list, err)
	}
	h.now = time.Date(2030, 1, 31, 13, 0, 0, 0, time.UTC)
	if _, ok := find(shortSecret); ok {
		t.Error("an expired token is found")
	}
	if revision, err := h.DeleteToken(t.Context(), platform, gateway.ID); err != nil || revision != h.revision() {
		t.Fatal(revision, err)
	}
	if _, ok := find(secret); ok {
		t.Error("a deleted token is found")
	}
	h.unchanged(func() {
		_, err := h.DeleteToken(t.Context(), platform, gateway.ID)
		wantCode(t, err, "not_found")
	})
}

func TestRefusedTokens(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for body, want := range map[string][]string{
		`{}`:                                 {"name", "scopes"},
		`{"name": "", "scopes": ["decide"]}`: {"name"},
		`{"name": null, "scopes": null}`:     {"name", "scopes"},
		`{"name": "n", "scopes": []}`:        {"scopes"},
		`{"name": "n", "scopes": ["decide", "root", "Decide"]}`:                     {"scopes[1]", "scopes[2]"},
		`{"name": "n", "scopes": ["decide"], "expires_at": "0001-01-01T00:00:00Z"}`: {"expires_at"},
		`{"name": "` + strings.Repeat("n", 201) + `", "scopes": ["decide"]}`:        {"name"},
	} {
		h.unchanged(func() {
			_, secret, _, err := h.CreateToken(t.Context(), platform, read[management.TokenFields](t, body))
			wantFaults(t, err, want...)
			if !secret.IsZero() {
				t.Errorf("%s: refused, with a secret", body)
			}
		})
	}
}
