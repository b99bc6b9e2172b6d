package oidc

import (
	"io"
	"net/http"
	"time"
)

const (
	// answerTimeout is how long the provider may take for one answer.
	answerTimeout = 10 * time.Second
	// maxAnswer is how much of an answer is read: discovery, keys and tokens are a few kilobytes each.
	maxAnswer = 1 << 20
)

// newClient makes a client that neither waits for ever nor reads for ever, and follows no redirect: the code and our secret
// go to the address that the provider named, and to no other.
func newClient() *http.Client {
	return &http.Client{
		Timeout:       answerTimeout,
		Transport:     bounded{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, maxAnswer), response.Body}
	return response, nil
}
