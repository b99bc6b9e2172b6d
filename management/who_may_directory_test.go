package management_test

import (
	"github.com/steelengine/steelgate/management"
)

// directoryOperations are every read, write and delete of the directory, each able to be repeated.
func (h *house) directoryOperations() map[string]func(management.Actor) error {
	ctx := h.t.Context()
	h.mustImport(`{"kind": "user", "id": "temp"}
{"kind": "organization", "id": "temp"}
{"kind": "workspace", "id": "temp", "owner_id": "stranger"}
{"kind": "resource", "type": "workflow", "id": "temp"}
{"kind": "organization_member", "organization_id": "temp", "user_id": "reader", "role": "member"}
{"kind": "workspace_member", "workspace_id": "temp", "user_id": "reader", "role": "read"}`)
	// gone deletes, and has the platform bring back what is deleted.
	gone := func(line string, remove func(management.Actor) (uint64, error)) func(management.Actor) error {
		return func(a management.Actor) error {
			_, err := remove(a)
			h.mustImport(line)
			return err
		}
	}
	return map[string]func(management.Actor) error{
		"read a user":      func(a management.Actor) error { _, err := h.User(ctx, a, "reader"); return err },
		"read the unknown": func(a management.Actor) error { _, err := h.User(ctx, a, "nobody"); return unlessNotFound(err) },
		"put a user": func(a management.Actor) error {
			_, _, _, err := h.PutUser(ctx, a, "temp", management.UserChange{})
			return err
		},
		"delete a user": gone(`{"kind": "user", "id": "temp"}`, func(a management.Actor) (uint64, error) { return h.DeleteUser(ctx, a, "temp") }),

		"put an organization": func(a management.Actor) error {
			_, _, _, err := h.PutOrganization(ctx, a, "temp", management.OrganizationChange{})
			return err
		},
		"delete an organization": gone("{\"kind\": \"organization\", \"id\": \"temp\"}\n{\"kind\": \"organization_member\", \"organization_id\": \"temp\", \"user_id\": \"reader\", \"role\": \"member\"}",
			func(a management.Actor) (uint64, error) { return h.DeleteOrganization(ctx, a, "temp") }),

		"put a workspace": func(a management.Actor) error {
			_, _, _, err := h.PutWorkspace(ctx, a, "temp", management.WorkspaceChange{})
			return err
		},
		"delete a workspace": gone("{\"kind\": \"workspace\", \"id\": \"temp\", \"owner_id\": \"stranger\"}\n{\"kind\": \"workspace_member\", \"workspace_id\": \"temp\", \"user_id\": \"reader\", \"role\": \"read\"}",
			func(a management.Actor) (uint64, error) { return h.DeleteWorkspace(ctx, a, "temp") }),

		"read a loose resource":         func(a management.Actor) error { _, err := h.Resource(ctx, a, "workflow", "wf_loose"); return err },
		"read the unknown workspace":    func(a management.Actor) error { _, err := h.Workspace(ctx, a, "none"); return unlessNotFound(err) },
		"read the unknown organization": func(a management.Actor) error { _, err := h.Organization(ctx, a, "none"); return unlessNotFound(err) },
		"read the unknown resource": func(a management.Actor) error {
			_, err := h.Resource(ctx, a, "workflow", "none")
			return unlessNotFound(err)
		},
		"put a resource": func(a management.Actor) error {
			_, _, _, err := h.PutResource(ctx, a, "workflow", "temp", management.ResourceChange{})
			return err
		},
		"delete a resource": gone(`{"kind": "resource", "type": "workflow", "id": "temp"}`,
			func(a management.Actor) (uint64, error) { return h.DeleteResource(ctx, a, "workflow", "temp") }),

		"read a workspace member": func(a management.Actor) error { _, err := h.WorkspaceMember(ctx, a, "ws", "reader"); return err },
		"put a workspace member": func(a management.Actor) error {
			_, _, _, err := h.PutWorkspaceMember(ctx, a, "temp", "reader", management.MemberChange{})
			return err
		},
		"delete a workspace member": gone(`{"kind": "workspace_member", "workspace_id": "temp", "user_id": "reader", "role": "read"}`,
			func(a management.Actor) (uint64, error) { return h.DeleteWorkspaceMember(ctx, a, "temp", "reader") }),

		"read an organization member": func(a management.Actor) error {
			_, err := h.OrganizationMember(ctx, a, "org", "org_member")
			return err
		},
		"put an organization member": func(a management.Actor) error {
			_, _, _, err := h.PutOrganizationMember(ctx, a, "temp", "reader", management.MemberChange{})
			return err
		},
		"delete an organization member": gone(`{"kind": "organization_member", "organization_id": "temp", "user_id": "reader", "role": "member"}`,
			func(a management.Actor) (uint64, error) { return h.DeleteOrganizationMember(ctx, a, "temp", "reader") }),
	}
}

func unlessNotFound(err error) error {
	if codeOf(err) == "not_found" {
		return nil
	}
	return err
}
