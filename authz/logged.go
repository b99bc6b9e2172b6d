package authz

import "time"

// LoggedDecision is a decision as the decision log keeps it: what a person asks after, and what it takes to decide again. It
// holds no secret.
type LoggedDecision struct {
	ID   string
	Time time.Time
	// Door is where the question came from: decisions, decisions/batch, forward-auth and so on.
	Door string
	// KeyID and KeyType are "" where the key is not known, and so is KeyOwner.
	KeyID    string
	KeyType  KeyType
	KeyOwner Owner
	// Subject is who asked that is no API key; zero is a key.
	Subject Entity
	Request Request
	// Route is the pattern that a gateway's request matched, or "".
	Route string
	// WorkspaceID and OrganizationID are where the resource was, or "".
	WorkspaceID, OrganizationID string
	// Cut tells that something of the question was too large to be kept, or read like a secret: it can't be decided again.
	Cut        bool
	Allow      bool
	Code       Code
	Permission *PermissionCheck
	GrantedBy  *Grant
	BilledTo   *Owner
	// PolicyRevision and DataRevision say by which rules and over which state of the world.
	PolicyRevision, DataRevision uint64
	// Took is how long the decision took.
	Took time.Duration
}
