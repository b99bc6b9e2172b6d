package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Secrets, once shown, stand nowhere: not in a byte of the data folder, nor the log, the metrics or any answer to a GET.
func TestSecretsStandNowhere(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := serve(t, "--data-dir", folder, "--log-level", "debug", "--trusted-proxies", "127.0.0.1,::1")
	s.change("POST", "/v1/import", smallWorld)
	hidden := map[string]string{"the admin token": s.token}
	var keys []string
	keep := func(door, id, secret string) {
		t.Helper()
		if !strings.HasPrefix(secret, "sk-steelengine-") {
			t.Fatalf("%s: no secret", door)
		}
		hidden[fmt.Sprintf("%s, %d", door, len(hidden))] = secret
		keys = append(keys, id)
	}
	for i := range 35 {
		for _, body := range []string{
			`{"type": "personal", "user_id": "ben", "name": "n%d"}`,
			`{"type": "workspace", "workspace_id": "core", "workflow_ids": ["invoice"], "name": "n%d"}`,
			`{"type": "organization", "organization_id": "acme", "grants": [{"workspace_id": "core", "permission": "admin"}], "name": "n%d"}`,
		} {
			made := s.change("POST", "/v1/keys", fmt.Sprintf(body, i))
			keep("created", made.text("id"), made.text("secret"))
		}
	}
	for i := range 50 {
		made := s.change("POST", "/v1/keys/"+keys[i]+"/rotate", `{"overlap_seconds": 60}`)
		keep("rotated", made.text("id"), made.text("secret"))
	}
	var lines strings.Builder
	for i := range 50 {
		secret := fmt.Sprintf("sk-steelengine-Imported_%d-%d", i, 1<<40+i)
		fmt.Fprintf(&lines, `{"kind": "key", "id": "key_i%d", "type": "personal", "user_id": "ada", "name": "i%d", "secret": %q}`+"\n", i, i, secret)
		keep("imported", fmt.Sprintf("key_i%d", i), secret)
	}
	s.change("POST", "/v1/import", lines.String())
	// The refused have secrets too.
	for i := range 5 {
		secret := fmt.Sprintf("sk-steelengine-Refused_%d-%d", i, 1<<40+i)
		a := s.send("POST", "/v1/import", fmt.Sprintf(`{"kind": "key", "id": "key_r%d", "type": "personal", "user_id": "nobody", "name": "r", "secret": %q}`, i, secret))
		if a.status != 422 || bytes.Contains(a.body, []byte(secret)) {
			t.Errorf("refused with %d %s", a.status, a.body)
		}
		hidden[fmt.Sprintf("refused, %d", i)] = secret
	}
	for i := range 3 {
		made := command(t, "keys", "create", "--data-dir", folder, "--user", "ben", "--name", fmt.Sprintf("by command %d", i), "-o", "json")
		record := decode[keyRecord](t, made.done(t))
		keep("by command", record.ID, record.Secret)
		token := s.change("POST", "/v1/tokens", `{"name": "n", "scopes": ["decide"]}`).text("secret")
		hidden[fmt.Sprintf("token %d", i)] = token
		hidden[fmt.Sprintf("token by command %d", i)] = strings.TrimSpace(command(t, "token", "create", "--data-dir", folder, "--name", "n", "--scope", "decide").done(t))
	}
	if len(keys) < 200 {
		t.Fatalf("%d keys", len(keys))
	}
	presented := maps.Clone(hidden)
	// An operator's own token has no shape to know it by where it is put in the place of an id.
	delete(presented, "the admin token")
	s.useEverywhere(presented)
	for i, id := range keys {
		switch i % 7 {
		case 0:
			s.change("POST", "/v1/keys/"+id+"/revoke", "")
		case 1:
			s.change("PATCH", "/v1/keys/"+id, `{"disabled": true}`)
		}
	}
	for what, secret := range hidden {
		if a := s.send("POST", "/v1/leaks", `{"api_key": "`+secret+`", "source": "https://example.com/paste?line=`+secret+`"}`); a.status != 202 {
			s.t.Errorf("%s, leaked: %d %s", what, a.status, a.body)
		}
		if len(what)%3 == 0 {
			break
		}
	}
	s.change("DELETE", "/v1/users/ben", "")

	places := map[string][]byte{"the log": []byte(s.log.String()), "standard output": []byte(s.out.String())}
	gets := []string{"/metrics", "/readyz", "/livez", "/v1/tokens", "/v1/audit?limit=1000", "/v1/decision-log?limit=1000", "/v1/keys?limit=1000", "/v1/keys?owner_type=organization&owner_id=acme&limit=1000", "/v1/workspaces/core/reaching-keys", "/v1/users/ada", "/v1/resources/workflow/invoice"}
	for _, id := range keys {
		gets = append(gets, "/v1/keys/"+id)
	}
	for _, path := range gets {
		a := s.send("GET", path, "")
		if a.status != 200 {
			t.Errorf("GET %s: %d %s", path, a.status, a.body)
		}
		places["GET "+path] = a.body
	}
	addFiles(t, places, folder, "while it runs")
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	places["the log at the end"] = []byte(s.log.String())
	addFiles(t, places, folder, "afterwards")
	for what, secret := range hidden {
		random := strings.TrimPrefix(secret, "sk-steelengine-")
		forms := map[string][]byte{
			"": []byte(random), " in base64": []byte(base64.StdEncoding.EncodeToString([]byte(secret))[4:40]), " in hex": []byte(hex.EncodeToString([]byte(random))), " in part": []byte(random[:min(len(random), 20)]),
		}
		for place, text := range places {
			for form, needle := range forms {
				if bytes.Contains(text, needle) {
					t.Errorf("%s%s is in %s", what, form, place)
				}
			}
		}
	}
}

// useEverywhere presents each at every door that takes one, rightly and wrongly.
func (s *server) useEverywhere(secrets map[string]string) {
	s.t.Helper()
	const question = `"action": "workflow.execute", "resource": {"type": "workflow", "id": "invoice"}`
	allowed, n := 0, 0
	for what, secret := range secrets {
		if s.opens(what, secret) {
			allowed++
		}
		// What is presented wrongly takes its time: a few of each will do.
		if n++; n%6 != 0 {
			continue
		}
		s.send("POST", "/v1/decisions", `{"api_key": "`+secret+`", `+question+`}`)
		s.send("POST", "/v1/decisions", `{"api_key": "`+secret+`", `+question+`, "unknown": "`+secret+`"}`)
		s.send("POST", "/v1/decisions", `{"api_key": "`+secret+`", `+question, "X-API-Key: "+secret)
		s.send("POST", "/v1/decisions/batch", `{"decisions": [{"api_key": "`+secret+`", `+question+`}]}`)
		s.send("GET", "/v1/keys", "", "Authorization: Bearer "+secret)
		s.send("POST", "/v1/keys/none/revoke", "", "X-Steelgate-Actor: "+secret)
		s.send("POST", "/v1/keys/"+secret+"/revoke", "", "X-Steelgate-Actor: ada")
		s.send("DELETE", "/v1/users/"+secret, "", "X-Steelgate-Actor: ada")
		s.send("POST", "/v1/keys", `{"type": "workspace", "workspace_id": "`+secret+`", "name": "n"}`, "X-Steelgate-Actor: ada")
		s.send("GET", "/v1/forward-auth", "", "X-API-Key: "+secret, "X-Original-Method: GET", "X-Original-URI: /api/"+secret)
		s.send("PUT", "/v1/nothing/"+secret, secret)
		s.send("GET", "/v1/keys/"+secret, "")
		s.send("GET", "/v1/keys?q="+secret, "")
		s.send(http.MethodPost, "/v1/keys", `{"type": "personal", "user_id": "`+secret+`", "name": "n"}`)
	}
	if allowed < 200 {
		s.t.Errorf("only %d were allowed by forward-auth", allowed)
	}
}

// opens presents a secret to forward-auth. A machine that is busy enough may keep a policy from deciding in time: then again.
func (s *server) opens(what, secret string) bool {
	s.t.Helper()
	for range 5 {
		a := s.send("GET", "/v1/forward-auth", "", "Authorization: Bearer "+secret, "X-Forwarded-Method: POST", "X-Forwarded-Uri: /api/workflows/invoice/execute?key="+secret)
		switch {
		case a.status == 200:
			return true
		case a.status == 401:
			return false
		case a.text("error", "code") != "policy_error":
			s.t.Errorf("%s: forward-auth answers %d %s", what, a.status, a.body)
			return false
		}
	}
	s.t.Errorf("%s: no decision", what)
	return false
}

// addFiles reads every file below a folder.
func addFiles(t testing.TB, places map[string][]byte, folder, when string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		places["the file "+filepath.Base(path)+" "+when] = text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
