// Command dex is a real OpenID provider for tests: Dex's own server, with one client and a few passwords, in memory.
//
// It is a module of its own, so that steelgate's go.mod does not know what Dex needs. Dex's command can not be built
// without cgo, for its SQLite; its server can. The flags hold passwords for all to see: it is for tests alone.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/dexidp/dex/server"
	"github.com/dexidp/dex/storage"
	"github.com/dexidp/dex/storage/memory"
	"github.com/dexidp/dex/web"
	"golang.org/x/crypto/bcrypt"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		// A test that dies closes its end of the pipe, whatever it died of: Dex never outlives it.
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "dex: %v\n", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, and writes {"issuer": URL} as a line to out once it can be asked.
func run(ctx context.Context, args []string, out io.Writer) error {
	var (
		client    = storage.Client{Name: "steelgate"}
		passwords []storage.Password
	)
	flags := flag.NewFlagSet("dex", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:0", "`ADDRESS:PORT` of loopback to listen on; port 0 is a free one")
	flags.StringVar(&client.ID, "client-id", "", "the client's `ID`")
	flags.StringVar(&client.Secret, "client-secret", "", "the client's `SECRET`")
	flags.Func("redirect-uri", "a `URI` that the client may be sent back to (repeatable)", func(uri string) error {
		client.RedirectURIs = append(client.RedirectURIs, uri)
		return nil
	})
	flags.Func("user", "somebody who may log in, as `EMAIL:PASSWORD:USERID` (repeatable)", func(text string) error {
		password, err := parseUser(text)
		passwords = append(passwords, password)
		return err
	})
	_ = flags.Parse(args)
	if flags.NArg() > 0 || client.ID == "" || client.Secret == "" || len(client.RedirectURIs) == 0 {
		return errors.New("want --client-id, --client-secret and --redirect-uri, and nothing but flags")
	}
	// Whoever knows its flags is let in as anybody: nobody but this machine may ask.
	if address, err := netip.ParseAddrPort(*listen); err != nil || !address.Addr().IsLoopback() {
		return fmt.Errorf("--listen %q: want a loopback address and a port, such as 127.0.0.1:0", *listen)
	}

	// The issuer names the port, which is known only when it is taken.
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	issuer := "http://" + listener.Addr().String() + "/dex"
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	dex, err := newDex(ctx, issuer, client, passwords, logger)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(map[string]string{"issuer": issuer}); err != nil {
		return err
	}

	serving := &http.Server{
		Handler:           dex,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	context.AfterFunc(ctx, func() { _ = serving.Close() })
	if err := serving.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// newDex is what Dex's own command makes of a configuration with static clients and enablePasswordDB.
func newDex(ctx context.Context, issuer string, client storage.Client, passwords []storage.Password, logger *slog.Logger) (http.Handler, error) {
	store := storage.WithStaticClients(memory.New(logger), []storage.Client{client})
	store = storage.WithStaticPasswords(store, passwords, logger)
	store = storage.WithStaticConnectors(store, []storage.Connector{{ID: server.LocalConnector, Name: "Email", Type: server.LocalConnector}})
	// Without a policy, a refresh would panic. This is the default one: tokens rotate, and do not expire.
	refresh, err := server.NewRefreshTokenPolicy(logger, false, "", "", "")
	if err != nil {
		return nil, err
	}
	return server.NewServer(ctx, server.Config{
		Issuer:             issuer,
		Storage:            store,
		SkipApprovalScreen: true,
		RefreshTokenPolicy: refresh,
		Web:                server.WebConfig{WebFS: web.FS(), Issuer: "dex"},
		Logger:             logger,
	})
}

// parseUser reads EMAIL:PASSWORD:USERID. The password alone may hold colons.
func parseUser(text string) (storage.Password, error) {
	first, last := strings.Index(text, ":"), strings.LastIndex(text, ":")
	if first <= 0 || last <= first+1 || last == len(text)-1 {
		return storage.Password{}, errors.New("want EMAIL:PASSWORD:USERID")
	}
	email := text[:first]
	name, _, _ := strings.Cut(email, "@")
	// Ten is the least that Dex takes: below, it refuses the login.
	hash, err := bcrypt.GenerateFromPassword([]byte(text[first+1:last]), 10)
	return storage.Password{Email: email, Hash: hash, Username: name, UserID: text[last+1:]}, err
}
