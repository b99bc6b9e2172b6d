package authz

import (
	"fmt"
	"time"
)

// KeyType decides what a key belongs to, what it may reach, and who is billed.
type KeyType string

// The key types.
const (
	PersonalKey     KeyType = "personal"
	WorkspaceKey    KeyType = "workspace"
	OrganizationKey KeyType = "organization"
)

// ParseKeyType reads "personal", "workspace" or "organization".
func ParseKeyType(text string) (KeyType, error) {
	switch t := KeyType(text); t {
	case PersonalKey, WorkspaceKey, OrganizationKey:
		return t, nil
	}
	return "", fmt.Errorf("%q is not a key type: want personal, workspace or organization", text)
}

// OwnerType is the type of entity that keys of this type belong to.
func (t KeyType) OwnerType() OwnerType {
	switch t {
	case PersonalKey:
		return UserOwner
	case WorkspaceKey:
		return WorkspaceOwner
	case OrganizationKey:
		return OrganizationOwner
	}
	return ""
}

// OwnerType is what kind of entity an owner is.
type OwnerType string

// The owner types.
const (
	UserOwner         OwnerType = "user"
	WorkspaceOwner    OwnerType = "workspace"
	OrganizationOwner OwnerType = "organization"
)

// Owner names whom a key belongs to, or who is billed.
type Owner struct {
	Type OwnerType `json:"type"`
	ID   string    `json:"id"`
}

// Grant is a stored permission of an organization key on one workspace or one workflow: exactly one of the ids is set.
type Grant struct {
	WorkspaceID string     `json:"workspace_id,omitempty"`
	WorkflowID  string     `json:"workflow_id,omitempty"`
	Permission  Permission `json:"permission"`
}

// APIKey is a key's record. It holds no secret.
type APIKey struct {
	ID   string  `json:"id"`
	Type KeyType `json:"type"`
	Name string  `json:"name"`
	// OwnerID is the user, workspace or organization that the key belongs to, by Type.
	OwnerID string `json:"-"`
	// WorkflowIDs narrows a workspace key; nil is not narrowed, empty covers nothing.
	WorkflowIDs []string `json:"workflow_ids"`
	// Grants is what an organization key reaches; of several on one target the highest counts, and empty covers nothing.
	Grants []Grant `json:"grants"`
	// Hint is the prefix and the secret's last four characters, for people to tell keys apart.
	Hint      string     `json:"hint"`
	CreatedBy string     `json:"created_by"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"`
	Disabled  bool       `json:"disabled"`
	// AllowedCIDRs is nil where any address will do.
	AllowedCIDRs []string   `json:"allowed_cidrs"`
	LastUsedAt   *time.Time `json:"last_used_at"`
	RevokedAt    *time.Time `json:"revoked_at"`
	RevokedBy    string     `json:"revoked_by"`
	// ReplacedBy is the id of the key that a rotation made in this one's place, or "".
	ReplacedBy string `json:"replaced_by"`
	// Replaces is the id of the key that this one is the successor of, or "".
	Replaces string `json:"replaces"`
}

// Owner is whom the key belongs to.
func (k APIKey) Owner() Owner { return Owner{Type: k.Type.OwnerType(), ID: k.OwnerID} }

// Live answers "" for a key that has not ended, and else the first of key_revoked, key_expired, key_disabled that holds.
// Whether its owner is active is not the key's own to know.
func Live(revoked bool, expiresAt *time.Time, disabled bool, now time.Time) Code {
	switch {
	case revoked:
		return KeyRevoked
	case expiresAt != nil && !now.Before(*expiresAt):
		return KeyExpired
	case disabled:
		return KeyDisabled
	}
	return ""
}
