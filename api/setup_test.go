package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/api"
	"github.com/steelengine/steelgate/apikey"
)

// The code of a set-up link makes the first platform admin, who is signed in, and nobody after them.
func TestSetUpDoor(t *testing.T) {
	t.Parallel()
	g := newGateWith(t, func(o *api.Options) { o.PublicURL = publicURL })
	g.change("DELETE", "/v1/users/root", "")
	code, err := g.management.MakeSetupLink(context.Background(), false)
	if err != nil || code.IsZero() {
		t.Fatal(code, err)
	}
	b := g.browser()
	b.peer, b.host = "203.0.113.9:1", "gate.example"
	body := func(code string) string {
		return fmt.Sprintf(`{"code": %q, "id": "fay", "name": "Fay", "email": "fay@acme.example"}`, code)
	}
	g.unchanged(func() {
		for _, malformed := range []string{"", "sgl_", "sgl_short", code.Reveal() + "a", code.Reveal()[1:], strings.ToUpper(code.Reveal()), "sgs_" + code.Reveal()[4:], "#setup=" + code.Reveal(), adminToken} {
			b.ask("POST", "/v1/sign-in/setup", body(malformed)).wantProblem(422, "invalid_field", "code")
		}
		b.ask("POST", "/v1/sign-in/setup", `{"email": "fay@acme.example"}`).wantProblem(422, "invalid_field", "code")
		b.ask("POST", "/v1/sign-in/setup", body(apikey.MintTicket(apikey.SetupPrefix).Reveal())).wantProblem(401, "setup_over")
		b.ask("POST", "/v1/sign-in/setup", fmt.Sprintf(`{"code": %q}`, code.Reveal())).wantProblem(422, "invalid_field", "email")
		b.ask("POST", "/v1/sign-in/setup", strings.Replace(body(code.Reveal()), "fay", "ben", 1)).wantProblem(409, "id_taken")
		b.ask("POST", "/v1/sign-in/setup", strings.Replace(body(code.Reveal()), `"name"`, `"platform_role"`, 1)).wantProblem(422, "invalid_field", "platform_role")
	})
	if len(b.cookies) > 0 {
		t.Fatalf("refused, with %v", b.cookies)
	}
	// People paste codes.
	a := b.ask("POST", "/v1/sign-in/setup", body(" "+code.Reveal()+"\n")).want(201)
	if a.text("user", "id") != "fay" || a.text("user", "platform_role") != "admin" || a.text("session", "method") != "setup" || b.cookies[sessionCookie] == "" {
		t.Errorf("answered %s, with %v", a.Body, b.cookies)
	}
	b.ask("GET", "/v1/users/ben", "").want(200)
	g.unchanged(func() {
		eve := g.browser()
		if eve.ask("POST", "/v1/sign-in/setup", strings.ReplaceAll(body(code.Reveal()), "fay", "eve")).wantProblem(401, "setup_over"); len(eve.cookies) > 0 {
			t.Errorf("refused, with %v", eve.cookies)
		}
	})
	if text := g.log.String() + g.auditText(); strings.Contains(text, code.Reveal()) || strings.Contains(text, b.cookies[sessionCookie]) {
		t.Error("a secret was written down")
	}
}

// Where a browser would not keep the session, the link is not used up: over plain HTTP from another machine.
func TestSetUpOverAnInsecureConnection(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.change("DELETE", "/v1/users/root", "")
	code, err := g.management.MakeSetupLink(context.Background(), false)
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"code": %q, "name": "Fay", "email": "fay@acme.example"}`, code.Reveal())
	b := g.browser()
	b.peer, b.host = "203.0.113.9:1", "gate.example:8080"
	g.unchanged(func() { b.ask("POST", "/v1/sign-in/setup", body).wantProblem(403, "insecure_connection") })
	b.peer, b.host = "127.0.0.1:1", "127.0.0.1:8080"
	b.ask("POST", "/v1/sign-in/setup", body).want(201)
}
