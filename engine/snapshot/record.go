package snapshot

import (
	"slices"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

// Record is the key as far as a snapshot knows it, to be changed and put into an Edit: without its hint and who made it. When it
// was revoked is not known, and stands as the zero time.
func (k Key) Record() authz.APIKey {
	record := authz.APIKey{ID: k.id, Type: k.Type(), Name: k.name, OwnerID: k.ownerID, Disabled: k.Disabled()}
	if at, ok := k.ExpiresAt(); ok {
		record.ExpiresAt = &at
	}
	if k.Revoked() {
		record.RevokedAt = &time.Time{}
	}
	if k.Narrowed() {
		record.WorkflowIDs = slices.AppendSeq([]string{}, k.WorkflowIDs())
	}
	if k.HasGrants() {
		record.Grants = slices.AppendSeq([]authz.Grant{}, k.Grants())
	}
	if k.Restricted() {
		record.AllowedCIDRs = slices.AppendSeq([]string{}, k.AllowedCIDRs())
	}
	return record
}

// Record is the user, to be changed and put into an Edit; so are those below.
func (u User) Record() authz.User {
	return authz.User{ID: u.id, Name: u.Name(), Email: u.Email(), Active: u.active, PlatformRole: u.PlatformRole()}
}

// Record is the organization.
func (o Organization) Record() authz.Organization { return authz.Organization{ID: o.id, Name: o.name} }

// Record is the workspace.
func (w Workspace) Record() authz.Workspace {
	return authz.Workspace{
		ID: w.id, Name: w.Name(), OwnerID: w.OwnerID(), OrganizationID: w.OrganizationID(),
		PersonalKeysEnabled: w.PersonalKeysEnabled(), Archived: w.Archived(),
	}
}

// Record is the resource.
func (r Resource) Record() authz.Resource {
	return authz.Resource{Type: r.resourceType, ID: r.id, Name: r.Name(), WorkspaceID: r.WorkspaceID(), Properties: authz.Object(r.Properties())}
}

// ChangeKey puts a key in the place of the one that has its id, whose secret it keeps. Where there is none it does nothing, and
// answers false.
func (e *Edit) ChangeKey(k authz.APIKey) bool {
	current, ok := e.next.Key(k.ID)
	if ok {
		e.PutKey(k, apikey.Digest([]byte(current.digest)))
	}
	return ok
}

// Snapshot is what the edit has made so far, at the revision of the snapshot that it began from. It stays as it is.
func (e *Edit) Snapshot() *Snapshot {
	made := e.next
	e.ownsTokens = false
	return &made
}
