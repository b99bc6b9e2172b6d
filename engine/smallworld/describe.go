package smallworld

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

func hourName(h int) string { return strconv.Itoa(h) }

// Describe finds the facts of a question that a live key of the snapshot asks at a moment.
func Describe(s *snapshot.Snapshot, key snapshot.Key, r authz.Request, at time.Time) Class {
	c, t := describe(s, r, at)
	c[Key] = string(key.Type())
	c[AllowList] = "none"
	if key.Restricted() {
		c[AllowList] = choose(isOn(key, r.Context.ClientIP), "on", "off")
	}
	_, ends := key.ExpiresAt()
	c[Expiry] = yes(ends)
	switch key.Type() {
	case authz.PersonalKey:
		t.personal(&c, s, key.OwnerID())
	case authz.WorkspaceKey:
		t.ofWorkspace(&c, key)
	case authz.OrganizationKey:
		t.ofOrganization(&c, key)
	}
	return c
}

// DescribeUser finds the facts of a question that a user asks without a key.
func DescribeUser(s *snapshot.Snapshot, userID string, r authz.Request, at time.Time) Class {
	c, t := describe(s, r, at)
	c[Key] = UserSubject
	t.personal(&c, s, userID)
	return c
}

// describe finds the facts that have nothing to do with who asks.
func describe(s *snapshot.Snapshot, r authz.Request, at time.Time) (c Class, t target) {
	for f := range c {
		c[f] = none
	}
	at = at.UTC()
	c[ResourceType], c[Action] = r.Resource.Type, r.Action
	c[Day], c[Hour] = at.Weekday().String(), hourName(at.Hour())
	c[Claims] = yes(len(r.Resource.Properties) > 0)
	c[ClientIP] = choose(r.Context.ClientIP != "", "given", "missing")
	t = find(s, r.Resource)
	c[Stands] = t.stands
	c[Deployed] = t.deployed
	if t.workspace.ID() != "" {
		c[PersonalKeys] = choose(t.workspace.PersonalKeysEnabled(), "on", "off")
		c[Archived] = yes(t.workspace.Archived())
	}
	return c, t
}

func choose(condition bool, then, otherwise string) string {
	if condition {
		return then
	}
	return otherwise
}

func yes(condition bool) string { return choose(condition, "yes", "no") }

func isOn(key snapshot.Key, clientIP string) bool {
	address, err := netip.ParseAddr(clientIP)
	if err != nil || address.Zone() != "" {
		return false
	}
	for cidr := range key.AllowedCIDRs() {
		if network, err := netip.ParsePrefix(cidr); err == nil && network.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

// target is the resource of a question as it is stored.
type target struct {
	authz.Entity
	stands, deployed string
	workspace        snapshot.Workspace
	// exposed are the workflows that an MCP server exposes; one that stands in another workspace counts for none.
	exposed []string
}

func find(s *snapshot.Snapshot, r authz.Entity) target {
	t := target{Entity: r, stands: "no", deployed: none}
	if r.Type == authz.WorkspaceType {
		if workspace, ok := s.Workspace(r.ID); ok {
			t.workspace, t.stands = workspace, "yes"
		}
		return t
	}
	stored, ok := s.Resource(r.Type, r.ID)
	if !ok {
		return t
	}
	t.stands = "nowhere"
	if workspace, ok := s.Workspace(stored.WorkspaceID()); ok {
		t.workspace, t.stands = workspace, "yes"
	}
	t.deployed, t.exposed = readProperties(stored.Properties())
	for i, id := range t.exposed {
		if workflow, _ := s.Resource(authz.WorkflowType, id); workflow.WorkspaceID() != stored.WorkspaceID() {
			t.exposed[i] = ""
		}
	}
	if r.Type != authz.MCPServerType {
		t.exposed = nil
	}
	return t
}

// readProperties spares the parser what nearly every resource says.
func readProperties(text string) (deployed string, exposed []string) {
	switch text {
	case `{"deployed":true}`:
		return "yes", nil
	case `{"deployed":false}`:
		return "no", nil
	case `{}`:
		return none, nil
	}
	var properties struct {
		Deployed    any `json:"deployed"`
		WorkflowIDs any `json:"workflow_ids"`
	}
	if err := json.Unmarshal([]byte(text), &properties); err != nil {
		return none, nil
	}
	deployed = none
	if is, ok := properties.Deployed.(bool); ok {
		deployed = yes(is)
	}
	list, _ := properties.WorkflowIDs.([]any)
	for _, entry := range list {
		id, _ := entry.(string)
		exposed = append(exposed, id)
	}
	return deployed, exposed
}

func (t target) personal(c *Class, s *snapshot.Snapshot, userID string) {
	c[PlatformRole] = "none"
	if user, ok := s.User(userID); ok && user.PlatformRole() != "" {
		c[PlatformRole] = string(user.PlatformRole())
	}
	id := t.workspace.ID()
	if id == "" {
		return
	}
	c[Role] = "none"
	if t.workspace.OwnerID() == userID {
		c[Role] = "owner"
	} else if role, ok := s.WorkspaceMember(id, userID); ok {
		c[Role] = role.String()
	}
	c[Organization], c[OrganizationRole] = "none", "none"
	if organization := t.workspace.OrganizationID(); organization != "" {
		c[Organization] = "some"
		if role, ok := s.OrganizationMember(organization, userID); ok {
			c[OrganizationRole] = string(role)
		}
	}
}

func (t target) ofWorkspace(c *Class, key snapshot.Key) {
	c[Narrowing] = "none"
	if key.Narrowed() {
		narrowed := slices.Collect(key.WorkflowIDs())
		c[Narrowing] = t.coverage(len(narrowed) == 0, func(id string) bool { return slices.Contains(narrowed, id) })
	}
	if t.workspace.ID() == "" {
		return
	}
	c[Workspace] = choose(t.workspace.ID() == key.OwnerID(), "own", "another")
	c[Organization] = choose(t.workspace.OrganizationID() == "", "none", "some")
}

// coverage is what a scope of workflows is to the resource.
func (t target) coverage(isEmpty bool, has func(id string) bool) string {
	covered := 0
	for _, id := range t.exposed {
		if id != "" && has(id) {
			covered++
		}
	}
	switch {
	case isEmpty:
		return "nothing"
	case t.Type == authz.WorkflowType && has(t.ID), covered > 0 && covered == len(t.exposed):
		return "this"
	case covered > 0:
		return "part"
	}
	return "elsewhere"
}

func (t target) ofOrganization(c *Class, key snapshot.Key) {
	c[WorkspaceGrant], c[WorkflowGrant], c[OtherGrants] = "none", "none", "no"
	granted := map[string]authz.Permission{}
	var here authz.Permission
	for g := range key.Grants() {
		switch {
		case g.WorkspaceID != "" && g.WorkspaceID == t.workspace.ID():
			here = max(here, g.Permission)
		case t.Type == authz.WorkflowType && g.WorkflowID == t.ID, g.WorkflowID != "" && slices.Contains(t.exposed, g.WorkflowID):
			granted[g.WorkflowID] = max(granted[g.WorkflowID], g.Permission)
		default:
			c[OtherGrants] = "yes"
		}
	}
	if here != authz.None {
		c[WorkspaceGrant] = here.String()
	}
	if len(granted) > 0 {
		c[WorkflowGrant] = t.grants(granted)
	}
	if t.workspace.ID() != "" {
		c[Organization] = "another"
		switch t.workspace.OrganizationID() {
		case key.OwnerID():
			c[Organization] = "own"
		case "":
			c[Organization] = "none"
		}
	}
}

// grants tells of grants on the workflow, or on workflows that the server exposes.
func (t target) grants(granted map[string]authz.Permission) string {
	lowest, highest := authz.Admin, authz.None
	for _, p := range granted {
		lowest, highest = min(lowest, p), max(highest, p)
	}
	for _, id := range t.exposed {
		if _, ok := granted[id]; !ok {
			return "part"
		}
	}
	if lowest == highest {
		return lowest.String()
	}
	return lowest.String() + " to " + highest.String()
}
