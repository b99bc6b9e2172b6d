package management

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

const (
	// signInTime is how long somebody may take at the provider.
	signInTime = 10 * time.Minute
	// maxPendingSignIns is how many may be there at once: whoever asks for more fills the database, and is nobody yet.
	maxPendingSignIns = 100_000
	// maxNamesakes is how many users of one address are looked at. More are ambiguous, whoever of them is active.
	maxNamesakes = 20
)

// Person is somebody whom an OpenID provider knows.
type Person struct {
	// Issuer is the provider's, Subject the person's id there.
	Issuer, Subject string
	// Email is "" unless the provider vouches for its being the person's.
	Email string
	Name  string
}

// Visitor is the browser that somebody signs in at.
type Visitor struct {
	Address, UserAgent string
	// Session is the secret of a session that the browser holds already, which ends; zero is none.
	Session apikey.Secret
}

// SignedIn is what a sign-in begins.
type SignedIn struct {
	User    authz.User
	Session authz.Session
	// Secret is what the browser has to show, and is shown this once.
	Secret apikey.Secret
	// Revision is the data revision that stands: a set-up makes one.
	Revision uint64
}

// PendingSignIn is what to remember of somebody who goes to the provider.
type PendingSignIn struct {
	// Nonce is what the provider's answer has to hold, Verifier what proves who asks for it.
	Nonce, Verifier string
	// ReturnTo is the path to end at.
	ReturnTo string
}

// BeginSignIn remembers somebody who goes to the provider, and answers the state that has to come back with them. Whoever has it
// comes back once.
func (s *Service) BeginSignIn(ctx context.Context, p PendingSignIn) (state apikey.Secret, err error) {
	state = apikey.MintTicket(apikey.StatePrefix)
	kept := storage.PendingSignIn{State: state.Hash(), Nonce: p.Nonce, Verifier: p.Verifier, ReturnTo: p.ReturnTo, At: s.now()}
	err = s.keepPending(ctx, kept)
	if errors.Is(err, errTooManySignIns) {
		// Who did not come back in time is else forgotten once an hour, and would keep others out for as long.
		if err = s.store.Forget(ctx, storage.Expiry{PendingSignIns: s.now().Add(-signInTime)}); err == nil {
			err = s.keepPending(ctx, kept)
		}
	}
	if err != nil {
		return apikey.Secret{}, translated(err)
	}
	return state, nil
}

var errTooManySignIns = refuse(Busy, "too_many_sign_ins", "Too many people are about to sign in: try again in a few minutes.")

func (s *Service) keepPending(ctx context.Context, p storage.PendingSignIn) error {
	_, err := s.store.Update(ctx, func(tx storage.Tx) error {
		n, err := tx.CountPendingSignIns()
		if err != nil {
			return err
		}
		if n >= maxPendingSignIns {
			return errTooManySignIns
		}
		return tx.PutPendingSignIn(p)
	})
	return err
}

// ResumeSignIn recalls who comes back from the provider, and forgets them.
func (s *Service) ResumeSignIn(ctx context.Context, state apikey.Secret) (p PendingSignIn, err error) {
	var tooOld bool
	_, err = s.store.Update(ctx, func(tx storage.Tx) error {
		kept, err := tx.TakePendingSignIn(state.Hash())
		if errors.Is(err, storage.ErrNotFound) {
			return errSignInOver
		}
		p = PendingSignIn{Nonce: kept.Nonce, Verifier: kept.Verifier, ReturnTo: kept.ReturnTo}
		tooOld = s.now().Sub(kept.At) >= signInTime
		return err
	})
	if err == nil && tooOld {
		err = errSignInOver
	}
	if err != nil {
		return PendingSignIn{}, translated(err)
	}
	return p, nil
}

var errSignInOver = refuse(NoActor, "sign_in_over", "This sign-in is over: it was finished before, or took longer than ten minutes. Begin anew.")

// SignIn signs the user in whom the person is: the one whom they were linked with, or else the one active user with the
// address that the provider vouches for, who is linked with them from then on.
func (s *Service) SignIn(ctx context.Context, person Person, v Visitor) (SignedIn, error) {
	claimed := AuditTarget{Kind: "identity", ID: person.Issuer + " " + person.Subject}
	return s.signIn(ctx, authz.OIDCMethod, claimed, v, func(tx storage.Tx) (authz.User, error) {
		return s.userOf(tx, person)
	})
}

func (s *Service) userOf(tx storage.Tx, person Person) (user authz.User, err error) {
	known, err := tx.Identity(person.Issuer, person.Subject)
	if err == nil {
		user, err = tx.User(known.UserID)
		return user, orUnknown(err)
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return user, err
	}
	users, err := tx.UsersByEmail(person.Email, maxNamesakes+1)
	if err != nil {
		return user, err
	}
	if len(users) > 1 && len(users) <= maxNamesakes {
		users = slices.DeleteFunc(users, func(u authz.User) bool { return !u.Active })
	}
	switch {
	case len(users) == 0:
		return user, errUnknownUser
	case len(users) > 1:
		return user, refuse(Forbidden, "ambiguous_email", "More than one user has this e-mail address: ask an admin to link you with one of them.")
	}
	err = tx.PutIdentity(storage.Identity{Issuer: person.Issuer, Subject: person.Subject, UserID: users[0].ID, LinkedAt: s.now()})
	if errors.Is(err, storage.ErrIdentityTaken) {
		return user, refuse(Forbidden, "linked_to_another", "The user with this e-mail address is linked with another account at the provider: ask an admin to undo that.")
	}
	return users[0], err
}

var errUnknownUser = refuse(Forbidden, "unknown_user", "No user here has an e-mail address that the provider vouches to be yours: ask an admin to add you, or to link you.")

func orUnknown(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return errUnknownUser
	}
	return err
}

// SignInAs signs a user in without asking who it is: the demo's door, which only a server on loopback opens.
func (s *Service) SignInAs(ctx context.Context, userID string, v Visitor) (SignedIn, error) {
	return s.signIn(ctx, authz.DevMethod, AuditTarget{Kind: "user", ID: userID}, v, func(tx storage.Tx) (authz.User, error) {
		user, err := tx.User(userID)
		return user, orUnknown(err)
	})
}

// signIn begins a session for the user whom who finds, in the same transaction. What who wrote is taken back where they may
// not come in.
func (s *Service) signIn(ctx context.Context, method authz.SignInMethod, claimed AuditTarget, v Visitor, who func(storage.Tx) (authz.User, error)) (in SignedIn, err error) {
	visitor := Actor{Address: v.Address}
	action := "sessions.begin"
	if method == authz.SetupMethod {
		action = "setup"
	}
	in.Revision, err = s.update(ctx, act{actor: visitor, action: action, target: claimed}, func(tx storage.Tx) error {
		if in.User, err = who(tx); err != nil {
			return err
		}
		if attempt, ok := tx.(*recorder); ok {
			attempt.owner = authz.Owner{Type: authz.UserOwner, ID: in.User.ID}
		}
		if !in.User.Active {
			return refuse(Forbidden, "inactive_user", "The user is inactive: ask an admin.")
		}
		in.Session, in.Secret, err = s.beginSession(tx, in.User.ID, method, v)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

// DevUser is whom one may sign in as, for a page that offers them with what they may do.
type DevUser struct {
	User          authz.User
	Organizations []authz.OrganizationMember
	Workspaces    []authz.WorkspaceMember
	Owned         []string
	// Names are those of the organizations and workspaces, by their ids.
	OrganizationNames, WorkspaceNames map[string]string
}

// DevUser answers the zero DevUser where there is none of that id.
func (s *Service) DevUser(ctx context.Context, id string) (found DevUser, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		user, err := r.User(id)
		if err != nil {
			return err
		}
		found = DevUser{User: user, OrganizationNames: map[string]string{}, WorkspaceNames: map[string]string{}}
		return found.fill(r)
	})
	if errors.Is(err, storage.ErrNotFound) {
		return DevUser{}, nil
	}
	return found, err
}

func (d *DevUser) fill(r storage.Reader) (err error) {
	if d.Organizations, err = r.OrganizationsWith(d.User.ID); err != nil {
		return err
	}
	if d.Workspaces, err = r.WorkspacesWith(d.User.ID); err != nil {
		return err
	}
	if d.Owned, err = r.WorkspacesOwnedBy(d.User.ID); err != nil {
		return err
	}
	for _, member := range d.Organizations {
		organization, err := r.Organization(member.OrganizationID)
		if err != nil {
			return err
		}
		d.OrganizationNames[organization.ID] = organization.Name
	}
	ids := slices.Clone(d.Owned)
	for _, member := range d.Workspaces {
		ids = append(ids, member.WorkspaceID)
	}
	for _, id := range ids {
		workspace, err := r.Workspace(id)
		if err != nil {
			return err
		}
		d.WorkspaceNames[id] = workspace.Name
	}
	return nil
}
