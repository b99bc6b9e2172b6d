package snapshot

import (
	"encoding/binary"
	"iter"
	"slices"
	"sort"
	"strings"
)

// index is a persistent set of pairs of an owner and an entry of a table, of each the first half of its hash: 8 bytes a pair, in
// order. It never changes, as a table does not. An owner's pairs stand together, and the half of an entry's hash leads to where it
// stands in its table. Two may have one half: what is found so has to be looked at.
type index struct{ root indexNode }

// indexNode is a leaf, or else what is below it.
type indexNode struct {
	below *[fanOut]indexNode
	// leaf holds pairs in big-endian order of bytes, so that texts compare as numbers do.
	leaf string
}

const (
	pairLength = 8
	// maxPairs is the number of pairs above which a leaf becomes a node: what an owner of many costs beside the pairs is then little,
	// and a change copies no more than 2 KiB.
	maxPairs = 256
)

// half is the part of a hash that an index keeps.
func half(n name) uint32 { return uint32(hashOf(n) >> 32) }

func pairOf(owner, entry name) uint64 { return uint64(half(owner))<<32 | uint64(half(entry)) }

// newIndex makes one of pairs, in any order, some of which may stand twice. It orders them.
func newIndex(pairs []uint64) index {
	slices.Sort(pairs)
	return index{newIndexNode(slices.Compact(pairs), 0)}
}

func newIndexNode(pairs []uint64, depth int) (n indexNode) {
	if len(pairs) <= maxPairs || depth == maxDepth {
		var leaf strings.Builder
		leaf.Grow(len(pairs) * pairLength)
		var packed [pairLength]byte
		for _, pair := range pairs {
			binary.BigEndian.PutUint64(packed[:], pair)
			leaf.Write(packed[:])
		}
		return indexNode{leaf: leaf.String()}
	}
	n.below = &[fanOut]indexNode{}
	for s := range n.below {
		end := sort.Search(len(pairs), func(i int) bool { return slot(pairs[i], depth) > s })
		n.below[s] = newIndexNode(pairs[:end], depth+1)
		pairs = pairs[end:]
	}
	return n
}

// pairsOf are a leaf's.
func pairsOf(leaf string) []uint64 {
	pairs := make([]uint64, 0, len(leaf)/pairLength+1)
	for ; leaf != ""; leaf = leaf[pairLength:] {
		pairs = append(pairs, pairAt(leaf, 0))
	}
	return pairs
}

func pairAt(leaf string, i int) uint64 {
	return binary.BigEndian.Uint64([]byte(leaf[i*pairLength : (i+1)*pairLength]))
}

// search is the place of the first pair that is not below another.
func search(leaf string, pair uint64) int {
	return sort.Search(len(leaf)/pairLength, func(i int) bool { return pairAt(leaf, i) >= pair })
}

// put answers an index that has the pair.
func (x index) put(pair uint64) index { return index{x.root.put(pair, 0)} }

func (n indexNode) put(pair uint64, depth int) indexNode {
	if n.below != nil {
		below := *n.below
		s := slot(pair, depth)
		below[s] = below[s].put(pair, depth+1)
		return indexNode{below: &below}
	}
	at := search(n.leaf, pair)
	if at*pairLength < len(n.leaf) && pairAt(n.leaf, at) == pair {
		return n
	}
	return newIndexNode(slices.Insert(pairsOf(n.leaf), at, pair), depth)
}

// remove answers an index without the pair. Nodes that it empties stay.
func (x index) remove(pair uint64) index { return index{x.root.remove(pair, 0)} }

func (n indexNode) remove(pair uint64, depth int) indexNode {
	if n.below != nil {
		below := *n.below
		s := slot(pair, depth)
		below[s] = below[s].remove(pair, depth+1)
		return indexNode{below: &below}
	}
	at := search(n.leaf, pair) * pairLength
	if at == len(n.leaf) || pairAt(n.leaf[at:], 0) != pair {
		return n
	}
	return indexNode{leaf: n.leaf[:at] + n.leaf[at+pairLength:]}
}

// of are the halves of an owner's entries, in order.
func (x index) of(owner uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) { x.root.of(owner, 0, yield) }
}

func (n indexNode) of(owner uint32, depth int, yield func(uint32) bool) bool {
	if n.below == nil {
		for i := search(n.leaf, uint64(owner)<<32); i*pairLength < len(n.leaf); i++ {
			pair := pairAt(n.leaf, i)
			if uint32(pair>>32) != owner {
				break
			}
			if !yield(uint32(pair)) {
				return false
			}
		}
		return true
	}
	if depth < maxDepth/2 {
		return n.below[slot(uint64(owner)<<32, depth)].of(owner, depth+1, yield)
	}
	for _, below := range n.below {
		if !below.of(owner, depth+1, yield) {
			return false
		}
	}
	return true
}

// startingWith are the entries of a table whose hash begins so: one, nearly always.
func (t table) startingWith(half uint32) iter.Seq2[name, string] {
	return func(yield func(name, string) bool) {
		at := t.root
		for depth := 0; at != nil && depth < maxDepth/2; depth++ {
			child := &at[slot(uint64(half)<<32, depth)]
			if child.below != nil {
				at = child.below
				continue
			}
			for e := range child.leaf.entries() {
				if uint32(hashOf(e.name)>>32) == half && !yield(e.name, e.record) {
					return
				}
			}
			return
		}
		at.walk(yield)
	}
}
