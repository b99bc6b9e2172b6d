package apikey

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"sync"

	aead "github.com/tink-crypto/tink-go/v2/aead/subtle"
)

// Version is one generation of a keyring's keys: a pepper and a sealing key. It never prints them.
type Version struct {
	number  uint32
	pepper  []byte
	sealing []byte
	cipher  *aead.AESGCM
	digests sync.Pool
}

// mintVersion makes a random one.
func mintVersion(number uint32) (*Version, error) {
	keys := make([]byte, 2*keyLength)
	rand.Read(keys)
	return newVersion(number, keys[:keyLength], keys[keyLength:])
}

func newVersion(number uint32, pepper, sealing []byte) (*Version, error) {
	if number == 0 || len(pepper) != keyLength || len(sealing) != keyLength {
		return nil, fmt.Errorf("version %d: want a number above 0, and a pepper and a sealing key of %d bytes", number, keyLength)
	}
	cipher, err := aead.NewAESGCM(sealing)
	if err != nil {
		return nil, fmt.Errorf("version %d: the sealing key can't be used", number)
	}
	v := &Version{number: number, pepper: pepper, sealing: sealing, cipher: cipher}
	v.digests.New = func() any { return &digester{mac: hmac.New(sha256.New, pepper)} }
	return v, nil
}

// Format prints [redacted] for every verb.
func (v *Version) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

// Number counts the versions of a keyring, from 1.
func (v *Version) Number() uint32 { return v.number }

// same tells whether two versions have the same number and the same keys.
func (v *Version) same(other *Version) bool {
	return v.number == other.number && hmac.Equal(v.pepper, other.pepper) && hmac.Equal(v.sealing, other.sealing)
}

// Digest is the secret's under this version.
func (v *Version) Digest(s Secret) Digest { return v.digest(s.Reveal()) }

// digester is a hash that is used again, with room for what goes in and out, so that a digest allocates nothing.
type digester struct {
	mac hash.Hash
	in  []byte
	out Digest
}

func (v *Version) digest(text string) Digest {
	d := v.digests.Get().(*digester)
	defer v.digests.Put(d)
	d.mac.Reset()
	d.in = append(d.in[:0], text...)
	d.mac.Write(d.in)
	d.mac.Sum(d.out[:0])
	clear(d.in)
	return d.out
}

// Seal encrypts the secret under this version, to the record that it belongs to: AES-256-GCM.
func (v *Version) Seal(s Secret, id, ownerType, ownerID string) ([]byte, error) {
	return v.cipher.Encrypt([]byte(s.Reveal()), boundTo(id, ownerType, ownerID))
}

// boundTo is the associated data of a seal. No id may hold the separator.
func boundTo(id, ownerType, ownerID string) []byte {
	return []byte(strings.Join([]string{id, ownerType, ownerID}, "\x00"))
}

const checkedText = "steelgate keyring check"

// CheckValue is what a database keeps to know the version by that is active there. It tells nothing of the keys.
func (v *Version) CheckValue() string {
	sum := v.digest(checkedText)
	return fmt.Sprintf("%d:%s", v.number, hex.EncodeToString(sum[:]))
}
