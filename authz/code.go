package authz

import "net/http"

// Code is the reason of a decision, or why none could be made.
type Code string

// The codes of a decision, in the order in which they are looked for: the first that holds is the answer.
const (
	KeyMissing    Code = "key_missing"
	KeyMalformed  Code = "key_malformed"
	KeyUnknown    Code = "key_unknown"
	KeyRevoked    Code = "key_revoked"
	KeyExpired    Code = "key_expired"
	KeyDisabled   Code = "key_disabled"
	OwnerInactive Code = "owner_inactive"

	UnknownAction          Code = "unknown_action"
	OutsideScope           Code = "outside_scope"
	NotAMember             Code = "not_a_member"
	PersonalKeysDisabled   Code = "personal_keys_disabled"
	WorkspaceArchived      Code = "workspace_archived"
	IPNotAllowed           Code = "ip_not_allowed"
	InsufficientPermission Code = "insufficient_permission"
	WorkflowNotDeployed    Code = "workflow_not_deployed"
	MCPServerNotDeployed   Code = "mcp_server_not_deployed"

	Allowed Code = "allowed"
)

// The codes of no decision.
const (
	PolicyError Code = "policy_error"
	Stale       Code = "stale"
)

// Codes are all codes that the shipped policy and the engine give.
var Codes = []Code{
	KeyMissing, KeyMalformed, KeyUnknown, KeyRevoked, KeyExpired, KeyDisabled, OwnerInactive,
	UnknownAction, OutsideScope, NotAMember, PersonalKeysDisabled, WorkspaceArchived, IPNotAllowed, InsufficientPermission,
	WorkflowNotDeployed, MCPServerNotDeployed, Allowed, PolicyError, Stale,
}

// Unauthenticated tells whether the code says that the key is not live. Only the engine gives these, never a policy.
func (c Code) Unauthenticated() bool {
	switch c {
	case KeyMissing, KeyMalformed, KeyUnknown, KeyRevoked, KeyExpired, KeyDisabled, OwnerInactive:
		return true
	}
	return false
}

// Status is the HTTP status that a caller should answer its own client with.
func (c Code) Status() int {
	switch {
	case c == Allowed:
		return http.StatusOK
	case c.Unauthenticated():
		return http.StatusUnauthorized
	case c == PolicyError:
		return http.StatusInternalServerError
	case c == Stale:
		return http.StatusServiceUnavailable
	}
	return http.StatusForbidden
}
