-- +goose Up
-- Names as lists are ordered and searched by: folded, and cut, for an index does not take text of any length. The program
-- fills in those of older records.
ALTER TABLE organizations ADD COLUMN name_folded TEXT NOT NULL DEFAULT '';
ALTER TABLE workspaces ADD COLUMN name_folded TEXT NOT NULL DEFAULT '';
ALTER TABLE resources ADD COLUMN name_folded TEXT NOT NULL DEFAULT '';
CREATE INDEX organizations_by_name ON organizations (name_folded, id);
CREATE INDEX organizations_unfolded ON organizations (id) WHERE name_folded = '' AND name <> '';
CREATE INDEX workspaces_by_name ON workspaces (name_folded, id);
CREATE INDEX workspaces_of_by_name ON workspaces (organization_id, name_folded, id);
CREATE INDEX workspaces_unfolded ON workspaces (id) WHERE name_folded = '' AND name <> '';
CREATE INDEX resources_by_name ON resources (workspace_id, type, name_folded, id);
CREATE INDEX resources_unfolded ON resources (type, id) WHERE name_folded = '' AND name <> '';
