package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/engine"
)

// forwardAuth answers a gateway's subrequest about a request to the product's own API: nginx auth_request, Caddy
// forward_auth, Traefik ForwardAuth. It never answers 5xx, for some proxies let one through.
func (s *server) forwardAuth(c *gin.Context) {
	s.answerProxy(c, forwardAuthDoor, func(h http.Header, client string) productRequest {
		q := productRequest{door: forwardAuthDoor, client: client, key: forwardedKey(h)}
		q.method, q.uri, q.isNamed = forwardedRequest(h)
		return q
	})
}

// answerProxy answers a subrequest of a proxy that is trusted.
func (s *server) answerProxy(c *gin.Context, door string, read func(h http.Header, client string) productRequest) {
	var answer holderAnswer
	if from, ok := peer(c.Request); !ok || !s.trustedProxies.contain(from) {
		answer = answerHolder(s.forbid(door, "", "untrusted_proxy", "The peer is not one of the server's trusted proxies."))
	} else {
		answer = answerHolder(s.judge(read(c.Request.Header, s.trustedProxies.clientAddress(c.Request.Header.Values("X-Forwarded-For")))))
	}
	answer.write(c.Writer)
}

const forwardAuthDoor = "forward-auth"

// forwardedKey reads X-API-Key, or Authorization with a bearer that is an API key. A header given twice and two that differ
// are no key: which of them the upstream would believe is anyone's guess.
func forwardedKey(h http.Header) engine.Credential {
	presented := h.Values("X-Api-Key")
	bearers := keyBearers(h)
	switch {
	case len(presented) > 1, len(bearers) > 0 && len(h.Values("Authorization")) > 1:
		return engine.Ambiguous()
	case len(presented) == 1 && len(bearers) == 1 && presented[0] != bearers[0]:
		return engine.Ambiguous()
	case len(presented) == 1:
		return engine.Present(presented[0])
	case len(bearers) == 1:
		return engine.Present(bearers[0])
	}
	return engine.Present("")
}

// keyBearers are the API keys that Authorization holds.
func keyBearers(h http.Header) (keys []string) {
	for _, value := range h.Values("Authorization") {
		// By any blank, as an upstream might take it that is not strict.
		words := strings.Fields(value)
		if len(words) > 1 && strings.EqualFold(words[0], "Bearer") && strings.HasPrefix(words[1], apikey.Prefix) {
			keys = append(keys, strings.Join(words[1:], " "))
		}
	}
	return keys
}

// forwardedRequest reads the request that the proxy asks about from either pair of headers. Where both stand they must
// agree, and none may be given twice. Two halves are no pair: a client may have added the one that its proxy does not set.
func forwardedRequest(h http.Header) (method, uri string, ok bool) {
	method, methodAgrees := agreed(h, "X-Forwarded-Method", "X-Original-Method")
	uri, uriAgrees := agreed(h, "X-Forwarded-Uri", "X-Original-Uri")
	isPair := h.Get("X-Forwarded-Method") != "" && h.Get("X-Forwarded-Uri") != "" || h.Get("X-Original-Method") != "" && h.Get("X-Original-Uri") != ""
	return method, uri, methodAgrees && uriAgrees && isPair
}

// agreed is the one value that headers of the names have.
func agreed(h http.Header, names ...string) (value string, ok bool) {
	for _, name := range names {
		for i, v := range h.Values(name) {
			if i > 0 || v == "" || (ok && v != value) {
				return "", false
			}
			value, ok = v, true
		}
	}
	return value, ok
}
