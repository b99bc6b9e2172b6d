package snapshot

import (
	"encoding/binary"
	"iter"
	"math/bits"
	"slices"
	"strings"
)

// leaf holds entries packed into one string:
//
//	twice the count, plus 1 where places are wide, as a uvarint
//	for each entry the lowest 16 bits of its hash, to pass most others by
//	for each entry its place among the entries, in 16 bits or else in 32: a lookup touches what it needs alone
//	for each entry: the length of its name's a, a, the length of b, b, the length of its record, the record
//
// Numbers of a fixed length are in little-endian order.
type leaf string

// entry is one record under its name.
type entry struct {
	hash   uint64
	name   name
	record string
}

const (
	markLength   = 2
	narrowPlaces = 2
	widePlaces   = 4
)

func mark(hash uint64) uint16 { return uint16(hash) }

// parts are a leaf's, apart.
type parts struct {
	count       int
	placeLength int
	marks       string
	places      string
	entries     string
}

func (l leaf) parts() parts {
	if l == "" {
		return parts{}
	}
	r := reader(l)
	head := int(r.number())
	p := parts{count: head >> 1, placeLength: narrowPlaces << (head & 1)}
	p.marks, p.places = r.take(p.count*markLength), r.take(p.count*p.placeLength)
	p.entries = string(r)
	return p
}

func (p parts) mark(i int) uint16 {
	at := p.marks[i*markLength:]
	return uint16(at[0]) | uint16(at[1])<<8
}

// entry reads from the entry of a number on.
func (p parts) entry(i int) reader {
	at := p.places[i*p.placeLength:]
	place := int(at[0]) | int(at[1])<<8
	if p.placeLength == widePlaces {
		place |= int(at[2])<<16 | int(at[3])<<24
	}
	return reader(p.entries[place:])
}

func (l leaf) len() int { return l.parts().count }

// get looks for the entry of the name, whose hash is given.
func (l leaf) get(hash uint64, n name) (string, bool) {
	p := l.parts()
	want := mark(hash)
	for i := range p.count {
		if p.mark(i) != want {
			continue
		}
		r := p.entry(i)
		if r.text() == n.a && r.text() == n.b {
			return r.text(), true
		}
	}
	return "", false
}

// entries are those of the leaf in their order; of their hashes the mark alone is known.
func (l leaf) entries() iter.Seq[entry] {
	return func(yield func(entry) bool) {
		p := l.parts()
		r := reader(p.entries)
		for i := range p.count {
			if !yield(entry{uint64(p.mark(i)), name{r.text(), r.text()}, r.text()}) {
				return
			}
		}
	}
}

func (l leaf) put(hash uint64, n name, record string) (changed leaf, added bool) {
	entries := make([]entry, 0, maxLeaf+1)
	entries = slices.AppendSeq(entries, l.entries())
	for i := range entries {
		if entries[i].name == n {
			entries[i].record = record
			return pack(entries), false
		}
	}
	return pack(append(entries, entry{hash, n, record})), true
}

func (l leaf) remove(n name) leaf {
	entries := slices.Collect(l.entries())
	return pack(slices.DeleteFunc(entries, func(e entry) bool { return e.name == n }))
}

// packedLength is the length of an entry in a leaf.
func (e entry) packedLength() (length int) {
	for _, text := range [...]string{e.name.a, e.name.b, e.record} {
		length += lengthLength(len(text)) + len(text)
	}
	return length
}

// lengthLength is the length of a length as a uvarint.
func lengthLength(length int) int { return (bits.Len(uint(length)|1) + 6) / 7 }

// pack makes a leaf of entries. It allocates nothing but the leaf, and that of the very length: what is freed between
// leaves that stay would be memory that nothing else fits into.
func pack(entries []entry) leaf {
	if len(entries) == 0 {
		return ""
	}
	length, wide := 0, 0
	for _, e := range entries {
		length += e.packedLength()
	}
	if length > 1<<16 {
		wide = 1
	}
	head := len(entries)<<1 | wide
	placeLength := narrowPlaces << wide

	var packed strings.Builder
	packed.Grow(lengthLength(head) + len(entries)*(markLength+placeLength) + length)
	var number [binary.MaxVarintLen64]byte
	packed.Write(binary.AppendUvarint(number[:0], uint64(head)))
	for _, e := range entries {
		packed.Write(binary.LittleEndian.AppendUint16(number[:0], mark(e.hash)))
	}
	place := 0
	for _, e := range entries {
		packed.Write(binary.LittleEndian.AppendUint32(number[:0], uint32(place))[:placeLength])
		place += e.packedLength()
	}
	for _, e := range entries {
		writeText(&packed, e.name.a)
		writeText(&packed, e.name.b)
		writeText(&packed, e.record)
	}
	return leaf(packed.String())
}
