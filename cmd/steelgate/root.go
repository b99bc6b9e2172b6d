package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// newRoot is the command with everything below it.
func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "steelgate",
		Short: "May this API key do this, and who is billed?",
		Long: `steelgate decides what SteelEngine's API keys may do.

Start with 'steelgate serve --dev': it runs on nothing but a folder, loads a demo world, and prints curls to paste.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			return resolveFlags(c)
		},
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError("%w", err) })
	root.PersistentFlags().String("config", "", "a YAML file of flags, by their names")
	root.AddCommand(
		newServe(s), newGateway(s), newImport(s), newKeys(s), newToken(s), newPolicy(s), newAudit(s), newKeyring(s), newBackup(s), newMigrate(s), newHealthcheck(s), newVersion(s),
		newPolicyCheckWorker(s),
	)
	return root
}

// noArguments refuses what cobra would otherwise call an unknown command, with our exit code.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !c.HasAvailableSubCommands() {
		return usageError("%q is not a command of %s, which takes no arguments", args[0], c.CommandPath())
	}
	// As cobra has it for the commands that it looks for itself.
	c.SuggestionsMinimumDistance = 2
	if likely := c.SuggestionsFor(args[0]); len(likely) > 0 {
		return usageError("%q is not a command of %s: did you mean %s?", args[0], c.CommandPath(), strings.Join(likely, " or "))
	}
	return usageError("%q is not a command of %s", args[0], c.CommandPath())
}

// arguments is cobra's check of arguments, with our exit code and what would be right in one line.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			count := fmt.Sprintf("%d arguments are", len(args))
			if len(args) == 1 {
				count = "1 argument is"
			}
			return usageError("%s given: the usage is '%s'", count, c.UseLine())
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(commands...)
	return c
}
