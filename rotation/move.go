package rotation

import (
	"context"
	"errors"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/storage"
)

// How much is moved in one transaction: as much as takes about the time that others may be made to wait.
const (
	firstPortion  = 100
	leastPortion  = 20
	mostPortion   = 500
	portionAtMost = 100 * time.Millisecond
)

// recountInterval is how often what is left is counted while it is moved; tryAgain is how long a record that can't be moved
// is left alone.
const (
	recountInterval = 5 * time.Second
	tryAgain        = 10 * time.Minute
)

// TokenOwner is the owner type that service tokens are sealed to: they have no owner but the installation.
const TokenOwner = "service_token"

// mover is where the keeper stands in the row of records. It is no progress that a crash could lose: what a record was made
// under says whether it has moved.
type mover struct {
	size int
	// passed are the ids of the keys, by the version that they are under, up to which all were looked at, and tokens those
	// service tokens that can't be moved: none of them shall be in the way of the others.
	passed map[uint32]string
	tokens map[string]bool
	// broken are the ids of those that can't be moved.
	broken    []string
	since     time.Time
	countedAt time.Time
}

func newMover() mover {
	return mover{size: firstPortion, passed: map[uint32]string{}, tokens: map[string]bool{}}
}

// due are records that have to move, the next of a row.
type due struct {
	active *apikey.Version
	keys   []storage.Key
	tokens []storage.Token
}

// next finds up to limit keys, and tokens. No record is made under another version than the active one any more, so that
// none comes in behind.
func (k *Keeper) next(r storage.Reader, versions *apikey.Versions, limit int) (d due, err error) {
	if d.active, err = Active(r, versions); err != nil {
		return d, err
	}
	for _, number := range versions.Numbers() {
		if number == d.active.Number() || len(d.keys) == limit {
			continue
		}
		keys, err := r.KeysUnder(number, k.mover.passed[number], limit-len(d.keys))
		if err != nil {
			return d, err
		}
		d.keys = append(d.keys, keys...)
	}
	tokens, err := r.ListTokens()
	for _, token := range tokens {
		if len(d.tokens) < limit && token.PepperVersion != d.active.Number() && versions.Has(token.PepperVersion) && !k.mover.tokens[token.ID] {
			d.tokens = append(d.tokens, token)
		}
	}
	return d, err
}

// Move moves one portion of records to the active version, in a transaction of its own, and answers how many it has dealt
// with: 0 once there are no more. Several processes may move at once.
func (k *Keeper) Move(ctx context.Context) (dealtWith int, err error) {
	versions := k.o.Keyring.Versions()
	if len(versions.Numbers()) == 1 {
		k.progress.Store(&Progress{Active: versions.Newest().Number()})
		return 0, nil
	}
	if isDue, err := k.look(ctx, versions); err != nil || !isDue {
		return 0, err
	}
	var d due
	var broken []string
	var took time.Duration
	_, err = k.o.Store.Update(ctx, func(tx storage.Tx) (err error) {
		began := k.o.Clock()
		if d, err = k.next(tx, versions, k.mover.size); err != nil {
			return err
		}
		broken, err = d.move(tx, versions)
		took = k.o.Clock().Sub(began)
		return err
	})
	if err != nil {
		return 0, err
	}
	k.pass(d, broken)
	k.resize(took)
	return len(d.keys) + len(d.tokens), nil
}

// MoveAll moves every record that can be moved, and answers how many those were. Between its portions it lets others write
// for as long as a portion takes. Report is called about once a second.
func (k *Keeper) MoveAll(ctx context.Context, report func(Progress)) (moved int, err error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var reported time.Time
	for {
		select {
		case <-ctx.Done():
			return moved, ctx.Err()
		case <-timer.C:
		}
		began := k.o.Clock()
		n, err := k.Move(ctx)
		if err != nil || n == 0 {
			return moved - len(k.mover.broken), err
		}
		moved += n
		now := k.o.Clock()
		if now.Sub(reported) >= time.Second {
			reported = now
			report(k.Progress())
		}
		timer.Reset(now.Sub(began))
	}
}

// Broken are the ids of the records that can't be moved, for their seals are broken. It is for whoever moves.
func (k *Keeper) Broken() []string { return k.mover.broken }

// look tells whether anything has to move, without holding others up, and counts what that is now and then.
func (k *Keeper) look(ctx context.Context, versions *apikey.Versions) (isDue bool, err error) {
	now := k.o.Clock()
	if len(k.mover.broken) > 0 && now.Sub(k.mover.since) >= tryAgain {
		k.mover = newMover()
	}
	err = k.o.Store.View(ctx, func(r storage.Reader) error {
		d, err := k.next(r, versions, 1)
		if err != nil {
			return err
		}
		isDue = len(d.keys)+len(d.tokens) > 0
		p := Progress{Active: d.active.Number()}
		if isDue || len(k.mover.broken) > 0 {
			p = *k.progress.Load()
			p.Active = d.active.Number()
			if now.Sub(k.mover.countedAt) >= recountInterval {
				k.mover.countedAt = now
				status, err := StatusOf(r, versions)
				if err != nil {
					return err
				}
				p.Keys, p.Tokens = status.KeysToMove, status.TokensToMove
			}
		}
		k.progress.Store(&p)
		return nil
	})
	return isDue, err
}

// pass goes on behind what was dealt with.
func (k *Keeper) pass(d due, broken []string) {
	isBroken := map[string]bool{}
	for _, id := range broken {
		isBroken[id] = true
	}
	p := *k.progress.Load()
	for _, key := range d.keys {
		k.mover.passed[key.PepperVersion] = key.ID
		if !isBroken[key.ID] {
			p.Keys = max(0, p.Keys-1)
		}
	}
	for _, token := range d.tokens {
		if isBroken[token.ID] {
			k.mover.tokens[token.ID] = true
		} else {
			p.Tokens = max(0, p.Tokens-1)
		}
	}
	k.progress.Store(&p)
	if len(broken) > 0 {
		k.mover.broken = append(k.mover.broken, broken...)
		k.mover.since = k.o.Clock()
		k.o.Log.Error("records can't be moved to the keyring's active version: their seals are broken. Rotate these keys, or make these tokens anew", "ids", broken)
	}
}

// resize has the next portion take as long as one may.
func (k *Keeper) resize(took time.Duration) {
	switch size := k.mover.size; {
	case took > portionAtMost:
		k.mover.size = max(leastPortion, size/2)
	case took < portionAtMost/4:
		k.mover.size = min(mostPortion, 2*size)
	}
}

// move opens each record's seal, and digests and seals the secret under the active version. It answers the ids of those
// whose seals are broken, which stay as they are. What a key may do, and when it was last used, does not change.
func (d due) move(tx storage.Tx, versions *apikey.Versions) (broken []string, err error) {
	for _, key := range d.keys {
		owner := key.Owner()
		secret, err := versions.Open(key.PepperVersion, key.Sealed, key.ID, string(owner.Type), owner.ID)
		if errors.Is(err, apikey.ErrSealBroken) {
			broken = append(broken, key.ID)
			continue
		}
		if key.Sealed, err = d.active.Seal(secret, key.ID, string(owner.Type), owner.ID); err != nil {
			return nil, err
		}
		key.Digest, key.PepperVersion = d.active.Digest(secret), d.active.Number()
		if err := tx.PutKey(key); err != nil {
			return nil, err
		}
	}
	for _, token := range d.tokens {
		secret, err := versions.Open(token.PepperVersion, token.Sealed, token.ID, TokenOwner, "")
		if errors.Is(err, apikey.ErrSealBroken) {
			broken = append(broken, token.ID)
			continue
		}
		if token.Sealed, err = d.active.Seal(secret, token.ID, TokenOwner, ""); err != nil {
			return nil, err
		}
		token.Digest, token.PepperVersion = d.active.Digest(secret), d.active.Number()
		if err := tx.PutToken(token); err != nil {
			return nil, err
		}
	}
	return broken, nil
}
