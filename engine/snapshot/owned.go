package snapshot

import (
	"iter"

	"github.com/steelengine/steelgate/authz"
)

// ownership says whose the entries of a table are; the name is empty where an entry is nobody's.
type ownership func(n name, record string) (owner name)

// Whose entries are, for each index of a snapshot.
var (
	keyOwner ownership = func(n name, record string) name {
		key := unpackKey(n.a, record)
		return name{string(key.Type()), key.OwnerID()}
	}
	// A resource in no workspace is found as one in the workspace "".
	resourcePlace         ownership = func(n name, record string) name { return name{"in", unpackResource(n, record).WorkspaceID()} }
	workspaceOwner        ownership = func(n name, record string) name { return name{"of", unpackWorkspace(n.a, record).OwnerID()} }
	workspaceOrganization ownership = func(n name, record string) name {
		if id := unpackWorkspace(n.a, record).OrganizationID(); id != "" {
			return name{"at", id}
		}
		return name{}
	}
	membersPlace ownership = func(n name, _ string) name { return name{"in", n.a} }
	membersUser  ownership = func(n name, _ string) name { return name{"of", n.b} }
)

// pair is that of an entry, if it is somebody's.
func (o ownership) pair(n name, record string) (pair uint64, ok bool) {
	owner := o(n, record)
	return pairOf(owner, n), owner != name{}
}

// load adds an entry's pair to those of a load.
func (o ownership) load(pairs []uint64, n name, record []byte) []uint64 {
	if pair, ok := o.pair(n, string(record)); ok {
		pairs = append(pairs, pair)
	}
	return pairs
}

// change answers the index after an entry of the table was put or removed.
func (o ownership) change(x index, before, after table, n name) index {
	record, stood := before.get(n)
	old, stood := o.pairIf(n, record, stood)
	record, stands := after.get(n)
	pair, stands := o.pairIf(n, record, stands)
	if stood && stands && pair == old {
		return x
	}
	if stands {
		x = x.put(pair)
	}
	if !stood {
		return x
	}
	// Another entry may have the same pair.
	for other, record := range after.startingWith(half(n)) {
		if still, ok := o.pair(other, record); ok && still == old {
			return x
		}
	}
	return x.remove(old)
}

func (o ownership) pairIf(n name, record string, stands bool) (uint64, bool) {
	if !stands {
		return 0, false
	}
	return o.pair(n, record)
}

// entries are an owner's, in no order.
func (o ownership) entries(x index, t table, owner name) iter.Seq2[name, string] {
	return func(yield func(name, string) bool) {
		for half := range x.of(half(owner)) {
			for n, record := range t.startingWith(half) {
				if o(n, record) == owner && !yield(n, record) {
					return
				}
			}
		}
	}
}

// The records of each owner or place, in no order. What they cost grows with what they answer.

// KeysOf are the keys of an owner, live or not.
func (s *Snapshot) KeysOf(keys authz.KeyType, ownerID string) iter.Seq[Key] {
	return mapped(keyOwner.entries(s.keysByOwner, s.keys, name{string(keys), ownerID}), func(n name, record string) Key { return unpackKey(n.a, record) })
}

// ResourcesIn are the resources in a workspace, or with "" those in none.
func (s *Snapshot) ResourcesIn(workspaceID string) iter.Seq[Resource] {
	return mapped(resourcePlace.entries(s.resourcesByWorkspace, s.resources, name{"in", workspaceID}), unpackResource)
}

// WorkspacesAt are the workspaces of an organization.
func (s *Snapshot) WorkspacesAt(organizationID string) iter.Seq[Workspace] {
	return mapped(workspaceOrganization.entries(s.workspacesByOrganization, s.workspaces, name{"at", organizationID}), asWorkspace)
}

// WorkspacesOf are the workspaces that a user owns.
func (s *Snapshot) WorkspacesOf(userID string) iter.Seq[Workspace] {
	return mapped(workspaceOwner.entries(s.workspacesByOwner, s.workspaces, name{"of", userID}), asWorkspace)
}

// MembersOf are the ids of a workspace's members, without its owner.
func (s *Snapshot) MembersOf(workspaceID string) iter.Seq[string] {
	return mapped(membersPlace.entries(s.membersByWorkspace, s.workspaceMembers, name{"in", workspaceID}), func(n name, _ string) string { return n.b })
}

// MembershipsOf are the ids of the workspaces that a user is a member of.
func (s *Snapshot) MembershipsOf(userID string) iter.Seq[string] {
	return mapped(membersUser.entries(s.membersByUser, s.workspaceMembers, name{"of", userID}), func(n name, _ string) string { return n.a })
}

func asWorkspace(n name, record string) Workspace { return unpackWorkspace(n.a, record) }

func mapped[T any](entries iter.Seq2[name, string], unpack func(n name, record string) T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for n, record := range entries {
			if !yield(unpack(n, record)) {
				return
			}
		}
	}
}
