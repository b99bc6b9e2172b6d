package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// The directory's entities as they are read: what is none is null.
type (
	userRecord struct {
		ID           string  `json:"id"`
		Name         string  `json:"name"`
		Email        string  `json:"email"`
		Active       bool    `json:"active"`
		PlatformRole *string `json:"platform_role"`
	}
	workspaceRecord struct {
		ID                  string  `json:"id"`
		Name                string  `json:"name"`
		OwnerID             string  `json:"owner_id"`
		OrganizationID      *string `json:"organization_id"`
		PersonalKeysEnabled bool    `json:"personal_keys_enabled"`
		Archived            bool    `json:"archived"`
	}
	resourceRecord struct {
		Type        string         `json:"type"`
		ID          string         `json:"id"`
		Name        string         `json:"name"`
		WorkspaceID *string        `json:"workspace_id"`
		Properties  jsontext.Value `json:"properties"`
	}
)

func userRecordOf(u authz.User) any {
	return newUserRecord(u)
}

func newUserRecord(u authz.User) userRecord {
	return userRecord{u.ID, u.Name, u.Email, u.Active, orNull(string(u.PlatformRole))}
}

func organizationRecordOf(o authz.Organization) any { return o }

func workspaceRecordOf(w authz.Workspace) any {
	return workspaceRecord{w.ID, w.Name, w.OwnerID, orNull(w.OrganizationID), w.PersonalKeysEnabled, w.Archived}
}

func resourceRecordOf(r authz.Resource) any {
	return resourceRecord{r.Type, r.ID, r.Name, orNull(r.WorkspaceID), jsontext.Value(r.Properties)}
}

func organizationMemberRecordOf(m authz.OrganizationMember) any { return m }

func workspaceMemberRecordOf(m authz.WorkspaceMember) any { return m }

// mountDirectory mounts GET, PUT and DELETE of each kind of entity.
func (s *server) mountDirectory(r gin.IRoutes) {
	m := s.management
	entity(s, r, "/users/:id", userRecordOf,
		func(c *gin.Context, a management.Actor) (any, error) {
			found, err := m.User(c.Request.Context(), a, c.Param("id"))
			return userRecordOf(found), err
		},
		func(c *gin.Context, d management.Directory, a management.Actor, change management.UserChange) (authz.User, bool, uint64, error) {
			return d.PutUser(c.Request.Context(), a, c.Param("id"), change)
		},
		func(c *gin.Context, d management.Directory, a management.Actor) (uint64, error) {
			return d.DeleteUser(c.Request.Context(), a, c.Param("id"))
		})
	entity(s, r, "/organizations/:id", organizationRecordOf,
		func(c *gin.Context, a management.Actor) (any, error) {
			found, err := m.Organization(c.Request.Context(), a, c.Param("id"))
			if a.UserID == "" {
				return organizationRecordOf(found.Organization), err
			}
			return listedOrganizationOf(found), err
		},
		func(c *gin.Context, d management.Directory, a management.Actor, change management.OrganizationChange) (authz.Organization, bool, uint64, error) {
			return d.PutOrganization(c.Request.Context(), a, c.Param("id"), change)
		},
		func(c *gin.Context, d management.Directory, a management.Actor) (uint64, error) {
			return d.DeleteOrganization(c.Request.Context(), a, c.Param("id"))
		})
	entity(s, r, "/workspaces/:id", workspaceRecordOf,
		func(c *gin.Context, a management.Actor) (any, error) {
			found, err := m.Workspace(c.Request.Context(), a, c.Param("id"))
			if a.UserID == "" {
				return workspaceRecordOf(found.Workspace), err
			}
			return listedWorkspaceOf(found), err
		},
		func(c *gin.Context, d management.Directory, a management.Actor, change management.WorkspaceChange) (authz.Workspace, bool, uint64, error) {
			return d.PutWorkspace(c.Request.Context(), a, c.Param("id"), change)
		},
		func(c *gin.Context, d management.Directory, a management.Actor) (uint64, error) {
			return d.DeleteWorkspace(c.Request.Context(), a, c.Param("id"))
		})
	entity(s, r, "/resources/:type/:id", resourceRecordOf,
		func(c *gin.Context, a management.Actor) (any, error) {
			found, err := m.Resource(c.Request.Context(), a, c.Param("type"), c.Param("id"))
			return resourceRecordOf(found), err
		},
		func(c *gin.Context, d management.Directory, a management.Actor, change management.ResourceChange) (authz.Resource, bool, uint64, error) {
			return d.PutResource(c.Request.Context(), a, c.Param("type"), c.Param("id"), change)
		},
		func(c *gin.Context, d management.Directory, a management.Actor) (uint64, error) {
			return d.DeleteResource(c.Request.Context(), a, c.Param("type"), c.Param("id"))
		})
	entity(s, r, "/organizations/:id/members/:user", organizationMemberRecordOf,
		func(c *gin.Context, a management.Actor) (any, error) {
			return m.OrganizationMember(c.Request.Context(), a, c.Param("id"), c.Param("user"))
		},
		func(c *gin.Context, d management.Directory, a management.Actor, change management.MemberChange) (authz.OrganizationMember, bool, uint64, error) {
			return d.PutOrganizationMember(c.Request.Context(), a, c.Param("id"), c.Param("user"), change)
		},
		func(c *gin.Context, d management.Directory, a management.Actor) (uint64, error) {
			return d.DeleteOrganizationMember(c.Request.Context(), a, c.Param("id"), c.Param("user"))
		})
	entity(s, r, "/workspaces/:id/members/:user", workspaceMemberRecordOf,
		func(c *gin.Context, a management.Actor) (any, error) {
			return m.WorkspaceMember(c.Request.Context(), a, c.Param("id"), c.Param("user"))
		},
		func(c *gin.Context, d management.Directory, a management.Actor, change management.MemberChange) (authz.WorkspaceMember, bool, uint64, error) {
			return d.PutWorkspaceMember(c.Request.Context(), a, c.Param("id"), c.Param("user"), change)
		},
		func(c *gin.Context, d management.Directory, a management.Actor) (uint64, error) {
			return d.DeleteWorkspaceMember(c.Request.Context(), a, c.Param("id"), c.Param("user"))
		})
	r.PATCH("/workspaces/:id", s.asActor(s.patchWorkspace))
	r.GET("/workspaces", s.asActor(s.listWorkspaces))
	r.GET("/organizations", s.asActor(s.listOrganizations))
	r.GET("/resources", s.asActor(s.listResources))
}

// entity mounts the three calls of one kind. Get answers the record as the actor sees it.
func entity[Entity, Change any](
	s *server, r gin.IRoutes, path string, record func(Entity) any,
	get func(*gin.Context, management.Actor) (any, error),
	put func(*gin.Context, management.Directory, management.Actor, Change) (Entity, bool, uint64, error),
	remove func(*gin.Context, management.Directory, management.Actor) (uint64, error),
) {
	r.GET(path, s.asActor(func(c *gin.Context, who management.Actor) error {
		found, err := get(c, who)
		if err == nil {
			writeJSON(c, http.StatusOK, found)
		}
		return err
	}))
	r.PUT(path, s.asActor(func(c *gin.Context, who management.Actor) error {
		var change Change
		if err := s.decode(c, &change); err != nil {
			return err
		}
		return s.makeOrTry(c, who, func(d management.Directory) (answered, error) {
			stands, made, revision, err := put(c, d, who, change)
			return answered{statusOfPut(made), revision, record(stands)}, err
		})
	}))
	r.DELETE(path, s.asActor(func(c *gin.Context, who management.Actor) error {
		return s.makeOrTry(c, who, func(d management.Directory) (answered, error) {
			revision, err := remove(c, d, who)
			return answered{http.StatusNoContent, revision, nil}, err
		})
	}))
}

// patchWorkspace is PATCH /v1/workspaces/{id}.
func (s *server) patchWorkspace(c *gin.Context, who management.Actor) error {
	var change management.WorkspaceChange
	if err := s.decode(c, &change); err != nil {
		return err
	}
	return s.makeOrTry(c, who, func(d management.Directory) (answered, error) {
		workspace, revision, err := d.PatchWorkspace(c.Request.Context(), who, c.Param("id"), change)
		return answered{http.StatusOK, revision, workspaceRecordOf(workspace)}, err
	})
}
