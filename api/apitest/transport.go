package apitest

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"testing"
)

// Transport checks whatever goes through it; the next is http.DefaultTransport where it is nil. A request's body is looked
// at where it can be had twice.
func Transport(t testing.TB, next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return &transport{t, next}
}

type transport struct {
	t    testing.TB
	next http.RoundTripper
}

func (c *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	response, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	text, failed := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if failed == nil {
		Check(c.t, Exchange{Request: r, Sent: sent, Status: response.StatusCode, Header: response.Header, Body: text})
	}
	// Of an answer that broke off, what came is the caller's to see, and to fail at.
	response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text), ending{failed}))
	return response, nil
}

func bodyOf(r *http.Request) ([]byte, error) {
	switch {
	case r.Body == nil || r.Body == http.NoBody:
		return []byte{}, nil
	case r.GetBody == nil:
		return nil, nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

// ending is the end of a body: in order where there is no error.
type ending struct{ err error }

func (e ending) Read([]byte) (int, error) { return 0, cmp.Or(e.err, io.EOF) }
