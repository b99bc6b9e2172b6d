package opastore

import "github.com/steelengine/steelgate/authz"

// Record names a record as the change log does. Kind is user, organization, organization_member, workspace,
// workspace_member, resource or key. A is its id, or the organization or workspace of a member, or the type of a resource; B
// is the user of a member, or the id of a resource, and else "".
type Record struct{ Kind, A, B string }

// Note has a function told of each record that is read from now on until Begin, whether it stands or not: what a query
// answers follows from its input, its moment and these records alone. Nil is nobody.
func (t *Transaction) Note(note func(Record)) { t.note = note }

// KeyRecords are what the liveness of a key follows from, beside the moment: the key and its owner.
func KeyRecords(keyID string, owner authz.Owner) [2]Record {
	return [2]Record{{Kind: "key", A: keyID}, {Kind: string(owner.Type), A: owner.ID}}
}

// tell names the record that a collection has under one id, or under two.
func (t *Transaction) tell(collection, first, second string) {
	switch collection {
	case "keys", "scopes":
		// What is read of a key is whether it is live, too.
		key, _ := t.snapshot.Key(first)
		for _, record := range KeyRecords(first, authz.Owner{Type: key.Type().OwnerType(), ID: key.OwnerID()}) {
			t.note(record)
		}
	case "resources":
		t.note(Record{"resource", first, second})
	case "workspace_members":
		t.note(Record{"workspace_member", first, second})
	case "organization_members":
		t.note(Record{"organization_member", first, second})
	case "users":
		t.note(Record{Kind: "user", A: first})
	case "organizations":
		t.note(Record{Kind: "organization", A: first})
	case "workspaces":
		t.note(Record{Kind: "workspace", A: first})
	}
}
