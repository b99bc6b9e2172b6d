package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/management"
)

func newAudit(s streams) *cobra.Command {
	return group("audit", "The audit: prove that nothing was edited, deleted or cut off", newAuditHead(s), newAuditVerify(s))
}

func newAuditHead(s streams) *cobra.Command {
	var f databaseFlags
	c := &cobra.Command{
		Use: "head", Short: "Print the newest entry's number and code, to keep elsewhere", Args: noArguments,
		Long: `Print the newest entry's number and code. Keep it where whoever can write the database can't: with it 'audit verify' finds
out if the newest entries were cut off, which nothing in the database itself can tell.`,
		Example: "  steelgate audit head >> /mnt/elsewhere/steelgate-audit-heads",
		RunE: func(c *cobra.Command, _ []string) error {
			return f.withManagement(c.Context(), func(m *management.Service) error {
				head, err := m.AuditHead(c.Context())
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(s.out, head)
				return err
			})
		},
	}
	f.register(c.Flags())
	return c
}

func newAuditVerify(s streams) *cobra.Command {
	var f databaseFlags
	var output outputFlag
	var known string
	c := &cobra.Command{
		Use: "verify", Short: "Go through the audit, and find an edit, a deletion, a reordering or a cut tail", Args: noArguments,
		Long: `Go through the whole audit. The exit code is 1 where an entry was edited, deleted or moved, and where the audit no longer
reaches to the head that is given.`,
		Example: `  steelgate audit verify
  steelgate audit verify --head "$(tail -n 1 /mnt/elsewhere/steelgate-audit-heads)"`,
		RunE: func(c *cobra.Command, _ []string) error {
			var head *management.AuditHead
			if known != "" {
				parsed, err := management.ParseAuditHead(known)
				if err != nil {
					return usageError("--head: %w", err)
				}
				head = &parsed
			}
			return f.withManagement(c.Context(), func(m *management.Service) error {
				at, err := m.VerifyAudit(c.Context(), head)
				if fault, ok := errors.AsType[*management.AuditFault](err); ok {
					return fmt.Errorf("the audit was tampered with: %w", fault)
				}
				if err != nil {
					return err
				}
				report := map[string]any{"entries": at.Seq, "head": at.String()}
				return output.print(s.out, report, func(w io.Writer) error {
					_, err := fmt.Fprintf(w, "%d entries, unbroken. Head: %s\n", at.Seq, at)
					return err
				})
			})
		},
	}
	f.register(c.Flags())
	output.register(c)
	c.Flags().StringVar(&known, "head", "", "what 'steelgate audit head' printed earlier")
	return c
}

// withManagement opens the database for work that no server does.
func (f *databaseFlags) withManagement(ctx context.Context, work func(*management.Service) error) (err error) {
	if err := f.mustStand(); err != nil {
		return err
	}
	service, err := openService(ctx, f, serviceOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.store.Close()) }()
	return work(service.management)
}
