package management

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// KeyFields are what a key's owner says of it. They are read alike from a call and from an import's line.
type KeyFields struct {
	Type           strictjson.Optional[string]     `json:"type"`
	Name           strictjson.Optional[string]     `json:"name"`
	UserID         strictjson.Optional[string]     `json:"user_id"`
	WorkspaceID    strictjson.Optional[string]     `json:"workspace_id"`
	OrganizationID strictjson.Optional[string]     `json:"organization_id"`
	WorkflowIDs    strictjson.Optional[[]string]   `json:"workflow_ids"`
	Grants         strictjson.Optional[[]GrantRef] `json:"grants"`
	ExpiresAt      strictjson.Optional[time.Time]  `json:"expires_at"`
	Disabled       strictjson.Optional[bool]       `json:"disabled"`
	AllowedCIDRs   strictjson.Optional[[]string]   `json:"allowed_cidrs"`
}

// GrantRef is a grant as it is asked for: exactly one of the ids, and a permission.
type GrantRef struct {
	WorkspaceID strictjson.Optional[string] `json:"workspace_id"`
	WorkflowID  strictjson.Optional[string] `json:"workflow_id"`
	Permission  strictjson.Optional[string] `json:"permission"`
}

// identify sets whose the key is: its type and its owner, which never change. A personal key's owner is the actor where none
// is named; one that stands keeps its own.
func (c KeyFields) identify(key *authz.APIKey, actorID string) error {
	var f faults
	keyType, err := authz.ParseKeyType(c.Type.Value)
	if err != nil {
		return invalidField("type", "want personal, workspace or organization")
	}
	key.Type = keyType
	for _, owner := range []struct {
		keyType authz.KeyType
		field   string
		given   strictjson.Optional[string]
	}{
		{authz.PersonalKey, "user_id", c.UserID},
		{authz.WorkspaceKey, "workspace_id", c.WorkspaceID},
		{authz.OrganizationKey, "organization_id", c.OrganizationID},
	} {
		given := owner.given.Set && !owner.given.Null
		switch {
		case owner.keyType != keyType && given:
			f.add(owner.field, "is not a field of a %s key", keyType)
		case owner.keyType != keyType:
		case given && !authz.ValidID(owner.given.Value):
			f.add(owner.field, "%s", wantID)
		case given:
			key.OwnerID = owner.given.Value
		case keyType == authz.PersonalKey && actorID != "":
			key.OwnerID = actorID
		case key.OwnerID != "":
		default:
			f.add(owner.field, "is required for a %s key", keyType)
		}
	}
	return f.err()
}

// describe sets what is given of everything else, and checks each field by itself.
func (c KeyFields) describe(key *authz.APIKey) error {
	var f faults
	f.setText(&key.Name, "name", c.Name, keyNameFault)
	if key.Name == "" && len(f.fields) == 0 {
		f.add("name", "is required")
	}
	f.setBool(&key.Disabled, "disabled", c.Disabled)
	if c.ExpiresAt.Set {
		key.ExpiresAt = f.instant("expires_at", c.ExpiresAt)
	}
	if c.AllowedCIDRs.Set {
		if key.AllowedCIDRs = c.AllowedCIDRs.Value; !c.AllowedCIDRs.Null {
			f.checkNetworks(key.AllowedCIDRs)
		}
	}
	c.describeScope(key, &f)
	return f.err()
}

// instant reads a time, or nil for null.
func (f *faults) instant(name string, given strictjson.Optional[time.Time]) *time.Time {
	if given.Null {
		return nil
	}
	at := given.Value.UTC().Truncate(time.Microsecond)
	if at.Year() < 1970 || at.Year() > 9999 {
		f.add(name, "want a time between 1970 and 9999")
	}
	return &at
}

func (c KeyFields) describeScope(key *authz.APIKey, f *faults) {
	if c.WorkflowIDs.Set && !c.WorkflowIDs.Null {
		if key.Type != authz.WorkspaceKey {
			f.add("workflow_ids", "is not a field of a %s key", key.Type)
		}
		if n := len(c.WorkflowIDs.Value); n == 0 || n > maxTargets {
			f.add("workflow_ids", "want 1 to %d workflows, or null for the whole workspace", maxTargets)
		}
		key.WorkflowIDs = unique(c.WorkflowIDs.Value)
	} else if c.WorkflowIDs.Null {
		key.WorkflowIDs = nil
	}
	given := c.Grants.Set && !c.Grants.Null
	switch {
	case given && key.Type != authz.OrganizationKey:
		f.add("grants", "is not a field of a %s key", key.Type)
	case given && (len(c.Grants.Value) == 0 || len(c.Grants.Value) > maxTargets):
		f.add("grants", "want 1 to %d grants", maxTargets)
	case given:
		key.Grants = make([]authz.Grant, len(c.Grants.Value))
		for i, grant := range c.Grants.Value {
			key.Grants[i] = f.grant(fmt.Sprintf("grants[%d]", i), grant)
		}
	case key.Type == authz.OrganizationKey && (c.Grants.Null || key.Grants == nil):
		f.add("grants", "is required for an organization key")
	}
}

// grant reads one, whose target need not stand.
func (f *faults) grant(name string, ref GrantRef) authz.Grant {
	grant := authz.Grant{WorkspaceID: ref.WorkspaceID.Value, WorkflowID: ref.WorkflowID.Value}
	if (grant.WorkspaceID == "") == (grant.WorkflowID == "") {
		f.add(name, "want exactly one of workspace_id and workflow_id")
	}
	permission, err := authz.ParsePermission(ref.Permission.Value)
	if err != nil {
		f.add(name+".permission", "want read, write or admin")
	}
	grant.Permission = permission
	return grant
}

// checkOwner refuses an owner that is not there.
func checkOwner(w world, key authz.APIKey) error {
	var f faults
	var err error
	switch key.Type {
	case authz.PersonalKey:
		err = f.known("user_id", "user", w.hasUser, key.OwnerID)
	case authz.WorkspaceKey:
		err = f.known("workspace_id", "workspace", w.hasWorkspace, key.OwnerID)
	case authz.OrganizationKey:
		err = f.known("organization_id", "organization", w.hasOrganization, key.OwnerID)
	}
	if err != nil {
		return err
	}
	return f.err()
}

// checkScope refuses what a scope may not name: a workflow of another workspace, a target outside the organization. An
// unknown target reads the same as another's.
func checkScope(w world, key authz.APIKey) error {
	var f faults
	for i, id := range key.WorkflowIDs {
		place, err := w.workflowPlace(id)
		if err != nil {
			return err
		}
		if place == nil || *place != key.OwnerID {
			f.add(fmt.Sprintf("workflow_ids[%d]", i), "no such workflow stands in the key's workspace")
		}
	}
	for i, grant := range key.Grants {
		field, within, err := grantPlace(w, grant, key.OwnerID)
		if err != nil {
			return err
		}
		if !within {
			f.add(fmt.Sprintf("grants[%d].%s", i, field), "nothing of that id stands in the key's organization")
		}
	}
	return f.err()
}

// grantPlace tells whether a grant's target belongs to the organization, and which field names it.
func grantPlace(w world, grant authz.Grant, organizationID string) (field string, within bool, err error) {
	field = "workspace_id"
	workspaceID := grant.WorkspaceID
	if grant.WorkflowID != "" {
		field = "workflow_id"
		place, err := w.workflowPlace(grant.WorkflowID)
		if err != nil || place == nil {
			return field, false, err
		}
		workspaceID = *place
	}
	organization, err := w.workspaceOrganization(workspaceID)
	return field, organization != nil && *organization == organizationID, err
}

// CreateKey makes a key, and answers its secret, which nothing shows again. A request that comes again is answered with the
// record as it stands, and the zero secret.
func (s *Service) CreateKey(ctx context.Context, a Actor, fields KeyFields) (key authz.APIKey, secret apikey.Secret, revision uint64, err error) {
	id := apikey.NewID("key_")
	secret = apikey.Mint()
	revision, err = s.change(ctx, a.does("keys.create", "key", id), func(tx storage.Tx) error {
		if err := a.mustBeSomeone(tx); err != nil {
			return err
		}
		if first, err := s.repeated(tx, a); err != nil || first != "" {
			key, err = s.answerAgain(tx, a, first, err)
			secret = apikey.Secret{}
			return err
		}
		key = authz.APIKey{ID: id, CreatedBy: a.name(), CreatedAt: s.now()}
		if err := fields.identify(&key, a.UserID); err != nil {
			return err
		}
		if err := s.authorize(tx, a, createKey, key.Owner()); err != nil {
			return err
		}
		if err := fields.describe(&key); err != nil {
			return err
		}
		if err := checkOwner(stored{tx}, key); err != nil {
			return err
		}
		if err := checkScope(stored{tx}, key); err != nil {
			return err
		}
		record, err := s.withSecret(tx, key, secret)
		if err != nil {
			return err
		}
		key = record.APIKey
		return errors.Join(tx.PutKey(record), s.remember(tx, a, key.ID))
	})
	if err != nil {
		return authz.APIKey{}, apikey.Secret{}, 0, err
	}
	return key, secret, revision, nil
}

// withSecret is the key's record with what stands in its secret's stead, made under the version of the keyring that is active
// in the transaction.
func (s *Service) withSecret(tx storage.Tx, key authz.APIKey, secret apikey.Secret) (storage.Key, error) {
	active, err := s.activeVersion(tx)
	if err != nil {
		return storage.Key{}, err
	}
	owner := key.Owner()
	sealed, err := active.Seal(secret, key.ID, string(owner.Type), owner.ID)
	if err != nil {
		return storage.Key{}, err
	}
	key.Hint = secret.Hint()
	return storage.Key{APIKey: key, Digest: active.Digest(secret), PepperVersion: active.Number(), Sealed: sealed}, nil
}
