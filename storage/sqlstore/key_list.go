package sqlstore

import (
	"strings"

	"github.com/steelengine/steelgate/storage"
)

// ListKeys implements storage.Keys.
func (s *session) ListKeys(filter storage.KeyFilter) (page []storage.Key, more bool, err error) {
	w := where{}
	if filter.Owner.ID != "" || filter.Owner.Type != "" {
		w.add("type = ? AND owner_id = ?", keyType(filter.Owner.Type), filter.Owner.ID)
	}
	w.addStatus(filter)
	if len(filter.Query) > maxQuery {
		return nil, false, nil
	}
	if filter.Query != "" {
		pattern := "%" + likeEscaper.Replace(storage.FoldName(filter.Query)) + "%"
		w.add(`(name_folded LIKE ? ESCAPE '!' OR LOWER(id) LIKE ? ESCAPE '!' OR LOWER(hint) LIKE ? ESCAPE '!')`, pattern, pattern, pattern)
	}
	order := "created_at"
	if !filter.ExpiresBefore.IsZero() {
		// Few keys expire soon: the index of those finds them, where the order of age would have all keys looked at.
		w.add("expires_at IS NOT NULL AND expires_at < ?", filter.ExpiresBefore.UnixMicro())
		order = "+created_at"
		if filter.Status != "" && filter.Status != storage.RevokedStatus && filter.Status != storage.ExpiredStatus {
			// And of those it passes over the many that have expired.
			w.add("expires_at > ?", filter.Now.UnixMicro())
		}
	}
	if since := filter.UnusedSince; !since.IsZero() {
		w.add("created_at < ? AND (last_used_at IS NULL OR last_used_at < ?)", since.UnixMicro(), since.UnixMicro())
	}
	if after := filter.After; after != nil {
		w.add("(created_at, id) < (?, ?)", after.CreatedAt.UnixMicro(), after.ID)
	}
	query := keyColumns + w.String() + " ORDER BY " + order + " DESC, id DESC LIMIT ?"
	page, err = all(s, scanKey, query, append(w.args, filter.Limit+1)...)
	if len(page) > filter.Limit {
		return page[:filter.Limit], true, err
	}
	return page, false, err
}

// maxQuery is the length of the longest text, in bytes, that is looked for. SQLite refuses to match a pattern of 50,000.
const maxQuery = 4096

var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// where collects conditions.
type where struct {
	conditions []string
	args       []any
}

func (w *where) add(condition string, args ...any) {
	w.conditions = append(w.conditions, condition)
	w.args = append(w.args, args...)
}

// addStatus adds what makes a key be of exactly one status: each excludes those that come before it.
func (w *where) addStatus(filter storage.KeyFilter) {
	now := filter.Now.UnixMicro()
	switch filter.Status {
	case storage.RevokedStatus:
		w.add("revoked_at IS NOT NULL")
		return
	case "":
		return
	}
	w.add("revoked_at IS NULL")
	isExpired := "expires_at IS NOT NULL AND expires_at <= ?"
	switch filter.Status {
	case storage.ReplacedStatus:
		w.add("replaced_by <> '' AND NOT ("+isExpired+")", now)
	case storage.ExpiredStatus:
		w.add(isExpired, now)
	case storage.DisabledStatus:
		w.add("replaced_by = '' AND disabled AND NOT ("+isExpired+")", now)
	default:
		w.add("replaced_by = '' AND NOT disabled AND NOT ("+isExpired+")", now)
	}
}

func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}
