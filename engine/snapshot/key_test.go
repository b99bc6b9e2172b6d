package snapshot

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 123_456_000, time.UTC)

// unpacked is a key's record as its methods tell it.
func unpacked(k Key) authz.APIKey {
	record := authz.APIKey{ID: k.ID(), Type: k.Type(), Name: k.Name(), OwnerID: k.OwnerID(), Disabled: k.Disabled()}
	if at, ok := k.ExpiresAt(); ok {
		record.ExpiresAt = &at
	}
	if k.Revoked() {
		record.RevokedAt = &noon
	}
	if k.Narrowed() {
		record.WorkflowIDs = slices.AppendSeq([]string{}, k.WorkflowIDs())
	}
	if k.HasGrants() {
		record.Grants = slices.AppendSeq([]authz.Grant{}, k.Grants())
	}
	if k.Restricted() {
		record.AllowedCIDRs = slices.AppendSeq([]string{}, k.AllowedCIDRs())
	}
	return record
}

// everyKey has each field in each of its states, alone and together.
func everyKey() []authz.APIKey {
	old := time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)
	far := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
	long := string(make([]byte, 300))
	keys := []authz.APIKey{{ID: "k"}}
	for _, change := range []func(*authz.APIKey, int){
		func(k *authz.APIKey, i int) {
			k.Type = []authz.KeyType{"", authz.PersonalKey, authz.WorkspaceKey, authz.OrganizationKey}[i]
		},
		func(k *authz.APIKey, i int) { k.Name = []string{"", "CI", "名前\x00", long}[i] },
		func(k *authz.APIKey, i int) { k.OwnerID = []string{"", "w1", long, "u"}[i] },
		func(k *authz.APIKey, i int) { k.ExpiresAt = []*time.Time{nil, &noon, &old, &far}[i] },
		func(k *authz.APIKey, i int) { k.WorkflowIDs = [][]string{nil, {}, {"f1"}, {"f1", "", long}}[i] },
		func(k *authz.APIKey, i int) {
			k.Grants = [][]authz.Grant{nil, {}, {{WorkspaceID: "w1", Permission: authz.Read}}, {{WorkflowID: "f1", Permission: authz.Admin}, {WorkspaceID: long, Permission: authz.Write}}}[i]
		},
		func(k *authz.APIKey, i int) {
			k.AllowedCIDRs = [][]string{nil, {}, {"10.0.0.0/8"}, {"::/0", "192.0.2.1/32"}}[i]
		},
		func(k *authz.APIKey, i int) {
			k.Disabled = i%2 == 1
			k.RevokedAt = []*time.Time{nil, nil, &noon, &noon}[i]
		},
	} {
		var varied []authz.APIKey
		for _, k := range keys {
			for i := range 4 {
				// The first keys vary each field alone, and the last all of them.
				if i == 0 || len(varied) < 40 || i == 3 {
					change(&k, i)
					varied = append(varied, k)
				}
			}
		}
		keys = varied
	}
	return keys
}

func TestKeysUnpackToWhatTheyWere(t *testing.T) {
	for i, want := range everyKey() {
		digest := apikey.Digest{byte(i), byte(i >> 8), 31: 9}
		key := unpackKey(want.ID, string(packKey([]byte("before"), want, digest)[len("before"):]))
		for range 2 { // reading uses nothing up
			if got := unpacked(key); !reflect.DeepEqual(got, want) {
				t.Fatalf("got %+v\nwant %+v", got, want)
			}
		}
		if key.digest != string(digest[:]) {
			t.Fatalf("digest %x", key.digest)
		}
	}
}

func TestListsCanBeReadInPartsAndAgain(t *testing.T) {
	key := unpackKey("k", string(packKey(nil, authz.APIKey{
		WorkflowIDs: []string{"f1", "f2"}, Grants: []authz.Grant{{WorkspaceID: "w1", Permission: authz.Read}, {WorkflowID: "f1", Permission: authz.Write}},
		AllowedCIDRs: []string{"10.0.0.0/8", "::/0"},
	}, apikey.Digest{})))
	workflows, grants, cidrs := key.WorkflowIDs(), key.Grants(), key.AllowedCIDRs()
	for range 2 {
		for id := range workflows {
			if id != "f1" {
				t.Errorf("the first workflow is %s", id)
			}
			break
		}
		for g := range grants {
			if g.WorkspaceID != "w1" {
				t.Errorf("the first grant is %+v", g)
			}
			break
		}
		for cidr := range cidrs {
			if cidr != "10.0.0.0/8" {
				t.Errorf("the first network is %s", cidr)
			}
			break
		}
		if got := slices.Collect(workflows); !slices.Equal(got, []string{"f1", "f2"}) {
			t.Errorf("workflows %v", got)
		}
	}
	if !key.HasWorkflow("f2") || key.HasWorkflow("f3") {
		t.Error("HasWorkflow is wrong")
	}
}

func TestTheHighestGrantOnATargetCounts(t *testing.T) {
	key := unpackKey("k", string(packKey(nil, authz.APIKey{Grants: []authz.Grant{
		{WorkspaceID: "w1", Permission: authz.Read}, {WorkflowID: "w1", Permission: authz.Read}, {WorkspaceID: "w1", Permission: authz.Admin},
		{WorkspaceID: "w1", Permission: authz.Write}, {WorkspaceID: "w2", Permission: authz.Write},
	}}, apikey.Digest{})))
	for id, want := range map[string]authz.Permission{"w1": authz.Admin, "w2": authz.Write, "w3": authz.None} {
		if got, ok := key.GrantOnWorkspace(id); got != want || ok != (want != authz.None) {
			t.Errorf("on the workspace %s: %v, %t", id, got, ok)
		}
	}
	if got, ok := key.GrantOnWorkflow("w1"); got != authz.Read || !ok {
		t.Errorf("on the workflow: %v, %t", got, ok)
	}
	if _, ok := (Key{}).GrantOnWorkspace("w1"); ok {
		t.Error("no key has a grant")
	}
}
