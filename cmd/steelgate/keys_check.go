package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/authz"
)

// newKeysCheck asks the decision endpoint. The secret never comes from an argument: those show in the list of processes.
func newKeysCheck(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	var file, clientIP string
	c := &cobra.Command{
		Use:   "check ACTION TYPE ID",
		Short: "Ask whether a key, read from standard input, may do an action to a resource",
		Long: `Ask whether a key may do an action to a resource, and who is billed.

The key is read from standard input, or from --key-file. The exit code is 0 where the answer is allow, and 1 where it is deny.`,
		Example: `  steelgate keys check workflow.execute workflow wf_build < key.txt
  steelgate keys check workspace.read workspace ws_core --key-file key.txt --client-ip 203.0.113.9`,
		Args: arguments(cobra.ExactArgs(3)),
		RunE: func(c *cobra.Command, args []string) error {
			secret, err := readSecret(s.in, file)
			if err != nil {
				return err
			}
			client, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer client.close()
			if err := client.load(c.Context()); err != nil {
				return err
			}
			body := map[string]any{"api_key": secret, "action": args[0], "resource": map[string]string{"type": args[1], "id": args[2]}}
			if clientIP != "" {
				body["context"] = map[string]string{"client_ip": clientIP}
			}
			var decision authz.Decision
			if err := client.call(c.Context(), http.MethodPost, "/v1/decisions", body, &decision); err != nil {
				return err
			}
			if err := output.print(s.out, decision, func(w io.Writer) error { return printDecision(w, decision) }); err != nil {
				return err
			}
			if !decision.Allow {
				return errors.New("denied")
			}
			return nil
		},
	}
	f.register(c.Flags())
	output.register(c)
	c.Flags().StringVar(&file, "key-file", "", "file that holds the key (default: standard input)")
	c.Flags().StringVar(&clientIP, "client-ip", "", "address of the client that uses the key")
	return c
}

// readSecret reads the first line of the file, or of the stream where there is none.
func readSecret(in io.Reader, file string) (string, error) {
	if file != "" {
		opened, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer opened.Close()
		in = opened
	}
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimSpace(line), nil
}

func printDecision(w io.Writer, d authz.Decision) error {
	verdict := "DENY"
	if d.Allow {
		verdict = "ALLOW"
	}
	fmt.Fprintf(w, "%s  %d %s: %s\n", verdict, d.Status, d.Code, d.Message)
	if d.Key != nil {
		fmt.Fprintf(w, "key         %s (%s, %s)\n", d.Key.ID, d.Key.Name, d.Key.Type)
	}
	if d.Permission != nil {
		fmt.Fprintf(w, "permission  %s required, %s granted\n", d.Permission.Required, d.Permission.Granted)
	}
	if d.BilledTo != nil {
		fmt.Fprintf(w, "billed to   %s %s\n", d.BilledTo.Type, d.BilledTo.ID)
	}
	_, err := fmt.Fprintf(w, "revisions   data %d, policy %d\n", d.DataRevision, d.PolicyRevision)
	return err
}
