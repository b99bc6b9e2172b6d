package opastore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// documents is what Rego sees of the world that small makes: defaults filled in, null fields absent, live keys alone.
const documents = `{
	"users": {
		"u1": {"id": "u1", "name": "Ada", "email": "ada@example.com", "active": true, "platform_role": "admin"},
		"u2": {"id": "u2", "name": "", "email": "", "active": false}
	},
	"organizations": {"o1": {"id": "o1", "name": "Acme"}},
	"organization_members": {"o1": {"u1": {"role": "admin"}, "u2": {"role": "member"}}},
	"workspaces": {
		"w1": {"id": "w1", "name": "One", "owner_id": "u1", "organization_id": "o1", "personal_keys_enabled": true, "archived": false},
		"w2": {"id": "w2", "name": "", "owner_id": "u2", "personal_keys_enabled": false, "archived": true}
	},
	"workspace_members": {"w1": {"u1": {"role": "read"}, "u2": {"role": "write"}}, "w2": {"u1": {"role": "admin"}}},
	"resources": {
		"workflow": {
			"f1": {"type": "workflow", "id": "f1", "name": "Flow", "workspace_id": "w1", "properties": {"deployed": true}},
			"f2": {"type": "workflow", "id": "f2", "name": "", "properties": {"deployed": false}}
		},
		"mcp_server": {
			"m1": {"type": "mcp_server", "id": "m1", "name": "", "workspace_id": "w1", "properties": {"deployed": true, "workflow_ids": ["f1", "f2"], "0": {"1": [[], {}, null, 1.5]}}}
		},
		"file": {"f1": {"type": "file", "id": "f1", "name": "", "workspace_id": "w2", "properties": {}}}
	},
	"keys": {
		"k1": {"id": "k1", "type": "workspace", "workspace_id": "w1"},
		"k2": {"id": "k2", "type": "workspace", "workspace_id": "w1", "workflow_ids": ["f1", "f2"], "expires_at": "2030-01-31T12:00:00.000001Z"},
		"k3": {"id": "k3", "type": "organization", "organization_id": "o1", "grants": [
			{"workspace_id": "w1", "permission": "read"}, {"workflow_id": "f1", "permission": "admin"}, {"workspace_id": "w1", "permission": "write"}, {"workspace_id": "w1", "permission": "read"}]},
		"k4": {"id": "k4", "type": "personal", "user_id": "u1", "allowed_cidrs": ["10.0.0.0/8", "::1/128"]},
		"k5": {"id": "k5", "type": "organization", "organization_id": "o1", "grants": []},
		"k6": {"id": "k6", "type": "workspace", "workspace_id": "w2", "workflow_ids": [], "allowed_cidrs": []}
	},
	"scopes": {
		"k1": {"narrowed": false},
		"k2": {"narrowed": true, "workflows": {"f1": true, "f2": true}},
		"k3": {"workspaces": {"w1": "write"}, "workflows": {"f1": "admin"}},
		"k4": {},
		"k5": {"workspaces": {}, "workflows": {}},
		"k6": {"narrowed": true, "workflows": {}}
	}
}`

func small() *snapshot.Snapshot {
	after := noon.Add(time.Microsecond)
	before := noon.Add(-time.Hour)
	at := noon
	l := snapshot.NewLoad()
	l.PutUser(authz.User{ID: "u1", Name: "Ada", Email: "ada@example.com", Active: true, PlatformRole: authz.PlatformAdmin})
	l.PutUser(authz.User{ID: "u2"})
	l.PutOrganization(authz.Organization{ID: "o1", Name: "Acme"})
	l.PutOrganizationMember(authz.OrganizationMember{OrganizationID: "o1", UserID: "u1", Role: authz.OrganizationAdminRole})
	l.PutOrganizationMember(authz.OrganizationMember{OrganizationID: "o1", UserID: "u2", Role: authz.OrganizationMemberRole})
	l.PutWorkspace(authz.Workspace{ID: "w1", Name: "One", OwnerID: "u1", OrganizationID: "o1", PersonalKeysEnabled: true})
	l.PutWorkspace(authz.Workspace{ID: "w2", OwnerID: "u2", Archived: true})
	l.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "w1", UserID: "u1", Role: authz.Read})
	l.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "w1", UserID: "u2", Role: authz.Write})
	l.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "w2", UserID: "u1", Role: authz.Admin})
	l.PutResource(authz.Resource{Type: "workflow", ID: "f1", Name: "Flow", WorkspaceID: "w1", Properties: authz.Object(`{"deployed":true}`)})
	l.PutResource(authz.Resource{Type: "workflow", ID: "f2", Properties: authz.Object(`{"deployed":false}`)})
	l.PutResource(authz.Resource{Type: "mcp_server", ID: "m1", WorkspaceID: "w1", Properties: authz.Object(`{"deployed":true,"workflow_ids":["f1","f2"],"0":{"1":[[],{},null,1.5]}}`)})
	l.PutResource(authz.Resource{Type: "file", ID: "f1", WorkspaceID: "w2"})
	for i, k := range []authz.APIKey{
		{ID: "k1", Type: authz.WorkspaceKey, OwnerID: "w1"},
		{ID: "k2", Type: authz.WorkspaceKey, OwnerID: "w1", WorkflowIDs: []string{"f1", "f2"}, ExpiresAt: &after},
		{ID: "k3", Type: authz.OrganizationKey, OwnerID: "o1", Grants: []authz.Grant{
			{WorkspaceID: "w1", Permission: authz.Read}, {WorkflowID: "f1", Permission: authz.Admin}, {WorkspaceID: "w1", Permission: authz.Write}, {WorkspaceID: "w1", Permission: authz.Read}}},
		{ID: "k4", Type: authz.PersonalKey, OwnerID: "u1", AllowedCIDRs: []string{"10.0.0.0/8", "::1/128"}},
		{ID: "k5", Type: authz.OrganizationKey, OwnerID: "o1", Grants: []authz.Grant{}},
		{ID: "k6", Type: authz.WorkspaceKey, OwnerID: "w2", WorkflowIDs: []string{}, AllowedCIDRs: []string{}},
		{ID: "dead1", Type: authz.WorkspaceKey, OwnerID: "w1", RevokedAt: &before},
		{ID: "dead2", Type: authz.WorkspaceKey, OwnerID: "w1", ExpiresAt: &at},
		{ID: "dead3", Type: authz.WorkspaceKey, OwnerID: "w1", Disabled: true},
		{ID: "dead4", Type: authz.PersonalKey, OwnerID: "u2"},
		{ID: "dead5", Type: authz.OrganizationKey, OwnerID: "gone"},
	} {
		l.PutKey(k, apikey.Digest{byte(i)})
	}
	return l.Commit(1)
}

// reads are two stores of the same world: ours, and OPA's own.
type reads struct {
	ours, opas       storage.Store
	oursTxn, opasTxn storage.Transaction
	elements         []string
	paths            []storage.Path
}

func newReads(t testing.TB) *reads {
	t.Helper()
	tree := ast.MustParseTerm(documents).Value
	native, err := ast.JSON(tree)
	if err != nil {
		t.Fatal(err)
	}
	object, _ := native.(map[string]any)
	r := &reads{
		ours: opastore.Store{}, oursTxn: opastore.NewTransaction(small(), noon),
		opas: inmem.NewFromObjectWithOpts(object, inmem.OptReturnASTValuesOnRead(true)),
	}
	if r.opasTxn, err = r.opas.NewTransaction(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.elements = []string{"", "0", "1", "2", "-1", "+1", "00", "01", "1.0", " 1", "99999999999999999999", "x", "dead1", "dead2", "dead3", "dead4", "dead5", "role\x00"}
	r.walk(nil, native)
	return r
}

// walk collects every path of a document, and what they are made of.
func (r *reads) walk(path storage.Path, document any) {
	r.paths = append(r.paths, path)
	step := func(element string, value any) {
		r.elements = append(r.elements, element)
		r.walk(append(path[:len(path):len(path)], element), value)
	}
	switch d := document.(type) {
	case map[string]any:
		for name, value := range d {
			step(name, value)
		}
	case []any:
		for i, value := range d {
			step(fmt.Sprint(i), value)
		}
	}
}

// isScan tells paths that would answer a whole collection.
func isScan(path storage.Path) bool {
	if len(path) == 0 {
		return true
	}
	depths := map[string]int{"users": 2, "organizations": 2, "workspaces": 2, "keys": 2, "scopes": 2, "organization_members": 3, "workspace_members": 3, "resources": 3}
	return len(path) < depths[path[0]]
}

func (r *reads) compare(t testing.TB, path storage.Path) {
	t.Helper()
	got, err := r.ours.Read(context.Background(), r.oursTxn, path)
	if isScan(path) {
		if err == nil || storage.IsNotFound(err) {
			t.Errorf("%q is a scan, and was answered: %v, %v", path, got, err)
		}
		return
	}
	if cached := r.oursTxn.(*opastore.Transaction).Get(refOf(path)); cached != nil && cached.Compare(got.(ast.Value)) != 0 {
		t.Errorf("%q: the cache has %v, the store %v", path, cached, got)
	}
	want, wantErr := r.opas.Read(context.Background(), r.opasTxn, path)
	if storage.IsNotFound(err) != storage.IsNotFound(wantErr) || (err == nil) != (wantErr == nil) {
		t.Errorf("%q: got the error %v, want %v", path, err, wantErr)
		return
	}
	if err != nil {
		if r.oursTxn.(*opastore.Transaction).Get(refOf(path)) != nil {
			t.Errorf("%q: the cache has what the store does not", path)
		}
		if _, bare := err.(*storage.Error); !bare {
			t.Errorf("%q: OPA asserts the type of the error, which is %T", path, err)
		}
		return
	}
	value, ok := got.(ast.Value)
	if !ok || value.Compare(want.(ast.Value)) != 0 || value.Hash() != want.(ast.Value).Hash() {
		t.Errorf("%q: got %v, want %v", path, got, want)
	}
}

// refOf is what OPA calls a path by.
func refOf(path storage.Path) ast.Ref {
	ref := ast.Ref{ast.DefaultRootDocument}
	for _, name := range path {
		ref = append(ref, ast.StringTerm(name))
	}
	return ref
}

// A transaction is OPA's cache of what it reads, too: what is there it answers by itself, and nothing else.
func TestTheCacheHasWhatStandsAndLeavesTheRest(t *testing.T) {
	r := newReads(t)
	txn := r.oursTxn.(*opastore.Transaction)
	for _, path := range r.paths {
		if got := txn.Get(refOf(path)); (got == nil) != (isScan(path) || len(path) > 7) {
			t.Errorf("%q: got %v", path, got)
		}
	}
	for _, ref := range []string{"data", "data.users", "data.users.nobody", "data.steelgate.authz", "data.keys.k2.workflow_ids[0]", "data.users[1]", "data.users[x]", "data.a.b.c.d.e.f.g.h.i.j"} {
		if got := txn.Get(ast.MustParseRef(ref)); got != nil {
			t.Errorf("%s: got %v", ref, got)
		}
	}
}

func TestEveryPathReadsAsInOPAsOwnStore(t *testing.T) {
	r := newReads(t)
	for _, path := range r.paths {
		r.compare(t, path)
		r.compare(t, append(path[:len(path):len(path)], "x"))
	}
}

func TestRandomPathsReadAsInOPAsOwnStore(t *testing.T) {
	r := newReads(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		path := r.paths[random.IntN(len(r.paths))]
		path = append(storage.Path{}, path[:random.IntN(len(path)+1)]...)
		for range random.IntN(4) {
			element := r.elements[random.IntN(len(r.elements))]
			if at := random.IntN(len(path) + 1); at < len(path) {
				path[at] = element
			} else {
				path = append(path, element)
			}
		}
		r.compare(t, path)
	}
}

// A path is as hostile as the ids in a question.
func FuzzRead(f *testing.F) {
	r := newReads(f)
	for _, path := range r.paths {
		f.Add(strings.Join(path, "/"))
	}
	f.Add("resources/mcp_server/m1/properties/workflow_ids/01")
	f.Add("keys//id")
	f.Fuzz(func(t *testing.T, joined string) {
		r.compare(t, strings.Split(joined, "/"))
	})
}

func TestPropertiesThatAreNoJSONAreAbsent(t *testing.T) {
	edit := snapshot.Empty().Edit()
	edit.PutResource(authz.Resource{Type: "workflow", ID: "f1", Properties: authz.Object(`{"deployed":`)})
	txn := opastore.NewTransaction(edit.Commit(1), noon)
	if value, err := (opastore.Store{}).Read(context.Background(), txn, storage.Path{"resources", "workflow", "f1", "properties"}); !storage.IsNotFound(err) {
		t.Errorf("got %v, %v", value, err)
	}
}

func TestTheStoreIsReadOnly(t *testing.T) {
	ctx, store := context.Background(), opastore.Store{}
	txn, err := store.NewTransaction(ctx, storage.WriteParams)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Write(ctx, txn, storage.AddOp, storage.Path{"users", "u1"}, 1); err == nil {
		t.Error("a write succeeded")
	}
	if err := store.Truncate(ctx, txn, storage.WriteParams, nil); err == nil {
		t.Error("a truncation succeeded")
	}
	if err := store.UpsertPolicy(ctx, txn, "a", nil); err == nil {
		t.Error("a policy was written")
	}
	if _, err := store.Read(ctx, nil, storage.Path{"users", "u1"}); err == nil || storage.IsNotFound(err) {
		t.Errorf("read in another's transaction: %v", err)
	}
}
