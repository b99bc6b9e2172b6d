package redis

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// serverURL is that of a real Redis, or the test is skipped.
func serverURL(t *testing.T) string {
	t.Helper()
	url := os.Getenv("STEELGATE_TEST_REDIS_URL")
	if url == "" {
		t.Skip("STEELGATE_TEST_REDIS_URL is not set: scripts/test-servers run … starts a Redis and sets it")
	}
	return url
}

func open(t *testing.T, url string) *Bell {
	t.Helper()
	b, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	b.retries = retries{first: time.Millisecond, last: 10 * time.Millisecond}
	return b
}

// listen has the bell listen until the test ends, and answers where it wakes.
func listen(t *testing.T, b *Bell) <-chan struct{} {
	t.Helper()
	woken := make(chan struct{}, 1000)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.Listen(ctx, func() { woken <- struct{}{} })
	}()
	t.Cleanup(func() { cancel(); await(t, ended, "Listen to end with its context") })
	return woken
}

// await waits for what has to happen; how long that takes says nothing.
func await[T any](t *testing.T, happened <-chan T, what string) {
	t.Helper()
	select {
	case <-happened:
	case <-time.After(time.Minute):
		t.Fatalf("waited in vain for %s", what)
	}
}

func TestARingWakesEveryListener(t *testing.T) {
	url := serverURL(t)
	ringer := open(t, url)
	listeners := []<-chan struct{}{listen(t, ringer), listen(t, open(t, url)), listen(t, open(t, url))}
	for _, woken := range listeners {
		await(t, woken, "the wake-up of a fresh connection")
	}
	for range 3 {
		ringer.Ring()
		for _, woken := range listeners {
			await(t, woken, "a ring")
		}
	}
}

func TestAListenerConnectsAnewAndWakes(t *testing.T) {
	url := serverURL(t)
	b := open(t, url)
	woken := listen(t, b)
	await(t, woken, "the wake-up of a fresh connection")
	for range 3 {
		// Nothing else listens in a test's Redis but tests of this package, which run one after the other.
		if err := b.client.Do(t.Context(), "CLIENT", "KILL", "TYPE", "pubsub").Err(); err != nil {
			t.Fatal(err)
		}
		await(t, woken, "the wake-up of the next connection")
	}
	b.Ring()
	await(t, woken, "a ring on the next connection")
}

func TestAListenerOutlivesSilence(t *testing.T) {
	b := open(t, serverURL(t))
	b.silence = 5 * time.Millisecond
	woken := listen(t, b)
	await(t, woken, "the wake-up of a fresh connection")
	pinged := make(chan struct{})
	go func() {
		defer close(pinged)
		for seen := 0; seen < 3 && t.Context().Err() == nil; {
			list, err := b.client.Do(t.Context(), "CLIENT", "LIST", "TYPE", "pubsub").Text()
			if err == nil && strings.Contains(list, "cmd=ping") {
				seen++
			}
		}
	}()
	await(t, pinged, "a listener that asks whether the server is there")
	b.Ring()
	await(t, woken, "a ring after the silence")
}

// mute is a server that accepts a subscription and never says a word again, as behind a connection that died.
func mute(t *testing.T) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go subscribeThenMute(connection)
		}
	}()
	return "redis://" + listener.Addr().String()
}

func subscribeThenMute(connection net.Conn) {
	defer connection.Close()
	lines := bufio.NewScanner(connection)
	for lines.Scan() {
		switch strings.ToLower(lines.Text()) {
		case "hello":
			_, _ = io.WriteString(connection, "-ERR unknown command\r\n")
		case "subscribe":
			_, _ = fmt.Fprintf(connection, "*3\r\n$9\r\nsubscribe\r\n$%d\r\n%s\r\n:1\r\n", len(channel), channel)
		}
	}
}

func TestAListenerLeavesAConnectionThatDied(t *testing.T) {
	b := open(t, mute(t))
	b.silence = 5 * time.Millisecond
	woken := listen(t, b)
	for range 3 {
		await(t, woken, "the wake-up of another connection")
	}
}

func TestNoRedis(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	b := open(t, "redis://"+address)
	logged := make(chan string, 1000)
	b.Log = slog.New(slog.NewTextHandler(writer(func(line string) { logged <- line }), nil))
	listen(t, b)
	await(t, logged, "a word in the log")
	for range 10_000 {
		b.Ring()
	}
	// It comes up where the bell looked for it in vain.
	if listener, err = net.Listen("tcp", address); err != nil {
		t.Skipf("the port was taken meanwhile: %v", err)
	}
	defer listener.Close()
	reached := make(chan struct{})
	go func() {
		defer close(reached)
		if connection, err := listener.Accept(); err == nil {
			_ = connection.Close()
		}
	}()
	await(t, reached, "another try to connect")
	if len(logged) > 0 {
		t.Errorf("one row of failures is logged more than once: %s", <-logged)
	}
}

type writer func(string)

func (w writer) Write(line []byte) (int, error) {
	w(string(line))
	return len(line), nil
}

func TestCloseEndsListen(t *testing.T) {
	b := open(t, mute(t))
	woken, ended := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(ended)
		b.Listen(t.Context(), func() { woken <- struct{}{} })
	}()
	await(t, woken, "a connection")
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	await(t, ended, "Listen to end with its bell")
	b.Ring()
	if err := b.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}

func TestOpenTakesURLs(t *testing.T) {
	for _, test := range []struct {
		url string
		ok  bool
	}{
		{"redis://cache:6379", true},
		{"redis://user:secret@cache:6379/3", true},
		{"rediss://cache", true},
		{"", false},
		{"cache:6379", false},
		{"http://cache", false},
		{"redis://user:secret@cache:port/0", false},
		{"redis://user:secret@cache/zero", false},
	} {
		b, err := Open(t.Context(), test.url)
		if (err == nil) != test.ok {
			t.Errorf("%q: %v", test.url, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
		if err == nil {
			_ = b.Close()
		}
	}
}

// The server's own view, lest the tests above pass on an empty channel of wake-ups.
func TestListenSubscribesOnce(t *testing.T) {
	b := open(t, serverURL(t))
	await(t, listen(t, b), "a connection")
	options, err := redis.ParseURL(os.Getenv("STEELGATE_TEST_REDIS_URL"))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	count, err := client.PubSubNumSub(t.Context(), channel).Result()
	if err != nil || count[channel] != 1 {
		t.Errorf("%v subscriptions, error %v", count, err)
	}
}
