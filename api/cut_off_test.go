package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/iotest"
)

// A body that does not arrive is the caller's fault, not the server's, and changes nothing.
func TestABodyThatDoesNotArrive(t *testing.T) {
	g := newGate(t)
	for _, call := range []struct{ method, path string }{
		{"POST", "/v1/decisions"}, {"POST", "/v1/decisions/batch"}, {"POST", "/v1/keys"}, {"PUT", "/v1/users/ada"}, {"POST", "/v1/tokens"}, {"POST", "/v1/leaks"},
	} {
		for cause, want := range map[error]struct {
			status int
			code   string
		}{
			io.ErrUnexpectedEOF:    {http.StatusBadRequest, "cut_off"},
			os.ErrDeadlineExceeded: {http.StatusRequestTimeout, "timeout"},
		} {
			r := httptest.NewRequest(call.method, call.path, io.MultiReader(iotest.ErrReader(cause)))
			r.Header.Set("Authorization", "Bearer "+adminToken)
			g.unchanged(func() { g.send(r, "").wantProblem(want.status, want.code) })
		}
	}
}
