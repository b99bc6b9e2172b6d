package snapshot

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// builder collects the entries of a table, and makes it at once: no entry is packed more than once on the way.
type builder struct {
	// entries is room for those of one leaf.
	entries []entry
	// pages hold entries as a leaf does, one after the other, none across two pages.
	pages []*strings.Builder
	refs  []ref
}

// ref says where an entry stands.
type ref struct {
	hash   uint64
	page   uint32
	offset uint32
	length uint32
}

// pageLength is the length of a page, unless one entry is longer.
const pageLength = 1 << 20

// put adds an entry. Of several under one name the last counts.
func (b *builder) put(n name, record []byte) {
	size := len(n.a) + len(n.b) + len(record) + 3*binary.MaxVarintLen64
	last := len(b.pages) - 1
	if last < 0 || b.pages[last].Cap()-b.pages[last].Len() < size {
		page := &strings.Builder{}
		page.Grow(max(pageLength, size))
		b.pages = append(b.pages, page)
		last++
	}
	page := b.pages[last]
	begin := page.Len()
	writeText(page, n.a)
	writeText(page, n.b)
	writeText(page, record)
	b.refs = append(b.refs, ref{hashOf(n), uint32(last), uint32(begin), uint32(page.Len() - begin)})
}

// table makes the table, and leaves the builder empty.
func (b *builder) table() table {
	if len(b.refs) == 0 {
		return table{}
	}
	slices.SortFunc(b.refs, func(x, y ref) int {
		return cmp.Or(cmp.Compare(x.hash, y.hash), cmp.Compare(x.page, y.page), cmp.Compare(x.offset, y.offset))
	})
	root, count := b.node(b.refs, 0)
	*b = builder{}
	return table{root: root, count: count}
}

// node makes the subtree of entries, ordered by their hashes, that a node at a depth holds.
func (b *builder) node(refs []ref, depth int) (*node, int) {
	n, count := &node{}, 0
	for len(refs) > 0 {
		s := slot(refs[0].hash, depth)
		end, _ := slices.BinarySearchFunc(refs, s+1, func(r ref, next int) int { return cmp.Compare(slot(r.hash, depth), next) })
		here := refs[:end]
		refs = refs[end:]
		var added int
		if len(here) > maxLeaf && depth+1 < maxDepth {
			n[s].below, added = b.node(here, depth+1)
		} else {
			n[s].leaf, added = b.leaf(here)
		}
		count += added
	}
	return n, count
}

func (b *builder) leaf(refs []ref) (leaf, int) {
	entries := b.entries[:0]
	for _, r := range refs {
		text := reader(b.pages[r.page].String()[r.offset : r.offset+r.length])
		e := entry{r.hash, name{text.text(), text.text()}, text.text()}
		if i := slices.IndexFunc(entries, func(other entry) bool { return other.name == e.name }); i >= 0 {
			entries[i] = e
		} else {
			entries = append(entries, e)
		}
	}
	b.entries = entries
	return pack(entries), len(entries)
}
