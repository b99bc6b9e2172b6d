package snapshot

import (
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

// maker is what a Load and an Edit have in common.
type maker interface {
	PutUser(authz.User)
	PutOrganization(authz.Organization)
	PutOrganizationMember(authz.OrganizationMember)
	PutWorkspace(authz.Workspace)
	PutWorkspaceMember(authz.WorkspaceMember)
	PutResource(authz.Resource)
	PutKey(authz.APIKey, apikey.Digest)
	PutToken(authz.ServiceToken, apikey.Digest)
	Commit(revision uint64) *Snapshot
}

func fill(m maker) *Snapshot {
	m.PutUser(authz.User{ID: "u1", Name: "Ada", Email: "ada@example.com", Active: true, PlatformRole: authz.PolicyAdmin})
	m.PutUser(authz.User{ID: "u2"})
	m.PutOrganization(authz.Organization{ID: "o1", Name: "Acme"})
	m.PutOrganizationMember(authz.OrganizationMember{OrganizationID: "o1", UserID: "u1", Role: authz.OrganizationAdminRole})
	m.PutWorkspace(authz.Workspace{ID: "w1", Name: "One", OwnerID: "u1", OrganizationID: "o1", PersonalKeysEnabled: true})
	m.PutWorkspace(authz.Workspace{ID: "w2", OwnerID: "u1", Archived: true})
	m.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "w1", UserID: "u2", Role: authz.Write})
	m.PutResource(authz.Resource{Type: "workflow", ID: "f1", Name: "Flow", WorkspaceID: "w1", Properties: authz.Object(`{"deployed":true}`)})
	m.PutResource(authz.Resource{Type: "workflow", ID: "f2", Properties: authz.Object(`{"deployed":false}`)})
	m.PutResource(authz.Resource{Type: "file", ID: "f1"})
	m.PutKey(authz.APIKey{ID: "k1", Type: authz.WorkspaceKey, OwnerID: "w1"}, apikey.Digest{1})
	m.PutToken(authz.ServiceToken{ID: "t1", Scopes: []authz.TokenScope{authz.DecideScope}}, apikey.Digest{2})
	return m.Commit(5)
}

func TestWhatIsPutIsFound(t *testing.T) {
	for label, m := range map[string]maker{"load": NewLoad(), "edit": Empty().Edit()} {
		t.Run(label, func(t *testing.T) {
			s := fill(m)
			if want := (Counts{Keys: 1, Users: 2, Organizations: 1, OrganizationMembers: 1, Workspaces: 2, WorkspaceMembers: 1, Resources: 3, Tokens: 1}); s.Counts() != want || s.Revision() != 5 {
				t.Errorf("counts %+v at revision %d", s.Counts(), s.Revision())
			}
			u1, _ := s.User("u1")
			u2, ok := s.User("u2")
			if u1 != (User{"u1", true, [3]string{"Ada", "ada@example.com", "policy_admin"}}) || u2 != (User{id: "u2"}) || !ok {
				t.Errorf("users %+v, %+v", u1, u2)
			}
			if o, ok := s.Organization("o1"); !ok || o != (Organization{"o1", "Acme"}) {
				t.Errorf("organization %+v", o)
			}
			if role, ok := s.OrganizationMember("o1", "u1"); !ok || role != authz.OrganizationAdminRole {
				t.Errorf("organization member %v", role)
			}
			w1, _ := s.Workspace("w1")
			if w1.Name() != "One" || w1.OwnerID() != "u1" || w1.OrganizationID() != "o1" || !w1.PersonalKeysEnabled() || w1.Archived() {
				t.Errorf("workspace %+v", w1)
			}
			w2, _ := s.Workspace("w2")
			if w2.OrganizationID() != "" || w2.PersonalKeysEnabled() || !w2.Archived() {
				t.Errorf("workspace %+v", w2)
			}
			if role, ok := s.WorkspaceMember("w1", "u2"); !ok || role != authz.Write {
				t.Errorf("workspace member %v", role)
			}
			for n, properties := range map[name]string{{"workflow", "f1"}: `{"deployed":true}`, {"workflow", "f2"}: `{"deployed":false}`, {"file", "f1"}: `{}`} {
				if r, ok := s.Resource(n.a, n.b); !ok || r.Type() != n.a || r.ID() != n.b || r.Properties() != properties {
					t.Errorf("resource %+v", r)
				}
			}
			if key, ok := s.KeyByDigest(apikey.Digest{1}); !ok || key.ID() != "k1" {
				t.Errorf("key %+v", key)
			}
			if _, ok := s.KeyByDigest(apikey.Digest{1, 31: 1}); ok {
				t.Error("half a digest is enough")
			}
			if token, ok := s.TokenByDigest(apikey.Digest{2}); !ok || token.ID != "t1" {
				t.Errorf("token %+v", token)
			}
		})
	}
}

func TestNothingIsFoundWhereNothingIs(t *testing.T) {
	s := Empty()
	_, user := s.User("")
	_, key := s.Key("")
	_, byDigest := s.KeyByDigest(apikey.Digest{})
	_, token := s.TokenByDigest(apikey.Digest{})
	_, member := s.WorkspaceMember("", "")
	_, resource := s.Resource("", "")
	if user || key || byDigest || token || member || resource {
		t.Error("the empty snapshot holds something")
	}
	if got := (Resource{}).Properties(); got != "" {
		t.Errorf("no resource has the properties %s", got)
	}
}

func TestAnEditLeavesWhatItBeganFromAlone(t *testing.T) {
	before := fill(NewLoad())
	want := fill(Empty().Edit())
	edit := before.Edit()
	edit.DeleteUser("u1")
	edit.DeleteOrganization("o1")
	edit.DeleteOrganizationMember("o1", "u1")
	edit.DeleteWorkspace("w1")
	edit.DeleteWorkspaceMember("w1", "u2")
	edit.DeleteResource("workflow", "f1")
	edit.DeleteKey("k1")
	edit.DeleteToken("t1")
	edit.DeleteUser("never there")
	edit.PutUser(authz.User{ID: "u2", Name: "Bo"})
	after := edit.Commit(6)
	if want := (Counts{Users: 1, Workspaces: 1, Resources: 2}); after.Counts() != want || after.Revision() != 6 {
		t.Errorf("after: %+v", after.Counts())
	}
	if _, ok := after.KeyByDigest(apikey.Digest{1}); ok {
		t.Error("a deleted key is still found by its digest")
	}
	if _, ok := after.TokenByDigest(apikey.Digest{2}); ok {
		t.Error("a deleted token is still found by its digest")
	}
	if before.Counts() != want.Counts() || before.Revision() != 5 {
		t.Errorf("before: %+v", before.Counts())
	}
	was, _ := before.User("u2")
	is, _ := after.User("u2")
	if was.Name() != "" || is.Name() != "Bo" {
		t.Errorf("the user was %q and is %q", was.Name(), is.Name())
	}
	if _, ok := before.TokenByDigest(apikey.Digest{2}); !ok {
		t.Error("the token is gone from before")
	}
}

// A secret that goes over from one key to another is found at its new one, in whichever order the two change.
func TestADigestGoesOver(t *testing.T) {
	old, other := apikey.Digest{1}, apikey.Digest{2}
	for label, changes := range map[string][]func(*Edit){
		"put, deleted": {func(e *Edit) { e.PutKey(authz.APIKey{ID: "b"}, old) }, func(e *Edit) { e.DeleteKey("a") }},
		"deleted, put": {func(e *Edit) { e.DeleteKey("a") }, func(e *Edit) { e.PutKey(authz.APIKey{ID: "b"}, old) }},
		"put, put":     {func(e *Edit) { e.PutKey(authz.APIKey{ID: "b"}, old) }, func(e *Edit) { e.PutKey(authz.APIKey{ID: "a"}, other) }},
	} {
		t.Run(label, func(t *testing.T) {
			edit := Empty().Edit()
			edit.PutKey(authz.APIKey{ID: "a"}, old)
			for _, change := range changes {
				change(edit)
			}
			if key, ok := edit.Commit(1).KeyByDigest(old); !ok || key.ID() != "b" {
				t.Errorf("got %q, %t", key.ID(), ok)
			}
		})
	}
	edit := Empty().Edit()
	edit.PutToken(authz.ServiceToken{ID: "a"}, old)
	edit.PutToken(authz.ServiceToken{ID: "b"}, old)
	edit.DeleteToken("a")
	if token, ok := edit.Commit(1).TokenByDigest(old); !ok || token.ID != "b" {
		t.Errorf("token %q, %t", token.ID, ok)
	}
}

func TestANewSecretEndsTheOld(t *testing.T) {
	edit := fill(NewLoad()).Edit()
	edit.PutKey(authz.APIKey{ID: "k1", Name: "rotated"}, apikey.Digest{9})
	edit.PutToken(authz.ServiceToken{ID: "t1", Name: "rotated"}, apikey.Digest{8})
	s := edit.Commit(6)
	_, key := s.KeyByDigest(apikey.Digest{1})
	_, token := s.TokenByDigest(apikey.Digest{2})
	if key || token {
		t.Errorf("the old secrets still lead somewhere: key %t, token %t", key, token)
	}
	if key, ok := s.KeyByDigest(apikey.Digest{9}); !ok || key.Name() != "rotated" {
		t.Errorf("key %+v", key)
	}
}

func TestLiveness(t *testing.T) {
	at := func(d time.Duration) *time.Time { moment := noon.Add(d); return &moment }
	world := func(change func(*Edit)) *Snapshot {
		edit := fill(NewLoad()).Edit()
		change(edit)
		return edit.Commit(6)
	}
	none := func(*Edit) {}
	for label, c := range map[string]struct {
		key    authz.APIKey
		change func(*Edit)
		want   authz.Code
	}{
		"live":                       {authz.APIKey{}, none, ""},
		"revoked first":              {authz.APIKey{RevokedAt: at(0), ExpiresAt: at(-1), Disabled: true}, none, authz.KeyRevoked},
		"expired before disabled":    {authz.APIKey{ExpiresAt: at(0), Disabled: true}, none, authz.KeyExpired},
		"not yet expired":            {authz.APIKey{ExpiresAt: at(time.Microsecond)}, none, ""},
		"disabled before its owner":  {authz.APIKey{Disabled: true}, func(e *Edit) { e.DeleteWorkspace("w1") }, authz.KeyDisabled},
		"its workspace is gone":      {authz.APIKey{}, func(e *Edit) { e.DeleteWorkspace("w1") }, authz.OwnerInactive},
		"its user":                   {authz.APIKey{Type: authz.PersonalKey, OwnerID: "u1"}, none, ""},
		"its user is inactive":       {authz.APIKey{Type: authz.PersonalKey, OwnerID: "u2"}, none, authz.OwnerInactive},
		"its user is gone":           {authz.APIKey{Type: authz.PersonalKey, OwnerID: "u3"}, none, authz.OwnerInactive},
		"its organization":           {authz.APIKey{Type: authz.OrganizationKey, OwnerID: "o1"}, none, ""},
		"its organization is gone":   {authz.APIKey{Type: authz.OrganizationKey, OwnerID: "w1"}, none, authz.OwnerInactive},
		"of a type that is not ours": {authz.APIKey{Type: "robot", OwnerID: "w1"}, none, authz.OwnerInactive},
	} {
		t.Run(label, func(t *testing.T) {
			c.key.ID = "k"
			if c.key.Type == "" {
				c.key.Type, c.key.OwnerID = authz.WorkspaceKey, "w1"
			}
			s := world(func(e *Edit) { c.change(e); e.PutKey(c.key, apikey.Digest{7}) })
			key, _ := s.Key("k")
			if got := s.Liveness(key, noon); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
