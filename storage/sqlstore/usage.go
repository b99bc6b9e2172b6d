package sqlstore

import (
	"context"
	"maps"
	"slices"
	"time"
)

// touchPortion is how many records are touched in one transaction, so that no update waits for long.
const touchPortion = 500

// Touch implements storage.Store.
func (s *Store) Touch(ctx context.Context, keys, tokens map[string]time.Time) error {
	if err := s.touch(ctx, "api_keys", keys); err != nil {
		return err
	}
	return s.touch(ctx, "tokens", tokens)
}

func (s *Store) touch(ctx context.Context, table string, used map[string]time.Time) error {
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(used)), touchPortion) {
		if err := s.write(ctx, func(session *session, _ uint64) error {
			for _, id := range ids {
				at := used[id].UnixMicro()
				if _, err := session.exec("UPDATE "+table+" SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)", at, id, at); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
