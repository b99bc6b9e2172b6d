package engine

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// virtualCache remembers the values of rules within one evaluation, as OPA's own cache does: a stack of frames, of which
// the topmost counts. OPA's is a tree of hash maps, which costs more than the rules of a decision do. This one is a list,
// which is quicker to search as long as it is short; what goes beyond is left to OPA's.
type virtualCache struct {
	entries []virtualEntry
	// terms are those of all entries' references: the ones that OPA hands in are used for others afterwards.
	terms []*ast.Term
	// frames are what lies below the topmost.
	frames []virtualFrame
	top    virtualFrame
	// kept is where what clear leaves in place ends.
	kept virtualFrame
}

// virtualFrame begins at an entry and a term; overflow is nil until the frame is full.
type virtualFrame struct {
	entry, term int
	overflow    topdown.VirtualCache
}

type virtualEntry struct {
	hash       uint32
	begin, end int
	value      *ast.Term
	undefined  bool
}

// maxEntries is how many entries a frame's list may have.
const maxEntries = 32

// fingerprint tells most references apart.
func fingerprint(ref ast.Ref) uint32 {
	hash := uint32(len(ref))
	for i := max(0, len(ref)-2); i < len(ref); i++ {
		hash *= 31
		if text, ok := ref[i].Value.(ast.String); ok && text != "" {
			hash = (hash+uint32(len(text)))*31 + uint32(text[0])*7 + uint32(text[len(text)-1])
		}
	}
	return hash
}

func (c *virtualCache) find(ref ast.Ref, hash uint32) *virtualEntry {
	entries := c.entries[c.top.entry:]
	for i := range entries {
		if e := &entries[i]; e.hash == hash && c.isAt(e, ref) {
			return e
		}
	}
	return nil
}

func (c *virtualCache) isAt(e *virtualEntry, ref ast.Ref) bool {
	terms := c.terms[e.begin:e.end]
	if len(terms) != len(ref) {
		return false
	}
	for i := len(ref) - 1; i >= 0; i-- {
		if terms[i] != ref[i] && !terms[i].Equal(ref[i]) {
			return false
		}
	}
	return true
}

// Get implements topdown.VirtualCache.
func (c *virtualCache) Get(ref ast.Ref) (*ast.Term, bool) {
	e := c.find(ref, fingerprint(ref))
	switch {
	case e == nil && c.top.overflow != nil:
		return c.top.overflow.Get(ref)
	case e == nil:
		return nil, false
	case e.undefined:
		return nil, true
	}
	return e.value, false
}

// Put implements topdown.VirtualCache.
func (c *virtualCache) Put(ref ast.Ref, value *ast.Term) {
	hash := fingerprint(ref)
	e := c.find(ref, hash)
	if e == nil {
		if len(c.entries)-c.top.entry == maxEntries {
			if c.top.overflow == nil {
				c.top.overflow = topdown.NewVirtualCache()
			}
			c.top.overflow.Put(ref, value)
			return
		}
		begin := len(c.terms)
		c.terms = append(c.terms, ref...)
		c.entries = append(c.entries, virtualEntry{hash: hash, begin: begin, end: len(c.terms)})
		e = &c.entries[len(c.entries)-1]
	}
	if value != nil {
		e.value = value
	} else {
		e.undefined = true
	}
}

// Push implements topdown.VirtualCache.
func (c *virtualCache) Push() {
	c.frames = append(c.frames, c.top)
	c.top = virtualFrame{entry: len(c.entries), term: len(c.terms)}
}

// Pop implements topdown.VirtualCache.
func (c *virtualCache) Pop() {
	c.cut(c.top)
	c.top = c.frames[len(c.frames)-1]
	c.frames = c.frames[:len(c.frames)-1]
}

// cut removes what a frame and those above it hold.
func (c *virtualCache) cut(f virtualFrame) {
	clear(c.entries[f.entry:])
	clear(c.terms[f.term:])
	c.entries, c.terms = c.entries[:f.entry], c.terms[:f.term]
}

// Keys implements topdown.VirtualCache: the references that have a value in the topmost frame.
func (c *virtualCache) Keys() []ast.Ref {
	var keys []ast.Ref
	for _, e := range c.entries[c.top.entry:] {
		if e.value != nil {
			keys = append(keys, append(ast.Ref{}, c.terms[e.begin:e.end]...))
		}
	}
	if c.top.overflow != nil {
		keys = append(keys, c.top.overflow.Keys()...)
	}
	return keys
}

// keep has clear leave what is there now: the values of rules that are the same in every evaluation.
func (c *virtualCache) keep() {
	c.kept = virtualFrame{entry: len(c.entries), term: len(c.terms)}
}

// clear leaves one frame, with what is kept.
func (c *virtualCache) clear() {
	c.cut(c.kept)
	c.frames, c.top = c.frames[:0], virtualFrame{}
}
