package management

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/steelengine/steelgate/storage"
)

// AuditFault says what is wrong with the audit, and at which entry.
type AuditFault struct {
	Seq  uint64
	What string
}

func (f *AuditFault) Error() string { return fmt.Sprintf("entry %d of the audit %s", f.Seq, f.What) }

// verifyPortion is how many entries are in memory at once.
const verifyPortion = 500

// VerifyAudit goes through the whole audit, and answers its head. It fails with an *AuditFault at the first entry that was
// edited, is missing or stands in another's place; and, where a head is given that was taken before, if the audit no longer
// reaches to it.
func (s *Service) VerifyAudit(ctx context.Context, known *AuditHead) (AuditHead, error) {
	var at AuditHead
	for {
		var entries []storage.AuditEntry
		err := s.view(ctx, func(r storage.Reader) (err error) {
			entries, err = r.AuditAfter(at.Seq, verifyPortion)
			return err
		})
		if err != nil {
			return at, err
		}
		if len(entries) == 0 {
			break
		}
		for _, entry := range entries {
			if err := s.verifyEntry(at, entry, known); err != nil {
				return at, err
			}
			at = AuditHead{entry.Seq, entry.MAC}
		}
	}
	if known != nil && known.Seq > at.Seq {
		return at, &AuditFault{at.Seq + 1, fmt.Sprintf("is missing, with all that follow: the audit once reached to entry %d", known.Seq)}
	}
	return at, nil
}

func (s *Service) verifyEntry(previous AuditHead, entry storage.AuditEntry, known *AuditHead) error {
	if entry.Seq != previous.Seq+1 {
		return &AuditFault{previous.Seq + 1, "is missing"}
	}
	mac := s.keyring.AuditMAC(previous.MAC, entry.Body)
	if subtle.ConstantTimeCompare(mac[:], entry.MAC[:]) != 1 {
		return &AuditFault{entry.Seq, "was edited, or stands in another's place"}
	}
	var record AuditRecord
	if err := json.Unmarshal(entry.Body, &record); err != nil {
		return &AuditFault{entry.Seq, "can't be read"}
	}
	want := record.entry(entry.Body)
	want.MAC = entry.MAC
	if !sameEntry(want, entry) {
		return &AuditFault{entry.Seq, "is looked up by other values than it has"}
	}
	if known != nil && known.Seq == entry.Seq && known.MAC != entry.MAC {
		return &AuditFault{entry.Seq, "is not the one that the head was taken of"}
	}
	return nil
}

func sameEntry(a, b storage.AuditEntry) bool {
	return a.Seq == b.Seq && a.At.Equal(b.At) && a.Action == b.Action && a.Actor == b.Actor && a.Target == b.Target && a.Denied == b.Denied &&
		slices.Equal(a.Owners, b.Owners)
}
