package management

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// applyLines applies a portion. One that is not whole is the last, and puts the import in force: until then no decision
// sees any of it. It is ErrNotFound where another process applied the portion.
func (s *Service) applyLines(ctx context.Context, id string, after storage.StagedPosition, lines []storage.StagedLine) (revision uint64, err error) {
	importer, err := s.importer(ctx, id)
	if err != nil {
		return 0, err
	}
	return s.store.Update(ctx, func(tx storage.Tx) error {
		through := after
		applied := &recorder{Tx: tx, owner: thePlatform}
		for _, line := range lines {
			through = line.StagedPosition
			if err := s.applyLine(applied, line); err != nil {
				return fmt.Errorf("line %d: %w", line.Line, err)
			}
		}
		if err := tx.ImportApplied(id, after, through); err != nil {
			return err
		}
		if len(lines) < applyPortion {
			if err := tx.ImportDone(id); err != nil {
				return err
			}
		}
		return s.writeDown(applied, importer.does("import", "import", id))
	})
}

// beginImport makes a staging area that knows who imports, for whoever applies it.
func (s *Service) beginImport(ctx context.Context, a Actor) (string, error) {
	by, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	return s.store.Imports().Begin(ctx, s.now(), string(by))
}

// importer is who began an import.
func (s *Service) importer(ctx context.Context, id string) (a Actor, err error) {
	text, err := s.store.Imports().By(ctx, id)
	if err != nil {
		return a, translated(err)
	}
	return a, json.Unmarshal([]byte(text), &a)
}

// applier is who applies: what the importer may do was known before the world was held still.
var applier = Actor{Token: authz.ServiceToken{Scopes: []authz.TokenScope{authz.AdminScope}}}

func (s *Service) applyLine(tx storage.Tx, l storage.StagedLine) (err error) {
	switch l.Kind {
	case storage.UserKind:
		err = applyChange(l, func(c UserChange) (err error) { _, _, err = putUser(tx, applier, l.A, c); return err })
	case storage.OrganizationKind:
		err = applyChange(l, func(c OrganizationChange) (err error) { _, _, err = putOrganization(tx, l.A, c); return err })
	case storage.WorkspaceKind:
		err = applyChange(l, func(c WorkspaceChange) (err error) { _, _, err = putWorkspace(tx, l.A, c); return err })
	case storage.OrganizationMemberKind:
		err = applyChange(l, func(c MemberChange) (err error) { _, _, err = putOrganizationMember(tx, l.A, l.B, c); return err })
	case storage.WorkspaceMemberKind:
		err = applyChange(l, func(c MemberChange) (err error) { _, _, err = putWorkspaceMember(tx, l.A, l.B, c); return err })
	case storage.ResourceKind:
		err = applyChange(l, func(c ResourceChange) (err error) { _, _, err = putResource(tx, l.A, l.B, c); return err })
	case storage.KeyKind:
		err = s.applyKey(tx, l)
	default:
		err = fmt.Errorf("the kind %q is not known to this version", l.Kind)
	}
	if errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("what the line refers to is gone: %v", err)
	}
	return err
}

func applyChange[C any](l storage.StagedLine, put func(C) error) error {
	var change C
	if err := json.Unmarshal(l.Entity, &change); err != nil {
		return err
	}
	return put(change)
}
