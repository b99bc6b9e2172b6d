package apikey

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"
)

// Digest is the HMAC-SHA-256 of a secret under a pepper, by which a record is found.
type Digest = [sha256.Size]byte

// Why the keyring does not do.
var (
	// ErrWrongKeyring says that the keyring is not the one that the database's secrets were digested and sealed with.
	ErrWrongKeyring = errors.New("the keyring is not the one that this database was made with")
	// ErrSealBroken says that a sealed secret can't be opened: another key, id or owner than it was sealed to.
	ErrSealBroken = errors.New("the sealed secret can't be opened for this record")
)

// Keyring holds the peppers that secrets are digested with, and the keys that they are sealed with, in versions. It may be
// reloaded while it is used. It never prints what it holds.
type Keyring struct {
	versions atomic.Pointer[Versions]
	// auditing binds the entries of the audit to each other. It has no versions: the oldest entry stays bound.
	auditing []byte
}

// keyLength is the length of peppers and sealing keys, in bytes.
const keyLength = 32

// NewKeyring makes a keyring of one random version, in memory.
func NewKeyring() (*Keyring, error) {
	v, err := mintVersion(1)
	if err != nil {
		return nil, err
	}
	auditing := make([]byte, keyLength)
	rand.Read(auditing)
	return newKeyring(auditing, v), nil
}

func newKeyring(auditing []byte, versions ...*Version) *Keyring {
	k := &Keyring{auditing: auditing}
	k.versions.Store(&Versions{versions})
	return k
}

// Format prints [redacted] for every verb.
func (k *Keyring) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

// Versions are those that the keyring holds now. They stay the same while the keyring is reloaded. No keyring has none.
func (k *Keyring) Versions() *Versions {
	if k == nil {
		return &Versions{}
	}
	return k.versions.Load()
}

// Reload puts another keyring's versions in the place of this one's. Where some would be lost mayLose is asked first, with
// their numbers, and its error ends it. It fails with ErrWrongKeyring where the other is not this keyring at another time: it
// has another audit key. Nothing is changed then.
func (k *Keyring) Reload(other *Keyring, mayLose func(lost []uint32) error) error {
	if !hmac.Equal(k.auditing, other.auditing) {
		return ErrWrongKeyring
	}
	next := other.Versions()
	if lost := k.Versions().Lost(next); len(lost) > 0 {
		if err := mayLose(lost); err != nil {
			return err
		}
	}
	k.versions.Store(next)
	return nil
}

// Digest is the secret's under the newest version, and which that is. What a database keeps is made under the version that
// is active there, which may be an older one.
func (k *Keyring) Digest(s Secret) (Digest, uint32) {
	v := k.Versions().Newest()
	return v.Digest(s), v.number
}

// Digests appends the secret's digests under every version, the newest first.
func (k *Keyring) Digests(dst []Digest, s Secret) []Digest { return k.Versions().Digests(dst, s) }

// Seal encrypts the secret under the newest version, to the record that it belongs to. What a database keeps is made under
// the version that is active there, which may be an older one.
func (k *Keyring) Seal(s Secret, id, ownerType, ownerID string) ([]byte, error) {
	return k.Versions().Newest().Seal(s, id, ownerType, ownerID)
}

// Open decrypts what Seal made under the version for the same record. It fails with ErrSealBroken.
func (k *Keyring) Open(number uint32, sealed []byte, id, ownerType, ownerID string) (Secret, error) {
	return k.Versions().Open(number, sealed, id, ownerType, ownerID)
}

// AuditMAC binds an entry of the audit to the one before it: HMAC-SHA-256 over that one's and the entry.
func (k *Keyring) AuditMAC(previous [sha256.Size]byte, entry []byte) (mac [sha256.Size]byte) {
	h := hmac.New(sha256.New, k.auditing)
	h.Write(previous[:])
	h.Write(entry)
	h.Sum(mac[:0])
	return mac
}
