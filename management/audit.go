package management

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// AuditRecord is one entry of the audit as it is written down and read: who did what, and what that changed.
type AuditRecord struct {
	// Seq counts from 1 without a gap.
	Seq   uint64     `json:"seq"`
	At    time.Time  `json:"at"`
	Actor AuditActor `json:"actor"`
	// Action is what was asked for, and Target what it was asked for.
	Action string      `json:"action"`
	Target AuditTarget `json:"target"`
	// Owner is whose things it was asked for.
	Owner authz.Owner `json:"owner,omitzero"`
	// Outcome is done or denied; Reason is the code of a denial.
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitzero"`
	// Suppressed is how many denials of the same actor just before this one were too many to write down.
	Suppressed int `json:"suppressed,omitzero"`
	// Revision is the data revision that the changes are of; 0 where they are none of the world.
	Revision uint64        `json:"revision"`
	Changes  []AuditChange `json:"changes"`
}

// The outcomes.
const (
	outcomeDone   = "done"
	outcomeDenied = "denied"
)

// AuditActor says who acted: by which service token, or signed in by which session, on whose behalf, from which address.
type AuditActor struct {
	TokenID   string `json:"token_id,omitzero"`
	SessionID string `json:"session_id,omitzero"`
	UserID    string `json:"user_id,omitzero"`
	// ClaimedUserID is whom a token said that it acts for, without the right to.
	ClaimedUserID string `json:"claimed_user_id,omitzero"`
	Address       string `json:"address,omitzero"`
}

// AuditTarget is what an operation was asked for.
type AuditTarget struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

func (t AuditTarget) String() string { return t.Kind + " " + t.ID }

// AuditChange is one record before and after: null where there is none. No secret, digest or seal is in it.
type AuditChange struct {
	Kind  storage.Kind `json:"kind"`
	ID    string       `json:"id"`
	Owner authz.Owner  `json:"owner"`
	// PreviousOwner is whose it was, where it moved.
	PreviousOwner authz.Owner    `json:"previous_owner,omitzero"`
	Before        jsontext.Value `json:"before"`
	After         jsontext.Value `json:"after"`
}

// act is what an actor asks for.
type act struct {
	actor  Actor
	action string
	target AuditTarget
}

func (a Actor) does(action, kind, id string) act {
	return act{actor: a, action: action, target: AuditTarget{kind, id}}
}

func (s *Service) newRecord(of act, owner authz.Owner) AuditRecord {
	return AuditRecord{
		At: s.now(), Action: of.action, Target: of.target, Owner: owner, Outcome: outcomeDone, Changes: []AuditChange{},
		Actor: of.actor.auditActor(),
	}
}

func (a Actor) auditActor() AuditActor {
	return AuditActor{TokenID: a.Token.ID, SessionID: a.SessionID, UserID: a.UserID, Address: a.Address}
}

// writeDown enters what was done in the audit, in the transaction that did it. What changed nothing is not entered.
func (s *Service) writeDown(done *recorder, of act) error {
	if len(done.changes) == 0 {
		return nil
	}
	var revision uint64
	if done.isOfWorld {
		stands, err := done.Revision()
		if err != nil {
			return err
		}
		revision = stands + 1
	}
	for changes := range slices.Chunk(done.changes, maxChanges) {
		record := s.newRecord(of, done.owner)
		record.Revision, record.Changes = revision, changes
		if done.actor != nil {
			record.Actor, record.Target = *done.actor, *done.target
		}
		if err := s.append(done.Tx, record); err != nil {
			return err
		}
	}
	return nil
}

// maxChanges is how many changes stand in one entry: what changed more is several entries, one after the other.
const maxChanges = 500

// append binds a record to the newest entry, and writes it down.
func (s *Service) append(tx storage.Tx, record AuditRecord) error {
	last, err := tx.LastAudit()
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	record.Seq = last.Seq + 1
	body, err := json.Marshal(record)
	if err != nil {
		return err
	}
	entry := record.entry(body)
	entry.MAC = s.keyring.AuditMAC(last.MAC, body)
	return tx.AppendAudit(entry)
}

// entry is the record as it is stored, but for its MAC.
func (r AuditRecord) entry(body []byte) storage.AuditEntry {
	return storage.AuditEntry{
		Seq: r.Seq, Body: body, At: r.At, Action: r.Action, Actor: cmp.Or(r.Actor.UserID, r.Actor.TokenID),
		Target: r.Target.String(), Denied: r.Outcome == outcomeDenied, Owners: r.owners(),
	}
}

// owners are those whose things were changed, without doubles, in order.
func (r AuditRecord) owners() []authz.Owner {
	var owners []authz.Owner
	if r.Owner.ID != "" {
		owners = append(owners, r.Owner)
	}
	for _, change := range r.Changes {
		for _, owner := range []authz.Owner{change.Owner, change.PreviousOwner} {
			if owner.ID != "" {
				owners = append(owners, owner)
			}
		}
	}
	slices.SortFunc(owners, func(a, b authz.Owner) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
	return slices.Compact(owners)
}
