package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/apikey"
)

func newKeyring(s streams) *cobra.Command {
	c := group("keyring", "The keyring, that secrets are digested and sealed with",
		newKeyringCreate(s), newKeyringStatus(s), newKeyringRotate(s), newKeyringActivate(s), newKeyringReseal(s), newKeyringDrop(s))
	c.Long = `The keyring, that secrets are digested and sealed with.

To rotate it while servers run:
  1. steelgate keyring rotate      adds a version to the file. Copy the file then, apart from the database; with Postgres give
                                   it to every replica, and wait until each has taken it in.
  2. steelgate keyring activate    has everything new made under that version. The servers move what is there; no key changes
                                   for whoever holds it.
  3. steelgate keyring status      shows how far they are.
  4. steelgate keyring drop        removes the old version from the file. Beside an embedded database the server does so.`
	return c
}

func newKeyringCreate(s streams) *cobra.Command {
	var f databaseFlags
	c := &cobra.Command{
		Use: "create", Short: "Make a keyring for a new database", Args: noArguments,
		Long: `Make a keyring for a new database, once, before its first start.

An embedded database gets its keyring by itself. For Postgres make one here, give the same file to every replica, and keep a copy apart from the database: without it no key is known.`,
		Example: "  steelgate keyring create --keyring-file ./keyring.json",
		RunE: func(*cobra.Command, []string) error {
			path := f.keyringPath()
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				return err
			}
			_, err := apikey.CreateKeyring(path)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s stands already, and is not overwritten: a database may depend on it", path)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "Made %s. Keep a copy apart from the database.\n", path)
			return err
		},
	}
	c.Flags().StringVar(&f.dataDir, "data-dir", "./steelgate-data", "folder of the keyring")
	c.Flags().StringVar(&f.keyring, "keyring-file", "", "the keyring (default: keyring.json under --data-dir)")
	return c
}

// withService opens the database for work that no server does.
func (f *databaseFlags) withService(ctx context.Context, work func(*service) error) (err error) {
	if err := f.mustStand(); err != nil {
		return err
	}
	service, err := openService(ctx, f, serviceOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.store.Close()) }()
	return work(service)
}
