package management

import (
	"context"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// operationsOn are the operations that there are on an owner's things, in the order in which they are told.
var operationsOn = map[authz.OwnerType][]operation{
	authz.UserOwner: {listKeys, readKey, createKey, updateKey, revokeKey, rotateKey, listSessions, endSessions, readAudit, readDecisionLog},
	authz.WorkspaceOwner: {
		listKeys, readKey, createKey, updateKey, revokeKey, rotateKey, listReachingKeys, switchPersonalKeys, listContents, readAudit, readDecisionLog,
	},
	authz.OrganizationOwner: {listKeys, readKey, createKey, updateKey, revokeKey, rotateKey, listContents, readAudit, readDecisionLog},
	thePlatform.Type:        {readPolicies, writePolicies, readDecisionLog, readReplicas, readDirectory, writeDirectory, importWorld, readAudit},
}

// may asks, for each operation that there is on an owner's things, what the operation itself would ask. The user is the one
// whom the actor acts for, and the role theirs with the owner. What a policy that fails would permit is nothing, and no reason
// to keep anybody from signing in.
func (s *Service) may(a Actor, user authz.User, owner authz.Owner, role string) []string {
	allowed := []string{}
	for _, o := range operationsOn[owner.Type] {
		permitted := a.isPlatform() || a.keepsDirectory() && directoryOperations[o]
		if a.UserID != "" {
			answer, err := s.isPermitted(facts{
				Operation: o,
				Actor:     actorFacts{ID: user.ID, PlatformRole: user.PlatformRole},
				Owner:     ownerFacts{Type: owner.Type, ID: owner.ID, Role: role},
			})
			permitted = answer && err == nil
		}
		if permitted {
			allowed = append(allowed, string(o))
		}
	}
	return allowed
}

// userIfAny is the user whom the actor acts for, or nobody.
func (a Actor) userIfAny(r storage.Reader) (authz.User, error) {
	if a.UserID == "" {
		return authz.User{}, nil
	}
	return a.user(r)
}

// Permitted are the operations that an actor may do by the policy in force, beside those in workspaces and organizations.
type Permitted struct {
	// OnPlatform are those on what belongs to nobody in particular.
	OnPlatform []string
	// OnOwn are those on the actor's own things, such as their personal keys; empty where no user acts.
	OnOwn []string
}

// May are the operations that the actor may do on what belongs to nobody in particular, and on what is their own.
func (s *Service) May(ctx context.Context, a Actor) (p Permitted, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		if err := a.mustBeSomeone(r); err != nil {
			return err
		}
		user, err := a.userIfAny(r)
		if err != nil {
			return err
		}
		p = Permitted{OnPlatform: s.may(a, user, thePlatform, ""), OnOwn: []string{}}
		if user.ID != "" {
			p.OnOwn = s.may(a, user, authz.Owner{Type: authz.UserOwner, ID: user.ID}, "")
		}
		return nil
	})
	return p, err
}
