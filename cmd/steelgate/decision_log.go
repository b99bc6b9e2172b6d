package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/steelengine/steelgate/decisionlog"
	"github.com/steelengine/steelgate/storage/decisions"
	"github.com/steelengine/steelgate/storage/postgres"
	"github.com/steelengine/steelgate/storage/sqlite"
)

// decisionLogFlags say where decisions are logged, and how many of them are kept.
type decisionLogFlags struct {
	sink     string
	file     string
	endpoint string
	maxAge   time.Duration
	maxSize  string
	maxBytes int64
}

func (f *decisionLogFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.sink, "decision-log", "store", "where decisions are logged: store (beside the database, for GET /v1/decision-log), file, otlp or none")
	flags.StringVar(&f.file, "decision-log-file", "", "with file: where NDJSON is written, and rotated (default: decisions.ndjson under --data-dir)")
	flags.StringVar(&f.endpoint, "decision-log-otlp-endpoint", "", "with otlp: where logs are sent by HTTP, such as http://collector:4318/v1/logs")
	lengthVar(flags, &f.maxAge, "decision-log-max-age", 7*24*time.Hour, "how long decisions are kept, such as 12h or 30d; 0 is for good")
	flags.StringVar(&f.maxSize, "decision-log-max-size", "1GiB", "how much disk they may take: a number and MiB or GiB; 0 is any")
}

func (f *decisionLogFlags) check() (err error) {
	switch f.sink {
	case "store", "file", "otlp", "none":
	default:
		return usageError("--decision-log %q: want store, file, otlp or none", f.sink)
	}
	if f.maxAge < 0 {
		return usageError("--decision-log-max-age: want a length of time such as 12h or 7d, or 0")
	}
	if f.maxBytes, err = parseSize(f.maxSize); err != nil {
		return usageError("--decision-log-max-size: %w", err)
	}
	if f.file != "" && f.sink != "file" {
		return usageError("--decision-log-file goes with --decision-log file")
	}
	if (f.endpoint != "") != (f.sink == "otlp") {
		return usageError("--decision-log otlp and --decision-log-otlp-endpoint go together")
	}
	if f.sink == "otlp" {
		endpoint, err := url.Parse(f.endpoint)
		if err != nil || endpoint.Scheme != "http" && endpoint.Scheme != "https" || endpoint.Host == "" {
			// The URL may hold a password, so it is not repeated.
			return usageError("--decision-log-otlp-endpoint: want http:// or https://, a host, and the path /v1/logs")
		}
	}
	return nil
}

var sizePattern = regexp.MustCompile(`^([0-9]{1,9})(MiB|GiB)$`)

// parseSize reads a number of MiB or GiB, or 0.
func parseSize(text string) (int64, error) {
	if text == "0" {
		return 0, nil
	}
	parts := sizePattern.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("%q: want a whole number and MiB or GiB, such as 1GiB, or 0", text)
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q: want 1MiB or more, or 0", text)
	}
	if parts[2] == "GiB" {
		n <<= 10
	}
	return n << 20, nil
}

// decisionLog is where a server's decisions go. Its parts are nil where there are none.
type decisionLog struct {
	recorder *decisionlog.Recorder
	// readable is where they can be read again.
	readable decisions.Log
	closer   io.Closer
}

func (l decisionLog) close() error {
	if l.closer == nil {
		return nil
	}
	return l.closer.Close()
}

// open opens what the flags name, for a server over a database.
func (f *decisionLogFlags) open(ctx context.Context, database *databaseFlags, o serviceOptions) (l decisionLog, err error) {
	var sink interface {
		decisionlog.Sink
		io.Closer
	}
	switch f.sink {
	case "none":
		return l, nil
	case "file":
		path := f.file
		if path == "" {
			path = filepath.Join(database.dataDir, "decisions.ndjson")
		}
		if err = makeFolder(path); err == nil {
			sink, err = decisionlog.OpenFile(path, f.maxBytes)
		}
	case "otlp":
		sink, err = decisionlog.NewOTLP(ctx, f.endpoint, version())
	default:
		l.readable, err = openDecisions(ctx, database)
		sink = l.readable
	}
	if err != nil {
		return decisionLog{}, err
	}
	l.closer = sink
	l.recorder = decisionlog.New(decisionlog.Options{Sink: sink, MaxAge: f.maxAge, MaxBytes: f.maxBytes, Log: o.log})
	return l, nil
}

// openDecisions opens the decision log beside the database: another file of SQLite's, or a table of its own in Postgres.
func openDecisions(ctx context.Context, f *databaseFlags) (decisions.Log, error) {
	path, embedded, err := f.sqlitePath()
	switch {
	case err != nil:
		return nil, err
	case embedded:
		if err := makeFolder(path); err != nil {
			return nil, err
		}
		log, err := sqlite.OpenDecisions(ctx, filepath.Join(filepath.Dir(path), "decisions.db"))
		if err != nil {
			return nil, errors.Join(errors.New("the decision log can't be opened; the server runs without it with --decision-log none"), err)
		}
		return log, nil
	}
	return postgres.OpenDecisions(ctx, f.url)
}
