package management

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

const (
	// applyPortion is how many lines are applied in one transaction: as long as that takes, a revocation waits.
	applyPortion = 200
	// resumeInterval is how often imports are looked for that a process left unfinished.
	resumeInterval = 5 * time.Second
	// forgetInterval is how often requests are forgotten that can no longer be repeated, and imports that were broken off.
	forgetInterval = time.Hour
)

// Run does what is due now and then, until the context ends: it finishes imports that a crash or a lost database left
// behind, and forgets requests that are too old to come again, and imports that were broken off before they were applied.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(resumeInterval)
	defer ticker.Stop()
	var forgotten time.Time
	var seen importPlace
	for failing := false; ; {
		if now := s.now(); now.Sub(forgotten) >= forgetInterval {
			forgotten = now
			if err := errors.Join(s.forgetRequests(ctx), s.forgetImports(ctx)); err != nil && ctx.Err() == nil {
				s.log.Debug("old requests and imports are not forgotten yet", "error", err)
			}
		}
		place, err := s.importPlace(ctx)
		if err == nil && place == seen {
			// It has not moved since the last look: nobody is at it.
			err = s.Resume(ctx)
		}
		seen = place
		if err != nil && !failing && ctx.Err() == nil {
			s.log.Error("imports that were left unfinished can't be looked for, or finished, now; it is tried again until they are", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// importPlace is the import that is being applied, and how far it is; zero where there is none.
type importPlace struct {
	id      string
	through storage.StagedPosition
}

func (s *Service) importPlace(ctx context.Context) (place importPlace, err error) {
	place.id, place.through, err = s.store.Imports().Applying(ctx)
	if errors.Is(err, storage.ErrNotFound) {
		return importPlace{}, nil
	}
	return place, err
}

// Resume finishes the import that is being applied, if there is one. Several processes may do so at once.
func (s *Service) Resume(ctx context.Context) error {
	id, _, err := s.store.Imports().Applying(ctx)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if !s.applying.TryLock() {
		// It was not left: somebody here is at it.
		return nil
	}
	defer s.applying.Unlock()
	s.log.Info("finishing an import that was left unfinished", "import", id)
	_, err = s.finish(ctx, id, neverChecked)
	if errors.Is(err, errTakenOver) {
		return nil
	}
	if _, refused := errors.AsType[*Error](err); refused {
		s.log.Warn("an import that was broken off before it was checked is at fault, and was discarded", "error", err)
		return nil
	}
	return err
}

// neverChecked is the revision of no world.
const neverChecked = ^uint64(0)

// finish checks an import, now that nothing but revocations can come between, and applies it from where it stands. The
// check is spared where the world is still the one that it was made on. Once a portion is applied there is no way back; an
// error then says that the rest has to wait for Run.
func (s *Service) finish(ctx context.Context, id string, checkedAt uint64) (revision uint64, err error) {
	ctx = context.WithoutCancel(ctx)
	for isChecked := false; ; isChecked = true {
		applying, through, err := s.store.Imports().Applying(ctx)
		if errors.Is(err, storage.ErrNotFound) || err == nil && applying != id {
			return s.endedElsewhere(ctx, id)
		}
		if err != nil {
			return 0, translated(err)
		}
		if !isChecked && through == (storage.StagedPosition{}) {
			if err := s.checkAgain(ctx, id, checkedAt); err != nil {
				return 0, s.unlessRefused(ctx, id, err)
			}
		}
		lines, err := s.store.Imports().Lines(ctx, id, through, applyPortion)
		switch {
		case err != nil:
			return 0, translated(err)
		case len(lines) == 0 && through == (storage.StagedPosition{}):
			return s.endedElsewhere(ctx, id)
		}
		revision, err := s.applyLines(ctx, id, through, lines)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			continue
		case err != nil:
			return 0, translated(err)
		}
		s.wake()
		if len(lines) < applyPortion {
			s.settle(ctx, revision)
			s.forgetLines(ctx, id)
			return revision, nil
		}
	}
}

// errTakenOver says that another process took the import over, and found it at fault.
var errTakenOver = refuse(Busy, "import_taken_over", "Another process took this import over, and nothing was imported: send it again, which is harmless.")

// endedElsewhere tells how an import ended that another process finished beside this one: a server looks for imports that
// were left, and can't tell those of a command that is at work.
func (s *Service) endedElsewhere(ctx context.Context, id string) (revision uint64, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		revision, err = r.ImportEnded(id)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return 0, errTakenOver
	}
	if err == nil {
		s.settle(ctx, revision)
	}
	return revision, err
}

// forgetLines is a courtesy to the disk: the import is done.
func (s *Service) forgetLines(ctx context.Context, id string) {
	if err := s.store.Imports().Discard(ctx, id, false); err != nil {
		s.log.Warn("a finished import's lines are left over until the next import", "error", err)
	}
}

// checkAgain asks what was asked before the world was held still: whether the importer may, and, unless it is the same
// world, whether the lines fit it.
func (s *Service) checkAgain(ctx context.Context, id string, checkedAt uint64) error {
	importer, err := s.importer(ctx, id)
	if err != nil {
		return err
	}
	var revision uint64
	err = s.view(ctx, func(r storage.Reader) error {
		if err := importer.mustStand(r); err != nil {
			return err
		}
		if err := s.authorize(r, importer, importWorld, thePlatform); err != nil {
			return err
		}
		revision, err = r.Revision()
		return err
	})
	if err == nil && revision != checkedAt {
		_, err = s.checkStaged(ctx, id)
	}
	return err
}

// unlessRefused gives an import up that is at fault, before anything of it was applied.
func (s *Service) unlessRefused(ctx context.Context, id string, err error) error {
	if _, refused := errors.AsType[*Error](err); !refused {
		return err
	}
	if failed := s.store.Imports().Discard(ctx, id, true); failed != nil {
		return translated(failed)
	}
	return err
}

func (s *Service) revision(ctx context.Context) (revision uint64, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		revision, err = r.Revision()
		return err
	})
	return revision, err
}

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

func readStagedKey(l storage.StagedLine) (staged stagedKey, line keyLine, err error) {
	if err := json.Unmarshal(l.Entity, &staged); err != nil {
		return staged, line, err
	}
	err = json.Unmarshal(staged.Line, &line)
	return staged, line, err
}

// onto is the key that a line makes of the one that stands, or of none. What stands keeps its type, its owner and its end.
func (line keyLine) onto(current authz.APIKey, id string, stands bool) (authz.APIKey, error) {
	key := current
	key.ID = id
	if stands && !line.Type.Set {
		line.Type = strictjson.Some(string(current.Type))
	}
	if err := line.identify(&key, ""); err != nil {
		return key, err
	}
	if stands && key.Owner() != current.Owner() {
		return key, invalidField("type", "is another, or its owner is: an import changes neither")
	}
	if err := line.describe(&key); err != nil {
		return key, err
	}
	var f faults
	if line.CreatedBy.Value != "" {
		f.setText(&key.CreatedBy, "created_by", line.CreatedBy, nameFault)
	}
	if line.CreatedAt.Set && !line.CreatedAt.Null {
		key.CreatedAt = *f.instant("created_at", line.CreatedAt)
	}
	if line.LastUsedAt.Set {
		key.LastUsedAt = f.instant("last_used_at", line.LastUsedAt)
	}
	if line.RevokedAt.Set && !line.RevokedAt.Null && current.RevokedAt == nil {
		key.RevokedAt = f.instant("revoked_at", line.RevokedAt)
		if line.RevokedBy.Value != "" {
			f.setText(&key.RevokedBy, "revoked_by", line.RevokedBy, nameFault)
		}
	}
	if current.ReplacedBy != "" && outlives(key.ExpiresAt, current.ExpiresAt) {
		f.add("expires_at", "extends the life of a key that was replaced")
	}
	return key, f.err()
}

func (s *Service) applyKey(tx storage.Tx, l storage.StagedLine) error {
	staged, line, err := readStagedKey(l)
	if err != nil {
		return err
	}
	record, err := tx.Key(l.A)
	stands := err == nil
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if stands {
		before := record.APIKey
		if record.APIKey, err = line.onto(before, l.A, true); err != nil || reflect.DeepEqual(record.APIKey, before) {
			return err
		}
		return tx.PutKey(record)
	}
	key, err := line.onto(authz.APIKey{CreatedBy: staged.Importer, CreatedAt: s.now()}, l.A, false)
	if err != nil {
		return err
	}
	if record, err = s.unstaged(tx, staged, key); err != nil {
		return err
	}
	return tx.PutKey(record)
}

// unstaged is a new key's record: whatever version the secret was staged under, it is now made under the active one.
func (s *Service) unstaged(tx storage.Tx, staged stagedKey, key authz.APIKey) (storage.Key, error) {
	secret, err := staged.secret(s.keyring.Versions(), key.ID)
	if err != nil {
		return storage.Key{}, err
	}
	unknown := secret.IsZero()
	if unknown {
		secret = apikey.Mint()
	}
	record, err := s.withSecret(tx, key, secret)
	if unknown {
		record.Hint = ""
	}
	return record, err
}
