package management

import (
	"context"
	"time"

	"github.com/steelengine/steelgate/storage"
)

const (
	// replicaMissed is how long a server that says nothing is still listed: a dozen times as long as it takes to say something.
	replicaMissed = time.Minute
	// replicaRemembered is how long it is kept.
	replicaRemembered = 24 * time.Hour
)

// Replica is a server over this database.
type Replica struct {
	storage.Replica
	// IsSelf tells that it is the one that answers.
	IsSelf bool
}

// Replicas are the servers that were seen within the last minute, the oldest first.
func (s *Service) Replicas(ctx context.Context, a Actor) (seen []Replica, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		if err := s.authorize(r, a, readReplicas, thePlatform); err != nil {
			return err
		}
		found, err := r.Replicas(s.now().Add(-replicaMissed))
		seen = make([]Replica, len(found))
		for i, replica := range found {
			seen[i] = Replica{replica, replica.ID == s.replicaID}
		}
		return err
	})
	return seen, err
}
