package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/open-policy-agent/opa/v1/ast"
	opa "github.com/open-policy-agent/opa/v1/storage"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/bench/world"
	"github.com/steelengine/steelgate/engine/opastore"
)

// writeDocuments writes all that a policy sees of a world as one JSON document, for stock OPA to hold: what our own store
// answers, record by record.
func writeDocuments(path string, w world.World) (err error) {
	keyring, err := apikey.NewKeyring()
	if err != nil {
		return err
	}
	s, err := w.Snapshot(keyring)
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	d := &documents{to: bufio.NewWriter(file), txn: opastore.NewTransaction(s, world.Now)}
	d.all(w)
	return errors.Join(d.err, d.to.Flush())
}

type documents struct {
	to  *bufio.Writer
	txn *opastore.Transaction
	err error
}

// all writes the collections, in which each group is an object of its own.
func (d *documents) all(w world.World) {
	members, resources := map[string]map[string]bool{}, map[string]map[string]bool{}
	for i := range w.Workspaces() {
		for _, m := range w.Members(i) {
			note(members, m.WorkspaceID, m.UserID)
		}
		for _, r := range w.Resources(i) {
			note(resources, r.Type, r.ID)
		}
	}
	d.print("{")
	d.collection("users", w.Users(), func(i int) string { return w.User(i).ID })
	d.print(",")
	d.collection("organizations", w.Organizations(), func(i int) string { return w.Organization(i).ID })
	d.print(",")
	d.collection("workspaces", w.Workspaces(), func(i int) string { return w.Workspace(i).ID })
	d.print(",")
	d.collection("keys", w.Keys, world.KeyID)
	d.print(",")
	d.collection("scopes", w.Keys, world.KeyID)
	d.print(",")
	d.groups("workspace_members", members)
	d.print(",")
	d.groups("resources", resources)
	d.print("}\n")
}

func note(groups map[string]map[string]bool, group, id string) {
	if groups[group] == nil {
		groups[group] = map[string]bool{}
	}
	groups[group][id] = true
}

func (d *documents) print(text string) {
	if _, err := d.to.WriteString(text); err != nil {
		d.err = err
	}
}

func (d *documents) collection(name string, count int, id func(int) string) {
	d.print(fmt.Sprintf("%q:{", name))
	for i := range count {
		d.record(i > 0, id(i), name, id(i))
	}
	d.print("}")
}

func (d *documents) groups(name string, groups map[string]map[string]bool) {
	d.print(fmt.Sprintf("%q:{", name))
	moreGroups := false
	for group, ids := range groups {
		if moreGroups {
			d.print(",")
		}
		moreGroups = true
		d.print(fmt.Sprintf("%q:{", group))
		more := false
		for id := range ids {
			d.record(more, id, name, group, id)
			more = true
		}
		d.print("}")
	}
	d.print("}")
}

func (d *documents) record(more bool, id string, path ...string) {
	value, err := opastore.Store{}.Read(context.Background(), d.txn, opa.Path(path))
	if err != nil {
		d.err = fmt.Errorf("%v: %w", path, err)
		return
	}
	if more {
		d.print(",")
	}
	d.print(fmt.Sprintf("%q:%s", id, value.(ast.Value)))
}
