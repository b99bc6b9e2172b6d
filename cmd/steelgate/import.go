package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
)

func newImport(s streams) *cobra.Command {
	f := clientFlags{makes: s.err}
	var output outputFlag
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Import NDJSON, one entity a line: all of it or nothing",
		Long: `Import NDJSON, one entity a line with its kind: user, organization, organization_member, workspace, workspace_member, resource, key.

An entity that stands already keeps what a line does not name. Where a line is at fault nothing changes, and the errors name the lines. FILE may be - for standard input.`,
		Example: `  steelgate import world.ndjson
  zcat keys.ndjson.gz | steelgate import - --server https://steelgate.example.com`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			input, size, err := openInput(s.in, args[0])
			if err != nil {
				return err
			}
			defer input.Close()
			client, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer client.close()
			var result map[string]any
			err = withProgress(c.Context(), s.err, input, size, func(ctx context.Context, body io.Reader) error {
				return client.send(ctx, http.MethodPost, "/v1/import", "application/x-ndjson", body, &result)
			})
			if err != nil {
				return err
			}
			return output.print(s.out, result, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "Imported %v lines; the data is at revision %v.\n", count(result["lines"]), count(result["revision"]))
				return err
			})
		},
	}
	f.register(c.Flags())
	output.register(c)
	return c
}

// count prints a JSON number as a whole one.
func count(number any) string {
	value, _ := number.(float64)
	return fmt.Sprintf("%.0f", value)
}

// openInput opens a file and tells its size, or standard input, whose size is not known: -1.
func openInput(in io.Reader, name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(in), -1, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}

// countingReader tells how far a stream has been read.
type countingReader struct {
	io.Reader
	read atomic.Int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.read.Add(int64(n))
	return n, err
}

// withProgress sends a stream, and on a terminal draws how much of it is sent and then how long it takes to apply.
func withProgress(ctx context.Context, w io.Writer, input io.Reader, size int64, send func(context.Context, io.Reader) error) error {
	counted := &countingReader{Reader: input}
	if !isTerminal(w) {
		return send(ctx, counted)
	}
	drawing, stop := context.WithCancel(ctx)
	drawn := make(chan struct{})
	go func() {
		defer close(drawn)
		drawProgress(drawing, w, size, counted)
	}()
	err := send(ctx, counted)
	stop()
	<-drawn
	return err
}

func drawProgress(ctx context.Context, w io.Writer, size int64, counted *countingReader) {
	began := time.Now()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			fmt.Fprint(w, "\r\033[K")
			return
		case <-ticker.C:
			fmt.Fprintf(w, "\r\033[K%s  %s", progress(size, counted.read.Load()), time.Since(began).Round(time.Second))
		}
	}
}

// progress is a bar such as [#########...........]  45 %  12 MB.
func progress(size, read int64) string {
	const width = 30
	megabytes := fmt.Sprintf("%.1f MB", float64(read)/1e6)
	switch {
	case size <= 0:
		return "reading  " + megabytes
	case read >= size:
		return "[" + strings.Repeat("#", width) + "]  checking and applying " + megabytes
	}
	done := int(width * read / size)
	return fmt.Sprintf("[%s%s]  %d %%  %s", strings.Repeat("#", done), strings.Repeat(".", width-done), 100*read/size, megabytes)
}
