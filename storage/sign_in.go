package storage

import (
	"time"

	"github.com/steelengine/steelgate/authz"
)

// Session is a user's being signed in at one browser, without the secret that the browser holds.
type Session struct {
	authz.Session
	// Digest is the hash of the secret.
	Digest Digest
}

// Identity says which user a person is whom an OpenID provider knows.
type Identity struct {
	// Issuer is the provider's, Subject the person's id there.
	Issuer, Subject string
	UserID          string
	LinkedAt        time.Time
}

// PendingSignIn is what is kept of somebody who has gone to the provider, until they come back.
type PendingSignIn struct {
	// State is the hash of what the browser brings back.
	State Digest
	// Nonce is what the provider's answer has to hold, Verifier what proves that the code is asked for by who began.
	Nonce, Verifier string
	// ReturnTo is the path to end at.
	ReturnTo string
	At       time.Time
}

// SignIns reads who is signed in, and how people are known.
type SignIns interface {
	Session(id string) (Session, error)
	SessionByDigest(digest Digest) (Session, error)
	// SessionsOf are a user's sessions, newest first, ended ones too as long as they are not forgotten.
	SessionsOf(userID string) ([]Session, error)
	// Identity is who a person of a provider is, or ErrNotFound.
	Identity(issuer, subject string) (Identity, error)
	// IdentitiesOf are those of a user, in the order of their issuers.
	IdentitiesOf(userID string) ([]Identity, error)
	// UsersByEmail are the users with an e-mail address, compared without regard to the case of ASCII letters and of no
	// others: at most limit, in order. The address "" is nobody's.
	UsersByEmail(email string, limit int) ([]authz.User, error)
	// HasPlatformAdmin tells whether a user, active or not, has the platform role admin.
	HasPlatformAdmin() (bool, error)
}

// SignInWriter writes what SignIns reads. Nothing of it is part of the world, and none enters the change log.
type SignInWriter interface {
	PutSession(Session) error
	// DeleteSession is ErrNotFound where there is none.
	DeleteSession(id string) error
	// PutIdentity is ErrIdentityTaken where the person is another user, or the user another person of the same provider;
	// after that the Tx may still be used.
	PutIdentity(Identity) error
	DeleteIdentitiesOf(userID string) error
	PutPendingSignIn(PendingSignIn) error
	// TakePendingSignIn answers and removes one, so that nobody comes back twice; or ErrNotFound.
	TakePendingSignIn(state Digest) (PendingSignIn, error)
	// CountPendingSignIns counts them.
	CountPendingSignIns() (int, error)
	PutSetupLink(digest Digest, at time.Time) error
	// SetupLink tells when a link was made, or ErrNotFound.
	SetupLink(digest Digest) (time.Time, error)
	DeleteSetupLinks() error
}

// Expiry says what is forgotten: what is older than each moment. The zero moment forgets nothing.
type Expiry struct {
	Requests, PendingSignIns, SetupLinks time.Time
	// SessionsEnded are sessions that ended before it, SessionsIdle those last used before it.
	SessionsEnded, SessionsIdle time.Time
	// Replicas are servers that were last seen before it.
	Replicas time.Time
}

// Used is when records were last used, by their ids.
type Used struct {
	Keys, Tokens, Sessions map[string]time.Time
}
