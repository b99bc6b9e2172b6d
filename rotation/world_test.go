package rotation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

var errLost = errors.New("the database is lost")

var platform = management.Actor{Token: authz.ServiceToken{ID: "tok_test", Scopes: []authz.TokenScope{authz.AdminScope}}}

const world = `
{"kind": "user", "id": "u"}
{"kind": "workspace", "id": "ws", "owner_id": "u"}
{"kind": "resource", "type": "workflow", "id": "wf", "workspace_id": "ws"}
`

// secretOf is the secret of an imported key.
func secretOf(i int) apikey.Secret {
	secret, err := apikey.Parse(fmt.Sprintf("sk-steelengine-secret-of-the-key-%06d", i))
	if err != nil {
		panic(err)
	}
	return secret
}

func keyLine(i int, more string) string {
	return fmt.Sprintf(`{"kind": "key", "id": "key_%06d", "type": "workspace", "workspace_id": "ws", "name": "%d", "secret": %q%s}`+"\n", i, i, secretOf(i).Reveal(), more)
}

// isRevoked tells which of the imported keys are revoked, and which are disabled.
func isRevoked(i int) bool  { return i%7 == 3 }
func isDisabled(i int) bool { return i%7 == 5 }

// wantedCode is that of a decision about an imported key.
func wantedCode(i int) authz.Code {
	switch {
	case isRevoked(i):
		return authz.KeyRevoked
	case isDisabled(i):
		return authz.KeyDisabled
	}
	return authz.Allowed
}

// fill imports the world and n keys, of which every seventh is revoked and another disabled.
func (r *replica) fill(n int) {
	r.in.t.Helper()
	var lines strings.Builder
	lines.WriteString(world)
	for i := range n {
		switch {
		case isRevoked(i):
			lines.WriteString(keyLine(i, `, "revoked_at": "2029-01-01T00:00:00Z", "revoked_by": "u"`))
		case isDisabled(i):
			lines.WriteString(keyLine(i, `, "disabled": true, "last_used_at": "2029-01-01T00:00:00Z"`))
		default:
			lines.WriteString(keyLine(i, `, "allowed_cidrs": null`))
		}
	}
	r.mustImport(lines.String())
	r.step()
}

func (r *replica) mustImport(lines string) {
	r.in.t.Helper()
	if _, err := r.Import(context.Background(), platform, strings.NewReader(lines)); err != nil {
		r.in.t.Fatal(err)
	}
}

// wantImported asks about every imported key.
func (r *replica) wantImported(n int) {
	r.in.t.Helper()
	for i := range n {
		if got, want := r.live(secretOf(i)), wantedCode(i); got != want {
			r.in.t.Fatalf("key %d: decided %s, want %s", i, got, want)
		}
	}
}

func (r *replica) create(name string) (string, apikey.Secret, error) {
	key, secret, _, err := r.CreateKey(context.Background(), platform, fieldsOf(name))
	return key.ID, secret, err
}

func fieldsOf(name string) management.KeyFields {
	return management.KeyFields{Type: some("workspace"), WorkspaceID: some("ws"), Name: some(name)}
}

func some[T any](value T) strictjson.Optional[T] { return strictjson.Some(value) }

func (r *replica) mustCreate(name string) (string, apikey.Secret) {
	r.in.t.Helper()
	id, secret, err := r.create(name)
	if err != nil {
		r.in.t.Fatal(err)
	}
	return id, secret
}

func (r *replica) mustCreateToken(name string) apikey.Secret {
	r.in.t.Helper()
	_, secret, _, err := r.CreateToken(context.Background(), platform, management.TokenFields{Name: some(name), Scopes: some([]string{"decide"})})
	if err != nil {
		r.in.t.Fatal(err)
	}
	return secret
}

func (r *replica) report(secret apikey.Secret) error {
	leaks := management.Actor{Token: authz.ServiceToken{ID: "tok_leaks", Scopes: []authz.TokenScope{authz.LeaksScope}}}
	return r.ReportLeak(context.Background(), leaks, secret.Reveal(), "a public repository")
}

func codeOf(err error) string {
	if refused, ok := errors.AsType[*management.Error](err); ok {
		return refused.Code
	}
	return fmt.Sprint(err)
}

// records are all keys as they stand, without what a move changes.
func (in *installation) records() map[string]string {
	in.t.Helper()
	found := map[string]string{}
	var ids []string
	if err := in.store.View(context.Background(), func(r storage.Reader) error {
		if err := r.EachKey(func(k storage.Key) error { ids = append(ids, k.ID); return nil }); err != nil {
			return err
		}
		for _, id := range ids {
			k, err := r.Key(id)
			if err != nil {
				return err
			}
			text, err := json.Marshal(k.APIKey)
			if err != nil {
				return err
			}
			found[id] = string(text)
		}
		return nil
	}); err != nil {
		in.t.Fatal(err)
	}
	return found
}
