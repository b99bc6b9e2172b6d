package policycheck

import (
	"fmt"
	"slices"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/invariants"
)

// Those invariants, by name, that are the check's alone: one compares two keys, and the other no policy is asked about.
const (
	RemovalNeverAllows    = "removing_a_grant_never_allows"
	DeadKeyIsNeverAllowed = "dead_key_is_never_allowed"
)

// checkInvariants holds what the draft answered to what no edit may change. They say nothing of what an action requires: an
// admin may lower that.
func (d decisions) checkInvariants() []Invariant {
	return []Invariant{
		d.eachAllow(invariants.OrganizationKeyStays, "An organization key never reaches a workspace outside its organization.", breaking(invariants.OrganizationKeyStays)),
		d.eachAllow(invariants.PersonalKeyIsMembers, "A personal key never works in a workspace that its user is no member of.", breaking(invariants.PersonalKeyIsMembers)),
		d.eachAllow(invariants.WorkspaceKeyStays, "A workspace key never leaves its workspace.", breaking(invariants.WorkspaceKeyStays)),
		d.removal(),
		d.eachAllow(DeadKeyIsNeverAllowed, "A key that is revoked, expired, disabled or whose user is inactive is never allowed: no policy is asked about it.",
			func(w world, k authz.APIKey, _ request) string {
				if code := liveness(w, k); code != "" {
					return "the key is dead: " + string(code)
				}
				return ""
			}),
	}
}

// breaking is why an allow breaks one invariant of those that the engine holds every allow to.
func breaking(name string) func(world, authz.APIKey, request) string {
	return func(w world, k authz.APIKey, q request) string {
		key, _ := w.snapshot.Key(k.ID)
		if broken, reason := invariants.Broken(w.snapshot, key, q.Resource, nil); broken == name {
			return reason
		}
		return ""
	}
}

func liveness(w world, k authz.APIKey) authz.Code {
	key, known := w.snapshot.Key(k.ID)
	if !known {
		return authz.KeyUnknown
	}
	return w.snapshot.Liveness(key, w.at)
}

// eachAllow asks of everything that is allowed in some workspace why it should not be; "" is no reason.
func (d decisions) eachAllow(name, promise string, why func(world, authz.APIKey, request) string) Invariant {
	for w, ofWorld := range d.allowed {
		for k, ofKey := range ofWorld[:len(d.stage.keys)] {
			for r, allowed := range ofKey {
				q := d.stage.requests[r]
				if !allowed || q.workspaceID == "" {
					continue
				}
				if reason := why(d.stage.worlds[w], d.stage.keys[k], q); reason != "" {
					return Invariant{Name: name, Promise: promise, Witness: fmt.Sprintf("%s may %s, where %s: %s",
						describeKey(d.stage.keys[k]), describeRequest(q), d.stage.worlds[w].name, reason)}
				}
			}
		}
	}
	return Invariant{Name: name, Promise: promise, Holds: true}
}

// removal compares each organization key with those that have one grant less.
func (d decisions) removal() Invariant {
	made := Invariant{Name: RemovalNeverAllows, Promise: "Removing a grant never turns a deny into an allow."}
	for more, key := range d.stage.keys {
		for g := range key.Grants {
			less := d.withGrants(slices.Delete(slices.Clone(key.Grants), g, g+1))
			if less < 0 {
				continue
			}
			for w, ofWorld := range d.allowed {
				for r, q := range d.stage.requests {
					if !d.stage.asks(w, asker{key: key}, q) {
						continue
					}
					if ofWorld[less][r] && !ofWorld[more][r] && liveness(d.stage.worlds[w], key) == "" {
						made.Witness = fmt.Sprintf("%s may not %s, where %s; with %s alone it may",
							describeKey(key), describeRequest(d.stage.requests[r]), d.stage.worlds[w].name, describeGrants(d.stage.keys[less].Grants))
						return made
					}
				}
			}
		}
	}
	made.Holds = true
	return made
}

// withGrants is the place of the live organization key that has these grants; -1 where there is none.
func (d decisions) withGrants(grants []authz.Grant) int {
	return slices.IndexFunc(d.stage.keys, func(k authz.APIKey) bool {
		return k.Type == authz.OrganizationKey && slices.Equal(k.Grants, grants) && k.RevokedAt == nil && (k.ExpiresAt == nil || k.ExpiresAt.After(noon))
	})
}
