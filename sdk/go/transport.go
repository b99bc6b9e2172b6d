package steelgate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// longestAnswer is more than any has: a batch of a thousand decisions has half a megabyte.
const longestAnswer = 16 << 20

// transport carries calls to steelgate and answers back, in bounded time.
type transport struct {
	base     string
	token    Secret
	http     *http.Client
	timeout  time.Duration
	attempts int
}

// call is one of the API.
type call struct {
	method, path string
	query        url.Values
	header       map[string]string
	body         any
	// isSafe tells whether to make it twice is the same as once.
	isSafe bool
}

func newTransport(o Options) (*transport, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("steelgate: URL: want http:// or https://, a host and perhaps a path, and nothing else")
	}
	if o.Token.IsZero() || strings.ContainsFunc(o.Token.Reveal(), func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return nil, errors.New("steelgate: Token: want a service token: visible ASCII, without spaces")
	}
	if o.Timeout < 0 || o.Attempts < 0 || o.BatchWindow < 0 {
		return nil, errors.New("steelgate: Timeout, Attempts and BatchWindow: want none that is below zero")
	}
	t := &transport{base: strings.TrimRight(base.String(), "/"), token: o.Token, timeout: o.Timeout, attempts: o.Attempts}
	if t.timeout == 0 {
		t.timeout = 3 * time.Second
	}
	if t.attempts == 0 {
		t.attempts = 3
	}
	client := http.Client{Transport: defaultTransport()}
	if o.HTTPClient != nil {
		client = *o.HTTPClient
	}
	// The token goes to the address that was given, and nowhere else.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.http = &client
	return t, nil
}

// defaultTransport keeps as many connections as a busy server asks over at once.
func defaultTransport() http.RoundTripper {
	base, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	own := base.Clone()
	own.MaxIdleConnsPerHost = 64
	return own
}

// do makes a call, again where that is safe and may help, until its time is over.
func (t *transport) do(ctx context.Context, c call) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	var body []byte
	if c.body != nil {
		var err error
		if body, err = json.Marshal(c.body); err != nil {
			return nil, fmt.Errorf("steelgate: the request can't be written: %w", err)
		}
	}
	for attempt := 1; ; attempt++ {
		a, err := t.once(ctx, c, body)
		if err == nil || !c.isSafe || attempt >= t.attempts {
			return a, err
		}
		after, passes := isPassing(err)
		if !passes {
			return nil, err
		}
		wait := max(after, backoff(attempt))
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
			return nil, err
		}
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func (t *transport) once(ctx context.Context, c call, body []byte) (*answer, error) {
	target := t.base + c.path
	if len(c.query) > 0 {
		target += "?" + c.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, c.method, target, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("steelgate: the request can't be made")
	}
	for name, value := range c.header {
		request.Header.Set(name, value)
	}
	request.Header.Set("Authorization", "Bearer "+t.token.Reveal())
	request.Header.Set("Accept", "application/json, application/problem+json")
	if c.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := t.http.Do(request)
	if err != nil {
		return nil, lost(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer+1))
	switch {
	case err != nil:
		return nil, lost(ctx, err)
	case len(text) > longestAnswer:
		return nil, misshapen("as short as steelgate's are", response.StatusCode)
	case response.StatusCode != http.StatusOK && response.StatusCode != http.StatusCreated:
		return nil, problemOf(response, text)
	}
	return &answer{status: response.StatusCode, header: response.Header, body: text}, nil
}

// lost is why there is no answer. The address is left out: its query is nobody's to log.
func lost(ctx context.Context, err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return &NoAnswer{Reason: Cancelled, Message: "the call was cancelled", Cause: context.Canceled}
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return &NoAnswer{Reason: Timeout, Message: "steelgate did not answer in time", Cause: context.DeadlineExceeded}
	}
	return &NoAnswer{Reason: Unreachable, Message: "steelgate can't be reached, or the connection was lost", Cause: err}
}

func problemOf(response *http.Response, text []byte) error {
	after := retryAfter(response.Header.Get("Retry-After"))
	var p problemDocument
	if json.Unmarshal(text, &p) != nil || p.Code == "" || p.Detail == "" {
		if isPassingStatus(response.StatusCode) {
			// What is in the way may say that it is busy by the status alone.
			return &Problem{Status: response.StatusCode, Code: "no_answer", Detail: "What answered is not steelgate.", RetryAfter: after}
		}
		return misshapen("a problem that steelgate tells of", response.StatusCode)
	}
	for i := range p.Errors {
		p.Errors[i].Message = withoutSecrets(p.Errors[i].Message)
	}
	return &Problem{Status: response.StatusCode, Code: p.Code, Detail: withoutSecrets(p.Detail), Errors: p.Errors, RetryAfter: after}
}

// retryAfter reads seconds, or a date.
func retryAfter(value string) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}

// isPassing tells failures that may pass by themselves, and after how long the server wants to be asked again.
func isPassing(err error) (after time.Duration, ok bool) {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.RetryAfter, isPassingStatus(p.Status)
	}
	n, ok := errors.AsType[*NoAnswer](err)
	return 0, ok && n.Reason == Unreachable
}

func isPassingStatus(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// backoff has full jitter: callers that failed together do not come again together.
func backoff(attempt int) time.Duration {
	return time.Duration(rand.Int64N(int64(min(time.Second, 50*time.Millisecond<<attempt))))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return lost(ctx, ctx.Err())
	}
}
