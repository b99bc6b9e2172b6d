package apitest

import (
	"bytes"
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
	text, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		// What came of it is the caller's to see, and to fail at.
		response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text), failing{err}))
		return response, nil
	}
	response.Body = io.NopCloser(bytes.NewReader(text))
	Check(c.t, Exchange{Request: r, Sent: sent, Status: response.StatusCode, Header: response.Header, Body: text})
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

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
