package opastore

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
)

// maxPath is the length of the longest path that is read without being allocated.
const maxPath = 8

// Get makes a Transaction a topdown.BaseCache: it reads what OPA would else ask the store for, under the same path, and
// spares the making of that path and of OPA's own cache, a tree of hash maps. What is not there, what may not be read, and
// what a store would take for another path than it looks, is nil: then OPA asks the store.
func (t *Transaction) Get(ref ast.Ref) ast.Value {
	if len(ref) < 2 || len(ref) > maxPath {
		return nil
	}
	var path [maxPath]string
	for i, term := range ref[1:] {
		name, ok := term.Value.(ast.String)
		if !ok {
			return nil
		}
		path[i] = string(name)
	}
	value, err := t.read(storage.Path(path[:len(ref)-1]))
	if err != nil {
		return nil
	}
	return value
}

// Put does nothing: reading once more costs less than remembering.
func (*Transaction) Put(ast.Ref, ast.Value) {}
