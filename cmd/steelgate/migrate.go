package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newMigrate(s streams) *cobra.Command {
	var f databaseFlags
	c := &cobra.Command{
		Use: "migrate", Short: "Bring the database's schema up to date", Args: noArguments,
		Long:    "Bring the database's schema up to date, and stop. Serve does the same when it starts; replicas may start at once.",
		Example: `  steelgate migrate --database-url 'postgres://steelgate@db/steelgate'`,
		RunE: func(c *cobra.Command, _ []string) error {
			store, _, err := f.openStore(c.Context())
			if err != nil {
				return err
			}
			if err := store.Close(); err != nil {
				return err
			}
			_, err = fmt.Fprintln(s.out, "The schema is up to date.")
			return err
		},
	}
	f.register(c.Flags())
	return c
}
