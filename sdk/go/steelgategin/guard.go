package steelgategin

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	steelgate "github.com/steelengine/steelgate/sdk/go"
)

// Options say how requests are guarded: as steelgate.GuardOptions, of gin's context.
type Options struct {
	Client *steelgate.Client
	// Routes say what a request wants to do to what, or Route does, which sees the route's parameters; one of the two.
	Routes steelgate.Routes
	Route  func(*gin.Context) (steelgate.Question, bool)
	// ClientIP is the end client's address: the peer's unless given. gin's own ClientIP believes every proxy until the engine is told whom to trust.
	ClientIP func(*gin.Context) string
	// OnError is told why no decision could be made.
	OnError func(*gin.Context, error)
}

// New makes a handler that lets requests through whose key may do what they ask for. After it DecisionOf answers the decision; other requests are answered
// and end there.
func New(o Options) (gin.HandlerFunc, error) {
	if o.Client == nil || (o.Route == nil) == (o.Routes == nil) {
		return nil, errors.New("steelgategin: a guard needs a client, and either Routes or Route")
	}
	options := steelgate.GuardOptions{Client: o.Client, Routes: o.Routes}
	if o.Route != nil {
		options.Route = func(r *http.Request) (steelgate.Question, bool) { return o.Route(contextOf(r)) }
	}
	if o.ClientIP != nil {
		options.ClientIP = func(r *http.Request) string { return o.ClientIP(contextOf(r)) }
	}
	if o.OnError != nil {
		options.OnError = func(r *http.Request, err error) { o.OnError(contextOf(r), err) }
	}
	guard, err := steelgate.NewGuard(options)
	if err != nil {
		return nil, err
	}
	return func(c *gin.Context) {
		decision, refusal := guard.Judge(c.Request.WithContext(context.WithValue(c.Request.Context(), ginKey{}, c)))
		if refusal != nil {
			refusal.Write(c.Writer)
			c.Abort()
			return
		}
		c.Request = c.Request.WithContext(steelgate.WithDecision(c.Request.Context(), decision))
		c.Next()
	}, nil
}

// DecisionOf is the decision by which a request was let through. It is false on a request that no guard let through.
func DecisionOf(c *gin.Context) (steelgate.Decision, bool) {
	return steelgate.DecisionOf(c.Request.Context())
}

type ginKey struct{}

// contextOf is gin's context of a request that New's handler judges.
func contextOf(r *http.Request) *gin.Context {
	c, _ := r.Context().Value(ginKey{}).(*gin.Context)
	return c
}
