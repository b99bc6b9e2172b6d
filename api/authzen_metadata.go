package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// authzenConfiguration tells clients of AuthZEN where the doors stand.
type authzenConfiguration struct {
	PolicyDecisionPoint       string `json:"policy_decision_point"`
	AccessEvaluationEndpoint  string `json:"access_evaluation_endpoint"`
	AccessEvaluationsEndpoint string `json:"access_evaluations_endpoint"`
	SearchSubjectEndpoint     string `json:"search_subject_endpoint"`
	SearchResourceEndpoint    string `json:"search_resource_endpoint"`
	SearchActionEndpoint      string `json:"search_action_endpoint"`
}

// authzenMetadata is GET /.well-known/authzen-configuration.
func (s *server) authzenMetadata(c *gin.Context) {
	s.asAuthZEN(c)
	base, ok := s.baseURL(c.Request)
	if !ok {
		s.fail(c, newProblem(http.StatusBadRequest, "malformed_header", "The request names no host."))
		return
	}
	writeJSON(c, http.StatusOK, authzenConfiguration{
		PolicyDecisionPoint: base, AccessEvaluationEndpoint: base + evaluationPath, AccessEvaluationsEndpoint: base + evaluationsPath,
		SearchSubjectEndpoint: base + searchSubjectPath, SearchResourceEndpoint: base + searchResourcePath, SearchActionEndpoint: base + searchActionPath,
	})
}

// baseURL is where clients reach the service: the public URL, or else as the request says. What a proxy says of the request counts where
// the proxy is trusted, and no one's else.
func (s *server) baseURL(r *http.Request) (string, bool) {
	if s.publicURL != "" {
		return strings.TrimSuffix(s.publicURL, "/"), true
	}
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if from, ok := peer(r); ok && s.trustedProxies.contain(from) {
		if said := lastOf(r.Header.Values("X-Forwarded-Proto")); said == "http" || said == "https" {
			scheme = said
		}
		if said := lastOf(r.Header.Values("X-Forwarded-Host")); said != "" {
			host = said
		}
	}
	return scheme + "://" + host, isHost(host)
}

// lastOf is the last entry of a header: what stands before it the client may have written itself.
func lastOf(values []string) string {
	entries := strings.Split(strings.Join(values, ","), ",")
	return strings.TrimSpace(entries[len(entries)-1])
}

// isHost tells whether a text is a host, with or without a port, and nothing more: it becomes a part of URLs.
func isHost(text string) bool {
	for _, c := range text {
		isPlain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !isPlain && !strings.ContainsRune(".-_:[]", c) {
			return false
		}
	}
	return text != ""
}
