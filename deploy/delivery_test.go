package deploy_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each service of compose has what it names: networks, volumes, secrets, files, and services to wait for. None is more than it needs to be.
func TestComposeIsWhole(t *testing.T) {
	t.Parallel()
	for path, replicas := range map[string]int{"compose/sqlite.yaml": 1, "compose/replicas.yaml": 3} {
		file := readYAML(t, path)
		services, _ := file["services"].(map[string]any)
		found := 0
		for name, service := range services {
			s, _ := service.(map[string]any)
			wantNamed(t, path, file, s)
			if !strings.HasPrefix(name, "steelgate") {
				continue
			}
			found++
			if s["read_only"] != true || at(s, "cap_drop", "0") != "ALL" || s["restart"] == nil || s["stop_grace_period"] != "30s" {
				t.Errorf("%s: %s is not confined, or is cut off: %v", path, name, s)
			}
			for _, port := range listOf(s["ports"]) {
				if !strings.HasPrefix(port, "127.0.0.1:") {
					t.Errorf("%s: %s is open to the network: %s", path, name, port)
				}
			}
		}
		if found != replicas {
			t.Errorf("%s: %d servers, want %d", path, found, replicas)
		}
	}
}

// wantNamed checks that what a service names is there.
func wantNamed(t *testing.T, path string, file, s map[string]any) {
	t.Helper()
	for _, secret := range listOf(s["secrets"]) {
		if at(file, "secrets", secret, "file") == nil {
			t.Errorf("%s: no secret %s", path, secret)
		}
	}
	for _, volume := range listOf(s["volumes"]) {
		source, _, _ := strings.Cut(volume, ":")
		if strings.HasPrefix(source, ".") {
			if _, err := os.Stat(filepath.Join("compose", source)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		} else if volumes, _ := file["volumes"].(map[string]any); !contains(volumes, source) {
			t.Errorf("%s: no volume %s", path, source)
		}
	}
	for other := range mapOf(s["depends_on"]) {
		if at(file, "services", other) == nil {
			t.Errorf("%s: no service %s", path, other)
		}
	}
	if image, _ := s["image"].(string); image != "steelgate" && !regexp.MustCompile(`^[a-z]+:\d+\.\d+(\.\d+)?-[a-z0-9.]+$`).MatchString(image) {
		t.Errorf("%s: the image %q is not pinned", path, image)
	}
}

// nginx in compose runs what deploy/nginx ships: the addresses that are replaced are there to be replaced.
func TestComposeRunsTheShippedNginx(t *testing.T) {
	t.Parallel()
	file := readYAML(t, "compose/replicas.yaml")
	nginx, _ := at(file, "services", "nginx").(map[string]any)
	words := listOf(nginx["command"])
	if len(words) != 3 {
		t.Fatalf("%v", words)
	}
	shipped, err := filepath.Abs("nginx/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	script, _, _ := strings.Cut(words[2], " >/tmp/nginx.conf")
	script = strings.ReplaceAll(strings.ReplaceAll(script, "$$", "$"), "/shipped/nginx.conf", "'"+shipped+"'")
	command := exec.CommandContext(t.Context(), words[0], words[1], script)
	command.Env = []string{"API_ADDRESS=api.internal:3000", "PATH=" + os.Getenv("PATH")}
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"server 172.30.83.11:8080; server 172.30.83.12:8080; server 172.30.83.13:8080;", "server api.internal:3000 max_fails=0;"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
	if strings.Contains(string(out), "127.0.0.1") {
		t.Error("an address of this machine is left")
	}
	trusted := at(file, "x-steelgate", "environment", "STEELGATE_TRUSTED_PROXIES")
	if address := at(nginx, "networks", "steelgate", "ipv4_address"); address == nil || address != trusted {
		t.Errorf("nginx is %v, and trusted is %v", address, trusted)
	}
}

func TestTheUnitIsOne(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze here")
	}
	text, err := os.ReadFile("systemd/steelgate.service")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "steelgate.service")
	if err := os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), "/usr/local/bin/steelgate", program)), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", unit).CombinedOutput(); err != nil || strings.Contains(string(said), "steelgate.service") {
		t.Errorf("%v: %s", err, said)
	}
}

// Each alert has what Prometheus and whoever is woken need.
func TestAlertsAreWhole(t *testing.T) {
	t.Parallel()
	file := readYAML(t, "prometheus/rules.yaml")
	names := map[string]bool{}
	for _, rule := range at(file, "groups", "0", "rules").([]any) {
		name, _ := at(rule, "alert").(string)
		expr, _ := at(rule, "expr").(string)
		if name == "" || names[name] || expr == "" || at(rule, "annotations", "summary") == nil || strings.Count(expr, "(") != strings.Count(expr, ")") {
			t.Errorf("%v", rule)
		}
		if severity := at(rule, "labels", "severity"); severity != "critical" && severity != "warning" {
			t.Errorf("%s is %v", name, severity)
		}
		for field := range rule.(map[string]any) {
			if !slices.Contains([]string{"alert", "expr", "for", "labels", "annotations"}, field) {
				t.Errorf("%s has %s", name, field)
			}
		}
		names[name] = true
	}
	for _, name := range []string{"SteelgateDataAges", "SteelgateDecidesNothing", "SteelgateDecisionsNotLogged", "SteelgateReplicaLags"} {
		if !names[name] {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestTheDashboardIsWhole(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("grafana/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	type place struct{ X, Y, W, H int }
	var dashboard struct {
		UID, Title string
		Panels     []struct {
			ID      int
			Title   string
			GridPos place
			Targets []struct{ RefID, Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil || dashboard.UID == "" || len(dashboard.Panels) < 10 {
		t.Fatalf("%v: %+v", err, dashboard)
	}
	ids := map[int]bool{}
	for i, p := range dashboard.Panels {
		if ids[p.ID] || p.Title == "" || len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%+v", p)
		}
		ids[p.ID] = true
		for _, other := range dashboard.Panels[:i] {
			a, b := p.GridPos, other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%s lies on %s", p.Title, other.Title)
			}
		}
	}
}

// Releases are static, the same for the same source, and say what they are made of.
func TestReleasesAreWhole(t *testing.T) {
	t.Parallel()
	file := readYAML(t, "../.goreleaser.yaml")
	build := at(file, "builds", "0")
	if at(build, "env", "0") != "CGO_ENABLED=0" || !slices.Contains(listOf(at(build, "flags")), "-trimpath") || at(build, "mod_timestamp") == nil {
		t.Errorf("%v", build)
	}
	main, _ := at(build, "main").(string)
	if _, err := os.Stat(filepath.Join("..", main, "main.go")); err != nil {
		t.Error(err)
	}
	if at(file, "sboms", "0", "artifacts") != "archive" || at(file, "checksum", "algorithm") != "sha256" {
		t.Errorf("%v %v", file["sboms"], file["checksum"])
	}
	for _, one := range at(file, "archives", "0", "files").([]any) {
		pattern, _ := at(one, "src").(string)
		if found, err := filepath.Glob(filepath.Join("..", pattern)); err != nil || len(found) == 0 {
			t.Errorf("nothing is %s: %v", pattern, err)
		}
	}
}

// The secrets that READMEs have one make beside these files go into no image and no release.
func TestSecretsStayWhereTheyAreMade(t *testing.T) {
	t.Parallel()
	ignored, err := os.ReadFile("../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"deploy", "**/keyring.json"} {
		if !slices.Contains(strings.Split(string(ignored), "\n"), want) {
			t.Errorf("%s is part of what the image is built of", want)
		}
	}
	folders := 0
	for _, one := range at(readYAML(t, "../.goreleaser.yaml"), "archives", "0", "files").([]any) {
		pattern, _ := at(one, "src").(string)
		if strings.HasPrefix(pattern, "deploy/") {
			folders++
		}
		// A folder that a pattern matches is taken with all that is in it.
		for _, secret := range []string{"deploy/compose/secrets", "deploy/compose/secrets/admin-token"} {
			before, _, isDeep := strings.Cut(pattern, "**")
			if matched, err := filepath.Match(pattern, secret); err != nil || matched || isDeep && strings.HasPrefix(secret, before) {
				t.Errorf("%s takes %s: %v", pattern, secret, err)
			}
		}
	}
	// Nor is anything forgotten.
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			folders--
		}
	}
	if folders != 1 {
		t.Errorf("%d patterns more than there are folders, want one: that of the README", folders)
	}
}

// Traefik and Kong are not started here. That their files say what keeps the API closed can be seen.
func TestTraefikAndKongSayWhatTheyMust(t *testing.T) {
	t.Parallel()
	readYAML(t, "traefik/traefik.yaml")
	traefik := readYAML(t, "traefik/dynamic.yaml")
	if got := listOf(at(traefik, "http", "routers", "api", "middlewares")); !slices.Equal(got, []string{"forget", "steelgate", "forget-key"}) {
		t.Errorf("Traefik's middlewares are %v", got)
	}
	asks := at(traefik, "http", "middlewares", "steelgate", "forwardAuth")
	if at(asks, "trustForwardHeader") != false || at(asks, "authRequestHeaders") != nil || len(listOf(at(asks, "authResponseHeaders"))) != 5 {
		t.Errorf("Traefik asks by %v", asks)
	}
	for middleware, names := range map[string][]string{"forget": {"X-HTTP-Method-Override", "X-Original-URL", "X-Forwarded-Uri", "Upgrade", "X_API_Key"}, "forget-key": {"X-API-Key", "Authorization"}} {
		removed := mapOf(at(traefik, "http", "middlewares", middleware, "headers", "customRequestHeaders"))
		for _, name := range names {
			if value, ok := fold(removed, name); !ok || value != "" {
				t.Errorf("Traefik lets %s through", name)
			}
		}
	}
	kong := readYAML(t, "kong/kong.yaml")
	service := at(kong, "services", "0")
	if at(service, "plugins", "0", "name") != "steelgate" || at(service, "routes", "0", "strip_path") != false || at(service, "retries") != 0.0 {
		t.Errorf("Kong's service is %v", service)
	}
}

func contains(m map[string]any, name string) bool { _, ok := m[name]; return ok }

// fold finds a header by its name, in whatever letters.
func fold(m map[string]any, name string) (any, bool) {
	for other, value := range m {
		if strings.EqualFold(other, name) {
			return value, true
		}
	}
	return nil, false
}

func mapOf(v any) map[string]any { m, _ := v.(map[string]any); return m }

// listOf are the texts of a list.
func listOf(v any) (texts []string) {
	list, _ := v.([]any)
	for _, one := range list {
		text, _ := one.(string)
		texts = append(texts, text)
	}
	return texts
}
