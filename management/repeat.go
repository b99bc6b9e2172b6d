package management

import (
	"errors"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// Once lets a request be sent again, by a caller that did not get the answer, without being done again. The zero value is
// a request that was not given a key for that.
type Once struct {
	// Key is the caller's own name for the request.
	Key string
	// Fingerprint stands for all that was asked for: another request under the same key is refused.
	Fingerprint [32]byte
}

// repeatable is how long a request is remembered.
const repeatable = 24 * time.Hour

// sender is who sends requests that may come again: a user and a token of one name are two.
func (a Actor) sender() string {
	if a.UserID != "" {
		return userSender(a.UserID)
	}
	return "token " + a.Token.ID
}

func userSender(id string) string { return "user " + id }

// repeated is the id of the record that the request made when it came first, or "".
func (s *Service) repeated(tx storage.Tx, a Actor) (id string, err error) {
	if a.Once.Key == "" {
		return "", nil
	}
	first, err := tx.Request(a.sender(), a.Once.Key)
	switch {
	case errors.Is(err, storage.ErrNotFound), err == nil && s.now().Sub(first.At) >= repeatable:
		return "", nil
	case err != nil:
		return "", err
	case first.Fingerprint != a.Once.Fingerprint:
		return "", refuse(Conflict, "idempotency_key_reused", "The Idempotency-Key was used for another request: take a new one for each.")
	}
	return first.RecordID, nil
}

// answerAgain reads the record that a request made when it came first.
func (s *Service) answerAgain(tx storage.Tx, a Actor, id string, err error) (authz.APIKey, error) {
	if err != nil {
		return authz.APIKey{}, err
	}
	key, err := s.visibleKey(tx, a, id)
	return key.APIKey, err
}

// remember notes which record the request made.
func (s *Service) remember(tx storage.Tx, a Actor, id string) error {
	if a.Once.Key == "" {
		return nil
	}
	return tx.PutRequest(storage.Request{Actor: a.sender(), Key: a.Once.Key, Fingerprint: a.Once.Fingerprint, RecordID: id, At: s.now()})
}
