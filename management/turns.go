package management

import (
	"context"
	"sync"
)

// maxQueued is how much of one kind of work one user may ask for at once.
const maxQueued = 16

// turns are places for work that takes a processor for long. So much is done at once, and of one user one piece after the other: whoever
// asks for much keeps nobody out but themselves.
type turns struct {
	places chan struct{}

	lock  sync.Mutex
	lanes map[string]*lane
}

// lane is what one user has asked for.
type lane struct {
	turn  chan struct{}
	queue int
}

func newTurns(atOnce int) *turns {
	return &turns{places: make(chan struct{}, atOnce), lanes: map[string]*lane{}}
}

// errTooMuchAtOnce says that the user's own calls are in the way.
var errTooMuchAtOnce = refuse(Busy, "busy", "Much is being worked out for you already: wait for that, and ask again.")

// take waits for a place, and gives what ends its use. The platform itself, which is nobody's user, has no lane. The error is the
// context's, or Busy.
func (t *turns) take(ctx context.Context, userID string) (done func(), err error) {
	leave := func() {}
	if userID != "" {
		if leave, err = t.enter(ctx, userID); err != nil {
			return nil, err
		}
	}
	select {
	case t.places <- struct{}{}:
		return func() { <-t.places; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

// enter waits until nothing else is done for the user.
func (t *turns) enter(ctx context.Context, userID string) (leave func(), err error) {
	t.lock.Lock()
	mine := t.lanes[userID]
	if mine == nil {
		mine = &lane{turn: make(chan struct{}, 1)}
		t.lanes[userID] = mine
	}
	if mine.queue >= maxQueued {
		t.lock.Unlock()
		return nil, errTooMuchAtOnce
	}
	mine.queue++
	t.lock.Unlock()
	quit := func() {
		t.lock.Lock()
		defer t.lock.Unlock()
		if mine.queue--; mine.queue == 0 {
			delete(t.lanes, userID)
		}
	}
	select {
	case mine.turn <- struct{}{}:
		return func() { <-mine.turn; quit() }, nil
	case <-ctx.Done():
		quit()
		return nil, ctx.Err()
	}
}
