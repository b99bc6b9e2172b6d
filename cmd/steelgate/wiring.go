package main

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/steelengine/steelgate/api"
	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/feed"
	"github.com/steelengine/steelgate/heartbeat"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/rotation"
	"github.com/steelengine/steelgate/shadow"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/usage"
)

// service is everything behind the doors, wired to one database.
type service struct {
	store      storage.Store
	keyring    *apikey.Keyring
	engine     *engine.Engine
	feed       *feed.Feed
	management *management.Service
	usage      *usage.Tracker
	// heartbeat says that this server runs.
	heartbeat *heartbeat.Heartbeat
	// shadow runs a candidate policy beside the one in force.
	shadow *shadow.Shadow
	// keeper rotates the keyring while the service runs.
	keeper *rotation.Keeper
	doors  *api.Doors
	// decisions is where decisions are logged, if anywhere.
	decisions decisionLog
}

// serviceOptions are what differs between a server and a command that works on the database itself.
type serviceOptions struct {
	adminToken     apikey.Secret
	adminTokenID   string
	trustedProxies []netip.Prefix
	publicURL      string
	productURL     string
	// oidc is the provider that people sign in through; nil is none.
	oidc api.Provider
	// devUsers are whom anybody on this machine may sign in as.
	devUsers []string
	// requireAcknowledgement asks whoever publishes what widens to say that they know.
	requireAcknowledgement bool
	// changed is told of every revision that was made here.
	changed func()
	// follows tells that the feed runs, so that a change is answered once it decides here.
	follows bool
	// decisions is where decisions are logged, if anywhere.
	decisions decisionLog
	log       *slog.Logger
	// bundleFolder is where bundles are built; "" is the system's for such.
	bundleFolder string
	// keyringPath is the keyring's file; dropsOld has versions removed from it that nothing needs any more.
	keyringPath string
	dropsOld    bool
}

// settleTimeout is how long a change waits to be decided by here. It is durable, and longer waits only a replica that is
// loading everything anew.
const settleTimeout = 500 * time.Millisecond

// newService wires a service over an open database. It loads the policy, and no data yet.
func newService(ctx context.Context, store storage.Store, keyring *apikey.Keyring, o serviceOptions) (*service, error) {
	registry := prometheus.NewRegistry()
	s := &service{store: store, keyring: keyring, usage: usage.New(store, o.log), decisions: o.decisions}
	s.engine = engine.New(engine.Options{Keyring: keyring, KeyUsed: s.usage.Key, TokenUsed: s.usage.Token})
	s.shadow = shadow.New(registry, time.Now)
	s.feed = feed.New(store, s.engine, feed.Options{Log: o.log, Check: rotation.Check(keyring), Candidate: s.shadow.Use})
	replicaID := apikey.NewID("rep_")
	s.heartbeat = heartbeat.New(store, heartbeat.Options{ID: replicaID, Version: version(), Engine: s.engine, Log: o.log})
	s.management = management.New(management.Options{
		Store: store, Keyring: keyring, Engine: s.engine, Decisions: o.decisions.readable, Clock: time.Now, Log: o.log, SessionUsed: s.usage.Session, ReplicaID: replicaID,
		Drafts: &drafts{engine: s.engine}, RequireAcknowledgement: o.requireAcknowledgement,
		Settle: func(ctx context.Context, revision uint64) {
			if o.follows && s.engine.Snapshot() != nil {
				ctx, cancel := context.WithTimeout(ctx, settleTimeout)
				defer cancel()
				_ = s.engine.Await(ctx, revision)
			}
		},
		Wake: func() {
			s.feed.Wake()
			if o.changed != nil {
				o.changed()
			}
		},
	})
	if err := s.usePolicy(ctx, o.follows); err != nil {
		return nil, err
	}
	by := "command"
	if o.follows {
		by = "server"
	}
	s.keeper = rotation.New(rotation.Options{
		Store: store, Keyring: keyring, Path: o.keyringPath, DropsOld: o.dropsOld, Log: o.log,
		Await: s.engine.Await, Wake: s.feed.Wake, Audit: s.keyringAudit(by),
	})
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(keyringMetrics(s.keeper)...)
	var record func(authz.LoggedDecision)
	if recorder := o.decisions.recorder; recorder != nil {
		registry.MustRegister(recorder.Metrics()...)
		record = recorder.Record
	}
	s.doors = api.New(api.Options{
		Record: record, Engine: s.engine, Management: s.management, AdminToken: o.adminToken, AdminTokenID: o.adminTokenID,
		TrustedProxies: o.trustedProxies, PublicURL: o.publicURL, ProductURL: o.productURL, OIDC: o.oidc, DevUsers: o.devUsers, Shadow: s.shadow,
		BundleFolder: o.bundleFolder, Metrics: registry, Log: o.log,
	})
	return s, nil
}

// openService opens the database that the flags name, with a service over it. The caller closes its store.
func openService(ctx context.Context, f *databaseFlags, o serviceOptions) (*service, error) {
	if o.log == nil {
		o.log = slog.New(slog.DiscardHandler)
	}
	store, keyring, err := f.open(ctx)
	if err != nil {
		return nil, err
	}
	if _, o.dropsOld, err = f.sqlitePath(); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	o.keyringPath, o.bundleFolder = f.keyringPath(), f.folder()
	s, err := newService(ctx, store, keyring, o)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return s, nil
}
