package api

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/api/reference"
)

//go:embed openapi.yaml
var openAPI string

// OpenAPI is the document of every call, as YAML.
func OpenAPI() string { return openAPI }

// etag stands for a text that does not change while the process runs.
func etag(text string) string { return fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(text))) }

var openAPITag = etag(openAPI)

// serveOpenAPI is GET /openapi.yaml.
func (s *server) serveOpenAPI(c *gin.Context) { answerText(c, "application/yaml", openAPI, openAPITag) }

// referencePage is made when it is first asked for: most processes never are.
var referencePage = sync.OnceValues(func() (page struct{ text, tag, policy string }, err error) {
	page.text, page.policy, err = reference.Render(openAPI)
	page.tag = etag(page.text)
	return page, err
})

// serveDocs is GET /docs: the same document for people.
func (s *server) serveDocs(c *gin.Context) {
	page, err := referencePage()
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Header("Content-Security-Policy", page.policy)
	answerText(c, "text/html; charset=utf-8", page.text, page.tag)
}

// answerText answers a text, or 304 where the caller has it.
func answerText(c *gin.Context, contentType, text, tag string) {
	c.Header("Cache-Control", "no-cache")
	c.Header("ETag", tag)
	for _, known := range c.Request.Header.Values("If-None-Match") {
		if strings.Contains(known, tag) {
			c.Status(http.StatusNotModified)
			c.Writer.WriteHeaderNow()
			return
		}
	}
	c.Header("Content-Type", contentType)
	c.Status(http.StatusOK)
	_, _ = c.Writer.WriteString(text)
}
