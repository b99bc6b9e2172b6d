package management

import (
	"encoding/hex"
	"errors"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// recorder is a transaction that writes down what it changes, record by record, as it was before and as it is after. What
// does not go through it does not go into the audit: notes and imports' positions, which are no part of the world.
type recorder struct {
	storage.Tx
	changes []AuditChange
	// isOfWorld tells that a change makes a revision: who is signed in is no part of the world.
	isOfWorld bool
	// actor and target are set by a sign-in, which only finds out who it is.
	actor  *AuditActor
	target *AuditTarget
	// owner is whose things were asked for last.
	owner authz.Owner
	// active is the keyring's version that is active in the transaction, once somebody asked.
	active *apikey.Version
}

// subject says of a record whose it is, and how the audit shows it.
type subject[T any] struct {
	kind  storage.Kind
	id    string
	owner func(T) authz.Owner
	show  func(T) any
}

// record runs a write, and keeps the record as it was and as it is; after is nil for a deletion.
func record[T any](r *recorder, of subject[T], before func() (T, error), after *T, write func() error) error {
	change := AuditChange{Kind: of.kind, ID: of.id, Before: jsontext.Value("null"), After: jsontext.Value("null")}
	was, err := before()
	stands := err == nil
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	if stands {
		change.Owner = of.owner(was)
		if change.Before, err = json.Marshal(of.show(was), json.FormatNilSliceAsNull(true)); err != nil {
			return err
		}
	}
	if after != nil {
		if owner := of.owner(*after); owner != change.Owner {
			change.Owner, change.PreviousOwner = owner, change.Owner
		}
		if change.After, err = json.Marshal(of.show(*after), json.FormatNilSliceAsNull(true)); err != nil {
			return err
		}
	}
	r.changes = append(r.changes, change)
	r.isOfWorld = r.isOfWorld || of.kind != storage.SessionKind && of.kind != storage.IdentityKind
	return nil
}

func asIs[T any](v T) any { return v }

func theUser(id string) subject[authz.User] {
	return subject[authz.User]{storage.UserKind, id, func(u authz.User) authz.Owner { return authz.Owner{Type: authz.UserOwner, ID: u.ID} }, asIs[authz.User]}
}

func (r *recorder) PutUser(u authz.User) error {
	return record(r, theUser(u.ID), func() (authz.User, error) { return r.User(u.ID) }, &u, func() error { return r.Tx.PutUser(u) })
}

func (r *recorder) DeleteUser(id string) error {
	return record(r, theUser(id), func() (authz.User, error) { return r.User(id) }, nil, func() error { return r.Tx.DeleteUser(id) })
}

func theOrganization(id string) subject[authz.Organization] {
	return subject[authz.Organization]{storage.OrganizationKind, id, func(o authz.Organization) authz.Owner {
		return authz.Owner{Type: authz.OrganizationOwner, ID: o.ID}
	}, asIs[authz.Organization]}
}

func (r *recorder) PutOrganization(o authz.Organization) error {
	return record(r, theOrganization(o.ID), func() (authz.Organization, error) { return r.Organization(o.ID) }, &o, func() error { return r.Tx.PutOrganization(o) })
}

func (r *recorder) DeleteOrganization(id string) error {
	return record(r, theOrganization(id), func() (authz.Organization, error) { return r.Organization(id) }, nil, func() error { return r.Tx.DeleteOrganization(id) })
}

func theOrganizationMember(organizationID, userID string) subject[authz.OrganizationMember] {
	return subject[authz.OrganizationMember]{storage.OrganizationMemberKind, organizationID + "/" + userID, func(m authz.OrganizationMember) authz.Owner {
		return authz.Owner{Type: authz.OrganizationOwner, ID: m.OrganizationID}
	}, asIs[authz.OrganizationMember]}
}

func (r *recorder) PutOrganizationMember(m authz.OrganizationMember) error {
	return record(r, theOrganizationMember(m.OrganizationID, m.UserID),
		func() (authz.OrganizationMember, error) { return r.OrganizationMember(m.OrganizationID, m.UserID) }, &m,
		func() error { return r.Tx.PutOrganizationMember(m) })
}

func (r *recorder) DeleteOrganizationMember(organizationID, userID string) error {
	return record(r, theOrganizationMember(organizationID, userID),
		func() (authz.OrganizationMember, error) { return r.OrganizationMember(organizationID, userID) }, nil,
		func() error { return r.Tx.DeleteOrganizationMember(organizationID, userID) })
}

func theWorkspace(id string) subject[authz.Workspace] {
	return subject[authz.Workspace]{storage.WorkspaceKind, id, func(w authz.Workspace) authz.Owner {
		return authz.Owner{Type: authz.WorkspaceOwner, ID: w.ID}
	}, asIs[authz.Workspace]}
}

func (r *recorder) PutWorkspace(w authz.Workspace) error {
	return record(r, theWorkspace(w.ID), func() (authz.Workspace, error) { return r.Workspace(w.ID) }, &w, func() error { return r.Tx.PutWorkspace(w) })
}

func (r *recorder) DeleteWorkspace(id string) error {
	return record(r, theWorkspace(id), func() (authz.Workspace, error) { return r.Workspace(id) }, nil, func() error { return r.Tx.DeleteWorkspace(id) })
}

func theWorkspaceMember(workspaceID, userID string) subject[authz.WorkspaceMember] {
	return subject[authz.WorkspaceMember]{storage.WorkspaceMemberKind, workspaceID + "/" + userID, func(m authz.WorkspaceMember) authz.Owner {
		return authz.Owner{Type: authz.WorkspaceOwner, ID: m.WorkspaceID}
	}, asIs[authz.WorkspaceMember]}
}

func (r *recorder) PutWorkspaceMember(m authz.WorkspaceMember) error {
	return record(r, theWorkspaceMember(m.WorkspaceID, m.UserID),
		func() (authz.WorkspaceMember, error) { return r.WorkspaceMember(m.WorkspaceID, m.UserID) }, &m,
		func() error { return r.Tx.PutWorkspaceMember(m) })
}

func (r *recorder) DeleteWorkspaceMember(workspaceID, userID string) error {
	return record(r, theWorkspaceMember(workspaceID, userID),
		func() (authz.WorkspaceMember, error) { return r.WorkspaceMember(workspaceID, userID) }, nil,
		func() error { return r.Tx.DeleteWorkspaceMember(workspaceID, userID) })
}

func theResource(resourceType, id string) subject[authz.Resource] {
	return subject[authz.Resource]{storage.ResourceKind, resourceType + "/" + id, func(res authz.Resource) authz.Owner {
		return authz.Owner{Type: authz.WorkspaceOwner, ID: res.WorkspaceID}
	}, func(res authz.Resource) any {
		return struct {
			Type        string         `json:"type"`
			ID          string         `json:"id"`
			Name        string         `json:"name"`
			WorkspaceID string         `json:"workspace_id"`
			Properties  jsontext.Value `json:"properties"`
		}{res.Type, res.ID, res.Name, res.WorkspaceID, jsontext.Value(res.Properties)}
	}}
}

func (r *recorder) PutResource(res authz.Resource) error {
	return record(r, theResource(res.Type, res.ID), func() (authz.Resource, error) { return r.Resource(res.Type, res.ID) }, &res, func() error { return r.Tx.PutResource(res) })
}

func (r *recorder) DeleteResource(resourceType, id string) error {
	return record(r, theResource(resourceType, id), func() (authz.Resource, error) { return r.Resource(resourceType, id) }, nil,
		func() error { return r.Tx.DeleteResource(resourceType, id) })
}

func theKey(id string) subject[storage.Key] {
	return subject[storage.Key]{storage.KeyKind, id, func(k storage.Key) authz.Owner { return k.Owner() }, func(k storage.Key) any {
		return struct {
			Key   authz.APIKey `json:",embed"`
			Owner authz.Owner  `json:"owner"`
		}{k.APIKey, k.Owner()}
	}}
}

func (r *recorder) PutKey(k storage.Key) error {
	return record(r, theKey(k.ID), func() (storage.Key, error) { return r.Key(k.ID) }, &k, func() error { return r.Tx.PutKey(k) })
}

func theToken(id string) subject[storage.Token] {
	return subject[storage.Token]{storage.TokenKind, id, func(storage.Token) authz.Owner { return authz.Owner{} }, func(t storage.Token) any { return t.ServiceToken }}
}

func (r *recorder) PutToken(t storage.Token) error {
	return record(r, theToken(t.ID), func() (storage.Token, error) { return r.Token(t.ID) }, &t, func() error { return r.Tx.PutToken(t) })
}

func (r *recorder) DeleteToken(id string) error {
	return record(r, theToken(id), func() (storage.Token, error) { return r.Token(id) }, nil, func() error { return r.Tx.DeleteToken(id) })
}

func theSession(id string) subject[storage.Session] {
	return subject[storage.Session]{storage.SessionKind, id, func(s storage.Session) authz.Owner {
		return authz.Owner{Type: authz.UserOwner, ID: s.UserID}
	}, func(s storage.Session) any { return s.Session }}
}

func (r *recorder) PutSession(s storage.Session) error {
	return record(r, theSession(s.ID), func() (storage.Session, error) { return r.Session(s.ID) }, &s, func() error { return r.Tx.PutSession(s) })
}

func (r *recorder) DeleteSession(id string) error {
	return record(r, theSession(id), func() (storage.Session, error) { return r.Session(id) }, nil, func() error { return r.Tx.DeleteSession(id) })
}

func theIdentities(userID string) subject[[]storage.Identity] {
	return subject[[]storage.Identity]{storage.IdentityKind, userID, func([]storage.Identity) authz.Owner {
		return authz.Owner{Type: authz.UserOwner, ID: userID}
	}, func(identities []storage.Identity) any {
		shown := make([]shownIdentity, len(identities))
		for i, one := range identities {
			shown[i] = shownIdentity{one.Issuer, one.Subject}
		}
		return struct {
			Identities []shownIdentity `json:"identities"`
		}{shown}
	}}
}

type shownIdentity struct {
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
}

func (r *recorder) PutIdentity(i storage.Identity) error {
	before, err := r.IdentitiesOf(i.UserID)
	if err != nil {
		return err
	}
	after := append(slices.Clone(before), i)
	return record(r, theIdentities(i.UserID), func() ([]storage.Identity, error) { return before, nil }, &after, func() error { return r.Tx.PutIdentity(i) })
}

func (r *recorder) DeleteIdentitiesOf(userID string) error {
	before, err := r.IdentitiesOf(userID)
	if err != nil || len(before) == 0 {
		return err
	}
	return record(r, theIdentities(userID), func() ([]storage.Identity, error) { return before, nil }, nil, func() error { return r.Tx.DeleteIdentitiesOf(userID) })
}

// shownPolicy is what the audit says of a policy: its sources stand in the history, under the revision.
type shownPolicy struct {
	Revision     uint64 `json:"revision,omitzero"`
	Digest       string `json:"digest"`
	Message      string `json:"message"`
	BaseRevision uint64 `json:"base_revision"`
	Restores     uint64 `json:"restores,omitzero"`
	Acknowledged string `json:"acknowledged,omitzero"`
	Override     string `json:"override,omitzero"`
}

func thePolicyRevision(revision uint64) subject[storage.PolicyRevision] {
	return subject[storage.PolicyRevision]{storage.PolicyKind, strconv.FormatUint(revision, 10), func(storage.PolicyRevision) authz.Owner { return authz.Owner{} }, func(p storage.PolicyRevision) any {
		return shownPolicy{p.Revision, hex.EncodeToString(p.Digest[:]), p.Message, p.Base, p.Restores, p.Acknowledged, p.Override}
	}}
}

func (r *recorder) PutPolicyRevision(p storage.PolicyRevision) error {
	return record(r, thePolicyRevision(p.Revision), func() (storage.PolicyRevision, error) { return r.PolicyRevision(p.Revision) }, &p, func() error { return r.Tx.PutPolicyRevision(p) })
}

func thePolicyCandidate(id string) subject[storage.PolicyCandidate] {
	return subject[storage.PolicyCandidate]{storage.PolicyCandidateKind, id, func(storage.PolicyCandidate) authz.Owner { return authz.Owner{} }, func(c storage.PolicyCandidate) any {
		digest := DigestOfPolicy(c.Files)
		return shownPolicy{Digest: hex.EncodeToString(digest[:]), Message: c.Message, BaseRevision: c.Base, Acknowledged: c.Acknowledged, Override: c.Override}
	}}
}

func (r *recorder) PutPolicyCandidate(c storage.PolicyCandidate) error {
	return record(r, thePolicyCandidate(c.ID), r.PolicyCandidate, &c, func() error { return r.Tx.PutPolicyCandidate(c) })
}

func (r *recorder) DeletePolicyCandidate() error {
	candidate, err := r.PolicyCandidate()
	if err != nil {
		return err
	}
	return record(r, thePolicyCandidate(candidate.ID), func() (storage.PolicyCandidate, error) { return candidate, nil }, nil, r.Tx.DeletePolicyCandidate)
}
