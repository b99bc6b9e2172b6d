-- +goose Up
CREATE TABLE state (
	only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
	revision BIGINT NOT NULL,
	pruned_through BIGINT NOT NULL
);
INSERT INTO state (only_row, revision, pruned_through) VALUES (1, 0, 0);

CREATE TABLE changes (
	revision BIGINT NOT NULL,
	seq INTEGER NOT NULL,
	kind TEXT NOT NULL,
	a TEXT NOT NULL,
	b TEXT NOT NULL,
	PRIMARY KEY (revision, seq)
) WITHOUT ROWID;

CREATE TABLE meta (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

CREATE TABLE users (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	email TEXT NOT NULL,
	active BOOLEAN NOT NULL,
	platform_role TEXT NOT NULL
);

CREATE TABLE organizations (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL
);

CREATE TABLE organization_members (
	organization_id TEXT NOT NULL,
	user_id TEXT NOT NULL,
	role TEXT NOT NULL,
	PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX organization_members_by_user ON organization_members (user_id);

CREATE TABLE workspaces (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	owner_id TEXT NOT NULL,
	organization_id TEXT NOT NULL,
	personal_keys_enabled BOOLEAN NOT NULL,
	archived BOOLEAN NOT NULL
);
CREATE INDEX workspaces_by_owner ON workspaces (owner_id);
CREATE INDEX workspaces_by_organization ON workspaces (organization_id);

CREATE TABLE workspace_members (
	workspace_id TEXT NOT NULL,
	user_id TEXT NOT NULL,
	role TEXT NOT NULL,
	PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX workspace_members_by_user ON workspace_members (user_id);

CREATE TABLE resources (
	type TEXT NOT NULL,
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	workspace_id TEXT NOT NULL,
	properties TEXT NOT NULL,
	PRIMARY KEY (type, id)
);
CREATE INDEX resources_by_workspace ON resources (workspace_id, type);

-- Times are microseconds since 1970. Lists are JSON arrays; null is no list. A name is unique by the digest of its folded
-- form, for an index does not take text of any length.
CREATE TABLE api_keys (
	id TEXT PRIMARY KEY,
	type TEXT NOT NULL,
	owner_id TEXT NOT NULL,
	name TEXT NOT NULL,
	name_folded TEXT NOT NULL,
	name_digest BLOB NOT NULL,
	digest BLOB NOT NULL,
	pepper_version BIGINT NOT NULL,
	sealed BLOB,
	workflow_ids TEXT,
	grants TEXT,
	allowed_cidrs TEXT,
	hint TEXT NOT NULL,
	created_by TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT,
	disabled BOOLEAN NOT NULL,
	last_used_at BIGINT,
	revoked_at BIGINT,
	revoked_by TEXT NOT NULL,
	replaced_by TEXT NOT NULL,
	replaces TEXT NOT NULL
);
CREATE UNIQUE INDEX api_keys_by_digest ON api_keys (digest);
CREATE UNIQUE INDEX api_keys_by_name ON api_keys (type, owner_id, name_digest) WHERE revoked_at IS NULL AND replaced_by = '';
CREATE INDEX api_keys_by_owner ON api_keys (type, owner_id, created_at, id);
CREATE INDEX api_keys_by_age ON api_keys (created_at, id);
CREATE INDEX api_keys_by_version ON api_keys (pepper_version, id);

-- What grants and narrowed scopes name: a workspace, or a workflow; the other is empty.
CREATE TABLE key_targets (
	key_id TEXT NOT NULL,
	workspace_id TEXT NOT NULL,
	workflow_id TEXT NOT NULL,
	PRIMARY KEY (key_id, workspace_id, workflow_id)
) WITHOUT ROWID;
CREATE INDEX key_targets_by_target ON key_targets (workspace_id, workflow_id);

CREATE TABLE tokens (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	scopes TEXT NOT NULL,
	created_by TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT,
	digest BLOB NOT NULL,
	pepper_version BIGINT NOT NULL,
	sealed BLOB,
	last_used_at BIGINT
);
CREATE UNIQUE INDEX tokens_by_digest ON tokens (digest);

CREATE TABLE imports (
	id TEXT PRIMARY KEY,
	begun_at BIGINT NOT NULL,
	begun_by TEXT NOT NULL,
	applying BOOLEAN NOT NULL DEFAULT FALSE,
	through_rank INTEGER NOT NULL DEFAULT 0,
	through_line INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX imports_applying ON imports (applying) WHERE applying;

CREATE TABLE import_lines (
	import_id TEXT NOT NULL,
	rank INTEGER NOT NULL,
	line INTEGER NOT NULL,
	kind TEXT NOT NULL,
	a TEXT NOT NULL,
	b TEXT NOT NULL,
	entity BLOB NOT NULL,
	PRIMARY KEY (import_id, rank, line)
) WITHOUT ROWID;
CREATE UNIQUE INDEX import_lines_by_record ON import_lines (import_id, kind, a, b);

-- What was done and refused, each entry bound to all before it by mac. Everything else is in body too.
CREATE TABLE audit (
	seq INTEGER PRIMARY KEY,
	body BLOB NOT NULL,
	mac BLOB NOT NULL,
	at BIGINT NOT NULL,
	action TEXT NOT NULL,
	actor TEXT NOT NULL,
	target TEXT NOT NULL,
	denied BOOLEAN NOT NULL
);

-- Whose things are in an entry.
CREATE TABLE audit_owners (
	owner_type TEXT NOT NULL,
	owner_id TEXT NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (owner_type, owner_id, seq)
);
CREATE INDEX audit_owners_by_entry ON audit_owners (seq);

-- What may be asked for again without being done again.
CREATE TABLE requests (
	actor TEXT NOT NULL,
	name TEXT NOT NULL,
	fingerprint BLOB NOT NULL,
	record_id TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (actor, name)
);
CREATE INDEX requests_by_age ON requests (at);
