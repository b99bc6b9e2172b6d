package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/steelengine/steelgate/authz"
)

// identityPrefix begins the headers that tell the upstream whose request it is. Nobody else may send one.
const identityPrefix = "X-Steelgate-"

const jsonType = "application/json; charset=utf-8"

// holderAnswer is what a key's holder, or the upstream behind a proxy, is told of a decision. The holder learns less than the service that
// asks /v1/decisions: not why a key is dead, and not whether a workspace exists that they are no member of.
type holderAnswer struct {
	// status is 200, 401 or 403; the gateway's own 502 and 504 beside.
	status int
	// identity are the headers for the upstream, of an allow alone.
	identity http.Header
	// challenge is WWW-Authenticate, and body the refusal: of a deny alone.
	challenge string
	body      []byte
}

// refusalBody is the body of a refusal.
type refusalBody struct {
	Error struct {
		Code       authz.Code `json:"code"`
		Message    string     `json:"message"`
		DecisionID string     `json:"decision_id"`
	} `json:"error"`
}

func answerHolder(d authz.Decision) holderAnswer {
	if d.Allow {
		return holderAnswer{status: http.StatusOK, identity: identityOf(d)}
	}
	a := holderAnswer{status: http.StatusForbidden}
	code, message := d.Code, d.Message
	switch {
	case d.Code.Unauthenticated():
		a.status, a.challenge = http.StatusUnauthorized, `ApiKey realm="steelengine"`
		code, message = "invalid_api_key", "The API key is missing or not valid."
	case d.Code == authz.NotAMember, d.Code == authz.OutsideScope:
		code, message = authz.OutsideScope, "The API key does not reach this resource, or it does not exist."
	}
	a.body = refusal(code, message, d.ID)
	return a
}

func refusal(code authz.Code, message, decisionID string) []byte {
	var body refusalBody
	body.Error.Code, body.Error.Message, body.Error.DecisionID = code, message, decisionID
	// Texts alone: this can't fail.
	text, _ := json.Marshal(body)
	return text
}

// identityOf are the headers that an allow brings to the upstream.
func identityOf(d authz.Decision) http.Header {
	h := http.Header{}
	h.Set(identityPrefix+"Key-Id", d.Key.ID)
	h.Set(identityPrefix+"Key-Type", string(d.Key.Type))
	if d.BilledTo != nil {
		h.Set(identityPrefix+"Billed-To", d.BilledTo.ID)
	}
	if d.Permission != nil {
		h.Set(identityPrefix+"Permission", d.Permission.Granted.String())
	}
	h.Set(identityPrefix+"Decision-Id", d.ID)
	return h
}

// isReserved tells the names of headers that would be taken for a key's, or for the identity that an allow brings.
func isReserved(name string) bool {
	name = plainName(name)
	return name == "x-api-key" || strings.HasPrefix(name, plainName(identityPrefix))
}

// isRerouting tells the names of headers by which some servers let a client say that its request is another than it is: what was decided on
// would not be what is done.
func isRerouting(name string) bool {
	switch plainName(name) {
	case "x-http-method", "x-http-method-override", "x-method-override",
		"x-original-url", "x-rewrite-url", "x-original-uri", "x-original-method", "x-forwarded-uri", "x-forwarded-method", "x-forwarded-path", "x-forwarded-prefix":
		return true
	}
	return false
}

// plainName is a header's name as those upstreams read it, too, that make no difference between "_" and "-".
func plainName(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "-")) }

// write answers a request over HTTP.
func (a holderAnswer) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	for name, values := range a.identity {
		h[name] = values
	}
	if a.challenge != "" {
		h.Set("WWW-Authenticate", a.challenge)
	}
	if a.body != nil {
		h.Set("Content-Type", jsonType)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}
