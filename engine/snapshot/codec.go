package snapshot

import (
	"encoding/binary"
	"strings"
)

// reader takes a packed text apart from its beginning. What it hands out are parts of the same memory. It reads only what
// this package packed, and so has no errors.
type reader string

// number reads a uvarint.
func (r *reader) number() uint64 {
	s := *r
	if len(s) > 0 && s[0] < 0x80 {
		*r = s[1:]
		return uint64(s[0])
	}
	var n uint64
	for i := 0; ; i++ {
		n |= uint64(s[i]&0x7f) << (7 * i)
		if s[i] < 0x80 {
			*r = s[i+1:]
			return n
		}
	}
}

// take reads so many bytes.
func (r *reader) take(length int) string {
	s := string(*r)
	*r = reader(s[length:])
	return s[:length]
}

// text reads what appendText packed.
func (r *reader) text() string { return r.take(int(r.number())) }

func (r *reader) skipText() {
	length := int(r.number())
	*r = (*r)[length:]
}

func appendText(packed []byte, text string) []byte {
	packed = binary.AppendUvarint(packed, uint64(len(text)))
	return append(packed, text...)
}

// writeText packs as appendText does.
func writeText[T ~string | ~[]byte](packed *strings.Builder, text T) {
	var number [binary.MaxVarintLen64]byte
	packed.Write(binary.AppendUvarint(number[:0], uint64(len(text))))
	packed.WriteString(string(text))
}

// bit is 1 shifted to a flag's place where it holds.
func bit(holds bool, place int) byte {
	if holds {
		return 1 << place
	}
	return 0
}
