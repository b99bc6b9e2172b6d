package engine

import (
	"net/url"
	"path"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever is taken for canonical is read the same by a server that parses it, and by one that cleans it.
func FuzzCanonicalPath(f *testing.F) {
	for _, seed := range []string{
		"/", "/a", "/a/", "/a/b?c=d", "/a%20b", "/a%2fb", "/%2e%2e/a", "//a", "/a/../b", "/a/./b", "/a#b", "/a\\b", "/%", "/%zz", "/%25", "/%00", "/é", "/%c3%a9",
		"/\xff", "/%ff", "*", "", "http://a/b", "/a;b=c/d", "/a?b/../c", "/ a", "/a\x00", "/%41", "/...", "/a/..;/b", "/a%3ab",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		raw, decoded, ok := canonicalPath(uri)
		if !ok {
			return
		}
		if !strings.HasPrefix(uri, raw) || strings.ContainsAny(decoded, "\\\x00") || !utf8.ValidString(decoded) {
			t.Fatalf("%q: raw %q, decoded %q", uri, raw, decoded)
		}
		if cleaned := path.Clean(decoded); cleaned != decoded && cleaned+"/" != decoded {
			t.Fatalf("%q: a server that cleans reads %q, not %q", uri, cleaned, decoded)
		}
		if strings.Count(raw, "/") != strings.Count(decoded, "/") {
			t.Fatalf("%q: decoding makes segments", uri)
		}
		parsed, err := url.ParseRequestURI(uri)
		if err != nil || parsed.Path != decoded || parsed.Host != "" {
			t.Fatalf("%q: a server reads %+v, %v; not %q", uri, parsed, err, decoded)
		}
	})
}
