package authz

// User is a person. An inactive user's personal keys stop for as long as the user is inactive.
type User struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Active bool   `json:"active"`
	// PlatformRole is "", "policy_admin" or "admin"; only the platform sets it.
	PlatformRole PlatformRole `json:"platform_role"`
}

// PlatformRole is what a user may do beside what they own or administer. The zero value is none.
type PlatformRole string

// The platform roles.
const (
	NoPlatformRole PlatformRole = ""
	PolicyAdmin    PlatformRole = "policy_admin"
	PlatformAdmin  PlatformRole = "admin"
)

// Organization groups workspaces; its keys reach those that belong to it at the time of the request.
type Organization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// OrganizationRole decides what a member of an organization manages, never what a key may do.
type OrganizationRole string

// The roles in an organization.
const (
	OrganizationMemberRole OrganizationRole = "member"
	OrganizationAdminRole  OrganizationRole = "admin"
)

// OrganizationMember is a user's role in an organization.
type OrganizationMember struct {
	OrganizationID string           `json:"organization_id"`
	UserID         string           `json:"user_id"`
	Role           OrganizationRole `json:"role"`
}

// Workspace holds resources. Its owner counts as its admin, and is billed for what workspace and organization keys do there.
type Workspace struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	OwnerID string `json:"owner_id"`
	// OrganizationID is "" for a workspace outside every organization.
	OrganizationID      string `json:"organization_id"`
	PersonalKeysEnabled bool   `json:"personal_keys_enabled"`
	Archived            bool   `json:"archived"`
}

// WorkspaceMember is a user's role in a workspace.
type WorkspaceMember struct {
	WorkspaceID string     `json:"workspace_id"`
	UserID      string     `json:"user_id"`
	Role        Permission `json:"role"`
}

// The resource types that the shipped policy knows. Others are allowed: a policy gives them their meaning.
const (
	WorkflowType  = "workflow"
	MCPServerType = "mcp_server"
	// WorkspaceType names a workspace where a request speaks of one as a resource; it is not stored as one.
	WorkspaceType = "workspace"
)

// Resource is something in a workspace that an action is done to.
type Resource struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
	// WorkspaceID is "" for a resource outside every workspace.
	WorkspaceID string `json:"workspace_id"`
	// Properties is a JSON object, compact, with the defaults of its type filled in.
	Properties Object `json:"properties"`
}

// Object is the text of one JSON object; the empty Object stands for {}.
type Object []byte
