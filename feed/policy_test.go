package feed

import (
	"errors"
	"testing"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/storage"
)

// allowsAll lets every key at everything.
var allowsAll = map[string]string{"a.rego": "package steelgate.authz\n\ndecision := {\"allow\": true, \"code\": \"allowed\"}\n"}

// publishing makes a world in which a key of one workspace asks about another, under files that allow it for a reason, or for none.
func (s *stage) publishing(override string) {
	s.t.Helper()
	s.update(func(tx storage.Tx) error {
		return errors.Join(
			tx.PutUser(authz.User{ID: "u1", Active: true}),
			tx.PutWorkspace(authz.Workspace{ID: "w1", OwnerID: "u1"}), tx.PutWorkspace(authz.Workspace{ID: "w2", OwnerID: "u1"}),
			tx.PutKey(storage.Key{APIKey: authz.APIKey{ID: "key_1", Name: "ci", Type: authz.WorkspaceKey, OwnerID: "w1"}, Digest: apikey.Digest{1}}),
			tx.PutPolicyRevision(storage.PolicyRevision{Revision: 1, Files: allowsAll, Message: "m"}),
		)
	})
	s.update(func(tx storage.Tx) error {
		return tx.PutPolicyRevision(storage.PolicyRevision{Revision: 2, Files: allowsAll, Message: "m", Base: 1, Override: override})
	})
}

func (s *stage) allows() bool {
	s.t.Helper()
	view, err := s.engine.View()
	if err != nil {
		s.t.Fatal(err)
	}
	key, _ := view.Snapshot().Key("key_1")
	d, err := view.Authorize(key, authz.Request{Action: "a", Resource: authz.Entity{Type: "workspace", ID: "w2"}})
	if err != nil && !errors.Is(err, engine.ErrInvariant) {
		s.t.Error(err)
	}
	return d.Allow
}

// What is published is put in force with its own override: also where another history has the same files as the same revision.
func TestAnOverrideIsOfItsRevision(t *testing.T) {
	for _, reasons := range [][2]string{{"", "because"}, {"because", ""}} {
		s := newStage(t, Options{})
		s.publishing(reasons[0])
		s.step()
		if s.allows() != (reasons[0] != "") {
			t.Errorf("%q, loaded: %t", reasons, s.allows())
		}
		s.Store = newStore(t)
		// One change more: by it another history is told.
		s.update(putUser("Ada"))
		s.publishing(reasons[1])
		s.step()
		if s.allows() != (reasons[1] != "") {
			t.Errorf("%q, in another history: %t", reasons, s.allows())
		}
		s.update(func(tx storage.Tx) error {
			return tx.PutPolicyRevision(storage.PolicyRevision{Revision: 3, Files: allowsAll, Message: "m", Base: 2, Override: reasons[0]})
		})
		s.step()
		if s.allows() != (reasons[0] != "") {
			t.Errorf("%q, followed: %t", reasons, s.allows())
		}
	}
}
