package impact

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// limits bound the work of one comparison, and its report.
type limits struct{ keys, decisions int }

// A decision takes some twenty microseconds.
var usual = limits{keys: 1000, decisions: 100_000}

// Question names keys, by their ids, and resources: what may each of these do to each of those? A key without resources is
// asked whether it works.
type Question struct {
	Keys      []string
	Resources []Resource
}

// Compare asks the questions of both views, and reports what is allowed before and refused after. Keys that are not there
// before, or have ended, have nothing to lose. Its error is ErrPolicy, or the context's.
func Compare(ctx context.Context, before, after *engine.View, questions []Question) (Report, error) {
	return compare(ctx, before, after, questions, usual)
}

func compare(ctx context.Context, before, after *engine.View, questions []Question, most limits) (report Report, err error) {
	c := comparison{before: before, after: after}
	candidates := c.candidates(questions)
	if report.Truncated, err = c.ask(ctx, candidates, most.decisions); err != nil {
		return Report{}, err
	}
	for _, candidate := range candidates {
		if candidate.lost.Because == "" && len(candidate.lost.Losses) == 0 {
			continue
		}
		if len(report.Keys) == most.keys {
			report.Truncated = true
			break
		}
		slices.SortFunc(candidate.lost.Losses, order)
		report.Keys = append(report.Keys, candidate.lost)
	}
	return report, nil
}

type comparison struct {
	before, after *engine.View
	// decisions are those made.
	decisions int
}

// candidate is a key that may lose something: what is found so far, and what is to be asked about.
type candidate struct {
	key       snapshot.Key
	lost      Key
	resources []Resource
}

// candidates are the keys in question, in the order of their ids; those that live on with what they are asked about.
func (c *comparison) candidates(questions []Question) (candidates []*candidate) {
	asked := map[string][]Resource{}
	for _, q := range questions {
		resources := slices.Clone(q.Resources)
		slices.SortFunc(resources, byWeight)
		for _, id := range q.Keys {
			// Most keys are asked one question, and share its list.
			if known := asked[id]; len(known) == 0 {
				asked[id] = resources
			} else if len(resources) > 0 {
				asked[id] = slices.Concat(known, resources)
				slices.SortFunc(asked[id], byWeight)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(asked)) {
		key, ok := c.before.Snapshot().Key(id)
		if !ok {
			continue
		}
		found := &candidate{key: key, lost: Key{
			KeyRef: authz.KeyRef{ID: id, Name: key.Name(), Type: key.Type()},
			Owner:  authz.Owner{Type: key.Type().OwnerType(), ID: key.OwnerID()},
		}}
		switch alive, becomes := c.before.Liveness(key), c.after.Liveness(key); {
		case alive == authz.KeyRevoked, alive == authz.KeyExpired:
			continue
		// What does not work now may work again, but not once it is revoked.
		case becomes == authz.KeyRevoked, alive == "" && becomes != "":
			found.lost.Because = strings.TrimPrefix(string(becomes), "key_")
		case alive == "":
			found.resources = asked[id]
		}
		candidates = append(candidates, found)
	}
	return candidates
}

// ask asks every key about its first resource, then every key about its second, and so on: where there is too much to ask, no
// key is left out for others.
func (c *comparison) ask(ctx context.Context, candidates []*candidate, most int) (truncated bool, err error) {
	for n, more := 0, true; more; n++ {
		more = false
		for _, candidate := range candidates {
			if n >= len(candidate.resources) {
				continue
			}
			more = true
			about := candidate.resources[n]
			if n > 0 && about == candidate.resources[n-1] {
				continue
			}
			if err := ctx.Err(); err != nil || c.decisions >= most {
				return true, err
			}
			loss, isLost, err := c.resource(candidate.key, about)
			if err != nil {
				return true, err
			}
			if isLost {
				candidate.lost.Losses = append(candidate.lost.Losses, loss)
			}
		}
	}
	return false, nil
}

// ResourceTypes are the types of stored resources that there is something to ask about.
var ResourceTypes = []string{authz.WorkflowType, authz.MCPServerType}

// actions are what is asked about a type of resource: of the least that can be done to it, which tells whether a key
// reaches it at all, and then of more. For any other type there is nothing to ask.
var actions = map[string][]string{
	authz.WorkspaceType: {"workspace.read", "workspace.update"},
	authz.WorkflowType:  {"workflow.read", "workflow.execute", "workflow.deploy"},
	authz.MCPServerType: {"mcp.connect", "mcp.call"},
}

// resource finds what a key that lives on would lose on one resource.
func (c *comparison) resource(key snapshot.Key, r Resource) (loss Loss, isLost bool, err error) {
	loss = Loss{Resource: r, WorkspaceID: c.place(r)}
	for _, action := range actions[r.Type] {
		was, err := c.decide(c.before, key, action, r)
		if err != nil {
			return loss, false, err
		}
		if !was.Allow {
			if was.Permission == nil && was.Code != authz.UnknownAction {
				break // The key does not reach it.
			}
			continue
		}
		is, err := c.decide(c.after, key, action, r)
		if err != nil {
			return loss, false, err
		}
		loss.Before = max(loss.Before, granted(was))
		if !is.Allow {
			loss.Code = is.Code
			return loss, true, nil
		}
		loss.After = max(loss.After, granted(is))
	}
	if loss.After < loss.Before {
		// No action that was asked for needs what is lost, as none needs to write to a workspace.
		loss.Code = authz.InsufficientPermission
		return loss, true, nil
	}
	return loss, false, nil
}

func (c *comparison) decide(v *engine.View, key snapshot.Key, action string, r Resource) (authz.Decision, error) {
	c.decisions++
	return v.Authorize(key, authz.Request{
		Action: action, Resource: authz.Entity{Type: r.Type, ID: r.ID}, Context: authz.Context{ClientIP: addressFor(key)},
	})
}

// granted is the permission that a decision tells, or none.
func granted(d authz.Decision) authz.Permission {
	if d.Permission == nil {
		return authz.None
	}
	return d.Permission.Granted
}

// place is the workspace that a resource is in before.
func (c *comparison) place(r Resource) string {
	if r.Type == authz.WorkspaceType {
		return r.ID
	}
	stored, _ := c.before.Snapshot().Resource(r.Type, r.ID)
	return stored.WorkspaceID()
}
