package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/storage/sqlite"
)

func newBackup(s streams) *cobra.Command {
	var f databaseFlags
	c := &cobra.Command{
		Use: "backup FILE", Short: "Copy the embedded database, also while a server runs on it", Args: arguments(cobra.ExactArgs(1)),
		Long: `Copy the embedded database into a new file, as it stands at one revision, also while a server runs on it.

The copy is looked through before it gets its name. The keyring is not in it: keep a copy of that elsewhere, for the one is worth nothing
without the other. Neither is the decision log. To restore, stop the server, put the copy in the database's place, and start.`,
		Example: `  steelgate backup "backups/steelgate-$(date +%F).db"
  steelgate backup --data-dir /var/lib/steelgate /backups/steelgate.db`,
		RunE: func(c *cobra.Command, args []string) error {
			path, embedded, err := f.sqlitePath()
			if err != nil {
				return err
			}
			if !embedded {
				return errors.New("this copies an embedded database alone: back Postgres up with pg_dump, or what your provider has")
			}
			if err := f.mustStand(); err != nil {
				return err
			}
			revision, err := sqlite.Backup(c.Context(), path, args[0])
			switch {
			case errors.Is(err, fs.ErrExist):
				return fmt.Errorf("%s is there already, and is kept: name a file that is not", args[0])
			case err != nil:
				return err
			}
			_, err = fmt.Fprintf(s.out, "Revision %d is in %s. The keyring is not: keep a copy of %s elsewhere.\n", revision, args[0], f.keyringPath())
			return err
		},
	}
	f.register(c.Flags())
	return c
}
