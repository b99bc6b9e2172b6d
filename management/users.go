package management

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// UserChange is what to set of a user. What is absent keeps its value, or has its default where the user is new.
type UserChange struct {
	ID           strictjson.Optional[string] `json:"id"`
	Name         strictjson.Optional[string] `json:"name"`
	Email        strictjson.Optional[string] `json:"email"`
	Active       strictjson.Optional[bool]   `json:"active"`
	PlatformRole strictjson.Optional[string] `json:"platform_role"`
}

// User reads a user.
func (s *Service) User(ctx context.Context, a Actor, id string) (user authz.User, err error) {
	err = s.readPlatform(ctx, a, func(r storage.Reader) error {
		user, err = r.User(id)
		return orNotFound(err, "user")
	})
	return user, err
}

// PutUser makes a user, or changes one.
func (s *Service) PutUser(ctx context.Context, a Actor, id string, change UserChange) (user authz.User, made bool, revision uint64, err error) {
	revision, err = s.changeDirectory(ctx, a.does("users.put", "user", id), func(tx storage.Tx) error {
		if err := checkID("id", id); err != nil {
			return err
		}
		user, made, err = putUser(tx, a, id, change)
		return err
	})
	return user, made, revision, err
}

// apply sets what is given of the change.
func (c UserChange) apply(user authz.User, a Actor) (authz.User, error) {
	var f faults
	f.sameID("id", user.ID, c.ID)
	f.setText(&user.Name, "name", c.Name, nameFault)
	before := user
	f.setText(&user.Email, "email", c.Email, emailFault)
	f.setBool(&user.Active, "active", c.Active)
	if before.PlatformRole != authz.NoPlatformRole && !a.isPlatform() && (user.Email != before.Email || user.Active && !before.Active) {
		// The address lets its holder sign in as the user, once the user may come in.
		return user, refuse(Forbidden, "forbidden", "Only the platform changes the e-mail address of a user with a platform_role, or makes one active again: ask with a service token of scope admin.")
	}
	if c.PlatformRole.Set {
		role := authz.PlatformRole(c.PlatformRole.Value)
		if !c.PlatformRole.Null && role != authz.PolicyAdmin && role != authz.PlatformAdmin {
			f.add("platform_role", "want null, policy_admin or admin")
		}
		if role != user.PlatformRole && !a.isPlatform() {
			return user, refuse(Forbidden, "forbidden", "Only the platform sets a platform_role: ask with a service token of scope admin.")
		}
		user.PlatformRole = role
	}
	return user, f.err()
}

func putUser(tx storage.Tx, a Actor, id string, change UserChange) (user authz.User, made bool, err error) {
	current, err := tx.User(id)
	if made = errors.Is(err, storage.ErrNotFound); made {
		current, err = authz.User{ID: id, Active: true}, nil
	}
	if err != nil {
		return user, false, err
	}
	if user, err = change.apply(current, a); err != nil {
		return user, false, err
	}
	if !made && user == current {
		return user, false, nil
	}
	if user.Email != current.Email {
		if err := mayHaveAddress(tx, a, user); err != nil {
			return user, false, err
		}
	}
	if user.PlatformRole != authz.NoPlatformRole && current.PlatformRole == authz.NoPlatformRole {
		if err := beginWithRole(tx, user); err != nil {
			return user, false, err
		}
	}
	if !user.Active {
		// Whoever is let in again later signs in again.
		if err := endSessionsOf(tx, id); err != nil {
			return user, false, err
		}
	}
	return user, made, tx.PutUser(user)
}

// mayHaveAddress refuses the address of somebody with a platform_role to everybody else: who shares it stands in the way of
// their sign-in.
func mayHaveAddress(r storage.Reader, a Actor, user authz.User) error {
	if a.isPlatform() {
		return nil
	}
	namesakes, err := r.UsersByEmail(user.Email, maxNamesakes)
	if err != nil {
		return err
	}
	for _, other := range namesakes {
		if other.ID != user.ID && other.PlatformRole != authz.NoPlatformRole {
			return refuse(Forbidden, "forbidden", "A user with a platform_role has this e-mail address: only the platform gives it to another one too.")
		}
	}
	return nil
}

// beginWithRole has a user who gets a platform_role begin anew: whoever was linked or signed in as them before was let in by
// an address that others may have set. And with a platform admin, no set-up link is of use any more.
func beginWithRole(tx storage.Tx, user authz.User) error {
	if err := endSessionsOf(tx, user.ID); err != nil {
		return err
	}
	if err := tx.DeleteIdentitiesOf(user.ID); err != nil {
		return err
	}
	if user.PlatformRole == authz.PlatformAdmin {
		return tx.DeleteSetupLinks()
	}
	return nil
}

// DeleteUser deletes a user, whose keys are revoked and whose memberships end. One who owns a workspace stays.
func (s *Service) DeleteUser(ctx context.Context, a Actor, id string) (uint64, error) {
	return s.changeDirectory(ctx, a.does("users.delete", "user", id), func(tx storage.Tx) error {
		if _, err := tx.User(id); err != nil {
			return orNotFound(err, "user")
		}
		owned, err := tx.WorkspacesOwnedBy(id)
		if err != nil {
			return err
		}
		if len(owned) > 0 {
			return refuse(Conflict, "owns_workspaces", "The user owns %s: give each of them another owner first.", someOf(owned))
		}
		organizations, err := tx.OrganizationsWith(id)
		if err != nil {
			return err
		}
		for _, m := range organizations {
			if err := tx.DeleteOrganizationMember(m.OrganizationID, id); err != nil {
				return err
			}
		}
		workspaces, err := tx.WorkspacesWith(id)
		if err != nil {
			return err
		}
		for _, m := range workspaces {
			if err := tx.DeleteWorkspaceMember(m.WorkspaceID, id); err != nil {
				return err
			}
		}
		if err := s.revokeAll(tx, a, authz.Owner{Type: authz.UserOwner, ID: id}); err != nil {
			return err
		}
		// Whoever gets the id next must not be answered with what this user made.
		if err := tx.ForgetRequestsOf(userSender(id)); err != nil {
			return err
		}
		if err := endSessionsOf(tx, id); err != nil {
			return err
		}
		if err := tx.DeleteIdentitiesOf(id); err != nil {
			return err
		}
		return tx.DeleteUser(id)
	})
}

// someOf names workspaces, and says how many more there are.
func someOf(ids []string) string {
	const named = 5
	if len(ids) <= named {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more workspaces", strings.Join(ids[:named], ", "), len(ids)-named)
}
