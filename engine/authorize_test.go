package engine_test

import (
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// A door that authorizes a key without having looked whether it is live gets the key's 401, whatever the policy says.
func TestAuthorizeAsksNoPolicyAboutADeadKey(t *testing.T) {
	f := newFixture(t, map[string]string{"a.rego": allowAll})
	view, err := f.View()
	if err != nil {
		t.Fatal(err)
	}
	key, _ := view.Authenticate(engine.Present(f.secret.Reveal()))
	if d, err := view.Authorize(key, execute); err != nil || !d.Allow {
		t.Errorf("a live key: %+v, %v", d, err)
	}
	if d, err := view.Authorize(snapshot.Key{}, execute); err != nil || d.Code != authz.KeyUnknown {
		t.Errorf("no key: %+v, %v", d, err)
	}
	edit := f.Snapshot().Edit()
	edit.DeleteWorkspace("w1")
	f.UseSnapshot(edit.Commit(8), noon)
	later, err := f.View()
	if err != nil {
		t.Fatal(err)
	}
	if d, err := later.Authorize(key, execute); err != nil || d.Code != authz.OwnerInactive {
		t.Errorf("a key that was live in another view: %+v, %v", d, err)
	}
}
