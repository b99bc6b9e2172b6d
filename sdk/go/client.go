package steelgate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Options say where steelgate is, and how it is asked.
type Options struct {
	// URL is steelgate's: https://steelgate.internal. A path stands before those of the calls.
	URL string
	// Token is a service token. Its scopes say what the client may do.
	Token Secret
	// Timeout bounds a call with all its tries: 3 seconds unless given. A context may end it earlier.
	Timeout time.Duration
	// Attempts is how often a call that is safe to repeat is tried, the first time included: 3 unless given.
	Attempts int
	// BatchWindow is how long a question waits for others to be asked with in one call. Without it each is asked by itself.
	BatchWindow time.Duration
	// HTTPClient reaches steelgate, where something about that is special. It follows no redirect here.
	HTTPClient *http.Client
}

// Client asks one steelgate. It is safe to share.
type Client struct {
	transport *transport
	coalescer *coalescer
}

// New makes a client. It asks nothing yet.
func New(o Options) (*Client, error) {
	t, err := newTransport(o)
	if err != nil {
		return nil, err
	}
	c := &Client{transport: t}
	if o.BatchWindow > 0 {
		c.coalescer = &coalescer{window: o.BatchWindow, askOne: c.decide, askMany: c.decideBatch}
	}
	return c, nil
}

// Decide answers whether a key may do something, and who is billed. The decision is answered whichever it is: look at Allow, or use Authorize. It fails where
// none could be made, which is never an allow: with *Problem or *NoAnswer.
func (c *Client) Decide(ctx context.Context, request DecisionRequest) (Decision, error) {
	question, err := written(request)
	if err != nil {
		return Decision{}, err
	}
	// A question that waits for a revision would have the others wait, and fail with it.
	if c.coalescer == nil || request.MinRevision > 0 {
		return c.decide(ctx, question)
	}
	ctx, cancel := context.WithTimeout(ctx, c.transport.timeout)
	defer cancel()
	return c.coalescer.ask(ctx, question)
}

// Authorize is the same, and a deny is an error too: *Denied, with the status to answer your own client with.
func (c *Client) Authorize(ctx context.Context, request DecisionRequest) (Decision, error) {
	d, err := c.Decide(ctx, request)
	if err != nil {
		return Decision{}, err
	}
	if !d.Allow {
		return Decision{}, &Denied{Status: d.Status, Code: d.Code, Message: d.Message, DecisionID: d.DecisionID, Decision: d}
	}
	return d, nil
}

// largestBatch is the most that one call takes.
const largestBatch = 1000

// DecideBatch asks 1 to 1,000 questions in one call, answered in their order, all by one data revision and one policy revision. Where the policy failed
// for one, that one is a deny of status 500 and code policy_error.
func (c *Client) DecideBatch(ctx context.Context, requests []DecisionRequest) ([]Decision, error) {
	if len(requests) < 1 || len(requests) > largestBatch {
		return nil, fmt.Errorf("steelgate: want 1 to %d questions", largestBatch)
	}
	questions := make([]json.RawMessage, len(requests))
	for i, request := range requests {
		var err error
		if questions[i], err = written(request); err != nil {
			return nil, err
		}
	}
	return c.decideBatch(ctx, questions)
}

// KeysFor are the keys as a user manages them. The token's scope is manage, or admin.
func (c *Client) KeysFor(userID string) *Keys {
	k := &Keys{transport: c.transport, actor: userID}
	if !isID(userID) {
		k.fault = errors.New("steelgate: KeysFor: want a user's id; for the platform itself there is PlatformKeys")
	}
	return k
}

// PlatformKeys are the keys as the platform itself manages them, which may do all. The token's scope is admin.
func (c *Client) PlatformKeys() *Keys { return &Keys{transport: c.transport} }

func (c *Client) decide(ctx context.Context, question json.RawMessage) (Decision, error) {
	a, err := c.transport.do(ctx, call{method: http.MethodPost, path: "/v1/decisions", body: question, isSafe: true})
	if err != nil {
		return Decision{}, err
	}
	return a.decision()
}

func (c *Client) decideBatch(ctx context.Context, questions []json.RawMessage) ([]Decision, error) {
	a, err := c.transport.do(ctx, call{method: http.MethodPost, path: "/v1/decisions/batch", body: map[string]any{"decisions": questions}, isSafe: true})
	if err != nil {
		return nil, err
	}
	return a.decisions(len(questions))
}

// wireRequest is the one place where a key stands in JSON.
type wireRequest struct {
	APIKey string `json:"api_key,omitempty"`
	DecisionRequest
}

// written is a question as it is sent. It is written down when it is asked: who changes a map of it afterwards, which they may do once they have given up
// waiting, changes another question.
func written(request DecisionRequest) (json.RawMessage, error) {
	text, err := json.Marshal(wireRequest{APIKey: request.APIKey.Reveal(), DecisionRequest: request})
	if err != nil {
		return nil, fmt.Errorf("steelgate: the request can't be written: %w", err)
	}
	return text, nil
}
