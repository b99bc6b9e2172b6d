package smallworld

import (
	"maps"
	"slices"
	"time"

	"github.com/steelengine/steelgate/authz"
)

// UserSubject is the type of a subject that is a user, who asks without a key.
const UserSubject = "user"

// users asks what users ask without a key: every one of the people, and one whom nobody knows, each action on each type that has it, or,
// of an action that no type has, on every type.
func (e *enumerator) users(actions Actions) {
	userIDs := []string{"nobody"}
	for _, p := range people {
		userIDs = append(userIDs, p.id)
	}
	for _, action := range slices.Sorted(maps.Keys(actions)) {
		on := actions[action]
		if len(on) == 0 {
			on = e.types
		}
		for _, resourceType := range on {
			for _, userID := range userIDs {
				e.user(userID, action, resourceType)
			}
		}
	}
}

// user asks about what is in the workspace in each of its states, and in the plainest also at other moments, without an address, with
// properties that the caller claims, and about what is elsewhere.
func (e *enumerator) user(userID, action, resourceType string) {
	ask := func(world int, at time.Time, r authz.Request) {
		e.add(Question{World: world, UserID: userID, Request: r, At: at, Class: DescribeUser(e.made.Worlds[world].Snapshot, userID, r, at)})
	}
	id := idOf(resourceType)
	here := request(action, resourceType, id, addressOn)
	for world := range e.made.Worlds {
		ask(world, noon, here)
	}
	ask(0, night, here)
	ask(0, saturday, here)
	ask(0, noon, request(action, resourceType, id, ""))
	here.Resource.Properties = authz.Object(claimed)
	ask(0, noon, here)
	for _, suffix := range []string{"_2", "_nowhere", "_gone"} {
		ask(0, noon, request(action, resourceType, id+suffix, addressOn))
	}
}
