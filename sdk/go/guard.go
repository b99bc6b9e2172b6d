package steelgate

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
)

// GuardOptions say how requests are guarded.
type GuardOptions struct {
	Client *Client
	// Routes say what a request wants to do to what, or Route does; one of the two. Where neither a route matches nor the function answers true, the
	// request is refused. The function is called when the request reaches the guard: behind a ServeMux it sees path values.
	Routes Routes
	Route  func(*http.Request) (Question, bool)
	// ClientIP is the end client's address: the peer's unless given. Behind a proxy the application knows whom to believe. Keys with an allow-list are
	// refused where it is "".
	ClientIP func(*http.Request) string
	// OnError is told why no decision could be made. The request is refused, whatever this does.
	OnError func(*http.Request, error)
}

// Guard lets requests through whose key may do what they ask for.
type Guard struct {
	options GuardOptions
	routes  []route
}

// NewGuard compiles the routes.
func NewGuard(o GuardOptions) (*Guard, error) {
	if o.Client == nil || (o.Route == nil) == (o.Routes == nil) {
		return nil, errors.New("steelgate: a guard needs a client, and either Routes or Route")
	}
	routes, err := o.Routes.compile()
	if err != nil {
		return nil, err
	}
	return &Guard{options: o, routes: routes}, nil
}

// Handler is next behind the guard. There DecisionOf answers the decision. Other requests are answered as forward-auth does: 401 and 403; and 503 where
// no decision could be made.
func (g *Guard) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		decision, refusal := g.Judge(r)
		if refusal != nil {
			refusal.Write(w)
			return
		}
		next.ServeHTTP(w, r.WithContext(WithDecision(r.Context(), decision)))
	})
}

type decisionKey struct{}

// WithDecision is a context that has the decision by which a request was let through.
func WithDecision(ctx context.Context, d Decision) context.Context {
	return context.WithValue(ctx, decisionKey{}, d)
}

// DecisionOf is the decision by which a request was let through: whose key it is, and who is billed. It is false on a request that no guard let through.
func DecisionOf(ctx context.Context) (Decision, bool) {
	d, ok := ctx.Value(decisionKey{}).(Decision)
	return d, ok
}

// noRoute is the action that is asked about where no route matches: the key is judged first, and the refusal is in the decision log like others.
const noRoute = "no_route"

// Judge decides on a request. The refusal is nil where it may be let through, and only there.
func (g *Guard) Judge(r *http.Request) (Decision, *Refusal) {
	question, hasRoute := g.question(r)
	request := DecisionRequest{APIKey: NewSecret(presentedKey(r.Header)), Action: noRoute, Resource: Resource{Type: "request", ID: noRoute}, Context: map[string]any{}}
	if hasRoute {
		request.Action, request.Resource = question.Action, question.Resource
		maps.Copy(request.Context, question.Context)
	}
	if ip := g.clientIP(r); ip != "" {
		request.Context["client_ip"] = ip
	}
	d, err := g.options.Client.Decide(r.Context(), request)
	if err == nil && d.Status == http.StatusInternalServerError {
		err = &Problem{Status: d.Status, Code: d.Code, Detail: d.Message}
	}
	switch {
	case err != nil:
		if g.options.OnError != nil {
			g.options.OnError(r, err)
		}
		return Decision{}, unavailable()
	case d.Status == http.StatusUnauthorized:
		return Decision{}, unauthenticated(d.DecisionID)
	case !hasRoute:
		return Decision{}, refuse(http.StatusForbidden, noRoute, "No route matches the request.", d.DecisionID)
	case !d.Allow:
		return Decision{}, denied(d)
	}
	return d, nil
}

func (g *Guard) question(r *http.Request) (Question, bool) {
	if g.options.Route != nil {
		return g.options.Route(r)
	}
	target := r.RequestURI
	if target == "" {
		target = r.URL.RequestURI()
	}
	return match(g.routes, r.Method, target)
}

func (g *Guard) clientIP(r *http.Request) string {
	if g.options.ClientIP != nil {
		return g.options.ClientIP(r)
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// Refusal is what a request is answered with that is not let through.
type Refusal struct {
	// Status is 401, 403 or 503.
	Status int
	Header http.Header
	Body   []byte
}

// Write answers a request.
func (r *Refusal) Write(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.Header)
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.Body) //nolint:gosec // JSON of our own, and said to be so.
}

// A key's holder is told what forward-auth tells: not why a key is dead, nor whether a workspace exists that they are no member of.

func unauthenticated(decisionID string) *Refusal {
	r := refuse(http.StatusUnauthorized, "invalid_api_key", "The API key is missing or not valid.", decisionID)
	r.Header.Set("WWW-Authenticate", `ApiKey realm="steelengine"`)
	return r
}

func denied(d Decision) *Refusal {
	if d.Code == "not_a_member" || d.Code == "outside_scope" {
		return refuse(http.StatusForbidden, "outside_scope", "The API key does not reach this resource, or it does not exist.", d.DecisionID)
	}
	return refuse(http.StatusForbidden, d.Code, d.Message, d.DecisionID)
}

func unavailable() *Refusal {
	r := refuse(http.StatusServiceUnavailable, "unavailable", "No decision could be made: try again shortly.", "")
	r.Header.Set("Retry-After", "1")
	return r
}

func refuse(status int, code, message, decisionID string) *Refusal {
	told := map[string]string{"code": code, "message": message}
	if decisionID != "" {
		told["decision_id"] = decisionID
	}
	// Texts alone: this can't fail.
	body, _ := json.Marshal(map[string]any{"error": told})
	return &Refusal{Status: status, Header: http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"application/json; charset=utf-8"}}, Body: body}
}
