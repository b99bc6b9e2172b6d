package feed

import (
	"errors"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/storage"
)

// policyState is what is stored of policies: the revision in force, and the candidate beside it.
type policyState struct {
	revision  uint64
	digest    storage.Digest
	candidate string
}

// newPolicies are those of the reader's revision that differ from what is known; nil is no difference.
type newPolicies struct {
	known policyState
	// revision is the one to put in force, candidate the one to run beside it.
	revision  *storage.PolicyRevision
	candidate *storage.PolicyCandidate
}

// readPolicies looks at what is published. A store in which nothing was ever published leaves the engine with what it has.
func readPolicies(r storage.Reader, known policyState) (n newPolicies, err error) {
	n.known = known
	revision, digest, err := r.NewestPolicy()
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return n, nil
	case err != nil:
		return n, err
	}
	if revision != known.revision || digest != known.digest {
		published, err := r.PolicyRevision(revision)
		if err != nil {
			return n, err
		}
		n.known.revision, n.known.digest, n.revision = revision, digest, &published
	}
	candidate, err := r.PolicyCandidate()
	switch {
	case errors.Is(err, storage.ErrNotFound):
		n.known.candidate = ""
		return n, nil
	case err != nil:
		return n, err
	}
	if candidate.ID != known.candidate {
		n.known.candidate, n.candidate = candidate.ID, &candidate
	}
	return n, nil
}

// usePolicies compiles what is new beside what is in force, and puts it there whole. What does not compile here, be it that
// another version of the program published it, leaves the policy in force as it is.
func (f *Feed) usePolicies(n newPolicies) {
	if n.revision != nil {
		policy, err := engine.Compile(n.revision.Files, n.revision.Revision, engine.Overridden(n.revision.Override))
		if err != nil {
			f.options.Log.Error("a published policy does not compile here; the one before it goes on deciding", "policy_revision", n.revision.Revision, "error", err)
		} else {
			f.engine.UsePolicy(policy)
			f.options.Log.Info("policy in force", "policy_revision", n.revision.Revision)
		}
	}
	switch {
	case n.candidate != nil:
		candidate, err := engine.Compile(n.candidate.Files, n.candidate.Base, engine.Overridden(n.candidate.Override))
		if err != nil {
			f.options.Log.Error("a candidate policy does not compile here, and does not run beside the one in force", "candidate", n.candidate.ID, "error", err)
			candidate = nil
		}
		f.options.Candidate(n.candidate.ID, candidate)
	case f.policies.candidate != "" && n.known.candidate == "":
		f.options.Candidate("", nil)
	}
	f.policies = n.known
}
