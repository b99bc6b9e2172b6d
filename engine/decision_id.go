package engine

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// NewDecisionID makes an id that names one decision in answers and logs: 128 random bits. It is no secret, so the
// runtime's ChaCha8 generator will do.
func NewDecisionID() string {
	var bits [16]byte
	binary.NativeEndian.PutUint64(bits[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(bits[8:], rand.Uint64())
	id := make([]byte, 4, 36)
	copy(id, "dec_")
	return string(hex.AppendEncode(id, bits[:]))
}
