package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/oidc"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

const (
	clientID     = "steelgate"
	clientSecret = "the-secret-of-the-client-0123456789"
	nonce        = "the nonce"
)

// issuer is a provider that answers what a test has it answer.
type issuer struct {
	*httptest.Server
	// claims are those of the id_token, sign makes the token of them.
	claims map[string]any
	sign   func(claims []byte) string
	// name is how the provider calls itself, status how it answers for a code.
	name   string
	status int
	// answer replaces the whole answer for a code, where it is set.
	answer string
	// info is what userinfo answers; nil is that there is none.
	info map[string]any
	// asked is the form that it was asked for a code with.
	asked url.Values
}

var theKey, anotherKey = sync.OnceValue(newKey), sync.OnceValue(newKey)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// signed makes a token of claims.
func signed(algorithm jose.SignatureAlgorithm, key any) func([]byte) string {
	return func(claims []byte) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", "k1"))
		if err != nil {
			panic(err)
		}
		token, err := signer.Sign(claims)
		if err != nil {
			panic(err)
		}
		text, err := token.CompactSerialize()
		if err != nil {
			panic(err)
		}
		return text
	}
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	p := &issuer{sign: signed(jose.RS256, theKey()), status: http.StatusOK}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		userinfo := ""
		if p.info != nil {
			userinfo = p.URL + "/userinfo"
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"userinfo_endpoint": userinfo,
			"issuer":            p.name, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"response_types_supported": []string{"code"}, "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: theKey().Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer a" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(p.info)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		p.asked = r.PostForm
		claims, _ := json.Marshal(p.claims)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(p.status)
		if p.answer != "" {
			_, _ = w.Write([]byte(p.answer))
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": p.sign(claims)})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	p.name = p.URL
	p.claims = map[string]any{
		"iss": p.URL, "sub": "ada-at-the-provider", "aud": clientID, "nonce": nonce, "iat": noon.Unix(), "exp": noon.Add(time.Minute).Unix(),
		"email": "ada@acme.example", "email_verified": true, "name": "Ada",
	}
	return p
}

func (p *issuer) provider() *oidc.Provider {
	return oidc.New(oidc.Config{
		Issuer: p.URL, ClientID: clientID, ClientSecret: apikey.Hide(clientSecret), RedirectURL: "https://gate.example/v1/sign-in/callback",
		Clock: func() time.Time { return noon },
	})
}

// The browser goes with everything that ties the answer to this sign-in, and the code is asked for with the verifier.
func TestSignIn(t *testing.T) {
	t.Parallel()
	p := newIssuer(t)
	provider, verifier, state := p.provider(), oidc.NewVerifier(), apikey.MintTicket(apikey.StatePrefix)
	address, err := provider.AuthURL(t.Context(), state, nonce, verifier)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	challenge := sha256.Sum256([]byte(verifier))
	for name, want := range map[string]string{
		"response_type": "code", "client_id": clientID, "redirect_uri": "https://gate.example/v1/sign-in/callback", "scope": "openid email profile",
		"state": state.Reveal(), "nonce": nonce, "code_challenge_method": "S256", "code_challenge": base64.RawURLEncoding.EncodeToString(challenge[:]),
	} {
		if got := parsed.Query().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if strings.Contains(address, verifier) || strings.Contains(address, clientSecret) {
		t.Error("the browser carries what it must not see")
	}
	person, err := provider.Exchange(t.Context(), "the code", nonce, verifier)
	want := oidc.Person{Issuer: p.URL, Subject: "ada-at-the-provider", Email: "ada@acme.example", Name: "Ada"}
	if err != nil || person != want {
		t.Errorf("got %+v, %v", person, err)
	}
	if p.asked.Get("code_verifier") != verifier || p.asked.Get("code") != "the code" || p.asked.Get("grant_type") != "authorization_code" {
		t.Errorf("asked with %v", p.asked)
	}
}

// Two sign-ins share neither nonce nor verifier.
func TestNothingIsUsedTwice(t *testing.T) {
	t.Parallel()
	made := map[string]bool{}
	for range 100 {
		made[oidc.NewNonce()], made[oidc.NewVerifier()] = true, true
	}
	if len(made) != 200 {
		t.Errorf("of 200 there are %d", len(made))
	}
}

// An address counts only where the provider says that it is the person's.
func TestUnverifiedAddresses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		verified any
		want     string
	}{
		{true, "ada@acme.example"}, {"true", "ada@acme.example"},
		{false, ""}, {"false", ""}, {nil, ""}, {"yes", ""}, {1, ""}, {[]any{true}, ""},
	} {
		p := newIssuer(t)
		p.claims["email_verified"] = test.verified
		person, err := p.provider().Exchange(t.Context(), "c", nonce, "v")
		if err != nil || person.Email != test.want || person.Subject == "" {
			t.Errorf("email_verified %v: got %+v, %v", test.verified, person, err)
		}
	}
}

// Where the token has no address, the provider is asked for it, and believed of this person alone.
func TestAddressFromUserinfo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		info  map[string]any
		email string
		err   error
	}{
		{map[string]any{"sub": "ada-at-the-provider", "email": "ada@acme.example", "email_verified": true}, "ada@acme.example", nil},
		{map[string]any{"sub": "ada-at-the-provider", "email": "ada@acme.example", "email_verified": false}, "", nil},
		{map[string]any{"sub": "ada-at-the-provider", "email": "ada@acme.example"}, "", nil},
		{map[string]any{"sub": "ada-at-the-provider"}, "", nil},
		{map[string]any{"sub": "another", "email": "ada@acme.example", "email_verified": true}, "", oidc.ErrRefused},
		{map[string]any{"email": "ada@acme.example", "email_verified": true}, "", oidc.ErrRefused},
	} {
		p := newIssuer(t)
		delete(p.claims, "email")
		delete(p.claims, "email_verified")
		p.info = test.info
		person, err := p.provider().Exchange(t.Context(), "c", nonce, "v")
		if !errors.Is(err, test.err) || person.Email != test.email && err == nil {
			t.Errorf("%v: got %+v, %v", test.info, person, err)
		}
	}
}

// What was made for another sign-in, another program or another time, or by somebody else, is not believed.
func TestForgedAnswers(t *testing.T) {
	t.Parallel()
	claim := func(name string, value any) func(*issuer) { return func(p *issuer) { p.claims[name] = value } }
	unsigned := func(claims []byte) string {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims) + "."
	}
	publicKey, err := jose.JSONWebKey{Key: theKey().Public()}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for name, forge := range map[string]func(*issuer){
		"another audience":                       claim("aud", "another-program"),
		"no audience":                            claim("aud", nil),
		"an audience of several without a party": claim("aud", []string{clientID, "another-program"}),
		"another party":                          claim("azp", "another-program"),
		"another party among several":            func(p *issuer) { p.claims["aud"], p.claims["azp"] = []string{clientID, "other"}, "other" },
		"another nonce":                          claim("nonce", "another"),
		"no nonce":                               claim("nonce", nil),
		"an empty nonce":                         claim("nonce", ""),
		"another issuer":                         claim("iss", "https://evil.example"),
		"no subject":                             claim("sub", ""),
		"expired":                                claim("exp", noon.Add(-time.Second).Unix()),
		"no expiry":                              claim("exp", nil),
		"not yet":                                claim("nbf", noon.Add(time.Hour).Unix()),
		"another's signature":                    func(p *issuer) { p.sign = signed(jose.RS256, anotherKey()) },
		"our secret as a key":                    func(p *issuer) { p.sign = signed(jose.HS256, []byte(clientSecret)) },
		"the public key as a secret":             func(p *issuer) { p.sign = signed(jose.HS256, publicKey) },
		"an algorithm that is not taken":         func(p *issuer) { p.sign = signed(jose.RS512, theKey()) },
		"no signature":                           func(p *issuer) { p.sign = unsigned },
		"no token":                               func(p *issuer) { p.sign = func([]byte) string { return "" } },
		"no JWT":                                 func(p *issuer) { p.sign = func([]byte) string { return "x.y.z" } },
		"no id_token":                            func(p *issuer) { p.answer = `{"access_token": "a", "token_type": "Bearer"}` },
		"an id_token of another type":            func(p *issuer) { p.answer = `{"access_token": "a", "token_type": "Bearer", "id_token": {"sub": "x"}}` },
		"a code that it does not take":           func(p *issuer) { p.status, p.answer = http.StatusBadRequest, `{"error": "invalid_grant"}` },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newIssuer(t)
			forge(p)
			maps.DeleteFunc(p.claims, func(_ string, v any) bool { return v == nil })
			person, err := p.provider().Exchange(t.Context(), "c", nonce, "v")
			if !errors.Is(err, oidc.ErrRefused) || person != (oidc.Person{}) {
				t.Errorf("got %+v, %v", person, err)
			}
			if err != nil && (strings.Contains(err.Error(), clientSecret) || strings.Contains(err.Error(), "invalid_grant")) {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
	t.Run("an answer that is believed", func(t *testing.T) {
		t.Parallel()
		p := newIssuer(t)
		p.claims["aud"], p.claims["azp"] = []string{clientID, "other"}, clientID
		if _, err := p.provider().Exchange(t.Context(), "c", nonce, "v"); err != nil {
			t.Error(err)
		}
	})
	t.Run("an empty nonce of our own", func(t *testing.T) {
		t.Parallel()
		p := newIssuer(t)
		p.claims["nonce"] = ""
		if _, err := p.provider().Exchange(t.Context(), "c", "", "v"); !errors.Is(err, oidc.ErrRefused) {
			t.Errorf("got %v", err)
		}
	})
}

// A provider that is down, or is none, is one that can't be asked now; once it is up it is asked.
func TestProviderThatIsDown(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]func(*issuer){
		"calls itself another name":   func(p *issuer) { p.name = "https://evil.example" },
		"answers no JSON":             func(p *issuer) { p.Config.Handler = http.NotFoundHandler() },
		"fails":                       func(p *issuer) { p.Config.Handler = failing },
		"leads elsewhere":             func(p *issuer) { p.Config.Handler = http.RedirectHandler("https://evil.example", http.StatusFound) },
		"answers more than is read":   func(p *issuer) { p.Config.Handler = endless },
		"is down":                     func(p *issuer) { p.Close() },
		"is down once it has a code":  func(p *issuer) { p.status, p.answer = http.StatusInternalServerError, "no" },
		"answers nonsense for a code": func(p *issuer) { p.answer = "no" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newIssuer(t)
			broken(p)
			if _, err := p.provider().Exchange(t.Context(), "c", nonce, "v"); !errors.Is(err, oidc.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("comes up", func(t *testing.T) {
		t.Parallel()
		p := newIssuer(t)
		up, asked := p.Config.Handler, 0
		p.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked++; failing(w, r) })
		now := noon
		provider := oidc.New(oidc.Config{Issuer: p.URL, ClientID: clientID, Clock: func() time.Time { return now }})
		for range 2 {
			if _, err := provider.AuthURL(t.Context(), apikey.MintTicket(apikey.StatePrefix), nonce, "v"); !errors.Is(err, oidc.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
		}
		if asked != 1 {
			t.Errorf("a provider that is down is asked %d times at once", asked)
		}
		p.Config.Handler = up
		now = now.Add(time.Minute)
		if _, err := provider.AuthURL(t.Context(), apikey.MintTicket(apikey.StatePrefix), nonce, "v"); err != nil {
			t.Error(err)
		}
	})
}

var failing = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })

var endless = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte(`{"issuer": "`))
	for range 3 << 10 {
		if _, err := w.Write([]byte(strings.Repeat("x", 1<<10))); err != nil {
			return
		}
	}
	_, _ = w.Write([]byte(`"}`))
})
