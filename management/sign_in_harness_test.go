package management_test

import (
	"crypto/sha256"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
)

// The providers that people of these tests come from.
const (
	issuer      = "https://id.example"
	otherIssuer = "https://id.other.example"
)

func person(subject, email string) management.Person {
	return management.Person{Issuer: issuer, Subject: subject, Email: email}
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// signIn signs a user in at a browser of their own, and answers who they are to management, and what the browser holds.
func (h *house) signIn(userID string) (management.Actor, apikey.Secret) {
	h.t.Helper()
	in, err := h.SignInAs(h.t.Context(), userID, management.Visitor{})
	h.must(err)
	return actorOf(in), in.Secret
}

func actorOf(in management.SignedIn) management.Actor {
	return management.Actor{UserID: in.User.ID, SessionID: in.Session.ID}
}

// sessionError is the code that a browser's secret is refused with, or "".
func (h *house) sessionError(secret apikey.Secret) string {
	h.t.Helper()
	_, _, err := h.Session(h.t.Context(), secret)
	return codeOf(err)
}

// leaveSession puts a session into the store as it is, whoever its user is.
func (h *house) leaveSession(userID string) management.Actor {
	h.t.Helper()
	id := apikey.NewID("ses_")
	_, err := h.store.Update(h.t.Context(), func(tx storage.Tx) error {
		return tx.PutSession(storage.Session{
			Session: authz.Session{ID: id, UserID: userID, Method: authz.DevMethod, CreatedAt: h.now, LastUsedAt: h.now, ExpiresAt: h.now.Add(time.Hour)},
			Digest:  sha256.Sum256([]byte(id)),
		})
	})
	h.must(err)
	return management.Actor{UserID: userID, SessionID: id}
}

// sessionIDs are those of a user that have not ended, newest first.
func (h *house) sessionIDs(userID string) (ids []string) {
	h.t.Helper()
	sessions, err := h.ListSessions(h.t.Context(), platform, userID)
	h.must(err)
	for _, session := range sessions {
		ids = append(ids, session.ID)
	}
	return ids
}

// identitiesOf are the persons whom a user is, each as "issuer subject".
func (h *house) identitiesOf(userID string) (names []string) {
	h.t.Helper()
	found, err := h.Identities(h.t.Context(), platform, userID)
	h.must(err)
	for _, one := range found {
		names = append(names, one.Issuer+" "+one.Subject)
	}
	return names
}
