package api

import (
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/management"
)

// lineTimeout is how long an import may send nothing.
const lineTimeout = 60 * time.Second

// importWorld is POST /v1/import. It may take as long as it sends: the server's limits on a request are lifted, but for
// one on silence.
func (s *server) importWorld(c *gin.Context, who management.Actor) error {
	control := http.NewResponseController(c.Writer)
	// A transport that has no deadlines (a command over its own database) needs none lifted.
	_ = control.SetWriteDeadline(time.Time{})
	result, err := s.management.Import(c.Request.Context(), who, &patientReader{c.Request.Body, control})
	if err != nil {
		return err
	}
	return answerChange(c, http.StatusOK, result.Revision, result)
}

// patientReader waits anew for each portion of a body.
type patientReader struct {
	body    io.Reader
	control *http.ResponseController
}

func (r *patientReader) Read(p []byte) (int, error) {
	_ = r.control.SetReadDeadline(time.Now().Add(lineTimeout))
	return r.body.Read(p)
}
