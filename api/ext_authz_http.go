package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// extAuthzPath begins the paths of the subrequests that Envoy's HTTP form makes (path_prefix), and Istio's.
const extAuthzPath = "/v1/ext-authz"

// extAuthzHTTP answers Envoy's external authorization over HTTP: the method is the request's own, and so is what follows the prefix, as it
// was sent. Like forward-auth it answers to trusted proxies alone.
func (s *server) extAuthzHTTP(c *gin.Context) {
	s.answerProxy(c, extAuthzDoor, func(h http.Header, client string) productRequest {
		// The router's own idea of the path has lost how it was written.
		uri, isNamed := strings.CutPrefix(c.Request.RequestURI, extAuthzPath)
		return productRequest{door: extAuthzDoor, client: client, key: forwardedKey(h), method: c.Request.Method, uri: uri, isNamed: isNamed && uri != ""}
	})
}
