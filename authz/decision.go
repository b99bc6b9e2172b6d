package authz

// Decision is the answer to a Request. A deny is a decision too; where none could be made there is an error instead.
type Decision struct {
	ID string `json:"decision_id"`
	// Allow is true exactly where Code is allowed.
	Allow bool `json:"allow"`
	// Status is what the caller should answer its own client with: 200, 401 or 403.
	Status  int    `json:"status"`
	Code    Code   `json:"code"`
	Message string `json:"message"`
	// Key stands wherever the key is known.
	Key *KeyRef `json:"key,omitempty"`
	// Permission stands where both sides of the comparison are known.
	Permission *PermissionCheck `json:"permission,omitempty"`
	// GrantedBy is the grant that covers the resource; only organization keys have one.
	GrantedBy *Grant `json:"granted_by,omitempty"`
	// BilledTo stands only where Allow is true.
	BilledTo *Owner `json:"billed_to,omitempty"`
	// PolicyRevision and DataRevision say by which rules and over which state of the world.
	PolicyRevision uint64 `json:"policy_revision"`
	DataRevision   uint64 `json:"data_revision"`
}

// KeyRef is what a decision tells of its key.
type KeyRef struct {
	ID   string  `json:"id"`
	Name string  `json:"name"`
	Type KeyType `json:"type"`
}

// PermissionCheck compares what the action requires with what the key has on the resource.
type PermissionCheck struct {
	Required Permission `json:"required"`
	Granted  Permission `json:"granted"`
}
