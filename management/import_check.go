package management

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// checkPortion is how many staged lines are in memory at once.
const checkPortion = 1000

// checkStaged checks an import's lines against the world and each other, in the order in which they will be applied, and
// answers the revision that the world had to begin with. What passes can be applied as long as nothing changes, whatever
// the order of lines of one rank: a name that another key has before the import is refused, though that key may be about to
// lose it.
//
// Each portion is read in a transaction of its own: a long one would keep SQLite from folding its log into the database, and
// have some later write do that all at once.
func (s *Service) checkStaged(ctx context.Context, id string) (revision uint64, err error) {
	if revision, err = s.revision(ctx); err != nil {
		return 0, err
	}
	importer, err := s.importer(ctx, id)
	if err != nil {
		return 0, err
	}
	check := newImportCheck(s, importer)
	var found lineFaults
	var after storage.StagedPosition
	for !found.full() {
		lines, err := s.store.Imports().Lines(ctx, id, after, checkPortion)
		if err != nil {
			return 0, translated(err)
		}
		if len(lines) == 0 {
			break
		}
		if err := s.view(ctx, func(r storage.Reader) error { return check.portion(r, lines, &found) }); err != nil {
			return 0, err
		}
		after = lines[len(lines)-1].StagedPosition
	}
	return revision, found.err()
}

func newImportCheck(s *Service, importer Actor) *importCheck {
	return &importCheck{
		service: s, importer: importer, telling: s.keyring.Versions().Newest(),
		planned: planned{
			users: map[string]bool{}, organizations: map[string]bool{}, workspaces: map[string]string{}, workflows: map[string]string{},
		},
		names: map[nameHash]int{}, holders: map[nameHash]string{}, owners: map[authz.Owner]bool{}, secrets: map[storage.Digest]int{},
	}
}

// portion checks lines by what r reads.
func (c *importCheck) portion(r storage.Reader, lines []storage.StagedLine, found *lineFaults) error {
	c.stored = stored{r}
	// Who lacks the active version would take the secret of another key for a new one.
	if _, err := c.service.activeVersion(r); err != nil {
		return err
	}
	for _, line := range lines {
		if err := c.line(line); err != nil && !found.add(line.Line, err) {
			return err
		}
		if found.full() {
			break
		}
	}
	return nil
}

// importCheck is the world as it will be, and what keys in it are called.
type importCheck struct {
	planned
	service *Service
	// importer is who imports.
	importer Actor
	// telling is the version whose digests tell the lines' secrets apart, whichever becomes active meanwhile.
	telling *apikey.Version
	// names are the lines of the keys that will have a name, holders the ids of the stored keys that have one now.
	names   map[nameHash]int
	holders map[nameHash]string
	// owners are those whose stored keys are among holders.
	owners map[authz.Owner]bool
	// secrets are the lines by the digests of their secrets.
	secrets map[storage.Digest]int
}

// nameHash stands for an owner and a folded name: a million of them must fit into memory.
type nameHash [16]byte

func hashName(owner authz.Owner, name string) nameHash {
	sum := sha256.Sum256([]byte(string(owner.Type) + "\x00" + owner.ID + "\x00" + storage.FoldName(name)))
	return nameHash(sum[:16])
}

func (c *importCheck) line(l storage.StagedLine) error {
	switch l.Kind {
	case storage.UserKind:
		return c.user(l)
	case storage.OrganizationKind:
		c.organizations[l.A] = true
		return nil
	case storage.WorkspaceKind:
		return c.workspace(l)
	case storage.OrganizationMemberKind:
		_, err := c.OrganizationMember(l.A, l.B)
		return c.member(l, "organization_id", "organization", c.hasOrganization, err)
	case storage.WorkspaceMemberKind:
		_, err := c.WorkspaceMember(l.A, l.B)
		return c.member(l, "workspace_id", "workspace", c.hasWorkspace, err)
	case storage.ResourceKind:
		return c.resource(l)
	case storage.KeyKind:
		return c.key(l)
	}
	return fmt.Errorf("a staged line of the kind %q, which this version does not know", l.Kind)
}

// user refuses what only the platform may change of a user who stands.
func (c *importCheck) user(l storage.StagedLine) error {
	c.users[l.A] = true
	var change UserChange
	if err := json.Unmarshal(l.Entity, &change); err != nil {
		return err
	}
	current, err := c.User(l.A)
	if errors.Is(err, storage.ErrNotFound) {
		current, err = authz.User{ID: l.A, Active: true}, nil
	}
	if err != nil {
		return err
	}
	user, err := change.apply(current, c.importer)
	if err != nil || user.Email == current.Email {
		return err
	}
	return mayHaveAddress(c, c.importer, user)
}

func (c *importCheck) workspace(l storage.StagedLine) error {
	var change WorkspaceChange
	if err := json.Unmarshal(l.Entity, &change); err != nil {
		return err
	}
	current, err := c.Workspace(l.A)
	if errors.Is(err, storage.ErrNotFound) {
		current, err = newWorkspace(l.A), nil
	}
	if err != nil {
		return err
	}
	workspace, err := change.apply(current)
	if err != nil {
		return err
	}
	c.workspaces[l.A] = workspace.OrganizationID
	return checkWorkspace(c, workspace)
}

// member checks a membership; err tells whether it stands.
func (c *importCheck) member(l storage.StagedLine, field, what string, has func(string) (bool, error), err error) error {
	stands, err := isThere(err)
	if err != nil {
		return err
	}
	var change MemberChange
	if err := json.Unmarshal(l.Entity, &change); err != nil {
		return err
	}
	var f faults
	if !stands && !change.Role.Set {
		f.add("role", "is required for a new member")
	}
	if err := f.known(field, what, has, l.A); err != nil {
		return err
	}
	if err := f.known("user_id", "user", c.hasUser, l.B); err != nil {
		return err
	}
	return f.err()
}

func (c *importCheck) resource(l storage.StagedLine) error {
	var change ResourceChange
	if err := json.Unmarshal(l.Entity, &change); err != nil {
		return err
	}
	current, err := c.Resource(l.A, l.B)
	if errors.Is(err, storage.ErrNotFound) {
		current, err = authz.Resource{Type: l.A, ID: l.B}, nil
	}
	if err != nil {
		return err
	}
	resource, err := change.apply(current)
	if err != nil {
		return err
	}
	if l.A == authz.WorkflowType {
		c.workflows[l.B] = resource.WorkspaceID
	}
	if l.A == authz.MCPServerType && !change.Properties.Set && resource.WorkspaceID == current.WorkspaceID {
		// What it exposes was right when it was put, and what moves away is dropped from it as that is applied.
		return nil
	}
	return checkResource(c, resource)
}

func (c *importCheck) key(l storage.StagedLine) error {
	staged, line, err := readStagedKey(l)
	if err != nil {
		return err
	}
	current, err := c.Key(l.A)
	stands := err == nil
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	key, err := line.onto(current.APIKey, l.A, stands)
	if err != nil {
		return err
	}
	if stands && current.RevokedAt != nil {
		// It has ended, maybe with its owner, and stays so: only its description changes.
		return c.secret(l, staged, stands)
	}
	if err := merged(checkOwner(c, key), c.scope(line, key), c.secret(l, staged, stands)); err != nil {
		return err
	}
	if key.RevokedAt != nil || key.ReplacedBy != "" {
		return nil
	}
	return c.name(l, key)
}

func (c *importCheck) scope(line keyLine, key authz.APIKey) error {
	if !line.WorkflowIDs.Set && !line.Grants.Set {
		return nil
	}
	return checkScope(c, key)
}

// secret refuses one that another key has, and one that is not the key's own.
func (c *importCheck) secret(l storage.StagedLine, staged stagedKey, stands bool) error {
	secret, err := staged.secret(c.service.keyring.Versions(), l.A)
	if err != nil || secret.IsZero() {
		return err
	}
	told := c.telling.Digest(secret)
	if first, ok := c.secrets[told]; ok {
		return invalidField("secret", "is the secret of line %d too", first)
	}
	c.secrets[told] = l.Line
	for _, digest := range c.service.keyring.Digests(nil, secret) {
		other, err := c.KeyByDigest(digest)
		switch {
		case errors.Is(err, storage.ErrNotFound):
		case err != nil:
			return err
		case other.ID == l.A:
			return nil
		default:
			return invalidField("secret", "is the secret of another key")
		}
	}
	if stands {
		return invalidField("secret", "is not the key's: an import does not change a secret, rotate the key instead")
	}
	return nil
}

// name refuses one that another key of the owner has.
func (c *importCheck) name(l storage.StagedLine, key authz.APIKey) error {
	owner := key.Owner()
	if err := c.learnNames(owner); err != nil {
		return err
	}
	hash := hashName(owner, key.Name)
	if first, ok := c.names[hash]; ok {
		return invalidField("name", "is the name of the same owner's key in line %d too", first)
	}
	if holder, ok := c.holders[hash]; ok && holder != l.A {
		return invalidField("name", "is the name of the same owner's key %s", holder)
	}
	c.names[hash] = l.Line
	return nil
}

// learnNames reads what an owner's stored keys are called, once.
func (c *importCheck) learnNames(owner authz.Owner) error {
	if c.owners[owner] {
		return nil
	}
	c.owners[owner] = true
	keys, err := c.KeysOf(owner)
	for _, key := range keys {
		if key.ReplacedBy == "" {
			c.holders[hashName(owner, key.Name)] = key.ID
		}
	}
	return err
}

// planned is the world as it will be: what the lines so far say, over what is stored.
type planned struct {
	stored
	users, organizations map[string]bool
	// workspaces have their organization, workflows their workspace.
	workspaces, workflows map[string]string
}

func (w planned) hasUser(id string) (bool, error) {
	if w.users[id] {
		return true, nil
	}
	return w.stored.hasUser(id)
}

func (w planned) hasOrganization(id string) (bool, error) {
	if w.organizations[id] {
		return true, nil
	}
	return w.stored.hasOrganization(id)
}

func (w planned) hasWorkspace(id string) (bool, error) {
	organization, err := w.workspaceOrganization(id)
	return organization != nil, err
}

func (w planned) workspaceOrganization(id string) (*string, error) {
	if organization, ok := w.workspaces[id]; ok {
		return &organization, nil
	}
	return w.stored.workspaceOrganization(id)
}

func (w planned) workflowPlace(id string) (*string, error) {
	if place, ok := w.workflows[id]; ok {
		return &place, nil
	}
	return w.stored.workflowPlace(id)
}
