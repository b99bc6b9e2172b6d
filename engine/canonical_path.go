package engine

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// canonicalPath takes the path of a request URI, as it was sent and decoded. It is false for every path that a server
// behind the gateway might read in another way than we do: anything but the origin form, an empty segment or one of dots,
// a backslash, a fragment, an encoded separator, dot, percent sign, control or unreserved character, invalid UTF-8; or a
// space or control character anywhere.
func canonicalPath(uri string) (raw, decoded string, ok bool) {
	for i := range len(uri) {
		if uri[i] <= ' ' || uri[i] == 0x7f {
			return "", "", false
		}
	}
	raw, _, _ = strings.Cut(uri, "?")
	if !strings.HasPrefix(raw, "/") || strings.ContainsAny(raw, "#\\") {
		return "", "", false
	}
	for i := range len(raw) {
		if raw[i] == '%' && !isHarmlessEscape(raw[i:]) {
			return "", "", false
		}
	}
	if strings.Contains(raw, "//") {
		return "", "", false
	}
	for segment := range strings.SplitSeq(raw, "/") {
		if segment == "." || segment == ".." {
			return "", "", false
		}
	}
	decoded, err := url.PathUnescape(raw)
	if err != nil || !utf8.ValidString(decoded) {
		return "", "", false
	}
	return raw, decoded, true
}

// isHarmlessEscape tells whether an escape at the start of text stands for a character that had to be, or may as well be,
// encoded and means nothing to a path.
func isHarmlessEscape(text string) bool {
	if len(text) < 3 {
		return false
	}
	high, isHex := unhex(text[1])
	low, isHexToo := unhex(text[2])
	if !isHex || !isHexToo {
		return false
	}
	switch c := high<<4 | low; {
	case c < ' ', c == 0x7f:
		return false
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return false
	case strings.IndexByte("/\\.%-_~", c) >= 0:
		return false
	}
	return true
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
