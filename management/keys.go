package management

import (
	"context"
	"errors"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// Key reads a key's record. Another owner's key is not there.
func (s *Service) Key(ctx context.Context, a Actor, id string) (key authz.APIKey, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		found, err := s.visibleKey(r, a, id)
		key = found.APIKey
		return err
	})
	return key, err
}

// visibleKey finds a key that the actor may read; every other is not found, so that nobody learns which ids stand.
func (s *Service) visibleKey(r storage.Reader, a Actor, id string) (storage.Key, error) {
	key, err := r.Key(id)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return key, err
	}
	// An actor who is none is told so, whether or not the key stands.
	if err := s.authorize(r, a, readKey, key.Owner()); err != nil {
		if refused, ok := errors.AsType[*Error](err); ok && refused == errForbidden {
			return storage.Key{}, concealed("key")
		}
		return storage.Key{}, err
	}
	return key, orNotFound(err, "key")
}

// KeyQuery narrows a list of keys. A user who names no owner asks for their own.
type KeyQuery struct {
	Owner  authz.Owner
	Status storage.KeyStatus
	// Text is found anywhere in a key's name, id or hint, ignoring case.
	Text string
	// ExpiresBefore finds the keys that expire before a time, UnusedSince those that were made before one and not used since.
	ExpiresBefore, UnusedSince time.Time
	After                      *storage.KeyPosition
	Limit                      int
}

// ListKeys is one page of an owner's keys, newest first, and whether more follow. Without an owner the platform gets all.
func (s *Service) ListKeys(ctx context.Context, a Actor, q KeyQuery) (page []authz.APIKey, more bool, err error) {
	if q.Owner.ID == "" && a.UserID != "" {
		q.Owner = authz.Owner{Type: authz.UserOwner, ID: a.UserID}
	}
	err = s.view(ctx, func(r storage.Reader) error {
		if err := s.authorize(r, a, listKeys, q.Owner); err != nil {
			return err
		}
		found, hasMore, err := r.ListKeys(storage.KeyFilter{
			Owner: q.Owner, Status: q.Status, Now: s.now(), Query: q.Text, After: q.After, Limit: q.Limit,
			ExpiresBefore: q.ExpiresBefore, UnusedSince: q.UnusedSince,
		})
		page, more = make([]authz.APIKey, len(found)), hasMore
		for i, key := range found {
			page[i] = key.APIKey
		}
		return err
	})
	return page, more, err
}

// RevokeKey ends a key at once and for good. To do it again is harmless, and does not wait for an import.
func (s *Service) RevokeKey(ctx context.Context, a Actor, id string) (key authz.APIKey, revision uint64, err error) {
	revision, err = s.update(ctx, a.does("keys.revoke", "key", id), func(tx storage.Tx) error {
		found, err := s.visibleKey(tx, a, id)
		if err != nil {
			return err
		}
		if err := s.authorize(tx, a, revokeKey, found.Owner()); err != nil {
			return err
		}
		if err := s.revoke(tx, a, found); err != nil {
			return err
		}
		found, err = tx.Key(id)
		key = found.APIKey
		return err
	})
	return key, revision, err
}

// revoke ends one key, unless it has ended.
func (s *Service) revoke(tx storage.Tx, a Actor, key storage.Key) error {
	if key.RevokedAt != nil {
		return nil
	}
	now := s.now()
	key.RevokedAt, key.RevokedBy = &now, a.name()
	return tx.PutKey(key)
}

// ReachingKey is an organization key that can reach a workspace: with what it can, and the highest of these permissions.
type ReachingKey struct {
	Key authz.APIKey
	// Grants are those on the workspace and on its workflows, and no other.
	Grants     []authz.Grant
	Permission authz.Permission
}

// ReachingKeys are the organization keys that can reach a workspace now: those that have ended are left out.
func (s *Service) ReachingKeys(ctx context.Context, a Actor, workspaceID string) (reaching []ReachingKey, err error) {
	owner := authz.Owner{Type: authz.WorkspaceOwner, ID: workspaceID}
	now := s.now()
	err = s.view(ctx, func(r storage.Reader) error {
		if err := s.authorize(r, a, listReachingKeys, owner); err != nil {
			return err
		}
		workspace, err := r.Workspace(workspaceID)
		if err != nil {
			return orNotFound(err, "workspace")
		}
		keys, err := r.KeysReaching(workspaceID)
		if err != nil || len(keys) == 0 {
			return err
		}
		workflows, err := workflowsIn(r, workspaceID)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if key.OwnerID != workspace.OrganizationID || hasExpired(key.APIKey, now) {
				continue
			}
			reaching = append(reaching, reachOf(key.APIKey, workspaceID, workflows))
		}
		return nil
	})
	return reaching, err
}

func hasExpired(key authz.APIKey, now time.Time) bool {
	return authz.Live(key.RevokedAt != nil, key.ExpiresAt, false, now) != ""
}

func reachOf(key authz.APIKey, workspaceID string, workflows map[string]bool) ReachingKey {
	reach := ReachingKey{Key: key}
	for _, grant := range key.Grants {
		if grant.WorkspaceID == workspaceID || workflows[grant.WorkflowID] {
			reach.Grants = append(reach.Grants, grant)
			reach.Permission = max(reach.Permission, grant.Permission)
		}
	}
	reach.Key.Grants = reach.Grants
	return reach
}

// RevokeKeysOf ends every key of an owner, and answers how many that were.
func (s *Service) RevokeKeysOf(ctx context.Context, a Actor, owner authz.Owner) (count int, revision uint64, err error) {
	revision, err = s.update(ctx, a.does("keys.revoke_all", string(owner.Type), owner.ID), func(tx storage.Tx) error {
		if err := s.authorize(tx, a, revokeKey, owner); err != nil {
			return err
		}
		keys, err := tx.KeysOf(owner)
		if err != nil {
			return err
		}
		if count = len(keys); count == 0 {
			return ownerStands(stored{tx}, owner)
		}
		return s.revokeAll(tx, a, owner)
	})
	return count, revision, err
}

// ownerStands is not found where there is no such owner: whoever revokes all of its keys should learn of a slip of the pen.
func ownerStands(w world, owner authz.Owner) error {
	has := map[authz.OwnerType]func(string) (bool, error){
		authz.UserOwner: w.hasUser, authz.WorkspaceOwner: w.hasWorkspace, authz.OrganizationOwner: w.hasOrganization,
	}[owner.Type]
	if has == nil {
		return notFound("owner")
	}
	stands, err := has(owner.ID)
	if err == nil && !stands {
		return notFound(string(owner.Type))
	}
	return err
}
