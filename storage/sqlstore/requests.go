package sqlstore

import (
	"time"

	"github.com/steelengine/steelgate/storage"
)

func scanRequest(row scanner) (r storage.Request, err error) {
	var fingerprint []byte
	var at int64
	err = row.Scan(&r.Actor, &r.Key, &fingerprint, &r.RecordID, &at)
	copy(r.Fingerprint[:], fingerprint)
	r.At = time.UnixMicro(at).UTC()
	return r, err
}

// Request implements storage.Requests.
func (s *session) Request(actor, key string) (storage.Request, error) {
	return one(s, scanRequest, "SELECT actor, name, fingerprint, record_id, at FROM requests WHERE actor = ? AND name = ?", actor, key)
}

// PutRequest implements storage.Tx.
func (t *transaction) PutRequest(r storage.Request) error {
	_, err := t.exec(`INSERT INTO requests (actor, name, fingerprint, record_id, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (actor, name) DO UPDATE SET fingerprint = excluded.fingerprint, record_id = excluded.record_id, at = excluded.at`,
		r.Actor, r.Key, r.Fingerprint[:], r.RecordID, r.At.UnixMicro())
	return err
}

// ForgetRequestsOf implements storage.Tx.
func (t *transaction) ForgetRequestsOf(actor string) error {
	_, err := t.exec("DELETE FROM requests WHERE actor = ?", actor)
	return err
}
