package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/bench/world"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/feed"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/sqlite"
)

// load prints how long a start takes: reading everything from an SQLite database into an engine.
func (b *bench) load() error {
	keys := b.sizes[len(b.sizes)-1]
	b.title("A start: %d keys and their world, from an SQLite database into the engine", keys)
	keyring, err := apikey.NewKeyring()
	if err != nil {
		return err
	}
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(b.temp, "load.db"))
	if err != nil {
		return err
	}
	defer store.Close()
	begin := time.Now()
	if err := fill(ctx, store, world.World{Keys: keys}, keyring); err != nil {
		return err
	}
	b.line("(writing it took %.1f s)", time.Since(begin).Seconds())
	var took []float64
	for range b.rounds {
		e := engine.New(engine.Options{Keyring: keyring})
		begin := time.Now()
		if err := feed.New(store, e, feed.Options{}).Step(ctx); err != nil {
			return err
		}
		took = append(took, time.Since(begin).Seconds())
	}
	b.line("%.1f s (the median of %d loads)", median(took, func(s float64) float64 { return s }), b.rounds)
	return nil
}

// fill puts a world into a store, in transactions of some thousand records.
func fill(ctx context.Context, store storage.Store, w world.World, keyring *apikey.Keyring) error {
	const portion = 20_000
	var writes []func(storage.Tx) error
	flush := func() error {
		_, err := store.Update(ctx, func(tx storage.Tx) error {
			for _, write := range writes {
				if err := write(tx); err != nil {
					return err
				}
			}
			return nil
		})
		writes = writes[:0]
		return err
	}
	add := func(write func(storage.Tx) error) error {
		writes = append(writes, write)
		if len(writes) < portion {
			return nil
		}
		return flush()
	}
	err := w.Put(world.Putter{
		User: func(u authz.User) error { return add(func(tx storage.Tx) error { return tx.PutUser(u) }) },
		Organization: func(o authz.Organization) error {
			return add(func(tx storage.Tx) error { return tx.PutOrganization(o) })
		},
		Workspace: func(s authz.Workspace) error { return add(func(tx storage.Tx) error { return tx.PutWorkspace(s) }) },
		WorkspaceMember: func(m authz.WorkspaceMember) error {
			return add(func(tx storage.Tx) error { return tx.PutWorkspaceMember(m) })
		},
		Resource: func(r authz.Resource) error { return add(func(tx storage.Tx) error { return tx.PutResource(r) }) },
		Key: func(k authz.APIKey, text string) error {
			secret, err := apikey.Parse(text)
			if err != nil {
				return err
			}
			record := storage.Key{APIKey: k}
			record.Digest, record.PepperVersion = keyring.Digest(secret)
			if record.Sealed, err = keyring.Seal(secret, k.ID, string(k.Type.OwnerType()), k.OwnerID); err != nil {
				return err
			}
			return add(func(tx storage.Tx) error { return tx.PutKey(record) })
		},
	})
	if err != nil {
		return err
	}
	return flush()
}
