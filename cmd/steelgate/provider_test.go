package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/api/apitest"
	"github.com/steelengine/steelgate/console"
)

const (
	// gateHost is what the server is called in these tests, whatever address it listens on.
	gateHost     = "gate.example"
	gateURL      = "https://" + gateHost
	clientSecret = "the-secret-of-the-client-0123456789"
)

// startDex runs Dex until the test ends, and answers its issuer. A user is email:password:id.
func startDex(t *testing.T, users ...string) (issuer string) {
	t.Helper()
	binary := os.Getenv("STEELGATE_TEST_DEX")
	if binary == "" {
		t.Skip("needs Dex: run it by scripts/test-servers")
	}
	args := []string{"--client-id", "steelgate", "--client-secret", clientSecret, "--redirect-uri", gateURL + "/v1/sign-in/callback"}
	for _, user := range users {
		args = append(args, "--user", user)
	}
	dex := exec.Command(binary, args...)
	in, err := dex.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := dex.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := dex.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = dex.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var said struct{ Issuer string }
	if err := json.Unmarshal(line, &said); err != nil {
		t.Fatal(err)
	}
	return said.Issuer
}

// certificate makes one for gateHost, and answers its files and the pool that believes it.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: gateHost}, DNSNames: []string{gateHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	certFile = writeFile(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	keyFile = writeFile(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	return certFile, keyFile, pool
}

// serveTLS runs a server that is called gateHost, over TLS.
func serveTLS(t *testing.T, args ...string) *server {
	t.Helper()
	certFile, keyFile, pool := certificate(t)
	s := newServer(t)
	s.network = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: gateHost}}
	s.runInside(serveArgs(append([]string{"--tls-cert-file", certFile, "--tls-key-file", keyFile, "--public-url", gateURL}, args...))...)
	return s
}

// browser holds cookies as a browser does, and knows where gateHost is. What it asks of the server is held to the document: so it
// stops where it is sent to the console, whose pages are no part of that.
type browser struct {
	t    *testing.T
	gate *server
	http.Client
	// halts, where it is set, stops at a redirect to an address that begins so, and keeps it in halted.
	halts  string
	halted string
}

func newBrowser(t *testing.T, gate *server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, gate: gate}
	toGate := gate.network.(*http.Transport).Clone()
	toGate.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, strings.TrimPrefix(gate.url, "https://"))
	}
	checked := apitest.Transport(t, toGate)
	b.Client = http.Client{Jar: jar, Transport: byHost{gateHost: checked}, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if b.halts != "" && strings.HasPrefix(r.URL.String(), b.halts) {
			b.halted = r.URL.String()
			return http.ErrUseLastResponse
		}
		if strings.HasPrefix(r.URL.String(), gateURL+console.Base) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return b
}

// byHost sends a request on by its host; one that is not listed as every request goes.
type byHost map[string]http.RoundTripper

func (h byHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if next := h[r.URL.Host]; next != nil {
		return next.RoundTrip(r)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// ask sends a request as a page of the server's own does.
func (b *browser) ask(method, address, body string, headers ...string) reply {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = gateURL + address
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Origin", gateURL)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	return b.do(r)
}

func (b *browser) do(r *http.Request) reply {
	b.t.Helper()
	response, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply{b.t, response.StatusCode, response.Header, text}
}

// signIn goes to the provider, gives a password there, and comes back as far as halts lets it.
func (b *browser) signIn(returnTo, email, password string) reply {
	b.t.Helper()
	address := gateURL + "/v1/sign-in/oidc"
	if returnTo != "" {
		address += "?return_to=" + url.QueryEscape(returnTo)
	}
	r, err := http.NewRequest("GET", address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	form, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = form.Body.Close()
	if form.StatusCode != http.StatusOK {
		b.t.Fatalf("no form at the provider: %d at %s", form.StatusCode, form.Request.URL.Host)
	}
	r, err = http.NewRequest("POST", form.Request.URL.String(), strings.NewReader(url.Values{"login": {email}, "password": {password}}.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

// holds is the value of the server's cookie of a name, or "".
func (b *browser) holds(name string) string {
	for _, c := range b.Jar.Cookies(&url.URL{Scheme: "https", Host: gateHost}) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}
