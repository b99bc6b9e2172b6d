package policycheck

import (
	"encoding/json"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/smallworld"
)

// How many names of fields a draft's rules may ask for beside what every world has, and how many values of theirs are tried.
const (
	maxProbeNames  = 16
	maxProbeValues = 4
)

// probes are objects that say what a draft's rules ask for beside what every world has: that every such field is true, or one of the texts
// that the rules mention. Who writes a rule on what callers say, or on a stored property, is asked with just that. There are none
// where no rule mentions anything of the kind.
func probes(mentions []engine.Mention, actions map[string][]string) (objects []map[string]any) {
	var names []string
	values := []any{true}
	for _, m := range mentions {
		_, isAction := actions[m.Text]
		switch {
		case smallworld.Varies(m.Text), isAction:
		case m.IsName && len(names) < maxProbeNames:
			names = append(names, m.Text)
		case !m.IsName && len(values) <= maxProbeValues:
			values = append(values, m.Text)
		}
	}
	if len(names) == 0 {
		return nil
	}
	for _, value := range values {
		object := map[string]any{}
		for _, name := range names {
			object[name] = value
		}
		objects = append(objects, object)
	}
	return objects
}

// probing are requests whose context, and whose resource by the caller's word, is each of the objects: for the first action on each type, on
// what is in the workspace and what is not.
func probing(objects []map[string]any, requests []request) (made []request) {
	for _, object := range objects {
		text := objectOf(object)
		asked := map[[2]string]bool{}
		for _, q := range requests {
			if at := [2]string{q.Resource.Type, q.Resource.ID}; q.workspaceID != "" && !asked[at] && q.Context.Extra == nil && q.Context.ClientIP != "" {
				asked[at] = true
				q.Context.Extra, q.Resource.Properties = text, text
				made = append(made, q)
			}
		}
	}
	return made
}

// objectOf writes properties out.
func objectOf(properties map[string]any) authz.Object {
	text, err := json.Marshal(properties)
	if err != nil {
		return authz.Object(`{}`)
	}
	return authz.Object(text)
}
