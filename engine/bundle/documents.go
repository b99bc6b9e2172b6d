package bundle

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// name leads to one record of a collection; b is "" where one id does.
type name struct{ a, b string }

// collection is one of the documents below data, and the names of the records that are in a bundle.
type collection struct {
	name  string
	names func(*world) []name
	// private are the fields of its records that are not.
	private []string
}

// collections are all that rules read: those of opastore's documents, in the order of their names.
var collections = []collection{
	{name: "keys", names: (*world).liveKeys},
	{name: "organization_members", names: func(w *world) []name { return pairs(w.snapshot.OrganizationMembers()) }},
	{name: "organizations", names: func(w *world) []name {
		return list(w.snapshot.Organizations(), func(o snapshot.Organization) name { return name{a: o.ID()} })
	}, private: []string{"name"}},
	{name: "resources", names: (*world).readableResources, private: []string{"name"}},
	{name: "scopes", names: (*world).liveKeys},
	{name: "users", names: func(w *world) []name {
		return list(w.snapshot.Users(), func(u snapshot.User) name { return name{a: u.ID()} })
	}, private: []string{"name", "email"}},
	{name: "workspace_members", names: func(w *world) []name { return pairs(w.snapshot.WorkspaceMembers()) }},
	{name: "workspaces", names: func(w *world) []name {
		return list(w.snapshot.Workspaces(), func(ws snapshot.Workspace) name { return name{a: ws.ID()} })
	}, private: []string{"name"}},
}

// world is what rules see of a snapshot at a moment.
type world struct {
	snapshot *snapshot.Snapshot
	sight    *opastore.Transaction
	isLive   func(snapshot.Key) bool
	// keys are the names of those that are live, once they were asked for.
	keys []name
}

// liveKeys are those that rules see.
func (w *world) liveKeys() []name {
	if w.keys == nil {
		w.keys = list(w.snapshot.Keys(), func(k snapshot.Key) name {
			if !w.isLive(k) {
				return name{}
			}
			return name{a: k.ID()}
		})
	}
	return w.keys
}

// readableResources leaves out those that no rule can read: a number in them would take whoever reads it more than there is. Nothing
// is decided about them here, and nothing is allowed there.
func (w *world) readableResources() []name {
	return list(w.snapshot.Resources(), func(r snapshot.Resource) name {
		if !opastore.IsReadable(r.Properties()) {
			return name{}
		}
		return name{r.Type(), r.ID()}
	})
}

// list are the names of records in their order; a record whose name is zero is left out.
func list[T any](records iter.Seq[T], of func(T) name) (names []name) {
	for r := range records {
		if n := of(r); n != (name{}) {
			names = append(names, n)
		}
	}
	return sorted(names)
}

func pairs(of iter.Seq2[string, string]) (names []name) {
	for a, b := range of {
		names = append(names, name{a, b})
	}
	return sorted(names)
}

func sorted(names []name) []name {
	slices.SortFunc(names, func(x, y name) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	return names
}

// write writes a collection as one JSON object, its records as rules read them.
func (w *world) write(c collection, to *bufio.Writer) error {
	text := []byte{'{'}
	group, isGrouped := "", false
	for i, n := range c.names(w) {
		path := storage.Path{c.name, n.a}
		switch {
		case n.b == "":
			text = appendMember(text, i > 0, n.a)
		case isGrouped && n.a == group:
			text = appendMember(text, true, n.b)
		default:
			if isGrouped {
				text = append(text, '}')
			}
			text = append(appendMember(text, i > 0, n.a), '{')
			text = appendMember(text, false, n.b)
			group, isGrouped = n.a, true
		}
		if n.b != "" {
			path = append(path, n.b)
		}
		var err error
		if text, err = w.appendRecord(text, path, c.private); err != nil {
			return err
		}
		if _, err := to.Write(text); err != nil {
			return err
		}
		text = text[:0]
	}
	if isGrouped {
		text = append(text, '}')
	}
	_, err := to.Write(append(text, '}'))
	return err
}

func (w *world) appendRecord(text []byte, path storage.Path, without []string) ([]byte, error) {
	record, err := opastore.Store{}.Read(context.Background(), w.sight, path)
	if err != nil {
		return nil, fmt.Errorf("data%s: %w", path, err)
	}
	if text, err = appendJSON(text, record.(ast.Value), without); err != nil {
		return nil, fmt.Errorf("data%s: %w", path, err)
	}
	return text, nil
}
