package engine

import (
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/policies"
)

// What is known of a policy without asking it, for whoever looks for all whom it allows.

// IsGuarded tells whether every allow of a key is held to the invariants: see the package invariants.
func (v *View) IsGuarded() bool { return !v.policy.unguarded }

// Vocabulary is the one of the view's policy. The error is ErrPolicy.
func (v *View) Vocabulary() (Vocabulary, error) { return v.policy.knownVocabulary() }

var (
	siteDecision = ast.MustParseRef("data.steelgate.site.decision")
	// decidesSubjects are the rules of which the shipped ones allow a subject that is no key only where siteDecision does.
	decidesSubjects = []ast.Ref{ast.MustParseRef(Entrypoint), ast.MustParseRef("data.steelgate.authz._outside_scope")}

	// shippedFiles are those of the shipped policy; nil where they can't be read.
	shippedFiles = sync.OnceValue(func() map[string]string {
		files, err := ReadFiles(policies.Files)
		if err != nil {
			return nil
		}
		return files
	})
)

// DeniesSubjects tells that the policy allows no subject that is no key, whatever it asks: the installation has no rule that decides
// about them, and what else there is to decide is as shipped. Where that can't be told it is false.
func (v *View) DeniesSubjects() bool {
	rules := v.policy.entrypoint.rules
	if len(rulesAt(rules, siteDecision)) > 0 {
		return false
	}
	for _, ref := range decidesSubjects {
		found := rulesAt(rules, ref)
		for _, rule := range found {
			path := rule.Loc().File
			if source, ok := shippedFiles()[path]; !ok || source != v.policy.files[path] {
				return false
			}
		}
		if len(found) == 0 {
			return false
		}
	}
	return true
}
