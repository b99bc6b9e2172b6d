package steelgate

import (
	"net/http"
	"strings"
)

// ambiguous is not a key, whatever it is asked about: which of two the application would believe is anyone's guess.
const ambiguous = "ambiguous"

// presentedKey is the key that a request presents: in X-API-Key, or as Authorization: Bearer sk-steelengine-…. One that is given twice, and two that differ,
// are no key. "" where there is none.
func presentedKey(h http.Header) string {
	presented := h.Values("X-Api-Key")
	var lines, bearers []string
	for _, value := range h.Values("Authorization") {
		// Some proxies have put several into one.
		lines = append(lines, strings.Split(value, ",")...)
	}
	for _, line := range lines {
		// By any blank, as steelgate reads it.
		words := strings.Fields(line)
		if len(words) > 1 && strings.EqualFold(words[0], "Bearer") && strings.HasPrefix(words[1], keyPrefix) {
			bearers = append(bearers, strings.Join(words[1:], " "))
		}
	}
	switch {
	case len(presented) > 1, len(bearers) > 0 && len(lines) > 1:
		return ambiguous
	case len(presented) == 1 && len(bearers) == 1 && presented[0] != bearers[0]:
		return ambiguous
	case len(presented) == 1:
		return presented[0]
	case len(bearers) == 1:
		return bearers[0]
	}
	return ""
}
