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
	email := user.Email
	f.setText(&user.Email, "email", c.Email, emailFault)
	if user.Email != email && user.PlatformRole != authz.NoPlatformRole && !a.isPlatform() {
		// The address lets its holder sign in as the user.
		return user, refuse(Forbidden, "forbidden", "Only the platform changes the e-mail address of a user with a platform_role: ask with a service token of scope admin.")
	}
	f.setBool(&user.Active, "active", c.Active)
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
	if !user.Active {
		// Whoever is let in again later signs in again.
		if err := endSessionsOf(tx, id); err != nil {
			return user, false, err
		}
	}
	return user, made, tx.PutUser(user)
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
