package management

import (
	"context"
	"maps"
	"slices"

	"github.com/steelengine/steelgate/storage"
)

// PolicyUpgrade is the policy in force with what this version of the program ships laid in, wherever nobody edited that.
type PolicyUpgrade struct {
	// Available tells that Files differ from those in force.
	Available bool `json:"available"`
	// BaseRevision is the revision in force.
	BaseRevision uint64            `json:"base_revision"`
	Files        map[string]string `json:"files"`
	// Taken are the paths that differ from those in force.
	Taken []string `json:"taken"`
	// Review are the paths that somebody edited, and that this version ships otherwise than those before: the edit stands, and
	// a person has to see whether the newer file has something that it lacks.
	Review []string `json:"review"`
}

// PolicyUpgrade offers what is newer among the shipped files as a draft. It never touches an edit, and publishes nothing.
func (s *Service) PolicyUpgrade(ctx context.Context, a Actor) (upgrade PolicyUpgrade, err error) {
	var active storage.PolicyRevision
	var shipped []storage.ShippedPolicy
	err = s.readPolicies(ctx, a, func(r storage.Reader) error {
		if active, err = activePolicy(r); err != nil {
			return err
		}
		shipped, err = r.ShippedPolicies()
		return err
	})
	if err != nil {
		return upgrade, err
	}
	return upgradeOf(active, shipped), nil
}

// upgradeOf lays the newest of the shipped sets into a revision.
func upgradeOf(active storage.PolicyRevision, shipped []storage.ShippedPolicy) PolicyUpgrade {
	u := PolicyUpgrade{BaseRevision: active.Revision, Files: maps.Clone(active.Files), Taken: []string{}, Review: []string{}}
	if len(shipped) == 0 {
		return u
	}
	// How each file was ever shipped before: what stands so was not edited.
	before := map[string]map[string]bool{}
	for _, set := range shipped[:len(shipped)-1] {
		for path, source := range set.Files {
			if before[path] == nil {
				before[path] = map[string]bool{}
			}
			before[path][source] = true
		}
	}
	newest := shipped[len(shipped)-1]
	paths := maps.Clone(newest.Files)
	maps.Copy(paths, active.Files)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		stands, isActive := active.Files[path]
		ships, isShipped := newest.Files[path]
		isUnedited := before[path][stands]
		switch {
		case isActive && isShipped && stands == ships:
		case isActive && isShipped && isUnedited:
			u.Files[path] = ships
			u.Taken = append(u.Taken, path)
		case isActive && isShipped && !before[path][ships] && newest.SeenAt.After(active.PublishedAt):
			u.Review = append(u.Review, path)
		case isActive && !isShipped && isUnedited:
			delete(u.Files, path)
			u.Taken = append(u.Taken, path)
		case !isActive && before[path] == nil && len(shipped) > 1:
			u.Files[path] = ships
			u.Taken = append(u.Taken, path)
		}
	}
	u.Available = len(u.Taken) > 0
	return u
}
