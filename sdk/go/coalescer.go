package steelgate

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"
)

// coalescer gathers questions that are asked at the same time, and asks them in one call. What is wrong with one is that one's alone.
type coalescer struct {
	window  time.Duration
	askOne  func(context.Context, json.RawMessage) (Decision, error)
	askMany func(context.Context, []json.RawMessage) ([]Decision, error)

	mu       sync.Mutex
	gathered []*waiting
}

// waiting is a question, written down, and where its answer goes.
type waiting struct {
	question json.RawMessage
	answer   chan outcome
}

type outcome struct {
	decision Decision
	err      error
}

// ask asks with those that are asked beside it, and waits no longer than its own context.
func (c *coalescer) ask(ctx context.Context, question json.RawMessage) (Decision, error) {
	if ctx.Err() != nil {
		return Decision{}, lost(ctx, ctx.Err())
	}
	w := &waiting{question: question, answer: make(chan outcome, 1)}
	c.add(ctx, w)
	select {
	case o := <-w.answer:
		return o.decision, o.err
	case <-ctx.Done():
		return Decision{}, lost(ctx, ctx.Err())
	}
}

func (c *coalescer) add(ctx context.Context, w *waiting) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gathered = append(c.gathered, w)
	// One that gives up ends none of the others: the call has the client's time, and the values of the first.
	shared := context.WithoutCancel(ctx)
	switch len(c.gathered) {
	case largestBatch:
		go c.settle(shared, c.take())
	case 1:
		time.AfterFunc(c.window, func() {
			c.mu.Lock()
			gathered := c.take()
			c.mu.Unlock()
			c.settle(shared, gathered)
		})
	}
}

func (c *coalescer) take() []*waiting {
	gathered := c.gathered
	c.gathered = nil
	return gathered
}

func (c *coalescer) settle(ctx context.Context, gathered []*waiting) {
	switch len(gathered) {
	case 0:
		return
	case 1:
		d, err := c.askOne(ctx, gathered[0].question)
		gathered[0].answer <- outcome{d, err}
		return
	}
	questions := make([]json.RawMessage, len(gathered))
	for i, w := range gathered {
		questions[i] = w.question
	}
	decisions, err := c.askMany(ctx, questions)
	if err != nil && isOnesFault(err) {
		// Whose it is shows when they are asked apart.
		half := len(gathered) / 2
		var both sync.WaitGroup
		both.Go(func() { c.settle(ctx, gathered[:half]) })
		both.Go(func() { c.settle(ctx, gathered[half:]) })
		both.Wait()
		return
	}
	for i, w := range gathered {
		switch {
		case err != nil:
			w.answer <- outcome{err: err}
		case decisions[i].Status == http.StatusInternalServerError:
			w.answer <- outcome{err: &Problem{Status: decisions[i].Status, Code: decisions[i].Code, Detail: decisions[i].Message}}
		default:
			w.answer <- outcome{decision: decisions[i]}
		}
	}
}

// isOnesFault tells a failure that one of many questions may have brought about: the server refused to read them.
func isOnesFault(err error) bool {
	p, ok := errors.AsType[*Problem](err)
	return ok && (p.Status == http.StatusBadRequest || p.Status == http.StatusRequestEntityTooLarge || p.Status == http.StatusUnprocessableEntity)
}
