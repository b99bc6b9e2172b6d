package management_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/feed"
	"github.com/steelengine/steelgate/management"
)

// replica is a second engine over the house's database, with a service of its own: it sees what the house did once its
// feed is stepped.
func (h *house) replica() (*engine.Engine, *feed.Feed, *management.Service) {
	h.t.Helper()
	policy, err := shippedPolicy()
	if err != nil {
		h.t.Fatal(err)
	}
	clock := func() time.Time { return h.now }
	e := engine.New(engine.Options{Keyring: h.keyring, Clock: clock, RevisionWait: 10 * time.Millisecond, TimeLimit: time.Minute})
	e.UsePolicy(policy)
	f := feed.New(h.store, e, feed.Options{Clock: clock})
	return e, f, management.New(management.Options{Store: h.store, Keyring: h.keyring, Engine: e, Clock: clock})
}

// A replica that is behind catches up before it tells, or does not tell: never what would be lost by older data.
func TestDryRunOnOldData(t *testing.T) {
	t.Parallel()
	h := newHouseWithKeys(t)
	_, follower, behind := h.replica()
	change := patchWorkspace(t, "ws", `{"personal_keys_enabled": false}`)
	try := func() (management.DryRunReport, error) {
		return behind.DryRun(t.Context(), platform, func(d management.Directory) error { return change(d, platform) })
	}
	if _, err := try(); !errors.Is(err, engine.ErrStale) {
		t.Errorf("before anything is loaded: %v", err)
	}
	if err := follower.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.putMember("ws", "writer", "read")
	before := h.everything()
	if report, err := try(); !errors.Is(err, engine.ErrStale) || len(report.Keys) != 0 {
		t.Errorf("behind, and not followed: %v, %v", told(report), err)
	}
	// Who may not, or names what is not there, is told so all the same.
	_, err := behind.DryRun(t.Context(), as("reader"), func(d management.Directory) error { return change(d, as("reader")) })
	wantCode(t, err, "forbidden")
	if after := h.everything(); after == before {
		t.Error("the denied attempt is not in the audit")
	}
}

func TestDryRunWaitsForTheData(t *testing.T) {
	t.Parallel()
	h := newHouseWithKeys(t)
	e, follower, behind := h.replica()
	if err := follower.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.putMember("ws", "writer", "read")
	// What the engine is woken for is there at once; but the first time another change is made while it was looked for, for
	// which there is only the waiting inside the transaction.
	woken := 0
	e.OnBehind(func() {
		woken++
		if err := follower.Step(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		if woken == 1 {
			h.putMember("ws", "admin", "write")
		}
	})
	report, err := behind.DryRun(t.Context(), platform, func(d management.Directory) error {
		return patchWorkspace(t, "ws", `{"personal_keys_enabled": false}`)(d, platform)
	})
	want := slices.Concat(
		everywhereInWS("key_admin", "write -> , personal_keys_disabled"), everywhereInWS("key_office", "read -> , personal_keys_disabled"),
		everywhereInWS("key_owner", "admin -> , personal_keys_disabled"), everywhereInWS("key_writer", "read -> , personal_keys_disabled"),
	)
	if err != nil || woken != 2 || report.Revision != h.revision() || !slices.Equal(told(report), want) {
		t.Errorf("woken %d times, at revision %d of %d: %q, %v", woken, report.Revision, h.revision(), told(report), err)
	}
}

// Whoever may make a change may see which keys are concerned, and what these are called only where they may read them.
func TestDryRunTellsNoNameOfAnothersKey(t *testing.T) {
	t.Parallel()
	h := newHouseWithKeys(t)
	for _, c := range []struct {
		actor  management.Actor
		change attempt
		want   []string
	}{
		{platform, patchWorkspace(t, "ws", `{"personal_keys_enabled": false}`), []string{"admin's", "reader's", "owner's", "writer's"}},
		{as("admin"), patchWorkspace(t, "ws", `{"personal_keys_enabled": false}`), []string{"admin's", "", "", ""}},
		{as("owner"), patchWorkspace(t, "ws", `{"personal_keys_enabled": false}`), []string{"", "", "owner's", ""}},
		{token(authz.DirectoryScope), deleteResource(t, "mcp_server", "mcp"), []string{"", "", "", "", "", ""}},
		{as("platform_admin"), putUser(t, "writer", `{"active": false}`), []string{""}},
	} {
		report, err := h.dryRun(c.actor, c.change)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, key := range report.Keys {
			names = append(names, key.Name)
		}
		if !slices.Equal(names, c.want) {
			t.Errorf("%s is told %q, want %q", c.actor.UserID, names, c.want)
		}
	}
}

// A dry run that is left does not go on, and one that tries nothing is a mistake.
func TestDryRunThatEnds(t *testing.T) {
	t.Parallel()
	h := newHouseWithKeys(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := h.DryRun(ctx, platform, func(d management.Directory) error {
		defer cancel()
		return deleteUser(t, "writer")(d, platform)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := h.DryRun(t.Context(), platform, func(management.Directory) error { return nil }); err == nil {
		t.Error("nothing was tried, and no error says so")
	}
	if report, err := h.dryRun(platform, deleteUser(t, "writer")); err != nil || len(report.Keys) != 2 {
		t.Errorf("the next dry run: %v, %v", told(report), err)
	}
}

// A workflow that moves inside its organization takes a grant along, without which a key loses an MCP server that stays.
func TestDryRunOfWhatStaysBehind(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustImport(`
{"kind": "resource", "type": "mcp_server", "id": "mcp", "properties": {"workflow_ids": ["wf"]}}
{"kind": "key", "id": "key_one", "type": "organization", "organization_id": "org", "name": "one", "grants": [{"workflow_id": "wf", "permission": "read"}]}`)
	h.look()
	change := putResource(t, "workflow", "wf", `{"workspace_id": "ws_b"}`)
	report, err := h.dryRun(platform, change)
	if want := []string{"key_one: mcp_server mcp: read -> , outside_scope"}; err != nil || !slices.Equal(told(report), want) {
		t.Errorf("got %q, %v", told(report), err)
	}
}

// More than is looked at is said to be more.
func TestDryRunIsTruncated(t *testing.T) {
	t.Parallel()
	h := newHouseWithKeys(t)
	var world []byte
	for n := range 201 {
		world = fmt.Appendf(world, `{"kind": "resource", "type": "workflow", "id": "bulk_%03d", "workspace_id": "ws_2"}`+"\n", n)
	}
	h.mustImport(string(world))
	h.look()
	report, err := h.dryRun(platform, putWorkspace(t, "ws_2", `{"archived": true}`))
	if err != nil || len(report.Keys) != 1 || len(report.Keys[0].Losses) != 201 || !report.Truncated {
		t.Errorf("%d keys, truncated: %t, %v", len(report.Keys), report.Truncated, err)
	}
}
