package snapshot

import (
	"encoding/binary"
	"iter"
	"slices"
)

// leaf holds entries packed into one string:
//
//	count, as a uvarint
//	for each entry the lowest 16 bits of its hash, to pass most others by
//	for each entry: the length of its name's a, a, the length of b, b, the length of its record, the record
type leaf string

// entry is one record under its name.
type entry struct {
	hash   uint64
	name   name
	record string
}

const markLength = 2

func mark(hash uint64) uint16 { return uint16(hash) }

func (l leaf) len() int {
	if l == "" {
		return 0
	}
	r := reader(l)
	return int(r.number())
}

// get looks for the entry of the name, whose hash is given.
func (l leaf) get(hash uint64, n name) (string, bool) {
	if l == "" {
		return "", false
	}
	r := reader(l)
	count := int(r.number())
	marks := r.take(count * markLength)
	want := mark(hash)
	for i := range count {
		at := i * markLength
		if uint16(marks[at])|uint16(marks[at+1])<<8 != want {
			r.skipText()
			r.skipText()
			r.skipText()
			continue
		}
		a, b, record := r.text(), r.text(), r.text()
		if a == n.a && b == n.b {
			return record, true
		}
	}
	return "", false
}

// entries are those of the leaf in their order; of their hashes the mark alone is known.
func (l leaf) entries() iter.Seq[entry] {
	return func(yield func(entry) bool) {
		if l == "" {
			return
		}
		r := reader(l)
		count := int(r.number())
		marks := r.take(count * markLength)
		for i := range count {
			hash := uint64(marks[i*markLength]) | uint64(marks[i*markLength+1])<<8
			if !yield(entry{hash, name{r.text(), r.text()}, r.text()}) {
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

// pack makes a leaf of entries.
func pack(entries []entry) leaf {
	if len(entries) == 0 {
		return ""
	}
	size := binary.MaxVarintLen16 + len(entries)*markLength
	for _, e := range entries {
		size += len(e.name.a) + len(e.name.b) + len(e.record) + 3*binary.MaxVarintLen16
	}
	packed := make([]byte, 0, size)
	packed = binary.AppendUvarint(packed, uint64(len(entries)))
	for _, e := range entries {
		packed = binary.LittleEndian.AppendUint16(packed, mark(e.hash))
	}
	for _, e := range entries {
		packed = appendText(packed, e.name.a)
		packed = appendText(packed, e.name.b)
		packed = appendText(packed, e.record)
	}
	return leaf(packed)
}
