package snapshot

import "hash/maphash"

// table is a persistent hash trie from a pair of names to a packed record. It never changes: put and remove answer another
// that shares all but the path to the entry. Entries stand packed in leaves of a dozen, one string a leaf, so that the
// garbage collector meets one pointer for many records.
type table struct {
	root  *node
	count int
}

// fanOut is the number of a node's children: one for each value of the next 4 bits of an entry's hash.
const (
	fanOut   = 1 << fanBits
	fanBits  = 4
	maxDepth = 64 / fanBits
)

// maxLeaf is the number of entries above which a leaf becomes a node. At maxDepth there are no more bits to tell entries
// apart by, and a leaf grows.
const maxLeaf = 20

// node has for each child a node, or else a leaf, which may be empty.
type node [fanOut]struct {
	below *node
	leaf  leaf
}

// name is what an entry is found by: the kind of table says what the two are.
type name struct{ a, b string }

var seed = maphash.MakeSeed()

// hashOf is a variable for tests to have names collide.
var hashOf = func(n name) uint64 {
	h := maphash.String(seed, n.a)
	if n.b != "" {
		h = (h ^ maphash.String(seed, n.b)) * 0x9e3779b97f4a7c15
	}
	return h
}

// slot is the child that a hash leads to at a depth: the highest bits lead first.
func slot(hash uint64, depth int) int {
	return int(hash>>(64-fanBits*(depth+1))) & (fanOut - 1)
}

// get answers the record under a name. It allocates nothing.
func (t table) get(n name) (record string, ok bool) {
	if t.root == nil {
		return "", false
	}
	hash := hashOf(n)
	at := t.root
	for depth := 0; ; depth++ {
		child := &at[slot(hash, depth)]
		if child.below == nil {
			return child.leaf.get(hash, n)
		}
		at = child.below
	}
}

// put answers a table with the record under the name.
func (t table) put(n name, record string) table {
	hash := hashOf(n)
	root, added := t.root.put(hash, 0, n, record)
	if added {
		t.count++
	}
	return table{root: root, count: t.count}
}

func (at *node) put(hash uint64, depth int, n name, record string) (changed *node, added bool) {
	changed = &node{}
	if at != nil {
		*changed = *at
	}
	child := &changed[slot(hash, depth)]
	if child.below != nil {
		child.below, added = child.below.put(hash, depth+1, n, record)
		return changed, added
	}
	child.leaf, added = child.leaf.put(hash, n, record)
	if child.leaf.len() > maxLeaf && depth+1 < maxDepth {
		child.below = split(child.leaf, depth+1)
		child.leaf = ""
	}
	return changed, added
}

// split spreads a leaf that grew too long over a node.
func split(l leaf, depth int) *node {
	var parts [fanOut][]entry
	for e := range l.entries() {
		e.hash = hashOf(e.name)
		s := slot(e.hash, depth)
		parts[s] = append(parts[s], e)
	}
	n := &node{}
	for s, entries := range parts {
		n[s].leaf = pack(entries)
		if len(entries) > maxLeaf && depth+1 < maxDepth {
			n[s].below, n[s].leaf = split(n[s].leaf, depth+1), ""
		}
	}
	return n
}

// remove answers a table without the name. Nodes that it empties stay: what was there once is likely to come again.
func (t table) remove(n name) table {
	if _, ok := t.get(n); !ok {
		return t
	}
	return table{root: t.root.remove(hashOf(n), 0, n), count: t.count - 1}
}

func (at *node) remove(hash uint64, depth int, n name) *node {
	changed := *at
	child := &changed[slot(hash, depth)]
	if child.below != nil {
		child.below = child.below.remove(hash, depth+1, n)
	} else {
		child.leaf = child.leaf.remove(n)
	}
	return &changed
}
