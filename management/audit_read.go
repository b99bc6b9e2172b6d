package management

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// AuditQuery narrows a list of entries. A user who names no owner and may not see all asks for their own.
type AuditQuery struct {
	Owner                 authz.Owner
	Action, Actor, Target string
	Denied                *bool
	From, Until           time.Time
	Before                uint64
	Limit                 int
}

// Audit is one page of the audit, newest first, and whether more follow. Who sees one owner's entries sees in them what
// happened to that owner's things, and nobody else's.
func (s *Service) Audit(ctx context.Context, a Actor, q AuditQuery) (page []AuditRecord, more bool, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		if err := s.authorizeAudit(r, a, &q.Owner); err != nil {
			return err
		}
		entries, hasMore, err := r.ListAudit(storage.AuditFilter(q))
		if err != nil {
			return err
		}
		page, more = make([]AuditRecord, len(entries)), hasMore
		for i, entry := range entries {
			if err := json.Unmarshal(entry.Body, &page[i]); err != nil {
				return fmt.Errorf("entry %d of the audit can't be read: %w", entry.Seq, err)
			}
			if q.Owner.ID != "" {
				page[i] = page[i].only(q.Owner)
			}
		}
		return nil
	})
	return page, more, err
}

func (s *Service) authorizeAudit(r storage.Reader, a Actor, owner *authz.Owner) error {
	if owner.ID != "" {
		err := s.authorize(r, a, readAudit, *owner)
		if errors.Is(err, errForbidden) {
			return s.authorize(r, a, readAudit, thePlatform)
		}
		return err
	}
	err := s.authorize(r, a, readAudit, thePlatform)
	if !errors.Is(err, errForbidden) {
		return err
	}
	*owner = authz.Owner{Type: authz.UserOwner, ID: a.UserID}
	return s.authorize(r, a, readAudit, *owner)
}

// only leaves out what happened to the things of others.
func (r AuditRecord) only(owner authz.Owner) AuditRecord {
	r.Changes = slices.DeleteFunc(r.Changes, func(c AuditChange) bool { return c.Owner != owner && c.PreviousOwner != owner })
	return r
}

// AuditHead names the newest entry. An operator keeps one elsewhere, to find a tail that was cut.
type AuditHead struct {
	Seq uint64
	MAC [32]byte
}

func (h AuditHead) String() string { return fmt.Sprintf("%d:%x", h.Seq, h.MAC) }

// ParseAuditHead reads what String writes.
func ParseAuditHead(text string) (h AuditHead, err error) {
	var mac []byte
	if n, err := fmt.Sscanf(text, "%d:%x", &h.Seq, &mac); n != 2 || err != nil || len(mac) != len(h.MAC) {
		return AuditHead{}, errors.New("not an audit head: want what 'steelgate audit head' printed, a number, a colon and 64 hexadecimal digits")
	}
	copy(h.MAC[:], mac)
	if h.String() != text {
		return AuditHead{}, errors.New("not an audit head: it does not read as 'steelgate audit head' prints one")
	}
	return h, nil
}

// AuditHead answers the newest entry's; the zero head where there is none.
func (s *Service) AuditHead(ctx context.Context) (head AuditHead, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		last, err := r.LastAudit()
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		head = AuditHead{last.Seq, last.MAC}
		return err
	})
	return head, err
}
