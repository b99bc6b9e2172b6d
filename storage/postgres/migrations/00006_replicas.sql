-- +goose Up
-- Servers over this database, each of which writes its own row, and how each was when it last did. Ages are in microseconds; null
-- is without data.
CREATE TABLE replicas (
	id TEXT PRIMARY KEY,
	version TEXT NOT NULL,
	started_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	data_revision BIGINT NOT NULL,
	policy_revision BIGINT NOT NULL,
	data_age BIGINT,
	ready BOOLEAN NOT NULL
);
CREATE INDEX replicas_by_sight ON replicas (seen_at);
