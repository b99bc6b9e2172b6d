-- +goose Up
-- What was published, each whole and for good. The newest is in force. Files are a JSON object, path to source.
CREATE TABLE policy_revisions (
	revision BIGINT PRIMARY KEY,
	digest BYTEA NOT NULL,
	files BYTEA NOT NULL,
	message TEXT NOT NULL,
	author TEXT NOT NULL,
	base BIGINT NOT NULL,
	restores BIGINT NOT NULL,
	acknowledged TEXT NOT NULL,
	override TEXT NOT NULL,
	published_at BIGINT NOT NULL
);

-- The one candidate that runs beside what is in force, deciding nothing.
CREATE TABLE policy_candidate (
	only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
	id TEXT COLLATE "C" NOT NULL,
	files BYTEA NOT NULL,
	message TEXT NOT NULL,
	author TEXT NOT NULL,
	base BIGINT NOT NULL,
	acknowledged TEXT NOT NULL,
	override TEXT NOT NULL,
	begun_at BIGINT NOT NULL
);

-- What each version of the program shipped, from the first time that one ran here.
CREATE TABLE policy_shipped (
	digest BYTEA PRIMARY KEY,
	files BYTEA NOT NULL,
	version TEXT NOT NULL,
	seen_at BIGINT NOT NULL
);
