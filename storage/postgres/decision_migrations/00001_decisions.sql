-- +goose Up
-- Logged decisions, a partition for each day. Times are in microseconds. The whole decision is in body, as JSON; what it is
-- asked for by stands beside it.
CREATE TABLE logged_decisions (
	at BIGINT NOT NULL,
	id TEXT COLLATE "C" NOT NULL,
	key_id TEXT COLLATE "C" NOT NULL,
	owner_type TEXT NOT NULL,
	owner_id TEXT COLLATE "C" NOT NULL,
	resource_type TEXT NOT NULL,
	resource_id TEXT COLLATE "C" NOT NULL,
	workspace_id TEXT COLLATE "C" NOT NULL,
	organization_id TEXT COLLATE "C" NOT NULL,
	action TEXT NOT NULL,
	code TEXT NOT NULL,
	allow BOOLEAN NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE INDEX logged_decisions_by_id ON logged_decisions (id);
CREATE INDEX logged_decisions_by_key ON logged_decisions (key_id, at) WHERE key_id <> '';
CREATE INDEX logged_decisions_by_owner ON logged_decisions (owner_id, at) WHERE owner_id <> '';
CREATE INDEX logged_decisions_by_resource ON logged_decisions (resource_id, at);
CREATE INDEX logged_decisions_by_workspace ON logged_decisions (workspace_id, at) WHERE workspace_id <> '';
CREATE INDEX logged_decisions_by_organization ON logged_decisions (organization_id, at) WHERE organization_id <> '';
