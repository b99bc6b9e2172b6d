package management

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

const (
	// denialsPerMinute is how many denials of one actor are written down in a minute: each is a durable write, and whoever
	// may not do a thing could else keep those waiting who may.
	denialsPerMinute = 60
	// strangersPerMinute is how many are of all those together who are nobody yet.
	strangersPerMinute = 600
	denialTimeout      = 5 * time.Second
	// maxSuppressed is for how many actors it is remembered how many denials were not written down.
	maxSuppressed = 10_000
)

// deny writes a refused attempt down. Where that fails the refusal stands all the same.
func (s *Service) deny(ctx context.Context, of act, owner authz.Owner, err error) {
	refused, ok := errors.AsType[*Error](err)
	if !ok || !refused.isDenial() {
		return
	}
	name := of.actor.name()
	suppressed, ok := s.denials.admit(cmp.Or(name, of.actor.Address), denialsPerMinute, s.now())
	if ok && name == "" {
		// Who is nobody yet may come from many addresses.
		_, ok = s.denials.admit("nobody", strangersPerMinute, s.now())
	}
	if !ok {
		return
	}
	record := s.newRecord(of, owner)
	record.Outcome, record.Reason, record.Suppressed = outcomeDenied, refused.Code, suppressed
	// What a caller named who was refused may be anything, a secret in the wrong place too.
	record.Target.ID, record.Owner.ID = apikey.Redact(record.Target.ID), apikey.Redact(record.Owner.ID)
	if refused.Reason == NoActor || refused.Code == "insufficient_scope" {
		record.Actor.UserID, record.Actor.ClaimedUserID = "", apikey.Redact(record.Actor.UserID)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), denialTimeout)
	defer cancel()
	_, err = s.store.Update(ctx, func(tx storage.Tx) error { return s.append(tx, record) })
	if err != nil {
		s.log.Error("a denied attempt could not be written to the audit", "action", of.action, "error", err)
	}
}

// denials count those of each actor, by the minute.
type denials struct {
	mutex  sync.Mutex
	minute int64
	counts map[string]int
	// suppressed are those that were not written down.
	suppressed map[string]int
}

// admit tells whether one more may be written down, and how many were not since the last that was.
func (d *denials) admit(actor string, most int, now time.Time) (suppressed int, ok bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.suppressed == nil {
		d.suppressed = map[string]int{}
	}
	if minute := now.Unix() / 60; d.counts == nil || minute != d.minute {
		d.minute, d.counts = minute, map[string]int{}
	}
	if d.counts[actor] >= most {
		if len(d.suppressed) >= maxSuppressed {
			clear(d.suppressed)
		}
		d.suppressed[actor]++
		return 0, false
	}
	d.counts[actor]++
	suppressed = d.suppressed[actor]
	delete(d.suppressed, actor)
	return suppressed, true
}

// Refused writes down what a door refused an actor whom it knows, before it came to an operation.
func (s *Service) Refused(ctx context.Context, a Actor, action, code string) {
	s.deny(ctx, a.does(action, "door", action), authz.Owner{}, refuse(Forbidden, code, ""))
}
