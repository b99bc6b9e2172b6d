package management

import (
	"errors"

	"github.com/steelengine/steelgate/storage"
)

// world is what a change may refer to: what is stored, or what will be once an import is applied.
type world interface {
	hasUser(id string) (bool, error)
	hasOrganization(id string) (bool, error)
	hasWorkspace(id string) (bool, error)
	// workspaceOrganization is the organization of a workspace, "" for none, nil where there is no such workspace.
	workspaceOrganization(id string) (*string, error)
	// workflowPlace is the workspace of a workflow, "" for none, nil where there is no such workflow.
	workflowPlace(id string) (*string, error)
}

// stored is the world as the store has it.
type stored struct{ storage.Reader }

func isThere(err error) (bool, error) {
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (w stored) hasUser(id string) (bool, error) {
	_, err := w.User(id)
	return isThere(err)
}

func (w stored) hasOrganization(id string) (bool, error) {
	_, err := w.Organization(id)
	return isThere(err)
}

func (w stored) hasWorkspace(id string) (bool, error) {
	_, err := w.Workspace(id)
	return isThere(err)
}

func (w stored) workspaceOrganization(id string) (*string, error) {
	workspace, err := w.Workspace(id)
	if there, err := isThere(err); !there {
		return nil, err
	}
	return &workspace.OrganizationID, nil
}

func (w stored) workflowPlace(id string) (*string, error) {
	workflow, err := w.Resource("workflow", id)
	if there, err := isThere(err); !there {
		return nil, err
	}
	return &workflow.WorkspaceID, nil
}

// known adds a fault where what a field names is not there. Its error is the store's.
func (f *faults) known(name, what string, has func(string) (bool, error), id string) error {
	there, err := has(id)
	if err == nil && !there {
		f.add(name, "no such %s stands", what)
	}
	return err
}
