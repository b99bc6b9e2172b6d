package console_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/steelengine/steelgate/console"
)

var script = strings.Repeat("export const gate = 1;\n", 100)

func built() *console.Site {
	return console.New(fstest.MapFS{
		".keep":               {},
		"index.html":          {Data: []byte(`<meta property="csp-nonce" nonce="STEELGATE-NONCE"><script nonce="STEELGATE-NONCE"></script>`)},
		"scheme.js":           {Data: []byte("1")},
		"assets/main-a1b2.js": {Data: []byte(script)},
	})
}

func ask(t *testing.T, site http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	return w
}

// Every answer has a nonce of its own, the same in the page and in its policy, and no browser keeps it.
func TestEachPageHasItsNonce(t *testing.T) {
	t.Parallel()
	site, seen := built(), map[string]bool{}
	for _, path := range []string{"/console/", "/console/keys/key_1", "/console/index.html", "/console/sign-in", "/console/workspaces/a.b/keys"} {
		a := ask(t, site, "GET", path)
		policy := a.Header().Get("Content-Security-Policy")
		nonce := regexp.MustCompile(`style-src 'self' 'nonce-([A-Z0-9]{20,})'`).FindStringSubmatch(policy)
		if a.Code != 200 || nonce == nil || strings.Count(a.Body.String(), `nonce="`+nonce[1]+`"`) != 2 || strings.Contains(a.Body.String(), "STEELGATE-NONCE") {
			t.Fatalf("%s: %d, %q, %s", path, a.Code, policy, a.Body)
		}
		if seen[nonce[1]] {
			t.Errorf("%s: the nonce was there before", path)
		}
		seen[nonce[1]] = true
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || !strings.Contains(policy, "script-src 'self';") || !strings.HasPrefix(policy, "default-src 'none';") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
		if a.Header().Get("Cache-Control") != "no-store" || a.Header().Get("ETag") != "" || a.Header().Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %v", path, a.Header())
		}
	}
}

// What never changes is kept for good, the rest is asked after; what is not there is no page.
func TestFiles(t *testing.T) {
	t.Parallel()
	site := built()
	a := ask(t, site, "GET", "/console/assets/main-a1b2.js")
	if a.Code != 200 || a.Body.String() != script || !strings.Contains(a.Header().Get("Cache-Control"), "immutable") || a.Header().Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Errorf("%d %v", a.Code, a.Header())
	}
	if again := ask(t, site, "GET", "/console/assets/main-a1b2.js", "If-None-Match: "+a.Header().Get("ETag")); again.Code != 304 || again.Body.Len() > 0 {
		t.Errorf("again: %d", again.Code)
	}
	if head := ask(t, site, "HEAD", "/console/assets/main-a1b2.js"); head.Code != 200 || head.Body.Len() > 0 {
		t.Errorf("HEAD: %d, %d bytes", head.Code, head.Body.Len())
	}
	if a := ask(t, site, "GET", "/console/scheme.js"); a.Code != 200 || a.Header().Get("Cache-Control") != "no-cache" || a.Header().Get("Content-Encoding") != "" {
		t.Errorf("%d %v", a.Code, a.Header())
	}
	for _, path := range []string{"/console/assets/gone.js", "/console/assets/", "/console/.keep", "/console/gone.svg"} {
		if a := ask(t, site, "GET", path); a.Code != 404 || a.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %d %v", path, a.Code, a.Header())
		}
	}
	// Somebody types an address whose id has a dot.
	if a := ask(t, site, "GET", "/console/keys/key.svg", "Accept: text/html,*/*"); a.Code != 200 || a.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%d %v", a.Code, a.Header())
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	site := built()
	for accept, want := range map[string]string{"": "", "br, gzip": "gzip", "gzip;q=0": "", "gzip;q=0.0": "", "gzip; q=0.5": "gzip", "deflate": ""} {
		a := ask(t, site, "GET", "/console/assets/main-a1b2.js", "Accept-Encoding: "+accept)
		if got := a.Header().Get("Content-Encoding"); got != want || a.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %v", accept, a.Header())
		}
		if want == "" {
			continue
		}
		unpacked, err := gzip.NewReader(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(unpacked); err != nil || string(text) != script {
			t.Errorf("%v", err)
		}
	}
}

// Without the built pages the program says so, and what to do.
func TestNotBuilt(t *testing.T) {
	t.Parallel()
	a := ask(t, console.New(fstest.MapFS{".keep": {}}), "GET", "/console/")
	if a.Code != 503 || !strings.Contains(a.Body.String(), "make build") || a.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	console.Embedded() // whatever is in it, it can be read
}
