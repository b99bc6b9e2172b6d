package policycheck

import (
	"fmt"
	"maps"
	"slices"

	"github.com/steelengine/steelgate/engine"
)

// maxSlip is by how many letters a name may be off that was meant to be another.
const maxSlip = 2

// misspeltActions tell of texts that look like an action's name, that are none, and nearly are one: a rule that turns on such a text never
// holds, and nothing else would say so.
func misspeltActions(policy *engine.Policy, mentions []engine.Mention) (found engine.Diagnostics) {
	known := slices.Sorted(maps.Keys(policy.Actions()))
	known = append(known, policy.SiteActions()...)
	looksLikeOne := policy.MentionedActions()
	for _, m := range mentions {
		if len(known) == 0 || !slices.Contains(looksLikeOne, m.Text) || slices.Contains(known, m.Text) {
			continue
		}
		nearest := slices.MinFunc(known, func(a, b string) int { return slips(a, m.Text) - slips(b, m.Text) })
		if slips(nearest, m.Text) <= maxSlip {
			found = append(found, hint(m.Path, m.Row, 1, "unknown_action", fmt.Sprintf("no action is called %q: is %s meant?", m.Text, nearest)))
		}
	}
	return found
}

// slips is how many bytes must be put in, taken out or changed to make one text of the other.
func slips(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
