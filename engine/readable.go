package engine

import (
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/opastore"
)

// CanRead tells whether a policy can read a JSON object. One that it can't, for a number that is too large, ends a decision in a
// policy_error: doors refuse it before.
func CanRead(object authz.Object) bool { return opastore.IsReadable(object) }
