package search

import (
	"iter"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/invariants"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// candidates are ids to be asked about, in any order, some perhaps twice. Nil is none.
type candidates iter.Seq[string]

// entities are all of a type, as subjects or as resources: keys, users and workspaces stand for themselves, and the rest are resources.
// What it costs grows with how many records of the kind there are.
func entities(s *snapshot.Snapshot, kind string) candidates {
	switch kind {
	case authz.APIKeySubject:
		return ids(s.Keys(), snapshot.Key.ID)
	case string(authz.UserOwner):
		return ids(s.Users(), snapshot.User.ID)
	case authz.WorkspaceType:
		return ids(s.Workspaces(), snapshot.Workspace.ID)
	}
	return ofType(s.Resources(), kind)
}

// keysReaching are the keys that may be allowed something on a resource. Where the policy is held to the invariants these are, for a
// resource in a workspace, the workspace's own keys, those of its organization, and those of its owner and its members.
func keysReaching(v *engine.View, resource authz.Entity) candidates {
	s := v.Snapshot()
	place := invariants.Reached(s, resource, nil)
	if !v.IsGuarded() || place == "" {
		return entities(s, authz.APIKeySubject)
	}
	return func(yield func(string) bool) {
		workspace, _ := s.Workspace(place)
		each := func(kind authz.KeyType, owner string) bool {
			for key := range s.KeysOf(kind, owner) {
				if !yield(key.ID()) {
					return false
				}
			}
			return true
		}
		if !each(authz.WorkspaceKey, place) || !each(authz.PersonalKey, workspace.OwnerID()) ||
			workspace.OrganizationID() != "" && !each(authz.OrganizationKey, workspace.OrganizationID()) {
			return
		}
		for user := range s.MembersOf(place) {
			if !each(authz.PersonalKey, user) {
				return
			}
		}
	}
}

// resourcesReached are the resources of a type that a subject may be allowed something on. Where the policy is held to the invariants
// these are, for a key, those in the workspaces that it may reach, and those in none.
func resourcesReached(v *engine.View, who Subject, kind string) candidates {
	s := v.Snapshot()
	isOutside := kind == authz.APIKeySubject || kind == string(authz.UserOwner)
	if who.Entity.Type != authz.APIKeySubject || !v.IsGuarded() || isOutside {
		return entities(s, kind)
	}
	reached := workspacesReached(s, who.Key)
	if kind == authz.WorkspaceType {
		return func(yield func(string) bool) {
			for id := range reached {
				if _, stands := s.Workspace(id); stands && !yield(id) {
					return
				}
			}
		}
	}
	return func(yield func(string) bool) {
		for id := range ofType(s.ResourcesIn(""), kind) {
			if !yield(id) {
				return
			}
		}
		for workspace := range reached {
			for id := range ofType(s.ResourcesIn(workspace), kind) {
				if !yield(id) {
					return
				}
			}
		}
	}
}

// workspacesReached are the workspaces that the invariants let a key reach.
func workspacesReached(s *snapshot.Snapshot, key snapshot.Key) candidates {
	switch key.Type() {
	case authz.WorkspaceKey:
		return func(yield func(string) bool) { yield(key.OwnerID()) }
	case authz.OrganizationKey:
		return ids(s.WorkspacesAt(key.OwnerID()), snapshot.Workspace.ID)
	case authz.PersonalKey:
		return func(yield func(string) bool) {
			for workspace := range s.WorkspacesOf(key.OwnerID()) {
				if !yield(workspace.ID()) {
					return
				}
			}
			for id := range s.MembershipsOf(key.OwnerID()) {
				if !yield(id) {
					return
				}
			}
		}
	}
	return func(func(string) bool) {}
}

func ids[T any](all iter.Seq[T], id func(T) string) candidates {
	return func(yield func(string) bool) {
		for one := range all {
			if !yield(id(one)) {
				return
			}
		}
	}
}

func ofType(all iter.Seq[snapshot.Resource], kind string) candidates {
	return func(yield func(string) bool) {
		for r := range all {
			if r.Type() == kind && !yield(r.ID()) {
				return
			}
		}
	}
}
