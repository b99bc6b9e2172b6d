package snapshot

import (
	"time"

	"github.com/steelengine/steelgate/authz"
)

// Liveness answers "" for a key that is live at the moment, and else the first of key_revoked, key_expired, key_disabled
// and owner_inactive that holds. A key whose owner is not there is not live either.
func (s *Snapshot) Liveness(key Key, now time.Time) authz.Code {
	var expiresAt *time.Time
	if at, ok := key.ExpiresAt(); ok {
		expiresAt = &at
	}
	if code := authz.Live(key.Revoked(), expiresAt, key.Disabled(), now); code != "" {
		return code
	}
	if !s.isOwnerActive(key) {
		return authz.OwnerInactive
	}
	return ""
}

func (s *Snapshot) isOwnerActive(key Key) bool {
	switch key.Type() {
	case authz.PersonalKey:
		user, ok := s.User(key.OwnerID())
		return ok && user.Active()
	case authz.WorkspaceKey:
		_, ok := s.Workspace(key.OwnerID())
		return ok
	case authz.OrganizationKey:
		_, ok := s.Organization(key.OwnerID())
		return ok
	}
	return false
}
