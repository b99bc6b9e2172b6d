package apikey

import (
	"crypto/rand"
	"errors"
	"hash/crc32"
	"math/big"
	"regexp"
	"strings"
)

// Prefix begins every API key, by which people and scanners know one.
const Prefix = "sk-steelengine-"

// TokenPrefix begins every service token.
const TokenPrefix = "sgt_"

// What a minted secret is made of: 256 random bits and a checksum for scanners, in base62 characters.
const (
	randomLength   = 43
	checksumLength = 6
	alphabet       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// The lengths of what follows Prefix in a secret that was issued elsewhere.
const (
	minImported = 16
	maxImported = 240
)

// Why a text is no secret. None of them quotes it.
var (
	ErrMalformed          = errors.New("not an API key: want sk-steelengine- and 16 to 240 characters of A-Z a-z 0-9 _ -")
	ErrMalformedToken     = errors.New("not a service token: want sgt_ and 49 characters of 0-9 A-Z a-z")
	ErrUnsafeAdminToken   = errors.New("an admin token must have 32 to 512 printable ASCII characters, without spaces")
	errRandomnessTooShort = errors.New("the random number has more digits than it may")
)

// Mint makes an API key.
func Mint() Secret { return mint(Prefix) }

// MintToken makes a service token.
func MintToken() Secret { return mint(TokenPrefix) }

func mint(prefix string) Secret {
	var bits [32]byte
	rand.Read(bits[:]) // never fails: it crashes the process instead
	body := prefix + base62(new(big.Int).SetBytes(bits[:]), randomLength)
	return newSecret(body + checksum(body))
}

// checksum is CRC-32/IEEE of all that precedes it, prefix included.
func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	return base62(new(big.Int).SetUint64(uint64(sum)), checksumLength)
}

// base62 writes a number that is known to fit into length digits, zero-padded.
func base62(n *big.Int, length int) string {
	digits := make([]byte, length)
	base, digit := big.NewInt(int64(len(alphabet))), new(big.Int)
	for i := length - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		digits[i] = alphabet[digit.Int64()]
	}
	if n.Sign() != 0 {
		panic(errRandomnessTooShort)
	}
	return string(digits)
}

// NewID makes the id of a record, which is no secret: the prefix and 128 random bits in 22 base62 characters.
func NewID(prefix string) string {
	var bits [16]byte
	rand.Read(bits[:])
	return prefix + base62(new(big.Int).SetBytes(bits[:]), 22)
}

// Parse reads an API key, minted here or issued before. It fails with ErrMalformed. The checksum is not looked at: a
// wrong one is just an unknown key.
func Parse(text string) (Secret, error) {
	body, ok := strings.CutPrefix(text, Prefix)
	if !ok || len(body) < minImported || len(body) > maxImported || !isWord(body, "_-") {
		return Secret{}, ErrMalformed
	}
	return newSecret(text), nil
}

// ParseToken reads a service token. It fails with ErrMalformedToken.
func ParseToken(text string) (Secret, error) {
	body, ok := strings.CutPrefix(text, TokenPrefix)
	if !ok || len(body) != randomLength+checksumLength || !isWord(body, "") {
		return Secret{}, ErrMalformedToken
	}
	return newSecret(text), nil
}

// ParseAdminToken reads the token that an operator chose. It fails with ErrUnsafeAdminToken.
func ParseAdminToken(text string) (Secret, error) {
	if len(text) < 32 || len(text) > 512 {
		return Secret{}, ErrUnsafeAdminToken
	}
	for i := range len(text) {
		if text[i] <= ' ' || text[i] >= 0x7f {
			return Secret{}, ErrUnsafeAdminToken
		}
	}
	return newSecret(text), nil
}

func isWord(text, others string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
		case strings.IndexByte(others, c) >= 0:
		default:
			return false
		}
	}
	return true
}

// Hint is what a key's record shows of its secret: the prefix and the last four characters.
func (s Secret) Hint() string {
	text := s.Reveal()
	if len(text) < len(Prefix)+minImported {
		return ""
	}
	return Prefix + "…" + text[len(text)-4:]
}

// secretLike is what reads like one of our secrets, wherever it stands in a text.
var secretLike = regexp.MustCompile(regexp.QuoteMeta(Prefix) + `[A-Za-z0-9_-]{16,}|(?:` +
	strings.Join([]string{TokenPrefix, SessionPrefix, StatePrefix, SetupPrefix}, "|") + `)[A-Za-z0-9]{32,}`)

// HoldsSecret tells whether a text that people wrote has in it what reads like a key, a token or a ticket.
func HoldsSecret(text string) bool { return secretLike.MatchString(text) }

// Redact puts [redacted] in the place of whatever in a text reads like a key, a token or a ticket.
func Redact(text string) string { return secretLike.ReplaceAllString(text, Redacted) }
