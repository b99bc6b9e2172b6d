package feed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/storage"
)

// describe tells all that a snapshot says about the few ids that these tests use.
func describe(s *snapshot.Snapshot) string {
	text := fmt.Sprintf("%d %+v\n", s.Revision(), s.Counts())
	for i := range 4 {
		id := fmt.Sprint(i)
		user, _ := s.User(id)
		organization, _ := s.Organization(id)
		workspace, _ := s.Workspace(id)
		key, _ := s.Key(id)
		byDigest, _ := s.KeyByDigest(storage.Digest{1, byte(i)})
		token, _ := s.TokenByDigest(storage.Digest{2, byte(i)})
		text += fmt.Sprintf("%v %v %v %v %v %v\n", user, organization, workspace, key, byDigest, token)
		for j := range 4 {
			other := fmt.Sprint(j)
			role, _ := s.OrganizationMember(id, other)
			member, _ := s.WorkspaceMember(id, other)
			resource, _ := s.Resource(id, other)
			text += fmt.Sprintf("%v %v %v\n", role, member, resource)
		}
	}
	return text
}

// changes are every kind of change that a transaction can make.
var changes = map[string]func(tx storage.Tx, random *rand.Rand) error{
	"user": func(tx storage.Tx, random *rand.Rand) error {
		return tx.PutUser(authz.User{ID: anID(random), Name: anID(random), Active: random.IntN(2) == 0})
	},
	"no user": func(tx storage.Tx, random *rand.Rand) error { return tx.DeleteUser(anID(random)) },
	"organization": func(tx storage.Tx, random *rand.Rand) error {
		return tx.PutOrganization(authz.Organization{ID: anID(random), Name: anID(random)})
	},
	"no organization": func(tx storage.Tx, random *rand.Rand) error { return tx.DeleteOrganization(anID(random)) },
	"organization member": func(tx storage.Tx, random *rand.Rand) error {
		roles := []authz.OrganizationRole{authz.OrganizationMemberRole, authz.OrganizationAdminRole}
		return tx.PutOrganizationMember(authz.OrganizationMember{OrganizationID: anID(random), UserID: anID(random), Role: roles[random.IntN(2)]})
	},
	"no organization member": func(tx storage.Tx, random *rand.Rand) error {
		return tx.DeleteOrganizationMember(anID(random), anID(random))
	},
	"workspace": func(tx storage.Tx, random *rand.Rand) error {
		return tx.PutWorkspace(authz.Workspace{ID: anID(random), OwnerID: anID(random), PersonalKeysEnabled: random.IntN(2) == 0, Archived: random.IntN(2) == 0})
	},
	"no workspace": func(tx storage.Tx, random *rand.Rand) error { return tx.DeleteWorkspace(anID(random)) },
	"workspace member": func(tx storage.Tx, random *rand.Rand) error {
		return tx.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: anID(random), UserID: anID(random), Role: authz.Permission(1 + random.IntN(3))})
	},
	"no workspace member": func(tx storage.Tx, random *rand.Rand) error {
		return tx.DeleteWorkspaceMember(anID(random), anID(random))
	},
	"resource": func(tx storage.Tx, random *rand.Rand) error {
		return tx.PutResource(authz.Resource{Type: anID(random), ID: anID(random), Name: anID(random), WorkspaceID: anID(random), Properties: authz.Object(`{}`)})
	},
	"no resource": func(tx storage.Tx, random *rand.Rand) error { return tx.DeleteResource(anID(random), anID(random)) },
	"key": func(tx storage.Tx, random *rand.Rand) error {
		k := storage.Key{APIKey: authz.APIKey{
			ID: anID(random), Type: authz.OrganizationKey, OwnerID: anID(random), Name: fmt.Sprint(random.Uint64()), CreatedAt: noon,
			Disabled: random.IntN(2) == 0, Grants: []authz.Grant{{WorkspaceID: anID(random), Permission: authz.Read}},
		}, Digest: storage.Digest{1, byte(random.IntN(4))}, PepperVersion: 1, Sealed: []byte{1}}
		if random.IntN(4) == 0 {
			at := noon.Add(time.Duration(random.IntN(1000)) * time.Microsecond)
			k.RevokedAt, k.ExpiresAt, k.AllowedCIDRs = &at, &at, []string{"10.0.0.0/8"}
		}
		return tx.PutKey(k)
	},
	"token": func(tx storage.Tx, random *rand.Rand) error {
		return tx.PutToken(storage.Token{
			ServiceToken: authz.ServiceToken{ID: anID(random), Name: anID(random), Scopes: []authz.TokenScope{authz.DecideScope}, CreatedAt: noon},
			Digest:       storage.Digest{2, byte(random.IntN(4))}, PepperVersion: 1,
		})
	},
	"no token": func(tx storage.Tx, random *rand.Rand) error { return tx.DeleteToken(anID(random)) },
}

func anID(random *rand.Rand) string { return fmt.Sprint(random.IntN(4)) }

// What is followed change by change is what a load of the whole finds.
func TestFollowingLeadsWhereLoadingLeads(t *testing.T) {
	s := newStage(t, Options{})
	s.step()
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		for range 1 + random.IntN(3) { // one revision or several since the last look
			s.update(func(tx storage.Tx) error {
				for _, label := range slices.Sorted(maps.Keys(changes)) {
					err := changes[label](tx, random)
					if err != nil && !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrSecretTaken) && !errors.Is(err, storage.ErrNameTaken) {
						return fmt.Errorf("%s: %w", label, err)
					}
				}
				return nil
			})
		}
		reads := s.reads
		s.step()
		if s.reads != reads+1 {
			t.Fatal("it was loaded, not followed")
		}
		var loaded *snapshot.Snapshot
		if err := s.View(context.Background(), func(r storage.Reader) (err error) { loaded, _, err = load(r); return err }); err != nil {
			t.Fatal(err)
		}
		if got, want := describe(s.engine.Snapshot()), describe(loaded); got != want {
			t.Fatalf("followed:\n%s\nloaded:\n%s", got, want)
		}
	}
}

// A change of one kind alone is followed too.
func TestEachKindOfChangeIsFollowed(t *testing.T) {
	for label, change := range changes {
		if strings.HasPrefix(label, "no ") {
			continue
		}
		t.Run(label, func(t *testing.T) {
			s := newStage(t, Options{})
			s.step()
			random := rand.New(rand.NewPCG(3, 4))
			for range 40 {
				doOrUndo := change
				if undo := changes["no "+label]; undo != nil && random.IntN(3) == 0 {
					doOrUndo = undo
				}
				s.update(func(tx storage.Tx) error {
					if err := doOrUndo(tx, random); err != nil && !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrSecretTaken) {
						return err
					}
					return nil
				})
			}
			s.step()
			followed := describe(s.engine.Snapshot())
			if err := s.feed.load(context.Background()); err != nil {
				t.Fatal(err)
			}
			if loaded := describe(s.engine.Snapshot()); followed != loaded {
				t.Errorf("followed:\n%s\nloaded:\n%s", followed, loaded)
			}
		})
	}
}

// log is a reader that has a change log alone.
type log struct {
	storage.Reader
	revision uint64
	changes  func(after uint64) ([]storage.Change, error)
}

func (l log) Revision() (uint64, error)                             { return l.revision, nil }
func (l log) ImportApplying() (bool, error)                         { return false, nil }
func (l log) Changes(after uint64, _ int) ([]storage.Change, error) { return l.changes(after) }

func TestALogThatCanNotBeFollowed(t *testing.T) {
	many := make([]storage.Change, mostToFollow(snapshot.Empty())+1)
	for i := range many {
		many[i] = storage.Change{Revision: 2, Kind: storage.UserKind, A: fmt.Sprint(i)}
	}
	for label, c := range map[string]struct {
		log  log
		anew bool
	}{
		"ends too early":       {log{revision: 2, changes: func(uint64) ([]storage.Change, error) { return nil, nil }}, true},
		"pruned":               {log{revision: 2, changes: func(uint64) ([]storage.Change, error) { return nil, storage.ErrChangesPruned }}, true},
		"too much has changed": {log{revision: 2, changes: func(uint64) ([]storage.Change, error) { return many, nil }}, true},
		"can't be read":        {log{revision: 2, changes: func(uint64) ([]storage.Change, error) { return nil, errDown }}, false},
		"of a kind not our own": {log{revision: 2, changes: func(uint64) ([]storage.Change, error) {
			return []storage.Change{{Revision: 2, Kind: "novelty", A: "1"}}, nil
		}}, false},
	} {
		t.Run(label, func(t *testing.T) {
			next, _, err := follow(c.log, snapshot.Empty(), nil, &held{})
			if next != nil || err == nil || errors.Is(err, errLoadAnew) != c.anew {
				t.Errorf("got %v, %v", next, err)
			}
		})
	}
}

// A revision with very many changes is not read again at every look, but before the next is followed.
func TestAVeryLargeRevisionIsCheckedWhenSomethingChanges(t *testing.T) {
	known := make([]storage.Change, page)
	for i := range known {
		known[i] = storage.Change{Revision: 1, Kind: storage.UserKind, A: fmt.Sprint(i)}
	}
	current := snapshot.Empty().Edit().Commit(1)
	reads := 0
	standing := log{revision: 1, changes: func(uint64) ([]storage.Change, error) { reads++; return known[1:], nil }}
	if next, last, err := follow(standing, current, known, &held{}); next != current || len(last) != len(known) || err != nil || reads != 0 {
		t.Errorf("got %v, %d changes, %v, after %d reads", next, len(last), err, reads)
	}
	standing.revision = 2
	if _, _, err := follow(standing, current, known, &held{}); !errors.Is(err, errLoadAnew) || reads != 1 {
		t.Errorf("got %v, after %d reads", err, reads)
	}
}
