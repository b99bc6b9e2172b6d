package management

import (
	"context"
	"maps"
	"slices"

	"github.com/aymanbagabas/go-udiff"

	"github.com/steelengine/steelgate/storage"
)

// FileDiff is what differs in one file of two sets.
type FileDiff struct {
	Path string `json:"path"`
	// Change is added, removed or changed.
	Change string `json:"change"`
	// Diff is the difference in unified form.
	Diff string `json:"diff"`
}

// PolicyDiff is what differs between two revisions, in the order of the paths; to 0 is the one in force.
func (s *Service) PolicyDiff(ctx context.Context, a Actor, from, to uint64) (diffs []FileDiff, through uint64, err error) {
	var older, newer storage.PolicyRevision
	err = s.readPolicies(ctx, a, func(r storage.Reader) error {
		if older, err = r.PolicyRevision(from); err != nil {
			return orNotFound(err, "policy revision")
		}
		if to == 0 {
			newer, err = activePolicy(r)
			return err
		}
		newer, err = r.PolicyRevision(to)
		return orNotFound(err, "policy revision")
	})
	if err != nil {
		return nil, 0, err
	}
	return DiffPolicies(older.Files, newer.Files), newer.Revision, nil
}

// DiffPolicies is what differs between two sets of files, in the order of the paths.
func DiffPolicies(older, newer map[string]string) []FileDiff {
	diffs := []FileDiff{}
	all := maps.Clone(older)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, newer)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		before, stood := older[path]
		after, stands := newer[path]
		change := "changed"
		switch {
		case before == after && stood == stands:
			continue
		case !stood:
			change = "added"
		case !stands:
			change = "removed"
		}
		diffs = append(diffs, FileDiff{Path: path, Change: change, Diff: udiff.Unified("a/"+path, "b/"+path, before, after)})
	}
	return diffs
}
