package engine_test

import (
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
)

func TestRoutes(t *testing.T) {
	f := newFixture(t, shipped(t))
	view, err := f.View()
	if err != nil {
		t.Fatal(err)
	}
	for call, want := range map[[2]string][3]string{
		{"POST", "/api/workflows/f1/execute"}:         {"workflow.execute", "workflow", "f1"},
		{"POST", "/api/workflows/f1/execute?async=1"}: {"workflow.execute", "workflow", "f1"},
		{"GET", "/api/workflows/f1"}:                  {"workflow.read", "workflow", "f1"},
		{"PUT", "/api/workflows/f1"}:                  {"workflow.update", "workflow", "f1"},
		{"PATCH", "/api/workflows/f1"}:                {"workflow.update", "workflow", "f1"},
		{"DELETE", "/api/workflows/f1"}:               {"workflow.delete", "workflow", "f1"},
		{"POST", "/api/workflows/f1/deploy"}:          {"workflow.deploy", "workflow", "f1"},
		{"GET", "/api/workflows/f1/logs"}:             {"logs.read", "workflow", "f1"},
		{"GET", "/api/workflows/f1/metrics"}:          {"metrics.read", "workflow", "f1"},
		{"GET", "/api/workspaces/w1/logs"}:            {"logs.read", "workspace", "w1"},
		{"GET", "/api/workspaces/w1/metrics"}:         {"metrics.read", "workspace", "w1"},
		{"GET", "/api/mcp/m1"}:                        {"mcp.connect", "mcp_server", "m1"},
		{"POST", "/api/mcp/m1"}:                       {"mcp.call", "mcp_server", "m1"},
		{"GET", "/api/workflows/a:b@c.d-e_f"}:         {"workflow.read", "workflow", "a:b@c.d-e_f"},
		{"HEAD", "/api/workflows/f1"}:                 {"workflow.read", "workflow", "f1"},
	} {
		got, pattern, ok := view.Route(call[0], call[1])
		if !ok || got.Action != want[0] || got.Resource.Type != want[1] || got.Resource.ID != want[2] || !strings.Contains(pattern, " /api/") {
			t.Errorf("%v: got %+v by %q, %t", call, got, pattern, ok)
		}
	}
}

func TestNoRoute(t *testing.T) {
	f := newFixture(t, shipped(t))
	view, err := f.View()
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range [][2]string{
		{"", "/api/workflows/f1"}, {"GET", ""}, {"GET", "api/workflows/f1"}, {"GET", "http://x/api/workflows/f1"}, {"GET", "*"},
		{"POST", "/api/workflows/f1"}, {"get", "/api/workflows/f1"}, {"GET", "/api/workflows/f1/"}, {"GET", "/api/workflows/"}, {"GET", "/API/workflows/f1"},
		{"GET", "/api//workflows/f1"}, {"GET", "/api/x/../workflows/f1"}, {"GET", "/api/./workflows/f1"}, {"GET", "/api/workflows/.."}, {"GET", "/api/workflows/."},
		{"GET", "/api/workflows/f1%2fx"}, {"GET", "/api/workflows/f1%2Fexecute"}, {"GET", "/api/workflows/%2e%2e"}, {"GET", "/api/workflows/%2e"}, {"GET", "/api/workflows/f%001"},
		{"GET", "/api/workflows/f%5c1"}, {"GET", "/api/workflows/f\\1"}, {"GET", "/api/workflows/%66%31"}, {"GET", "/api/workflows/%ff"}, {"GET", "/api/workflows/\xff"}, {"GET", "/api/workflows/%zz"}, {"GET", "/api/workflows/%"},
		{"GET", "/api/workflows/f%252f1"}, {"GET", "/api/workflows/f1#x"}, {"GET", "/api/workflows/f 1"}, {"GET", "/api/workflows/f\n1"}, {"GET", "/api/workflows/f1;x=1/../f2"}, {"GET", "/api/workflows/f1?a b"}, {"GET", "/api/workflows/f1?\x7f"}, {"GET", "//api/workflows/f1"},
	} {
		if got, _, ok := view.Route(call[0], call[1]); ok {
			t.Errorf("%q matched %+v", call, got)
		}
	}
}

func TestEditedRoutes(t *testing.T) {
	policy, err := engine.Compile(map[string]string{"a.rego": allowAll + `routes := {"GET /status": {"action": "a", "resource": {"type": "t", "id": "the-one"}}, "/files/{path...}": {"action": "b", "resource": {"type": "t", "id": "{path}"}}, "GET\t/tab": {"action": "c", "resource": {"type": "t", "id": "{x}y"}}}`}, 1)
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, shipped(t))
	f.UsePolicy(policy)
	view, err := f.View()
	if err != nil {
		t.Fatal(err)
	}
	if got, _, ok := view.Route("GET", "/status"); !ok || got.Resource.ID != "the-one" {
		t.Errorf("got %+v, %t", got, ok)
	}
	if got, _, ok := view.Route("PUT", "/files/a/b"); !ok || got.Resource.ID != "a/b" {
		t.Errorf("got %+v, %t", got, ok)
	}
	if got, _, ok := view.Route("GET", "/tab"); !ok || got.Resource.ID != "{x}y" {
		t.Errorf("got %+v, %t", got, ok)
	}
}

// Whatever a URI is, the route that it matches is one that a plain server behind us would take it for too.
func FuzzRoute(f *testing.F) {
	for _, seed := range []string{"/api/workflows/f1", "/api/workflows/%2e%2e/x", "/api//x", "/api/mcp/\xff", "/api/workflows/a%20b"} {
		f.Add("GET", seed)
	}
	fixture := newFixture(f, shipped(f))
	view, err := fixture.View()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, uri string) {
		request, _, ok := view.Route(method, uri)
		if !ok {
			return
		}
		for i := range len(request.Resource.ID) {
			if c := request.Resource.ID[i]; c == '/' || c == 0 || c == '\\' {
				t.Fatalf("%q matched the id %q", uri, request.Resource.ID)
			}
		}
	})
}
