package deploy_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// drive runs Kong's plugin on a question, and answers what it did.
func drive(t *testing.T, question ...string) []string {
	t.Helper()
	lua := os.Getenv("STEELGATE_TEST_LUA")
	if lua == "" {
		t.Skip("STEELGATE_TEST_LUA is not set: scripts/test-servers run --proxies … finds or installs luajit and sets it")
	}
	command := exec.CommandContext(t.Context(), lua, "kong/testdata/drive.lua", "kong/plugins/steelgate/handler.lua")
	command.Stdin = strings.NewReader(strings.Join(question, "\n") + "\n")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// The plugin asks about what it got, as it got it, and does what it is told.
func TestKongsPlugin(t *testing.T) {
	t.Parallel()
	const uri = "/api/workflows/invoice/execute"
	request := []string{"method\tPOST", "uri\t" + uri + "?a=%2f", "upstream\t" + uri, "header X-API-Key\tkey"}
	allowed := []string{"status\t200", "answer X-Steelgate-Decision-Id\tdec_1", "answer X-Steelgate-Key-Id\tkey_1"}
	for name, c := range map[string]struct {
		question []string
		// does are lines of what it must do, and not what it must not.
		does, not []string
	}{
		"allowed": {
			slices.Concat(request, allowed),
			[]string{
				"ask GET http://steelgate/v1/forward-auth", "with X-API-Key key", "with X-Forwarded-Method POST", "with X-Forwarded-Uri " + uri + "?a=%2f", "with X-Forwarded-For 203.0.113.9",
				"timeouts 1000 2000", "clear X-API-Key", "set X-Steelgate-Key-Id key_1", "set X-Steelgate-Decision-Id dec_1", "pass", "upstream keep-alive",
			}, nil,
		},
		"what the client says of itself": {
			slices.Concat(request, allowed, []string{
				"header x-steelgate-billed-to\tmallory", "header X_Steelgate_Key_Id\tmallory", "header X-HTTP-Method-Override\tDELETE", "header X_Original_Url\t/x",
				"header Upgrade\th2c", "header Connection\tX-Steelgate-Key-Id", "header X-Forwarded-Uri\t/x", "header Authorization\tBearer key", "header Accept\t*/*",
			}),
			[]string{"clear x-steelgate-billed-to", "clear X_Steelgate_Key_Id", "clear X-HTTP-Method-Override", "clear X_Original_Url", "clear Upgrade", "clear Connection", "clear X-Forwarded-Uri", "clear Authorization", "with Authorization Bearer key", "pass"},
			[]string{"clear Accept", "with Accept */*", "with X-HTTP-Method-Override DELETE"},
		},
		"a key twice":                 {slices.Concat(request, allowed, []string{"header X-API-Key\tother"}), []string{"with X-API-Key key+other"}, nil},
		"a key twice, in two letters": {slices.Concat(request, allowed, []string{"header x-api-key\tother"}), []string{"with X-API-Key key+other", "clear X-API-Key", "clear x-api-key"}, nil},
		"an underscored key":          {slices.Concat(request, allowed, []string{"header X_API_Key\tother"}), []string{"exit 403 "}, []string{"pass"}},
		"a path that Kong has cleaned": {
			slices.Concat([]string{"method\tPOST", "uri\t/x/.." + uri, "upstream\t" + uri, "header X-API-Key\tkey"}, allowed), []string{"exit 403 "}, []string{"ask GET http://steelgate/v1/forward-auth", "pass"},
		},
		"too many headers":         {slices.Concat(request, allowed, []string{"truncated\ttruncated"}), []string{"exit 431 "}, []string{"pass"}},
		"unknown key":              {slices.Concat(request, []string{"status\t401", "answer WWW-Authenticate\tApiKey"}), []string{"exit 401 ApiKey"}, []string{"pass"}},
		"refused":                  {slices.Concat(request, []string{"status\t403"}), []string{"exit 403 nil"}, []string{"pass"}},
		"steelgate is away":        {slices.Concat(request, []string{"fail\ttimeout"}), []string{"exit 503 "}, []string{"pass"}},
		"steelgate errs":           {slices.Concat(request, []string{"status\t500"}), []string{"exit 503 "}, []string{"pass"}},
		"somebody else answers":    {slices.Concat(request, []string{"status\t200"}), []string{"exit 503 "}, []string{"pass"}},
		"an answer that is no yes": {slices.Concat(request, []string{"status\t204", "answer X-Steelgate-Decision-Id\tdec_1"}), []string{"exit 503 "}, []string{"pass"}},
	} {
		did := drive(t, c.question...)
		for _, line := range c.does {
			if !slices.ContainsFunc(did, func(s string) bool { return strings.TrimSpace(s) == strings.TrimSpace(line) }) {
				t.Errorf("%s: did not %q, but %q", name, line, did)
			}
		}
		for _, line := range c.not {
			if slices.Contains(did, line) {
				t.Errorf("%s: did %q", name, line)
			}
		}
	}
}
