package apikey

import (
	"crypto/hmac"
	"fmt"
	"strconv"
	"strings"
)

// Versions are what a keyring held at one moment. They never change.
type Versions struct {
	// inOrder has one or more, but for no keyring; the last is the newest.
	inOrder []*Version
}

// Format prints [redacted] for every verb.
func (v *Versions) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

// Newest is the one with the highest number.
func (v *Versions) Newest() *Version { return v.inOrder[len(v.inOrder)-1] }

// Numbers are those of all versions, ascending.
func (v *Versions) Numbers() []uint32 {
	numbers := make([]uint32, len(v.inOrder))
	for i, version := range v.inOrder {
		numbers[i] = version.number
	}
	return numbers
}

// Has tells whether a version of that number is among them.
func (v *Versions) Has(number uint32) bool { return v.numbered(number) != nil }

func (v *Versions) numbered(number uint32) *Version {
	for _, version := range v.inOrder {
		if version.number == number {
			return version
		}
	}
	return nil
}

// Lost are the numbers of the versions that are not among the others, ascending: no version has the number there, or one
// that has other keys.
func (v *Versions) Lost(others *Versions) (lost []uint32) {
	for _, version := range v.inOrder {
		if other := others.numbered(version.number); other == nil || !version.same(other) {
			lost = append(lost, version.number)
		}
	}
	return lost
}

// Digests appends the secret's digests under every version, the newest first.
func (v *Versions) Digests(dst []Digest, s Secret) []Digest {
	for i := len(v.inOrder) - 1; i >= 0; i-- {
		dst = append(dst, v.inOrder[i].digest(s.Reveal()))
	}
	return dst
}

// Open decrypts what a version's Seal made for the same record. It fails with ErrSealBroken.
func (v *Versions) Open(number uint32, sealed []byte, id, ownerType, ownerID string) (Secret, error) {
	version := v.numbered(number)
	if version == nil {
		return Secret{}, ErrSealBroken
	}
	text, err := version.cipher.Decrypt(sealed, boundTo(id, ownerType, ownerID))
	if err != nil {
		return Secret{}, ErrSealBroken
	}
	return newSecret(string(text)), nil
}

// MissingVersion says that a version is needed which the keyring does not have.
type MissingVersion struct {
	Number uint32
	// Newest is the number of the newest that it has.
	Newest uint32
}

func (e *MissingVersion) Error() string {
	return fmt.Sprintf("the keyring does not have version %d", e.Number)
}

// Missing is the error that a version is not among these.
func (v *Versions) Missing(number uint32) *MissingVersion {
	return &MissingVersion{Number: number, Newest: v.Newest().number}
}

// Find is the version that made a check value. It fails with a *MissingVersion, and with ErrWrongKeyring where the version
// of that number is another.
func (v *Versions) Find(checkValue string) (*Version, error) {
	number, err := CheckedNumber(checkValue)
	if err != nil {
		return nil, err
	}
	version := v.numbered(number)
	switch {
	case version == nil:
		return nil, v.Missing(number)
	case !hmac.Equal([]byte(version.CheckValue()), []byte(checkValue)):
		return nil, ErrWrongKeyring
	}
	return version, nil
}

// CheckedNumber is the number of the version that made a check value. It fails with ErrWrongKeyring where the text is none.
func CheckedNumber(checkValue string) (uint32, error) {
	text, _, _ := strings.Cut(checkValue, ":")
	number, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, ErrWrongKeyring
	}
	return uint32(number), nil
}
