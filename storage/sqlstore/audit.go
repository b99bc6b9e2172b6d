package sqlstore

import (
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

const auditColumns = "SELECT seq, body, mac, at, action, actor, target, denied FROM audit"

func scanAuditEntry(row scanner) (e storage.AuditEntry, err error) {
	var mac []byte
	var at int64
	err = row.Scan(&e.Seq, &e.Body, &mac, &at, &e.Action, &e.Actor, &e.Target, &e.Denied)
	copy(e.MAC[:], mac)
	e.At = time.UnixMicro(at).UTC()
	return e, err
}

// LastAudit implements storage.Audit.
func (s *session) LastAudit() (storage.AuditEntry, error) {
	return one(s, scanAuditEntry, auditColumns+" WHERE seq = (SELECT MAX(seq) FROM audit)")
}

// ListAudit implements storage.Audit.
func (s *session) ListAudit(filter storage.AuditFilter) (page []storage.AuditEntry, more bool, err error) {
	w := where{}
	if filter.Owner.ID != "" || filter.Owner.Type != "" {
		w.add("seq IN (SELECT seq FROM audit_owners WHERE owner_type = ? AND owner_id = ?)", string(filter.Owner.Type), filter.Owner.ID)
	}
	for _, c := range []struct{ column, text string }{{"action", filter.Action}, {"actor", filter.Actor}, {"target", filter.Target}} {
		if c.text != "" {
			w.add(c.column+" = ?", c.text)
		}
	}
	if filter.Denied != nil {
		w.add("denied = ?", *filter.Denied)
	}
	if !filter.From.IsZero() {
		w.add("at >= ?", filter.From.UnixMicro())
	}
	if !filter.Until.IsZero() {
		w.add("at < ?", filter.Until.UnixMicro())
	}
	if filter.Before != 0 {
		w.add("seq < ?", int64(filter.Before))
	}
	page, err = all(s, scanAuditEntry, auditColumns+w.String()+" ORDER BY seq DESC LIMIT ?", append(w.args, filter.Limit+1)...)
	if len(page) > filter.Limit {
		return page[:filter.Limit], true, err
	}
	return page, false, err
}

// AuditAfter implements storage.Audit.
func (s *session) AuditAfter(seq uint64, limit int) ([]storage.AuditEntry, error) {
	entries, err := all(s, scanAuditEntry, auditColumns+" WHERE seq > ? ORDER BY seq LIMIT ?", int64(seq), limit)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	places := make(map[uint64]int, len(entries))
	for i, e := range entries {
		places[e.Seq] = i
	}
	err = s.each(func(rows *sqlx.Rows) error {
		var at uint64
		var owner authz.Owner
		if err := rows.Scan(&at, &owner.Type, &owner.ID); err != nil {
			return err
		}
		if i, ok := places[at]; ok {
			entries[i].Owners = append(entries[i].Owners, owner)
		}
		return nil
	}, "SELECT seq, owner_type, owner_id FROM audit_owners WHERE seq > ? AND seq <= ? ORDER BY seq, owner_type, owner_id", int64(seq), int64(entries[len(entries)-1].Seq))
	return entries, err
}

// AppendAudit implements storage.Tx.
func (t *transaction) AppendAudit(e storage.AuditEntry) error {
	if _, err := t.exec("INSERT INTO audit (seq, body, mac, at, action, actor, target, denied) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		int64(e.Seq), e.Body, e.MAC[:], e.At.UnixMicro(), e.Action, e.Actor, e.Target, e.Denied); err != nil {
		return err
	}
	rows := make([]any, 0, 3*len(e.Owners))
	for _, owner := range e.Owners {
		rows = append(rows, int64(e.Seq), string(owner.Type), owner.ID)
	}
	_, err := t.insertMany("INSERT INTO audit_owners (seq, owner_type, owner_id)", 3, rows, "")
	return err
}
