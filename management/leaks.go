package management

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// ReportLeak revokes the key that a scanner found somewhere, at once and for good; the audit tells its owner where. The
// answer is the same whatever was found, so that a report can't be used to ask whether a key stands.
//
// Whatever is wrong with the source, the key is revoked.
func (s *Service) ReportLeak(ctx context.Context, a Actor, found, source string) error {
	// Who a scanner says that it acts for is of no matter.
	a.UserID = ""
	of := a.does("leaks.report", "leak", sourceOf(source))
	if !a.Token.May(authz.LeaksScope) {
		refused := refuse(Forbidden, "insufficient_scope", "The service token lacks the scope leaks.")
		s.deny(ctx, of, authz.Owner{}, refused)
		return refused
	}
	secret, malformed := apikey.Parse(strings.TrimSpace(found))
	if malformed != nil {
		// It is no key, and the answer does not tell.
		return nil //nolint:nilerr // see above
	}
	_, err := s.update(ctx, of, func(tx storage.Tx) error {
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
			key.RevokedAt, key.RevokedBy = &now, "leak: "+of.target.ID
			return tx.PutKey(key)
		}
		return nil
	})
	return err
}

// sourceOf is where a key was found, as it may be written down: often it is a URL that has the key in it.
func sourceOf(source string) string {
	source = apikey.Redact(strings.ToValidUTF8(source, ""))
	source = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, source))
	if runes := []rune(source); len(runes) > maxName {
		source = string(runes[:maxName-1]) + "…"
	}
	return cmp.Or(source, "unknown")
}
