package api_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

const bundlePath = "/v1/bundles/steelgate.tar.gz"

// unpack reads a bundle's files, by their paths.
func unpack(t testing.TB, archive []byte) map[string]string {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for reader := tar.NewReader(zip); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		if !header.ModTime.Equal(time.Unix(0, 0)) || header.Uname != "" {
			t.Errorf("%s tells when or by whom it was made: %+v", header.Name, header)
		}
		files[header.Name] = string(text)
	}
}

func TestABundleHasThePolicyAndLiveDataAlone(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.change("PUT", "/v1/users/ada", `{"email": "ada@acme.example"}`)
	token := g.token("bundle")
	a := g.ask("GET", bundlePath, "", token).want(200)
	if got := a.Header().Get("Content-Type"); got != "application/gzip" {
		t.Errorf("content type %q", got)
	}
	files := unpack(t, a.Body.Bytes())
	var manifest struct {
		Revision string
		Roots    []string
	}
	if err := json.Unmarshal([]byte(files[".manifest"]), &manifest); err != nil {
		t.Fatal(err)
	}
	roots := []string{"keys", "organization_members", "organizations", "resources", "scopes", "steelgate", "users", "workspace_members", "workspaces"}
	if manifest.Revision != "1:"+g.ask("GET", "/readyz", "").text("data_revision") || !slices.Equal(manifest.Roots, roots) {
		t.Errorf("the manifest: %+v", manifest)
	}
	for path, text := range files {
		for _, word := range []string{"sk-steelengine", "secret", "digest", "hint", "Ada", "ada@", "Acme", "Core", `"CI"`, "created_"} {
			if strings.HasSuffix(path, ".json") && strings.Contains(text, word) {
				t.Errorf("%s has %q: %s", path, word, text)
			}
		}
		if strings.HasSuffix(path, "_test.rego") {
			t.Errorf("%s is a test", path)
		}
	}
	for _, path := range []string{"steelgate_edge/decision.rego", "policy/authz/decision.rego", "policy/site/site.rego"} {
		if files[path] == "" {
			t.Errorf("%s is missing", path)
		}
	}
	for path, want := range map[string]string{
		"keys/data.json": `{"key_acme":{"grants":[{"permission":"read","workspace_id":"off"},{"permission":"write","workflow_id":"invoice"},{"permission":"read","workspace_id":"core"}],"id":"key_acme","organization_id":"acme","type":"organization"},` +
			`"key_ada":{"id":"key_ada","type":"personal","user_id":"ada"},"key_ben":{"id":"key_ben","type":"personal","user_id":"ben"},"key_cleo":{"id":"key_cleo","type":"personal","user_id":"cleo"},` +
			`"key_core":{"id":"key_core","type":"workspace","workspace_id":"core"},"key_narrow":{"id":"key_narrow","type":"workspace","workflow_ids":["invoice"],"workspace_id":"core"},` +
			`"key_office":{"allowed_cidrs":["203.0.113.0/24","2001:db8::/32"],"id":"key_office","type":"workspace","workspace_id":"core"}}`,
		"scopes/data.json": `{"key_acme":{"workflows":{"invoice":"write"},"workspaces":{"core":"read","off":"read"}},"key_ada":{},"key_ben":{},"key_cleo":{},` +
			`"key_core":{"narrowed":false},"key_narrow":{"narrowed":true,"workflows":{"invoice":true}},"key_office":{"narrowed":false}}`,
		"organization_members/data.json": `{"acme":{"ada":{"role":"admin"}}}`,
		"organizations/data.json":        `{"acme":{"id":"acme"},"globex":{"id":"globex"}}`,
		"workspace_members/data.json":    `{"core":{"ben":{"role":"write"},"cleo":{"role":"read"},"idle":{"role":"admin"}},"off":{"ben":{"role":"write"}},"old":{"ben":{"role":"write"}}}`,
		"users/data.json":                `{"ada":{"active":true,"id":"ada"},"ben":{"active":true,"id":"ben"},"cleo":{"active":true,"id":"cleo"},"dan":{"active":true,"id":"dan"},"idle":{"active":false,"id":"idle"},"root":{"active":true,"id":"root","platform_role":"admin"}}`,
	} {
		if files[path] != want {
			t.Errorf("%s:\n%s\nwant\n%s", path, files[path], want)
		}
	}
	if !strings.Contains(files["resources/data.json"], `"mcp_server":{"down":{"id":"down","properties":{"deployed":false,"workflow_ids":[]},"type":"mcp_server","workspace_id":"core"},`) {
		t.Errorf("resources: %s", files["resources/data.json"])
	}
}

func TestABundleIsServedUntilSomethingChanges(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	token := g.token("bundle")
	first := g.ask("GET", bundlePath, "", token).want(200)
	tag := first.Header().Get("ETag")
	for _, known := range []string{tag, "W/" + tag, `"older", ` + tag, "*"} {
		if a := g.ask("GET", bundlePath, "", token, "If-None-Match: "+known).want(304); a.Body.Len() > 0 || a.Header().Get("ETag") != tag {
			t.Errorf("If-None-Match %s: %v %q", known, a.Header(), a.Body)
		}
	}
	again := g.ask("GET", bundlePath, "", token, `If-None-Match: "older"`).want(200)
	if !bytes.Equal(again.Body.Bytes(), first.Body.Bytes()) {
		t.Error("the same revisions are other bytes")
	}
	if a := g.ask("HEAD", bundlePath, "", token).want(200); a.Body.Len() > 0 || a.Header().Get("ETag") != tag || a.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: %v %d", a.Header(), a.Body.Len())
	}
	// A server that never saw it builds the same.
	other := newGateOver(t, g.store, g.keyring, g.engine.Policy(), g.options)
	other.step()
	if a := other.ask("GET", bundlePath, "", token).want(200); a.Header().Get("ETag") != tag || !bytes.Equal(a.Body.Bytes(), first.Body.Bytes()) {
		t.Error("another server has other bytes for the same revisions")
	}

	g.change("POST", "/v1/keys/key_core/revoke", "")
	revoked := g.ask("GET", bundlePath, "", token, "If-None-Match: "+tag).want(200)
	if files := unpack(t, revoked.Body.Bytes()); strings.Contains(files["keys/data.json"]+files["scopes/data.json"], "key_core") {
		t.Error("a key that was revoked is in the next bundle")
	}
	// By a revoke of the token nothing is served any more.
	g.admin("DELETE", "/v1/tokens/"+g.admin("GET", "/v1/tokens", "").text("data", "0", "id"), "")
	g.step()
	g.ask("GET", bundlePath, "", token).wantProblem(401, "unauthenticated")
}

func TestWhoMayHaveABundle(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.ask("GET", bundlePath, "").wantProblem(401, "unauthenticated")
	g.ask("GET", bundlePath, "", g.token("decide", "manage", "directory", "leaks")).wantProblem(403, "insufficient_scope")
	g.ask("GET", bundlePath, "", asAdmin).want(200)
	g.ask("POST", bundlePath, "", asAdmin).wantProblem(405, "method_not_allowed")
	g.ask("GET", "/v1/bundles/other.tar.gz", "", asAdmin).wantProblem(404, "not_found")
	g.now = g.now.Add(time.Minute)
	g.ask("GET", bundlePath, "", asAdmin).wantProblem(503, "stale")
}

// Such a policy was published before the check refused it: it decides here, and is none for the edge.
func TestAPolicyThatStandsWhereABundleDoesIsNotBundled(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"package steelgate.edge\n\ndecision := {\"allow\": true, \"code\": \"allowed\"}\n",
		"package steelgate\n\nedge.decision := {\"allow\": true, \"code\": \"allowed\"}\n",
		"package keys\n\nextra := true\n",
	} {
		g := newGate(t)
		g.usePolicy("other.rego", source)
		g.ask("GET", bundlePath, "", asAdmin).wantProblem(409, "policy_not_bundled")
	}
	g := newGate(t)
	g.usePolicy("other.rego", "package acme.rules\n\nextra := true\n")
	if files := unpack(t, g.ask("GET", bundlePath, "", asAdmin).want(200).Body.Bytes()); !strings.Contains(files[".manifest"], `"acme"`) {
		t.Errorf("the manifest lacks the root of a package: %s", files[".manifest"])
	}
}
