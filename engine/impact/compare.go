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

// A decision takes some ten microseconds.
var usual = limits{keys: 1000, decisions: 400_000}

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

func compare(ctx context.Context, before, after *engine.View, questions []Question, most limits) (Report, error) {
	asked := map[string]map[Resource]bool{}
	for _, q := range questions {
		for _, id := range q.Keys {
			if asked[id] == nil {
				asked[id] = map[Resource]bool{}
			}
			for _, r := range q.Resources {
				asked[id][r] = true
			}
		}
	}
	c := comparison{before: before, after: after, most: most.decisions}
	var report Report
	for _, id := range slices.Sorted(maps.Keys(asked)) {
		if err := ctx.Err(); err != nil {
			return Report{}, err
		}
		key, err := c.key(id, asked[id])
		if err != nil {
			return Report{}, err
		}
		if key.Because == "" && len(key.Losses) == 0 {
			continue
		}
		if len(report.Keys) == most.keys {
			report.Truncated = true
			break
		}
		report.Keys = append(report.Keys, key)
	}
	report.Truncated = report.Truncated || c.truncated
	return report, nil
}

type comparison struct {
	before, after *engine.View
	// decisions are those made, of the most.
	decisions, most int
	truncated       bool
}

// key finds what one key would lose.
func (c *comparison) key(id string, resources map[Resource]bool) (lost Key, err error) {
	key, ok := c.before.Snapshot().Key(id)
	if !ok {
		return lost, nil
	}
	alive, becomes := c.before.Liveness(key), c.after.Liveness(key)
	if alive == authz.KeyRevoked || alive == authz.KeyExpired {
		return lost, nil
	}
	lost = Key{
		KeyRef: authz.KeyRef{ID: id, Name: key.Name(), Type: key.Type()},
		Owner:  authz.Owner{Type: key.Type().OwnerType(), ID: key.OwnerID()},
	}
	switch {
	// What does not work now may work again, but not once it is revoked.
	case becomes == authz.KeyRevoked, alive == "" && becomes != "":
		lost.Because = strings.TrimPrefix(string(becomes), "key_")
		return lost, nil
	case alive != "":
		return lost, nil
	}
	for _, r := range slices.SortedFunc(maps.Keys(resources), Resource.Compare) {
		if c.decisions >= c.most {
			c.truncated = true
			break
		}
		loss, isLost, err := c.resource(key, r)
		if err != nil {
			return lost, err
		}
		if isLost {
			lost.Losses = append(lost.Losses, loss)
		}
	}
	slices.SortFunc(lost.Losses, order)
	return lost, nil
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
