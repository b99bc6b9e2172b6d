package sqlstore

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/steelengine/steelgate/storage"
)

// touchPortion is how many records are touched in one transaction, so that no update waits for long.
const touchPortion = 500

// Touch implements storage.Store.
func (s *Store) Touch(ctx context.Context, used storage.Used) error {
	for _, of := range []struct {
		table string
		used  map[string]time.Time
	}{{"api_keys", used.Keys}, {"tokens", used.Tokens}, {"sessions", used.Sessions}} {
		if err := s.touch(ctx, of.table, of.used); err != nil {
			return err
		}
	}
	return nil
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
