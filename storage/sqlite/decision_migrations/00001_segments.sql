-- +goose Up
-- Logged decisions by the hundred, packed. Times are in microseconds. The filter stands before the decisions, so that those
-- are not read where it says no.
CREATE TABLE segments (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	first_at INTEGER NOT NULL,
	last_at INTEGER NOT NULL,
	decisions INTEGER NOT NULL,
	filter BLOB NOT NULL,
	packed BLOB NOT NULL
);
CREATE INDEX segments_by_end ON segments (last_at, seq);
CREATE INDEX segments_by_beginning ON segments (first_at, seq);
