package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// connections is how many clients ask at once, each over a connection that it keeps.
const connections = 8

// target is a server to ask, and the requests to ask it with, whole as they go over the wire.
type target struct {
	name     string
	address  string
	requests [][]byte
	pid      int
	// admits tells whether an answer allows; where it is nil, what /v1/decisions and OPA say. It is an error where the answer is none.
	admits func(status int, body []byte) (bool, error)
	// talk is one client's part; converse over HTTP unless given.
	talk func(until time.Time, first int) (answered, allowed int, err error)
	// allowed and answered count what came back, from one measurement to the next.
	allowed, answered int
}

// request makes one as it goes over the wire.
func request(path, bearer string, body []byte) []byte {
	var made strings.Builder
	fmt.Fprintf(&made, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n", path)
	if bearer != "" {
		fmt.Fprintf(&made, "Authorization: Bearer %s\r\n", bearer)
	}
	fmt.Fprintf(&made, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return []byte(made.String())
}

// saysAllow reads a decision's body.
func saysAllow(status int, body []byte) (bool, error) {
	if status != http.StatusOK {
		return false, fmt.Errorf("status %d: %s", status, body)
	}
	return bytes.Contains(body, []byte(`"allow":true`)), nil
}

// load is what a target did in one measurement.
type load struct{ perSecond, cpu float64 }

// measure asks a target for a while, over all connections at once.
func (t *target) measure(span time.Duration) (load, error) {
	t.allowed, t.answered = 0, 0
	cpu, err := processCPU(t.pid)
	if err != nil {
		return load{}, err
	}
	var clients sync.WaitGroup
	var guard sync.Mutex
	var failed error
	begin := time.Now()
	talk := t.talk
	if talk == nil {
		talk = t.converse
	}
	for c := range connections {
		clients.Go(func() {
			answered, allowed, err := talk(begin.Add(span), c*len(t.requests)/connections)
			guard.Lock()
			defer guard.Unlock()
			t.answered += answered
			t.allowed += allowed
			if err != nil {
				failed = err
			}
		})
	}
	clients.Wait()
	took := time.Since(begin)
	if failed != nil {
		return load{}, fmt.Errorf("%s: %w", t.name, failed)
	}
	after, err := processCPU(t.pid)
	return load{
		perSecond: float64(t.answered) / took.Seconds(),
		cpu:       float64((after - cpu).Nanoseconds()) / float64(t.answered),
	}, err
}

// converse is one client's part: request and answer, in turn, until the time is over.
func (t *target) converse(until time.Time, first int) (answered, allowed int, err error) {
	connection, err := net.Dial("tcp", t.address)
	if err != nil {
		return 0, 0, err
	}
	defer connection.Close()
	if err := connection.SetDeadline(until.Add(30 * time.Second)); err != nil {
		return 0, 0, err
	}
	reader := bufio.NewReader(connection)
	for n := first; time.Now().Before(until); n++ {
		if _, err := connection.Write(t.requests[n%len(t.requests)]); err != nil {
			return answered, allowed, err
		}
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return answered, allowed, err
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return answered, allowed, err
		}
		admits := t.admits
		if admits == nil {
			admits = saysAllow
		}
		is, err := admits(response.StatusCode, body)
		if err != nil {
			return answered, allowed, err
		}
		answered++
		if is {
			allowed++
		}
	}
	return answered, allowed, nil
}
