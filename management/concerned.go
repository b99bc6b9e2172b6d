package management

import (
	"maps"
	"slices"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/impact"
	"github.com/steelengine/steelgate/storage"
)

// How much of what a change may concern is looked at. Beyond, the answer is truncated, and says so.
const (
	maxKeysAt      = 1000
	maxResourcesIn = 200
	maxSeats       = 1000
	maxPlaces      = 200
)

// questions are what to ask before and after, of whom the changes may concern: keys that they change, keys of users whom
// they change, and, about a workspace or the resources that they change in it, the keys that may reach it. A key may be
// asked in vain. They are read after the changes; what was there before alone was noted as it went.
func (r *rehearsal) questions() (questions []impact.Question, truncated bool, err error) {
	c := concerned{rehearsal: r, keysOf: map[string][]string{}, keysAt: map[string][]string{}, inside: map[string][]impact.Resource{}}
	c.ask(c.changedKeys(), nil)
	for _, collect := range []func() error{c.askUsers, c.askSeats, c.askWorkspaces, c.askResources} {
		if err := collect(); err != nil {
			return nil, false, err
		}
	}
	return c.asked, c.truncated, nil
}

// concerned collects the questions of one change. What it has read it does not read again.
type concerned struct {
	*rehearsal
	asked     []impact.Question
	truncated bool

	keysOf, keysAt map[string][]string
	inside         map[string][]impact.Resource
}

func (c *concerned) ask(keys []string, resources []impact.Resource) {
	if len(keys) > 0 {
		c.asked = append(c.asked, impact.Question{Keys: keys, Resources: resources})
	}
}

func (c *concerned) changedKeys() []string { return slices.Sorted(maps.Keys(c.keys)) }

// first is the beginning of a list that is not to be longer.
func first[T any](c *concerned, list []T, most int) []T {
	if len(list) <= most {
		return list
	}
	c.truncated = true
	return list[:most]
}

// askUsers asks of a user's personal keys whether they work, and, where the user is active, sits them down wherever the user
// is a member.
func (c *concerned) askUsers() error {
	for _, id := range slices.Sorted(maps.Keys(c.users)) {
		keys, err := c.personalKeys(id)
		if err != nil {
			return err
		}
		c.ask(keys, nil)
		user, err := c.User(id)
		if err := unlessNotFound(err); err != nil {
			return err
		}
		if !user.Active || len(keys) == 0 {
			continue
		}
		owned, err := c.WorkspacesOwnedBy(id)
		if err != nil {
			return err
		}
		for _, workspaceID := range owned {
			c.seats[seat{workspaceID, id}] = true
		}
		memberships, err := c.WorkspacesWith(id)
		if err != nil {
			return err
		}
		for _, m := range memberships {
			c.seats[seat{m.WorkspaceID, id}] = true
		}
	}
	return nil
}

// askSeats asks what a user's personal keys may do in a workspace.
func (c *concerned) askSeats() error {
	seats := slices.SortedFunc(maps.Keys(c.seats), seat.compare)
	for _, s := range first(c, seats, maxSeats) {
		keys, err := c.personalKeys(s.userID)
		switch {
		case err != nil:
			return err
		case len(keys) == 0:
			continue
		}
		resources, err := c.everythingIn(s.workspaceID)
		if err != nil {
			return err
		}
		c.ask(keys, resources)
	}
	return nil
}

// askWorkspaces asks what may be done in a workspace, of all keys that may reach it.
func (c *concerned) askWorkspaces() error {
	for _, id := range first(c, slices.Sorted(maps.Keys(c.workspaces)), maxPlaces) {
		keys, err := c.keysReaching(id)
		if err != nil {
			return err
		}
		resources, err := c.everythingIn(id)
		if err != nil {
			return err
		}
		c.ask(keys, resources)
	}
	return nil
}

// askResources asks about changed resources, of all keys that may reach where they were or are: a workflow that moves takes
// grants along, by which a key may lose what stays behind.
func (c *concerned) askResources() error {
	var keys []string
	resources := map[impact.Resource]bool{}
	for _, workspaceID := range first(c, slices.Sorted(maps.Keys(c.resources)), maxPlaces) {
		if c.workspaces[workspaceID] {
			continue // They are among everything there.
		}
		found, err := c.keysReaching(workspaceID)
		if err != nil {
			return err
		}
		keys = append(keys, found...)
		maps.Copy(resources, c.resources[workspaceID])
	}
	c.ask(keys, first(c, slices.SortedFunc(maps.Keys(resources), impact.Resource.Compare), maxResourcesIn))
	return nil
}

// keysReaching are the keys that may reach a workspace, and those that are changed: they may have reached it.
func (c *concerned) keysReaching(workspaceID string) ([]string, error) {
	if keys, known := c.keysAt[workspaceID]; known {
		return keys, nil
	}
	if workspaceID == "" {
		return c.changedKeys(), nil
	}
	found, err := c.KeyIDsAt(workspaceID, maxKeysAt+1)
	if err != nil {
		return nil, err
	}
	keys := slices.Concat(first(c, found, maxKeysAt), c.changedKeys())
	c.keysAt[workspaceID] = keys
	return keys, nil
}

func (c *concerned) personalKeys(userID string) ([]string, error) {
	if ids, known := c.keysOf[userID]; known {
		return ids, nil
	}
	keys, err := c.KeysOf(authz.Owner{Type: authz.UserOwner, ID: userID})
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	c.keysOf[userID] = ids
	return ids, err
}

// everythingIn is a workspace, what is changed in it or was there, and its workflows and MCP servers.
func (c *concerned) everythingIn(workspaceID string) ([]impact.Resource, error) {
	if resources, known := c.inside[workspaceID]; known {
		return resources, nil
	}
	changed := c.resources[workspaceID]
	resources := slices.SortedFunc(maps.Keys(changed), impact.Resource.Compare)
	for _, resourceType := range impact.ResourceTypes {
		ids, err := c.ResourceIDsIn(workspaceID, resourceType, maxResourcesIn+1)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if resource := (impact.Resource{Type: resourceType, ID: id}); !changed[resource] {
				resources = append(resources, resource)
			}
		}
	}
	resources = append([]impact.Resource{{Type: authz.WorkspaceType, ID: workspaceID}}, first(c, resources, maxResourcesIn)...)
	c.inside[workspaceID] = resources
	return resources, nil
}

var _ storage.Tx = (*rehearsal)(nil)
