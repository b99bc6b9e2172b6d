package apikey

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"sync"

	aead "github.com/tink-crypto/tink-go/v2/aead/subtle"
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

// Keyring holds the peppers that secrets are digested with, and the keys that they are sealed with. It never prints them.
type Keyring struct {
	// versions are in order; the last is the newest, under which everything new is made.
	versions []*version
	// auditing binds the entries of the audit to each other. It has no versions: the oldest entry stays bound.
	auditing []byte
}

// version is one generation of keys.
type version struct {
	number  uint32
	pepper  []byte
	sealing []byte
	cipher  *aead.AESGCM
	digests sync.Pool
}

// keyLength is the length of peppers and sealing keys, in bytes.
const keyLength = 32

// NewKeyring makes a keyring of one random version, in memory.
func NewKeyring() (*Keyring, error) {
	keys := make([]byte, 3*keyLength)
	rand.Read(keys)
	v, err := newVersion(1, keys[:keyLength], keys[keyLength:2*keyLength])
	if err != nil {
		return nil, err
	}
	return &Keyring{versions: []*version{v}, auditing: keys[2*keyLength:]}, nil
}

func newVersion(number uint32, pepper, sealing []byte) (*version, error) {
	if number == 0 || len(pepper) != keyLength || len(sealing) != keyLength {
		return nil, fmt.Errorf("version %d: want a number above 0, and a pepper and a sealing key of %d bytes", number, keyLength)
	}
	cipher, err := aead.NewAESGCM(sealing)
	if err != nil {
		return nil, fmt.Errorf("version %d: the sealing key can't be used", number)
	}
	v := &version{number: number, pepper: pepper, sealing: sealing, cipher: cipher}
	v.digests.New = func() any { return &digester{mac: hmac.New(sha256.New, pepper)} }
	return v, nil
}

// Format prints [redacted] for every verb.
func (k *Keyring) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

func (k *Keyring) newest() *version { return k.versions[len(k.versions)-1] }

// Digest is the secret's under the newest version, and which that is.
func (k *Keyring) Digest(s Secret) (Digest, uint32) {
	v := k.newest()
	return v.digest(s.Reveal()), v.number
}

// Digests appends the secret's digests under every version, the newest first.
func (k *Keyring) Digests(dst []Digest, s Secret) []Digest {
	for i := len(k.versions) - 1; i >= 0; i-- {
		dst = append(dst, k.versions[i].digest(s.Reveal()))
	}
	return dst
}

// digester is a hash that is used again, with room for what goes in and out, so that a digest allocates nothing.
type digester struct {
	mac hash.Hash
	in  []byte
	out Digest
}

func (v *version) digest(text string) Digest {
	d := v.digests.Get().(*digester)
	defer v.digests.Put(d)
	d.mac.Reset()
	d.in = append(d.in[:0], text...)
	d.mac.Write(d.in)
	d.mac.Sum(d.out[:0])
	clear(d.in)
	return d.out
}

// Seal encrypts the secret under the newest version, to the record that it belongs to: AES-256-GCM.
func (k *Keyring) Seal(s Secret, id, ownerType, ownerID string) ([]byte, error) {
	return k.newest().cipher.Encrypt([]byte(s.Reveal()), boundTo(id, ownerType, ownerID))
}

// Open decrypts what Seal made under the version for the same record. It fails with ErrSealBroken.
func (k *Keyring) Open(number uint32, sealed []byte, id, ownerType, ownerID string) (Secret, error) {
	for _, v := range k.versions {
		if v.number != number {
			continue
		}
		text, err := v.cipher.Decrypt(sealed, boundTo(id, ownerType, ownerID))
		if err != nil {
			return Secret{}, ErrSealBroken
		}
		return newSecret(string(text)), nil
	}
	return Secret{}, ErrSealBroken
}

// boundTo is the associated data of a seal. No id may hold the separator.
func boundTo(id, ownerType, ownerID string) []byte {
	return []byte(strings.Join([]string{id, ownerType, ownerID}, "\x00"))
}

// AuditMAC binds an entry of the audit to the one before it: HMAC-SHA-256 over that one's and the entry.
func (k *Keyring) AuditMAC(previous [sha256.Size]byte, entry []byte) (mac [sha256.Size]byte) {
	h := hmac.New(sha256.New, k.auditing)
	h.Write(previous[:])
	h.Write(entry)
	h.Sum(mac[:0])
	return mac
}

const checkedText = "steelgate keyring check"

// CheckValue is what a database keeps to know its keyring by. It tells nothing of the keys.
func (k *Keyring) CheckValue() string {
	v := k.newest()
	sum := v.digest(checkedText)
	return fmt.Sprintf("%d:%s", v.number, hex.EncodeToString(sum[:]))
}

// Check answers ErrWrongKeyring where no version of the keyring made the check value.
func (k *Keyring) Check(value string) error {
	number, sum, _ := strings.Cut(value, ":")
	for _, v := range k.versions {
		if strconv.FormatUint(uint64(v.number), 10) != number {
			continue
		}
		want := v.digest(checkedText)
		if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(want[:])), []byte(sum)) == 1 {
			return nil
		}
	}
	return ErrWrongKeyring
}
