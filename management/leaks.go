package management

import (
	"context"
	"errors"
	"strings"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// ReportLeak revokes the key that a scanner found somewhere, at once and for good; the audit tells its owner where. The
// answer is the same whatever was found, so that a report can't be used to ask whether a key stands.
func (s *Service) ReportLeak(ctx context.Context, a Actor, found, source string) error {
	if !a.Token.May(authz.LeaksScope) {
		return refuse(Forbidden, "insufficient_scope", "The service token lacks the scope leaks.")
	}
	source = strings.TrimSpace(source)
	if message := keyNameFault(source); message != "" {
		return invalidField("source", "%s: where the key was found", message)
	}
	secret, err := apikey.Parse(found)
	if err != nil {
		return nil
	}
	_, err = s.update(ctx, a.does("leaks.report", "leak", source), func(tx storage.Tx) error {
		digests, err := s.digests(tx, secret)
		if err != nil {
			return err
		}
		for _, digest := range digests {
			key, err := tx.KeyByDigest(digest)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil || key.RevokedAt != nil {
				return err
			}
			now := s.now()
			key.RevokedAt, key.RevokedBy = &now, "leak: "+source
			return tx.PutKey(key)
		}
		return nil
	})
	return err
}
