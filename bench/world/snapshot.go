package world

import (
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// Snapshot is the whole world as an engine has it.
func (w World) Snapshot(keyring *apikey.Keyring) (*snapshot.Snapshot, error) {
	l := snapshot.NewLoad()
	err := w.Put(Putter{
		User:            putting(l.PutUser),
		Organization:    putting(l.PutOrganization),
		Workspace:       putting(l.PutWorkspace),
		WorkspaceMember: putting(l.PutWorkspaceMember),
		Resource:        putting(l.PutResource),
		Key: func(k authz.APIKey, text string) error {
			secret, err := apikey.Parse(text)
			if err != nil {
				return err
			}
			digest, _ := keyring.Digest(secret)
			l.PutKey(k, digest)
			return nil
		},
	})
	return l.Commit(1), err
}

func putting[T any](put func(T)) func(T) error {
	return func(record T) error { put(record); return nil }
}

// Engine is one that decides over the world, by the policy.
func (w World) Engine(policy *engine.Policy) (*engine.Engine, error) {
	keyring, err := apikey.NewKeyring()
	if err != nil {
		return nil, err
	}
	loaded, err := w.Snapshot(keyring)
	if err != nil {
		return nil, err
	}
	e := engine.New(engine.Options{Keyring: keyring, Clock: func() time.Time { return Now }})
	e.UsePolicy(policy)
	e.UseSnapshot(loaded, Now)
	return e, nil
}
