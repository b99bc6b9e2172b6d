package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/rotation"
	"github.com/steelengine/steelgate/storage"
)

func newKeyringStatus(s streams) *cobra.Command {
	var f databaseFlags
	var output outputFlag
	c := &cobra.Command{
		Use: "status", Short: "Show the keyring's versions, and what still needs each", Args: noArguments,
		Long: "Show the versions of the keyring, which of them is active, and how many keys and service tokens still need each. It does so too where the keyring does not fit the database.",
		Example: `  steelgate keyring status
  steelgate keyring status -o json`,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.mustStand(); err != nil {
				return err
			}
			store, _, err := f.openStore(c.Context())
			if err != nil {
				return err
			}
			defer store.Close()
			keyring, err := apikey.LoadKeyring(f.keyringPath())
			if err != nil {
				return err
			}
			var status rotation.Status
			err = store.View(c.Context(), func(r storage.Reader) error {
				status, err = rotation.StatusOf(r, keyring.Versions())
				return err
			})
			if errors.Is(err, storage.ErrNotFound) {
				return fmt.Errorf("no keyring is in use in this database yet: start a server")
			}
			if err != nil {
				return err
			}
			return output.print(s.out, status, func(w io.Writer) error { return printKeyring(w, status) })
		},
	}
	f.register(c.Flags())
	output.register(c)
	return c
}

func printKeyring(w io.Writer, status rotation.Status) error {
	rows := make([][]string, len(status.Versions))
	newest := uint32(0)
	for i, v := range status.Versions {
		rows[i] = []string{strconv.FormatUint(uint64(v.Version), 10), use(v, status.Active), strconv.Itoa(v.Keys), strconv.Itoa(v.Tokens)}
		newest = v.Version
	}
	if err := table(w, "VERSION USE KEYS TOKENS", rows, ""); err != nil {
		return err
	}
	switch {
	case status.KeysToMove+status.TokensToMove > 0:
		fmt.Fprintf(w, "\n%d keys and %d service tokens are still to be moved to version %d.\n", status.KeysToMove, status.TokensToMove, status.Active)
	case newest > status.Active:
		fmt.Fprintf(w, "\nVersion %d is not active yet: 'steelgate keyring activate'.\n", newest)
	}
	return nil
}

// use says in a word what a version is there for.
func use(v rotation.VersionStatus, active uint32) string {
	switch {
	case !v.InFile:
		return "missing"
	case v.Active:
		return "active"
	case v.Version > active:
		return "new"
	case v.Keys+v.Tokens > 0:
		return "moving"
	}
	return "old"
}

func newKeyringReseal(s streams) *cobra.Command {
	var f databaseFlags
	c := &cobra.Command{
		Use: "reseal", Short: "Move every key and token to the active version now", Args: noArguments,
		Long:    `Move every key and service token to the active version of the keyring, as a running server does by itself. It may be broken off and called again, and servers may run beside it.`,
		Example: "  steelgate keyring reseal",
		RunE: func(c *cobra.Command, _ []string) error {
			return f.withService(c.Context(), func(service *service) error {
				moved, err := service.keeper.MoveAll(c.Context(), func(p rotation.Progress) {
					fmt.Fprintf(s.err, "%d keys and %d service tokens to go\n", p.Keys, p.Tokens)
				})
				if err != nil {
					return fmt.Errorf("broken off after %d records; call it again to go on: %w", moved, err)
				}
				if f.isEmbedded() {
					if err := service.keeper.DropOld(c.Context()); err != nil {
						return err
					}
				}
				var status rotation.Status
				keyring, err := apikey.LoadKeyring(f.keyringPath())
				if err != nil {
					return err
				}
				if err := service.store.View(c.Context(), func(r storage.Reader) (err error) {
					status, err = rotation.StatusOf(r, keyring.Versions())
					return err
				}); err != nil {
					return err
				}
				if left := status.KeysToMove + status.TokensToMove; left > 0 {
					fmt.Fprintf(s.out, "Moved %d records.\n", moved)
					return fmt.Errorf("%d records can't be moved, for their seals are broken: %v", left, service.keeper.Broken())
				}
				_, err = fmt.Fprintf(s.out, "Moved %d records. Everything is under version %d.\n", moved, status.Active)
				return err
			})
		},
	}
	f.register(c.Flags())
	return c
}
