package management

import (
	"context"

	"github.com/steelengine/steelgate/storage"
)

// forget removes requests that can no longer be repeated, sign-ins and set-up links that are over, sessions that have
// ended, and servers that were not seen for long.
func (s *Service) forget(ctx context.Context) error {
	now := s.now()
	return s.store.Forget(ctx, storage.Expiry{
		Requests: now.Add(-repeatable), PendingSignIns: now.Add(-signInTime), SetupLinks: now.Add(-SetupTime),
		SessionsEnded: now, SessionsIdle: now.Add(-SessionIdle),
		Replicas: now.Add(-replicaRemembered),
	})
}
