package main

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shippedText is what a file of deploy/ says.
func shippedText(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../deploy", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whatever alerts and dashboard name is there: each metric, and each label of it that they look at.
func TestShippedMonitoringNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	w := newGuarded(t, serve)
	// Some are there once there is something to count.
	ask := func() reply {
		return w.send("GET", "/v1/forward-auth", "", "Authorization: ", "X-API-Key: sk-steelengine-wrong", "X-Forwarded-Method: GET", "X-Forwarded-Uri: /", "X-Forwarded-For: 203.0.113.9")
	}
	w.eventually("too many wrong keys came", func() bool { return ask().text("error", "code") == "too_many_failures" })
	there := map[string]map[string]bool{}
	sample := regexp.MustCompile(`(?m)^([a-z_]+)(?:\{(.*)\})? \S+$`)
	for _, found := range sample.FindAllStringSubmatch(string(w.send("GET", "/metrics", "").body), -1) {
		if there[found[1]] == nil {
			// What Prometheus adds by itself.
			there[found[1]] = map[string]bool{"job": true, "instance": true}
		}
		for _, label := range regexp.MustCompile(`([a-z_]+)="`).FindAllStringSubmatch(found[2], -1) {
			there[found[1]][label[1]] = true
		}
	}
	for _, path := range []string{"prometheus/rules.yaml", "grafana/dashboard.json"} {
		text := strings.ReplaceAll(shippedText(t, path), `\"`, `"`)
		named := regexp.MustCompile(`\b((?:steelgate|go|process)_[a-z_]+)\b(?:\{([^}]*)\})?`).FindAllStringSubmatch(text, -1)
		if len(named) < 10 {
			t.Errorf("%s names %d metrics", path, len(named))
		}
		for _, found := range named {
			labels := there[found[1]]
			if labels == nil {
				t.Errorf("%s: no server has the metric %s", path, found[1])
			}
			for _, label := range regexp.MustCompile(`([a-z_]+)\s*[=!]~?`).FindAllStringSubmatch(found[2], -1) {
				if !labels[label[1]] {
					t.Errorf("%s: %s has no label %s", path, found[1], label[1])
				}
			}
		}
		for _, found := range regexp.MustCompile(`sum by \(([^)]*)\) \((?:rate|increase)\(([a-z_]+)`).FindAllStringSubmatch(text, -1) {
			for label := range strings.SplitSeq(found[1], ", ") {
				if !there[found[2]][label] {
					t.Errorf("%s: %s has no label %s to sum by", path, found[2], label)
				}
			}
		}
	}
}

// Every setting that a file of deploy/ makes is one of serve's, by its name in the environment.
func TestShippedSettingsAreFlags(t *testing.T) {
	t.Parallel()
	serve, _, err := newRoot(streams{}).Find([]string{"serve"})
	if err != nil {
		t.Fatal(err)
	}
	setting := regexp.MustCompile(`STEELGATE_[A-Z_]+`)
	seen := 0
	err = filepath.WalkDir("../../deploy", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, name := range setting.FindAllString(string(text), -1) {
			seen++
			flag := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "STEELGATE_"), "_", "-"))
			secret, isFile := strings.CutSuffix(flag, "-file")
			switch {
			case serve.Flags().Lookup(flag) != nil:
			case isFile && secretFlags[secret] && serve.Flags().Lookup(secret) != nil:
			case name == "STEELGATE_":
				// Part of a sentence.
			default:
				t.Errorf("%s: %s is no setting", path, name)
			}
		}
		return nil
	})
	if err != nil || seen < 15 {
		t.Errorf("%d settings, %v", seen, err)
	}
}

// The settings that the chart and the unit write down are read, and a server starts with them.
func TestServeTakesTheSettingsThatAreShipped(t *testing.T) {
	t.Parallel()
	unit := shippedText(t, "systemd/README.md")
	found := regexp.MustCompile(`printf '(.*)' >/etc/steelgate/steelgate.yaml`).FindStringSubmatch(unit)
	if found == nil {
		t.Fatal("the README writes no settings")
	}
	for _, settings := range []string{
		strings.ReplaceAll(strings.ReplaceAll(found[1], `\n`, "\n"), "127.0.0.1:8080", "127.0.0.1:0"),
		"# The settings of serve, by the names of its flags.\n{}\n",
	} {
		s := serve(t, "--config", writeFile(t, "steelgate.yaml", settings), "--data-dir", t.TempDir())
		if code := get(t, s.url+"/readyz"); code != http.StatusOK {
			t.Errorf("%q: %d", settings, code)
		}
	}
}

// The admin token that READMEs have one make is one that serve takes.
func TestShippedTokensAreTokens(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"compose/README.md", "systemd/README.md", "helm/steelgate/README.md"} {
		if !slices.Contains(regexp.MustCompile(`head -c \d+ /dev/urandom \| base64 \| tr '\+/' '-_'`).FindAllString(shippedText(t, path), -1), `head -c 24 /dev/urandom | base64 | tr '+/' '-_'`) {
			t.Errorf("%s makes another token, which may be too short", path)
		}
	}
}
