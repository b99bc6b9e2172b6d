package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/rotation"
	"github.com/steelengine/steelgate/storage"
)

func newKeyringRotate(s streams) *cobra.Command {
	var f databaseFlags
	c := &cobra.Command{
		Use: "rotate", Short: "Add a version to the keyring's file", Args: noArguments,
		Long: `Add a version to the keyring's file. Nothing is made under it until it is activated.

A running server takes the file in within seconds. Copy the file, apart from the database, before you go on.`,
		Example: "  steelgate keyring rotate",
		RunE: func(c *cobra.Command, _ []string) error {
			return f.withService(c.Context(), func(service *service) error {
				number, err := rotation.Rotate(c.Context(), service.store, f.keyringPath(), service.keyringAudit("command"))
				if err != nil {
					return err
				}
				fmt.Fprintf(s.out, "Added version %d to %s.\n\nNext:\n  1. Copy the file, apart from the database. Keep the copies that you have for as long as you keep copies of the database.\n", number, f.keyringPath())
				if !f.isEmbedded() {
					fmt.Fprintf(s.out, "  2. Give the file to every replica, and wait until steelgate_keyring_newest_version is %d in the metrics of each.\n  3. steelgate keyring activate --all-replicas-have-it\n", number)
					return nil
				}
				fmt.Fprintln(s.out, "  2. steelgate keyring activate")
				return nil
			})
		},
	}
	f.register(c.Flags())
	return c
}

// isEmbedded tells an embedded database from a server's. The flags were checked when it was opened.
func (f *databaseFlags) isEmbedded() bool {
	_, embedded, err := f.sqlitePath()
	return err == nil && embedded
}

// takenIn is how long after its last change every process on this machine has taken the file in.
const takenIn = 3 * rotation.Interval

func newKeyringActivate(s streams) *cobra.Command {
	var f databaseFlags
	var everywhere bool
	c := &cobra.Command{
		Use: "activate", Short: "Have everything new made under the newest version", Args: noArguments,
		Long: `Have everything new made under the newest version of the keyring, from now on and on every replica. Servers then move all keys and service tokens to it.

Every replica must have the version by then: one that lacks it stops deciding within ten seconds, until it gets the file. Beside an embedded database the command waits until a server has looked at the file.`,
		Example: `  steelgate keyring activate
  steelgate keyring activate --database-url 'postgres://steelgate@db/steelgate' --keyring-file keyring.json --all-replicas-have-it`,
		RunE: func(c *cobra.Command, _ []string) error {
			return f.withService(c.Context(), func(service *service) error {
				newest := service.keyring.Versions().Newest().Number()
				isNew, err := service.hasNewVersion(c.Context())
				if err != nil {
					return err
				}
				if isNew && !f.isEmbedded() && !everywhere {
					return fmt.Errorf("every replica must have version %d of the keyring first: give %s to each of them, wait until steelgate_keyring_newest_version is %d in the metrics of each, and call this again with --all-replicas-have-it", newest, f.keyringPath(), newest)
				}
				if isNew && f.isEmbedded() {
					if err := f.awaitTakenIn(c.Context(), s); err != nil {
						return err
					}
				}
				number, err := rotation.Activate(c.Context(), service.store, f.keyringPath(), service.keyringAudit("command"))
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(s.out, "Version %d is active. A running server moves all keys and service tokens to it: see 'steelgate keyring status'. Without one, run 'steelgate keyring reseal'.\n", number)
				return err
			})
		},
	}
	f.register(c.Flags())
	c.Flags().BoolVar(&everywhere, "all-replicas-have-it", false, "every replica has taken in the file with the newest version (Postgres)")
	return c
}

// hasNewVersion tells whether the newest version of the keyring waits to be activated.
func (s *service) hasNewVersion(ctx context.Context) (isNew bool, err error) {
	versions := s.keyring.Versions()
	err = s.store.View(ctx, func(r storage.Reader) error {
		active, err := rotation.Active(r, versions)
		isNew = active != versions.Newest()
		return err
	})
	return isNew, err
}

// awaitTakenIn waits until a server beside the embedded database has had the time to look at the file.
func (f *databaseFlags) awaitTakenIn(ctx context.Context, s streams) error {
	info, err := os.Stat(f.keyringPath())
	if err != nil {
		return err
	}
	wait := min(takenIn, takenIn-time.Since(info.ModTime()))
	if wait <= 0 {
		return nil
	}
	fmt.Fprintf(s.err, "Waiting %.0f s for a running server to take the file in.\n", wait.Seconds())
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func newKeyringDrop(s streams) *cobra.Command {
	var f databaseFlags
	c := &cobra.Command{
		Use: "drop VERSION", Short: "Remove a version from the keyring's file that nothing needs", Args: arguments(cobra.ExactArgs(1)),
		Long: `Remove an old version from the keyring's file. It is refused while a key, a service token or an import needs it. With Postgres give the file to every replica then: a server that runs takes it in.

Copies of the database from before still need the version: keep a copy of the keyring that has it for as long as you keep them.`,
		Example: "  steelgate keyring drop 1",
		RunE: func(c *cobra.Command, args []string) error {
			number, err := strconv.ParseUint(args[0], 10, 32)
			if err != nil {
				return usageError("%q is not the number of a version: see 'steelgate keyring status'", args[0])
			}
			return f.withService(c.Context(), func(service *service) error {
				err := rotation.Drop(c.Context(), service.store, f.keyringPath(), uint32(number), service.keyringAudit("command"))
				if errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("%s has no version %d: see 'steelgate keyring status'", f.keyringPath(), number)
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(s.out, "Version %d is no longer in %s.\n", number, f.keyringPath())
				return err
			})
		},
	}
	f.register(c.Flags())
	return c
}
