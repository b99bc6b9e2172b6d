package management_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage/decisions"
)

// actors are everyone who may come to the doors of management.
var actors = map[string]management.Actor{
	"the platform":            platform,
	"directory":               token(authz.DirectoryScope),
	"decide":                  token(authz.DecideScope),
	"leaks":                   token(authz.LeaksScope),
	"bundle":                  token(authz.BundleScope),
	"no scope":                {},
	"manage for nobody":       token(authz.ManageScope),
	"decide for owner":        {Token: token(authz.DecideScope).Token, UserID: "owner"},
	"directory for owner":     {Token: token(authz.DirectoryScope).Token, UserID: "owner"},
	"admin for stranger":      {Token: platform.Token, UserID: "stranger"},
	"admin for nobody known":  {Token: platform.Token, UserID: "nobody"},
	"manage+directory for ws": {Token: token(authz.ManageScope, authz.DirectoryScope).Token, UserID: "reader"},
	"owner":                   as("owner"),
	"admin":                   as("admin"),
	"writer":                  as("writer"),
	"reader":                  as("reader"),
	"org_admin":               as("org_admin"),
	"org_member":              as("org_member"),
	"stranger":                as("stranger"),
	"idle":                    as("idle"),
	"nobody":                  as("nobody"),
	"policy_admin":            as("policy_admin"),
	"platform_admin":          as("platform_admin"),
}

// refusalOf says with which code an actor is refused who is nobody, whatever they want; "" for somebody.
var refusalOf = map[string]string{
	"directory": "insufficient_scope", "decide": "insufficient_scope", "leaks": "insufficient_scope", "bundle": "insufficient_scope",
	"no scope": "insufficient_scope", "decide for owner": "insufficient_scope", "directory for owner": "insufficient_scope",
	"manage for nobody": "no_actor", "admin for nobody known": "no_actor", "idle": "no_actor", "nobody": "no_actor",
	"signed out": "session_over", "made inactive": "session_over", "inactive with a session": "session_over",
}

// isSignedIn marks who is signed in at a browser. They may what a token of scope manage may that acts for them.
const isSignedIn = ", signed in"

// people are the actors, each as they are when they are asked for, and those who are or were signed in.
func (h *house) people() map[string]func() management.Actor {
	all := map[string]func() management.Actor{}
	for name, actor := range actors {
		all[name] = func() management.Actor { return actor }
	}
	for _, id := range []string{"owner", "admin", "writer", "reader", "org_admin", "org_member", "stranger", "policy_admin", "platform_admin"} {
		// Anew each time, for one of the operations ends sessions; and later, so that it is not the oldest that makes room.
		all[id+isSignedIn] = func() management.Actor {
			h.now = h.now.Add(time.Microsecond)
			actor, _ := h.signIn(id)
			return actor
		}
	}
	h.mustImport(`{"kind": "user", "id": "lapsed", "platform_role": "admin"}
{"kind": "workspace_member", "workspace_id": "ws", "user_id": "lapsed", "role": "admin"}
{"kind": "organization_member", "organization_id": "org", "user_id": "lapsed", "role": "admin"}`)
	signedOut, _ := h.signIn("platform_admin")
	h.must(h.EndSession(h.t.Context(), signedOut, "platform_admin", signedOut.SessionID))
	lapsed, _ := h.signIn("lapsed")
	h.putUser("lapsed", `{"active": false}`)
	left := h.leaveSession("lapsed")
	all["signed out"] = func() management.Actor { return signedOut }
	all["made inactive"] = func() management.Actor { return lapsed }
	all["inactive with a session"] = func() management.Actor { return left }
	return all
}

// TestWhoMayDoWhat is the contract's table: every operation by every actor. Who is not named is refused, and changes nothing.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	members := []string{"owner", "admin", "writer", "reader", "manage+directory for ws"}
	admins := []string{"owner", "admin"}
	policyAdmins := []string{"policy_admin", "platform_admin"}
	keepers := []string{"directory", "platform_admin"}
	everybody := slices.Concat(keepers, members, policyAdmins, []string{"org_admin", "org_member", "stranger", "admin for stranger"})
	people := h.people()
	h.draft(aPolicy)
	names := 0
	create := func(body string) func(management.Actor) error {
		return func(a management.Actor) error {
			names++
			fields := read[management.KeyFields](t, fmt.Sprintf(body, fmt.Sprintf("key %d", names)))
			_, _, _, err := h.CreateKey(t.Context(), a, fields)
			return err
		}
	}
	// onKey does something to a fresh key.
	onKey := func(body string, do func(management.Actor, string) error) func(management.Actor) error {
		return func(a management.Actor) error {
			names++
			key, _ := h.createKey(fmt.Sprintf(body, fmt.Sprintf("key %d", names)))
			err := do(a, key.ID)
			if err != nil && jsonOf(h.key(key.ID)) != jsonOf(key) {
				t.Errorf("refused, and changed nevertheless: %v", err)
			}
			return err
		}
	}
	list := func(ownerType authz.OwnerType, id string) func(management.Actor) error {
		return func(a management.Actor) error {
			_, _, err := h.ListKeys(t.Context(), a, management.KeyQuery{Owner: authz.Owner{Type: ownerType, ID: id}, Limit: 10})
			return err
		}
	}
	theOrg := authz.Owner{Type: authz.OrganizationOwner, ID: "org"}
	listResources := func(place authz.Owner) func(management.Actor) error {
		return func(a management.Actor) error {
			_, _, err := h.ListResources(t.Context(), a, management.DirectoryQuery{Place: place, Limit: 5})
			return err
		}
	}
	readKey := func(a management.Actor, id string) error { _, err := h.Key(t.Context(), a, id); return err }
	revoke := func(a management.Actor, id string) error { _, _, err := h.RevokeKey(t.Context(), a, id); return err }
	rename := func(a management.Actor, id string) error {
		_, _, err := h.UpdateKey(t.Context(), a, id, read[management.KeyChange](t, `{"disabled": true}`))
		return err
	}
	rotate := func(a management.Actor, id string) error {
		_, _, _, err := h.RotateKey(t.Context(), a, id, 0)
		return err
	}
	patch := func(change string) func(management.Actor) error {
		return func(a management.Actor) error {
			_, _, err := h.PatchWorkspace(t.Context(), a, "ws", read[management.WorkspaceChange](t, change))
			return err
		}
	}
	const (
		personal     = `{"type": "personal", "user_id": "writer", "name": %q}`
		workspace    = `{"type": "workspace", "workspace_id": "ws", "name": %q}`
		organization = `{"type": "organization", "organization_id": "org", "grants": [{"workspace_id": "ws", "permission": "read"}], "name": %q}`
	)
	operations := []struct {
		name    string
		do      func(management.Actor) error
		allowed []string
		// refusal is the code for somebody who may not; forbidden unless given.
		refusal string
	}{
		{"create a personal key", create(personal), []string{"writer"}, ""},
		{"list personal keys", list(authz.UserOwner, "writer"), []string{"writer"}, ""},
		{"read a personal key", onKey(personal, readKey), []string{"writer"}, "not_found"},
		{"revoke a personal key", onKey(personal, revoke), []string{"writer"}, "not_found"},

		{"change a personal key", onKey(personal, rename), []string{"writer"}, "not_found"},
		{"rotate a personal key", onKey(personal, rotate), []string{"writer"}, "not_found"},

		{"create a workspace key", create(workspace), admins, ""},
		{"list a workspace's keys", list(authz.WorkspaceOwner, "ws"), members, ""},
		{"read a workspace key", onKey(workspace, readKey), members, "not_found"},
		{"revoke a workspace key", onKey(workspace, revoke), admins, "by standing"},
		{"change a workspace key", onKey(workspace, rename), admins, "by standing"},
		{"rotate a workspace key", onKey(workspace, rotate), admins, "by standing"},
		{"list reaching keys", func(a management.Actor) error { _, err := h.ReachingKeys(t.Context(), a, "ws"); return err }, members, ""},
		{"turn the personal-key switch", patch(`{"personal_keys_enabled": true}`), append(slices.Clone(admins), keepers...), ""},

		{"create an organization key", create(organization), []string{"org_admin"}, ""},
		{"list an organization's keys", list(authz.OrganizationOwner, "org"), []string{"org_admin"}, ""},
		{"read an organization key", onKey(organization, readKey), []string{"org_admin"}, "not_found"},
		{"revoke an organization key", onKey(organization, revoke), []string{"org_admin"}, "not_found"},
		{"change an organization key", onKey(organization, rename), []string{"org_admin"}, "not_found"},
		{"rotate an organization key", onKey(organization, rotate), []string{"org_admin"}, "not_found"},

		{"rename a workspace", patch(`{"name": "Core"}`), keepers, ""},
		{"archive a workspace", patch(`{"archived": false}`), keepers, ""},
		{"switch and rename", patch(`{"personal_keys_enabled": true, "name": "Core"}`), keepers, ""},
		{"switch and archive", patch(`{"personal_keys_enabled": true, "archived": false}`), keepers, ""},
		{"switch and give away", patch(`{"personal_keys_enabled": true, "owner_id": "owner"}`), keepers, ""},
		{"switch and move", patch(`{"personal_keys_enabled": true, "organization_id": "org"}`), keepers, ""},
		{"read all of the decision log", decisionsOf(h, decisions.Filter{KeyOwner: authz.Owner{Type: authz.UserOwner, ID: "nobody"}}), []string{"policy_admin", "platform_admin"}, ""},
		{"read a workspace's decisions", decisionsOf(h, decisions.Filter{WorkspaceID: "ws"}), []string{"owner", "admin", "policy_admin", "platform_admin"}, ""},
		{"read an organization's decisions", decisionsOf(h, decisions.Filter{OrganizationID: "org"}), []string{"org_admin", "policy_admin", "platform_admin"}, ""},
		{"read decisions with a user's keys", decisionsOf(h, decisions.Filter{KeyOwner: authz.Owner{Type: authz.UserOwner, ID: "writer"}}), []string{"writer", "policy_admin", "platform_admin"}, ""},
		{"read decisions with a workspace's keys", decisionsOf(h, decisions.Filter{KeyOwner: authz.Owner{Type: authz.WorkspaceOwner, ID: "ws"}}), []string{"owner", "admin", "policy_admin", "platform_admin"}, ""},
		{"read decisions with an organization's keys", decisionsOf(h, decisions.Filter{KeyOwner: authz.Owner{Type: authz.OrganizationOwner, ID: "org"}}), []string{"org_admin", "policy_admin", "platform_admin"}, ""},
		{"read one's own keys' decisions elsewhere", decisionsOf(h, decisions.Filter{KeyOwner: authz.Owner{Type: authz.UserOwner, ID: "stranger"}, WorkspaceID: "ws"}), []string{"owner", "admin", "policy_admin", "platform_admin"}, ""},
		{"read a workspace", func(a management.Actor) error { _, err := h.Workspace(t.Context(), a, "ws"); return err }, slices.Concat(members, keepers, []string{"org_admin"}), ""},
		{"read a resource", func(a management.Actor) error { _, err := h.Resource(t.Context(), a, "workflow", "wf"); return err }, slices.Concat(members, keepers, []string{"org_admin"}), ""},
		{"read an organization", func(a management.Actor) error { _, err := h.Organization(t.Context(), a, "org"); return err }, slices.Concat(keepers, []string{"org_admin", "org_member"}), ""},
		{"list an organization's workspaces", func(a management.Actor) error {
			_, _, err := h.ListWorkspaces(t.Context(), a, management.DirectoryQuery{Place: theOrg, Limit: 5})
			return err
		}, slices.Concat(keepers, []string{"org_admin"}), ""},
		{"list an organization's resources", listResources(theOrg), slices.Concat(keepers, []string{"org_admin"}), ""},
		{"list a workspace's resources", listResources(authz.Owner{Type: authz.WorkspaceOwner, ID: "ws"}), slices.Concat(members, keepers), ""},
		{"list an unknown workspace's resources", listResources(authz.Owner{Type: authz.WorkspaceOwner, ID: "none"}), keepers, ""},
		{"list one's workspaces", func(a management.Actor) error {
			_, _, err := h.ListWorkspaces(t.Context(), a, management.DirectoryQuery{Limit: 5})
			return err
		}, everybody, ""},
		{"list one's organizations", func(a management.Actor) error {
			_, _, err := h.ListOrganizations(t.Context(), a, management.DirectoryQuery{Limit: 5})
			return err
		}, everybody, ""},
		{"import", func(a management.Actor) error {
			_, err := h.Import(t.Context(), a, strings.NewReader(`{"kind": "user", "id": "imported"}`))
			return err
		}, keepers, ""},
		{"import a key", func(a management.Actor) error {
			names++
			_, err := h.Import(t.Context(), a, strings.NewReader(fmt.Sprintf(`{"kind": "key", "id": "key_%d", "type": "workspace", "workspace_id": "ws", "name": "imported %d"}`, names, names)))
			return err
		}, nil, ""},
		{"read the policy", func(a management.Actor) error { _, err := h.ActivePolicy(t.Context(), a); return err }, policyAdmins, ""},
		{"read the history", func(a management.Actor) error { _, _, err := h.PolicyRevisions(t.Context(), a, 0, 5); return err }, policyAdmins, ""},
		{"compare revisions", func(a management.Actor) error { _, _, err := h.PolicyDiff(t.Context(), a, 1, 0); return err }, policyAdmins, ""},
		{"see an upgrade", func(a management.Actor) error { _, err := h.PolicyUpgrade(t.Context(), a); return err }, policyAdmins, ""},
		{"check a draft", func(a management.Actor) error { _, err := h.CheckPolicy(t.Context(), a, aPolicy); return err }, policyAdmins, ""},
		{"format a draft", func(a management.Actor) error { _, err := h.FormatPolicy(t.Context(), a, aPolicy); return err }, policyAdmins, ""},
		{"read which actions there are", func(a management.Actor) error { _, err := h.Vocabulary(t.Context(), a); return err }, everybody[len(keepers)-1:], ""},
		{"list the servers", func(a management.Actor) error { _, err := h.Replicas(t.Context(), a); return err }, policyAdmins, ""},
		{"publish a draft", func(a management.Actor) error {
			_, _, err := h.PublishPolicy(t.Context(), a, h.draft(aPolicy))
			return err
		}, policyAdmins, ""},
		{"restore a revision", func(a management.Actor) error { _, _, err := h.RestorePolicy(t.Context(), a, 1); return err }, policyAdmins, ""},
		{"run a candidate", func(a management.Actor) error {
			_, _, err := h.BeginCandidate(t.Context(), a, h.draft(aPolicy))
			return err
		}, policyAdmins, ""},
		{"see the candidate", func(a management.Actor) error {
			h.mustShadow()
			_, err := h.Candidate(t.Context(), a)
			return err
		}, policyAdmins, ""},
		{"drop the candidate", func(a management.Actor) error { _, err := h.DropCandidate(t.Context(), a); return err }, policyAdmins, ""},
		{"promote the candidate", func(a management.Actor) error {
			h.mustShadow()
			_, _, err := h.PromoteCandidate(t.Context(), a)
			return err
		}, policyAdmins, ""},
		{"create a token", func(a management.Actor) error {
			_, _, _, err := h.CreateToken(t.Context(), a, read[management.TokenFields](t, `{"name": "n", "scopes": ["decide"]}`))
			return err
		}, nil, "forbidden to all"},
		{"list tokens", func(a management.Actor) error { _, err := h.ListTokens(t.Context(), a); return err }, nil, "forbidden to all who read"},
		{"delete a token", func(a management.Actor) error {
			made, _, _, err := h.CreateToken(t.Context(), platform, read[management.TokenFields](t, `{"name": "n", "scopes": ["decide"]}`))
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.DeleteToken(t.Context(), a, made.ID)
			return err
		}, nil, "forbidden to all"},

		{"list a user's sessions", func(a management.Actor) error { _, err := h.ListSessions(t.Context(), a, "writer"); return err }, append([]string{"writer"}, keepers...), ""},
		{"end a user's session", func(a management.Actor) error {
			session, secret := h.signIn("writer")
			err := h.EndSession(t.Context(), a, "writer", session.SessionID)
			if (h.sessionError(secret) == "") != (err != nil) {
				t.Errorf("answered %v, and the session is: %q", err, h.sessionError(secret))
			}
			return err
		}, append([]string{"writer"}, keepers...), ""},
		{"end all of a user's sessions", func(a management.Actor) error {
			_, secret := h.signIn("writer")
			err := h.EndSessions(t.Context(), a, "writer")
			if (h.sessionError(secret) == "") != (err != nil) {
				t.Errorf("answered %v, and the session is: %q", err, h.sessionError(secret))
			}
			return err
		}, append([]string{"writer"}, keepers...), ""},
		{"list a user's identities", func(a management.Actor) error { _, err := h.Identities(t.Context(), a, "writer"); return err }, nil, "forbidden to all who read"},
		{"link a user", func(a management.Actor) error {
			names++
			_, err := h.LinkIdentity(t.Context(), a, "writer", read[management.IdentityFields](t, fmt.Sprintf(`{"issuer": "https://id-%d.example", "subject": "s"}`, names)))
			return err
		}, nil, "forbidden to all"},
		{"unlink a user", func(a management.Actor) error { return h.UnlinkIdentities(t.Context(), a, "writer") }, nil, "forbidden to all"},
	}
	for name, do := range h.directoryOperations() {
		operations = append(operations, struct {
			name    string
			do      func(management.Actor) error
			allowed []string
			refusal string
		}{name, do, keepers, ""})
	}
	for _, o := range operations {
		t.Run(o.name, func(t *testing.T) {
			for _, who := range slices.Sorted(maps.Keys(people)) {
				name := strings.TrimSuffix(who, isSignedIn)
				want := o.refusal
				switch {
				case name == "the platform", slices.Contains(o.allowed, name):
					want = ""
				case want == "forbidden to all" && (name == "signed out" || name == "made inactive"):
					want = "session_over"
				case want == "forbidden to all", want == "forbidden to all who read":
					want = "forbidden"
				case refusalOf[name] != "":
					want = refusalOf[name]
					if name == "directory" && o.name == "import a key" {
						want = "forbidden"
					}
				case want == "by standing":
					// Members see the key, and may not; to others it is not there.
					want = "not_found"
					if slices.Contains(members, name) {
						want = "forbidden"
					}
				case want == "":
					want = "forbidden"
				}
				if got := codeOf(o.do(people[who]())); got != want {
					t.Errorf("%s: got %q, want %q", who, got, want)
				}
			}
		})
	}
}

// A personal key without an owner is the actor's; the platform is nobody whose it could be.
func TestPersonalKeyDefaultsToTheActor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	fields := read[management.KeyFields](t, `{"type": "personal", "name": "laptop"}`)
	key, _, _, err := h.CreateKey(t.Context(), as("reader"), fields)
	if err != nil || key.OwnerID != "reader" || key.CreatedBy != "reader" {
		t.Errorf("got %+v, %v", key, err)
	}
	_, _, _, err = h.CreateKey(t.Context(), platform, fields)
	wantFaults(t, err, "user_id")
}

// Who names no owner asks for their own keys; the platform asks for all.
func TestListWithoutAnOwner(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.createKey(`{"type": "personal", "user_id": "reader", "name": "a"}`)
	h.createKey(`{"type": "personal", "user_id": "writer", "name": "b"}`)
	for _, c := range []struct {
		actor management.Actor
		want  int
	}{{as("reader"), 1}, {as("stranger"), 0}, {platform, 2}} {
		page, _, err := h.ListKeys(t.Context(), c.actor, management.KeyQuery{Limit: 10})
		if err != nil || len(page) != c.want {
			t.Errorf("%s sees %d keys, %v", c.actor.UserID, len(page), err)
		}
	}
	_, _, err := h.ListKeys(t.Context(), token(authz.DirectoryScope), management.KeyQuery{Limit: 10})
	wantCode(t, err, "insufficient_scope")
}

// A key that is not there and one of another owner read the same.
func TestAnothersKeyIsNotThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key, _ := h.createKey(`{"type": "personal", "user_id": "reader", "name": "a"}`)
	_, unknown := h.Key(t.Context(), as("stranger"), "key_unknown")
	_, anothers := h.Key(t.Context(), as("stranger"), key.ID)
	wantCode(t, anothers, "not_found")
	if fmt.Sprint(unknown) != fmt.Sprint(anothers) {
		t.Errorf("they differ: %v and %v", unknown, anothers)
	}
	_, _, unknown = h.RevokeKey(t.Context(), as("stranger"), "key_unknown")
	_, _, anothers = h.RevokeKey(t.Context(), as("stranger"), key.ID)
	if fmt.Sprint(unknown) != fmt.Sprint(anothers) {
		t.Errorf("they differ: %v and %v", unknown, anothers)
	}
}

// Somebody who was just demoted has no standing in the very next transaction, whatever the engine has seen.
func TestAuthorityIsReadInTheTransaction(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.decide(apikeyNone, "workflow.read", "workflow", "wf")
	if _, err := h.DeleteWorkspaceMember(t.Context(), platform, "ws", "admin"); err != nil {
		t.Fatal(err)
	}
	fields := read[management.KeyFields](t, `{"type": "workspace", "workspace_id": "ws", "name": "n"}`)
	_, _, _, err := h.CreateKey(t.Context(), as("admin"), fields)
	wantCode(t, err, "forbidden")
	if _, _, _, err := h.PutUser(t.Context(), platform, "owner", read[management.UserChange](t, `{"active": false}`)); err != nil {
		t.Fatal(err)
	}
	_, _, _, err = h.CreateKey(t.Context(), as("owner"), fields)
	wantCode(t, err, "no_actor")
}
