package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/policy_test/model"
)

// driver makes random changes over HTTP, and the same in the mirror.
type driver struct {
	*server
	*rand.Rand
	m *mirror
	// secrets are those of the mirror's keys.
	secrets map[string]string
	names   int
	// done counts what was accepted and refused, asked the answers by code.
	done  map[string]int
	asked map[authz.Code]int
}

// What is drawn from: few, so that changes meet.
var (
	drawnUsers         = []string{"u1", "u2", "u3"}
	drawnOrganizations = []string{"o1", "o2"}
	drawnWorkspaces    = []string{"w1", "w2", "w3"}
	drawnWorkflows     = []string{"f1", "f2", "f3", "f4"}
	drawnServers       = []string{"m1", "f1"}
	drawnPermissions   = []authz.Permission{authz.Read, authz.Write, authz.Admin}
	drawnNetworks      = []string{"203.0.113.0/24", "10.0.0.0/8", "2001:db8::/32"}
	drawnAddresses     = []string{"", "203.0.113.9", "::ffff:10.1.2.3", "2001:db8::1", "198.51.100.1", "x"}
	drawnActions       = []string{
		"workflow.read", "workflow.execute", "workflow.update", "workflow.deploy", "workflow.delete", "logs.read", "metrics.read",
		"mcp.connect", "mcp.call", "workspace.read", "workspace.update", "workflow.fly",
	}
)

func pick[T any](d *driver, from []T) T { return from[d.IntN(len(from))] }

func (d *driver) some(from []string) []string {
	drawn := []string{}
	for _, id := range from {
		if d.IntN(2) == 0 {
			drawn = append(drawn, id)
		}
	}
	return drawn
}

func (d *driver) oneIn(n int) bool { return d.IntN(n) == 0 }

// TestRandomChanges holds the service, from HTTP to the disk and back, to the model: after every change each decision that
// is asked at the change's revision is, in every field, what the model says.
func TestRandomChanges(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	if text := os.Getenv("STEELGATE_TEST_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	for n := range uint64(2) {
		t.Run(fmt.Sprint(n), func(t *testing.T) { randomChanges(t, seed+n) })
	}
}

func randomChanges(t *testing.T, seed uint64) {
	t.Parallel()
	onEach(t, func(t *testing.T, database []string) {
		d := &driver{
			server: serve(t, database...), Rand: rand.New(rand.NewPCG(seed, 0)), m: newMirror(),
			secrets: map[string]string{}, done: map[string]int{}, asked: map[authz.Code]int{},
		}
		var history []string
		for range 700 {
			what, accepted, a := d.change()
			history = append(history, what)
			if is := a.status < 300; is != accepted || a.status >= 500 || a.status == 401 || a.status == 403 {
				t.Fatalf("STEELGATE_TEST_SEED=%d: %s: answered %d %s, and the model says accepted: %t\nbefore it:\n%s", seed, what, a.status, a.body, accepted, last(history))
			}
			revision := d.ready()
			if a.status < 300 {
				revision = a.revision()
			}
			d.done[fmt.Sprintf("accepted %t", accepted)]++
			if difference := d.compare(revision); difference != "" {
				t.Fatalf("STEELGATE_TEST_SEED=%d: after %s\n%s\nbefore it:\n%s", seed, what, difference, last(history))
			}
		}
		t.Logf("%v changes, %v decisions", d.done, d.asked)
		for _, code := range authz.Codes {
			if code != authz.PolicyError && code != authz.Stale && d.asked[code] == 0 {
				t.Logf("no decision was answered %s", code)
			}
		}
		if d.done["accepted true"] < 100 || d.done["accepted false"] < 20 || d.asked[authz.Allowed] < 100 {
			t.Errorf("too little happened: %v changes, %v decisions", d.done, d.asked)
		}
	})
}

func last(history []string) string {
	return strings.Join(history[max(0, len(history)-25):], "\n")
}

// compare asks about some questions at a revision, and answers where a decision is not the model's.
func (d *driver) compare(revision uint64) string {
	d.t.Helper()
	const questions = 40
	var asked []model.Question
	var bodies []string
	for range questions {
		q := d.question()
		secret := d.secrets[q.KeyID]
		switch {
		case q.KeyID == model.MalformedKey:
			secret = "sk-other-0123456789abcdef"
		case secret == "" && q.KeyID != "":
			secret = "sk-steelengine-0123456789abcdef"
		}
		body, _ := json.Marshal(map[string]any{
			"api_key": secret, "action": q.Action, "resource": map[string]string{"type": q.Resource.Type, "id": q.Resource.ID},
			"context": map[string]string{"client_ip": q.Context.ClientIP}, "min_revision": revision,
		})
		asked, bodies = append(asked, q), append(bodies, string(body))
	}
	a := d.send("POST", "/v1/decisions/batch", `{"decisions": [`+strings.Join(bodies, ",")+`]}`)
	var answer struct{ Decisions []authz.Decision }
	if err := json.Unmarshal(a.body, &answer); err != nil || a.status != 200 || len(answer.Decisions) != questions {
		return fmt.Sprintf("the batch is answered %d %s: %v", a.status, a.body, err)
	}
	for i, got := range answer.Decisions {
		if got.Code == authz.PolicyError {
			got = d.again(bodies[i])
		}
		want := model.Decide(d.m.World, asked[i], d.m.now())
		d.asked[want.Code]++
		if difference := model.Difference(want, got); difference != "" {
			return fmt.Sprintf("%s of %+v\n%s\nthe log:\n%s", bodies[i], d.m.Keys[asked[i].KeyID], difference, d.log)
		}
		if got.DataRevision < revision || got.PolicyRevision != 1 || got.ID == "" || got.Message == "" {
			return fmt.Sprintf("%s: asked at revision %d: %+v", bodies[i], revision, got)
		}
	}
	return ""
}

// again asks a question that the policy failed on: a machine that is busy enough may keep it from deciding in time. A policy
// that is at fault fails each time.
func (d *driver) again(body string) (got authz.Decision) {
	d.t.Helper()
	for range 10 {
		if a := d.send("POST", "/v1/decisions", body); a.status == 200 {
			if err := json.Unmarshal(a.body, &got); err != nil {
				d.t.Fatal(err)
			}
			return got
		}
	}
	return authz.Decision{Code: authz.PolicyError}
}

func (d *driver) question() model.Question {
	q := model.Question{KeyID: d.key()}
	if d.oneIn(20) {
		q.KeyID = pick(d, []string{"", model.MalformedKey, "key_unknown"})
	}
	q.Action, q.Context.ClientIP = pick(d, drawnActions), pick(d, drawnAddresses)
	switch d.IntN(4) {
	case 0:
		q.Resource = authz.Entity{Type: "workspace", ID: pick(d, drawnWorkspaces)}
	case 1:
		q.Resource = authz.Entity{Type: "mcp_server", ID: pick(d, drawnServers)}
	default:
		q.Resource = authz.Entity{Type: "workflow", ID: pick(d, drawnWorkflows)}
	}
	if near := d.near(q.KeyID); len(near) > 0 && !d.oneIn(4) {
		q.Resource = pick(d, near)
	}
	// Mostly an action that the type has.
	for !d.oneIn(10) && !strings.HasPrefix(q.Action, map[string]string{"workflow": "workflow.", "workspace": "workspace.", "mcp_server": "mcp."}[q.Resource.Type]) {
		q.Action = pick(d, drawnActions)
	}
	return q
}

// near are what a key may reach: what its scope names, and what stands where it belongs.
func (d *driver) near(keyID string) (near []authz.Entity) {
	k := d.m.Keys[keyID]
	for _, g := range k.Grants {
		if g.WorkspaceID != "" {
			near = append(near, authz.Entity{Type: "workspace", ID: g.WorkspaceID})
		} else {
			near = append(near, authz.Entity{Type: "workflow", ID: g.WorkflowID})
		}
	}
	for id, ws := range d.m.Workspaces {
		if k.Type == authz.OrganizationKey && ws.OrganizationID == k.OwnerID {
			near = append(near, authz.Entity{Type: "workspace", ID: id})
		}
	}
	for name, r := range d.m.Resources {
		ws, stands := d.m.Workspaces[r.WorkspaceID]
		_, isMember := d.m.WorkspaceMembers[model.Seat{In: r.WorkspaceID, UserID: k.OwnerID}]
		if stands && (k.Type == authz.WorkspaceKey && ws.ID == k.OwnerID || k.Type == authz.OrganizationKey && ws.OrganizationID == k.OwnerID || isMember || ws.OwnerID == k.OwnerID) {
			near = append(near, authz.Entity{Type: name.Type, ID: name.ID})
		}
	}
	slices.SortFunc(near, func(a, b authz.Entity) int { return strings.Compare(a.Type+a.ID, b.Type+b.ID) })
	return near
}

// key is one that stands, mostly a young one, or one that does not.
func (d *driver) key() string {
	ids := slices.Sorted(maps.Keys(d.m.Keys))
	live := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return d.m.Keys[id].RevokedAt != nil })
	switch {
	case len(live) > 0 && !d.oneIn(8):
		return pick(d, live)
	case len(ids) > 0:
		return pick(d, ids)
	}
	return "key_unknown"
}
