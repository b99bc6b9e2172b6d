package api

import (
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/strictjson"
)

// decode reads a JSON body strictly, whatever its content type says: curl's default is another.
func (s *server) decode(c *gin.Context, dst any) error {
	return bodyError(strictjson.Decode(c.Request.Body, maxBody, dst))
}

// mustHaveNoBody refuses a body where none is read: who sends one means something by it.
func mustHaveNoBody(c *gin.Context) error {
	if c.Request.Body == nil {
		return nil
	}
	n, err := io.ReadFull(c.Request.Body, make([]byte, 1))
	switch {
	case n > 0:
		return newProblem(http.StatusBadRequest, "malformed", "This call takes no body: nothing was changed. Send it without one.")
	case errors.Is(err, io.EOF):
		return nil
	}
	return bodyError(err)
}

// bodyError tells a body that did not arrive from one that is at fault.
func bodyError(err error) error {
	_, isFault := errors.AsType[*strictjson.Error](err)
	switch {
	case err == nil, isFault:
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return newProblem(http.StatusRequestTimeout, "timeout", "The body did not arrive in time: nothing was changed.")
	}
	return newProblem(http.StatusBadRequest, "cut_off", "The body was cut off, or is not framed as HTTP has it: nothing was changed.")
}

// writeJSON answers a value. Decisions and records are nobody's to cache.
func writeJSON(c *gin.Context, status int, value any) {
	c.Header("Content-Type", "application/json")
	c.Header("Cache-Control", "no-store")
	c.Status(status)
	_ = json.MarshalWrite(c.Writer, value, json.FormatNilSliceAsNull(true))
	_, _ = c.Writer.WriteString("\n")
}

// invalid is the problem of fields at fault.
func invalid(faults ...fieldError) *problem {
	p := newProblem(http.StatusUnprocessableEntity, "invalid_field", "A field is at fault: see errors.")
	p.Errors = faults
	return p
}

// splitClientIP reads client_ip off a context's object, and tells whether the object has other names. Its error is that
// client_ip is no string.
func splitClientIP(context jsontext.Value) (clientIP string, others bool, err error) {
	var fields map[string]jsontext.Value
	if err := json.Unmarshal(context, &fields); err != nil {
		return "", false, err
	}
	if value, ok := fields["client_ip"]; ok {
		delete(fields, "client_ip")
		if value.Kind() != 'n' {
			if err := json.Unmarshal(value, &clientIP); err != nil {
				return "", false, err
			}
		}
	}
	return clientIP, len(fields) > 0, nil
}
