package world

import "github.com/steelengine/steelgate/authz"

// Putter takes records: a load of a snapshot, a transaction of a store.
type Putter struct {
	User            func(authz.User) error
	Organization    func(authz.Organization) error
	Workspace       func(authz.Workspace) error
	WorkspaceMember func(authz.WorkspaceMember) error
	Resource        func(authz.Resource) error
	Key             func(k authz.APIKey, secret string) error
}

// Put hands out the whole world, what others refer to first.
func (w World) Put(p Putter) error {
	for i := range w.Users() {
		if err := p.User(w.User(i)); err != nil {
			return err
		}
	}
	for i := range w.Organizations() {
		if err := p.Organization(w.Organization(i)); err != nil {
			return err
		}
	}
	for i := range w.Workspaces() {
		if err := w.putWorkspace(p, i); err != nil {
			return err
		}
	}
	for i := range w.Keys {
		if err := p.Key(w.Key(i), Secret(i)); err != nil {
			return err
		}
	}
	return nil
}

func (w World) putWorkspace(p Putter, i int) error {
	if err := p.Workspace(w.Workspace(i)); err != nil {
		return err
	}
	for _, member := range w.Members(i) {
		if err := p.WorkspaceMember(member); err != nil {
			return err
		}
	}
	for _, resource := range w.Resources(i) {
		if err := p.Resource(resource); err != nil {
			return err
		}
	}
	return nil
}
