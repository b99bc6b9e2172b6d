package snapshot

import "iter"

// The records of each kind, in no order. A walk costs what it sees, and is nothing for a decision to do.

// Keys are all keys, live or not.
func (s *Snapshot) Keys() iter.Seq[Key] {
	return each(s.keys, func(n name, record string) Key { return unpackKey(n.a, record) })
}

// Users are all users.
func (s *Snapshot) Users() iter.Seq[User] {
	return each(s.users, func(n name, record string) User { return unpackUser(n.a, record) })
}

// Organizations are all organizations.
func (s *Snapshot) Organizations() iter.Seq[Organization] {
	return each(s.organizations, func(n name, record string) Organization { return Organization{n.a, record} })
}

// OrganizationMembers are all memberships, as the organization and the user.
func (s *Snapshot) OrganizationMembers() iter.Seq2[string, string] {
	return pairs(s.organizationMembers)
}

// Workspaces are all workspaces.
func (s *Snapshot) Workspaces() iter.Seq[Workspace] {
	return each(s.workspaces, func(n name, record string) Workspace { return unpackWorkspace(n.a, record) })
}

// WorkspaceMembers are all memberships, as the workspace and the user.
func (s *Snapshot) WorkspaceMembers() iter.Seq2[string, string] {
	return pairs(s.workspaceMembers)
}

// Resources are all resources.
func (s *Snapshot) Resources() iter.Seq[Resource] { return each(s.resources, unpackResource) }

func each[T any](t table, unpack func(n name, record string) T) iter.Seq[T] {
	return func(yield func(T) bool) {
		t.root.walk(func(n name, record string) bool { return yield(unpack(n, record)) })
	}
}

func pairs(t table) iter.Seq2[string, string] {
	return func(yield func(a, b string) bool) {
		t.root.walk(func(n name, _ string) bool { return yield(n.a, n.b) })
	}
}

// walk calls for every entry below, until it is answered false.
func (at *node) walk(do func(n name, record string) bool) bool {
	if at == nil {
		return true
	}
	for i := range at {
		if at[i].below != nil {
			if !at[i].below.walk(do) {
				return false
			}
			continue
		}
		for e := range at[i].leaf.entries() {
			if !do(e.name, e.record) {
				return false
			}
		}
	}
	return true
}
