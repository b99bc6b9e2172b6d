package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/api"
)

// The document is OpenAPI, its examples are of the shapes that they are examples of, and it needs nothing from elsewhere.
func TestDocumentIsValid(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(api.OpenAPI()))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Error(err)
	}
}

// Every route that is mounted stands in the document, and the other way round.
func TestDocumentHasEveryRoute(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(api.OpenAPI()))
	if err != nil {
		t.Fatal(err)
	}
	var documented, mounted []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	parameter := regexp.MustCompile(`[:*]([a-z_]+)`)
	for _, route := range newColdGate(t).Handler.(*api.Doors).Handler.(*gin.Engine).Routes() {
		if route.Path == "/console" || strings.HasPrefix(route.Path, "/console/") {
			continue // pages and their parts, which are no calls
		}
		path := parameter.ReplaceAllString(route.Path, "{$1}")
		if item := doc.Paths.Value(path); item != nil && item.Get != nil && item.Get.Extensions["x-any-method"] != nil && route.Method != "GET" {
			continue
		}
		mounted = append(mounted, route.Method+" "+path)
	}
	slices.Sort(documented)
	slices.Sort(mounted)
	for _, call := range mounted {
		if !slices.Contains(documented, call) {
			t.Errorf("%s is mounted, and not in api/openapi.yaml", call)
		}
	}
	for _, call := range documented {
		if !slices.Contains(mounted, call) {
			t.Errorf("%s is in api/openapi.yaml, and not mounted", call)
		}
	}
}

// Both forms of the document need no token, and are not sent again to who has them.
func TestDocumentIsServed(t *testing.T) {
	t.Parallel()
	g := newColdGate(t)
	for path, contentType := range map[string]string{"/openapi.yaml": "application/yaml", "/docs": "text/html; charset=utf-8"} {
		a := g.ask("GET", path, "").want(200)
		if got := a.Header().Get("Content-Type"); got != contentType {
			t.Errorf("%s is of type %q", path, got)
		}
		tag := a.Header().Get("ETag")
		for _, known := range []string{tag, `"other", W/` + tag, "W/" + tag} {
			if again := g.ask("GET", path, "", "If-None-Match: "+known).want(304); again.Body.Len() > 0 {
				t.Errorf("%s is sent again", path)
			}
		}
		g.ask("GET", path, "", `If-None-Match: "other"`).want(200)
	}
	if g.ask("GET", "/openapi.yaml", "").Body.String() != api.OpenAPI() {
		t.Error("another document is served")
	}
}

// The page shows every call, and needs nothing that its own policy forbids.
func TestReferencePage(t *testing.T) {
	t.Parallel()
	g := newColdGate(t)
	a := g.ask("GET", "/docs", "").want(200)
	page := a.Body.String()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(api.OpenAPI()))
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			if len(operation.Tags) != 1 || operation.Summary == "" || !strings.Contains(page, `<article id="`+operation.OperationID+`">`) {
				t.Errorf("%s %s is not on the page", method, path)
			}
		}
	}
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page)
	if style == nil {
		t.Fatal("the page has no style")
	}
	digest := sha256.Sum256([]byte(style[1]))
	policy := a.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || !strings.Contains(policy, "'sha256-"+base64.StdEncoding.EncodeToString(digest[:])+"'") {
		t.Errorf("the policy is %q", policy)
	}
	for _, forbidden := range []string{"<script", " style=", " src=", "http-equiv", "<link", "<no value>", "ZgotmplZ", "<nil>"} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page has %s", forbidden)
		}
	}
	targets := regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1)
	for _, target := range targets {
		if !strings.Contains(page, `id="`+target[1]+`"`) {
			t.Errorf("a link leads to #%s, which is not there", target[1])
		}
	}
}
