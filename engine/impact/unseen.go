package impact

import (
	"slices"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/smallworld"
)

// unseen are the texts that the change turns on and that are the same everywhere in the small world: what a caller adds to the context, a
// stored property, a name, an id. Where there are some, the small world can't tell all that changes.
func unseen(active, draft *engine.Policy, actions smallworld.Actions) []engine.Mention {
	made := []engine.Mention{}
	known := slices.Concat(managementWords, operationsOf(active, draft))
	for _, mention := range engine.MentionsOfChange(active, draft) {
		if mention.IsFree || !smallworld.Varies(mention.Text) && !isOf(actions, mention.Text) && !slices.Contains(known, mention.Text) {
			made = append(made, mention)
		}
	}
	return made
}

// managementWords are the names and values of what management is asked about.
var managementWords = []string{"operation", "actor", "owner", "self", "platform_admin", "policy_admin"}

// isOf tells the names of actions and of the types that they may be done to.
func isOf(actions smallworld.Actions, text string) bool {
	for action, on := range actions {
		if action == text || slices.Contains(on, text) {
			return true
		}
	}
	return false
}
