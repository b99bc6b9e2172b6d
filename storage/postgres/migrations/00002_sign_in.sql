-- +goose Up
-- An address is looked up without regard to the case of ASCII letters, and of those alone.
ALTER TABLE users ADD COLUMN email_folded TEXT GENERATED ALWAYS AS (NULLIF(LOWER(email COLLATE "C"), '')) STORED;
CREATE INDEX users_by_email ON users USING HASH (email_folded);
CREATE INDEX users_by_platform_role ON users (platform_role) WHERE platform_role <> '';

-- Who is signed in. The secret that the browser holds is found by its digest.
CREATE TABLE sessions (
	id TEXT COLLATE "C" PRIMARY KEY,
	digest BYTEA NOT NULL,
	user_id TEXT COLLATE "C" NOT NULL,
	method TEXT NOT NULL,
	address TEXT NOT NULL,
	user_agent TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sessions_by_digest ON sessions (digest);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);

-- Who has gone to the provider to sign in, and is awaited back.
CREATE TABLE sign_ins (
	state_digest BYTEA PRIMARY KEY,
	nonce TEXT NOT NULL,
	verifier TEXT NOT NULL,
	return_to TEXT NOT NULL,
	at BIGINT NOT NULL
);
CREATE INDEX sign_ins_by_age ON sign_ins (at);

-- Which person of a provider is which user.
CREATE TABLE identities (
	issuer TEXT NOT NULL,
	subject TEXT NOT NULL,
	user_id TEXT COLLATE "C" NOT NULL,
	linked_at BIGINT NOT NULL,
	PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX identities_by_user ON identities (user_id, issuer);

-- Links by which the first platform admin may be made.
CREATE TABLE setup_links (
	digest BYTEA PRIMARY KEY,
	at BIGINT NOT NULL
);
