package api

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// portion is how much of a bundle has portionTimeout to arrive.
const (
	portion        = 1 << 20
	portionTimeout = 30 * time.Second
	// buildTimeout is how long a bundle may take to be built before its first byte.
	buildTimeout = 5 * time.Minute
)

// serveBundle is GET and HEAD /v1/bundles/steelgate.tar.gz, for a stock OPA that polls it.
func (s *server) serveBundle(c *gin.Context) {
	control := http.NewResponseController(c.Writer)
	_ = control.SetWriteDeadline(time.Now().Add(buildTimeout))
	began := time.Now()
	b, err := s.bundles.Latest(c.Request.Context(), s.engine.View)
	_ = control.SetWriteDeadline(time.Now().Add(portionTimeout))
	if err != nil {
		s.fail(c, err)
		return
	}
	defer b.Close()
	s.log.Debug("a bundle is served", "revision", b.Revision, "bytes", b.Length, "waited", time.Since(began).String())
	c.Header("ETag", b.ETag)
	c.Header("Cache-Control", "no-store")
	if hasETag(c.Request.Header, b.ETag) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Header("Content-Type", "application/gzip")
	c.Header("Content-Length", strconv.FormatInt(b.Length, 10))
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		return
	}
	reader := b.Reader()
	for {
		// Whoever does not take the answer has gone.
		if _, err := io.CopyN(c.Writer, reader, portion); err != nil {
			return
		}
		_ = control.SetWriteDeadline(time.Now().Add(portionTimeout))
	}
}

// hasETag tells whether a caller has what the tag stands for. OPA names those that it had before, too.
func hasETag(h http.Header, etag string) bool {
	for _, line := range h.Values("If-None-Match") {
		for known := range strings.SplitSeq(line, ",") {
			if known = strings.TrimSpace(known); known == "*" || strings.TrimPrefix(known, "W/") == etag {
				return true
			}
		}
	}
	return false
}
