package api

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/strictjson"
)

// maxIdempotencyKey is the greatest length of a caller's name for a request, in bytes.
const maxIdempotencyKey = 255

// decodeOnce reads a JSON body, which may be optional, and the header Idempotency-Key, by which the request may come again.
func (s *server) decodeOnce(c *gin.Context, dst any, isOptional bool) (once management.Once, err error) {
	text, err := io.ReadAll(io.LimitReader(c.Request.Body, maxBody+1))
	if err != nil {
		return once, bodyError(err)
	}
	if len(text) > 0 || !isOptional {
		if err := strictjson.Decode(bytes.NewReader(text), maxBody, dst); err != nil {
			return once, err
		}
	}
	given := c.Request.Header.Values("Idempotency-Key")
	switch {
	case len(given) == 0:
		return once, nil
	case len(given) > 1:
		return once, newProblem(http.StatusBadRequest, "doubled_header", "The header Idempotency-Key is given more than once.")
	case !isIdempotencyKey(given[0]):
		return once, newProblem(http.StatusBadRequest, "malformed_header", "The header Idempotency-Key: want 1 to 255 visible ASCII characters.")
	}
	once.Key = given[0]
	once.Fingerprint = sha256.Sum256(append([]byte(c.Request.Method+" "+c.Request.URL.Path+"\x00"), text...))
	return once, nil
}

func isIdempotencyKey(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] >= 0x7f {
			return false
		}
	}
	return text != "" && len(text) <= maxIdempotencyKey
}
