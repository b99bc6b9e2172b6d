package steelgate

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Keys are those of one steelgate, as one user or the platform manages them.
type Keys struct {
	transport *transport
	// actor is the user; "" is the platform.
	actor string
	fault error
}

// ChangedKey is what came of a change.
type ChangedKey struct {
	Key Key
	// Revision is the data revision that has the change: as the next decision's MinRevision, that one sees it.
	Revision int64
}

// IssuedKey is a key that was made.
type IssuedKey struct {
	ChangedKey
	// Secret is shown once. It is zero where Replayed is true.
	Secret Secret
	// Replayed is that the answer to the first try was lost, and its secret with it. The key stands: rotate it for a new secret, or revoke it.
	Replayed bool
}

// ReachingKey is an organization key that reaches a workspace, with its grants there alone, and the highest permission of them.
type ReachingKey struct {
	Key
	Permission Permission `json:"permission"`
}

// KeyFilter says which keys a list has; the zero KeyFilter lets through the actor's own, and of the platform all.
type KeyFilter struct {
	OwnerType     OwnerType
	OwnerID       string
	Status        KeyStatus
	Query         string
	ExpiresBefore time.Time
	UnusedSince   time.Time
	// PageSize is 50 unless given, at most 1,000.
	PageSize int
}

// KeyPage is one page of a list.
type KeyPage struct {
	Keys []Key
	// Cursor is for the next page; "" on the last one.
	Cursor string
}

// Once names a request, so that it can come again without being done twice. The zero Once is a name of its own for each call.
type Once string

// Create makes a key. Its secret is in this answer, and nowhere else, ever.
func (k *Keys) Create(ctx context.Context, key KeyCreation, once Once) (IssuedKey, error) {
	return k.issue(ctx, "/v1/keys", key, once)
}

// Rotate makes a successor with the same owner, scope, grants, restrictions and expiry, and a secret of its own. The old key works on for the overlap, whole
// seconds and at most seven days; with 0 it ends at once.
func (k *Keys) Rotate(ctx context.Context, id string, overlap time.Duration, once Once) (IssuedKey, error) {
	path, err := keyPath(id)
	if err != nil {
		return IssuedKey{}, err
	}
	return k.issue(ctx, path+"/rotate", map[string]int64{"overlap_seconds": int64(overlap / time.Second)}, once)
}

// Get reads a key.
func (k *Keys) Get(ctx context.Context, id string) (Key, error) {
	path, err := keyPath(id)
	if err != nil {
		return Key{}, err
	}
	a, err := k.do(ctx, call{method: http.MethodGet, path: path, isSafe: true})
	if err != nil {
		return Key{}, err
	}
	return a.key()
}

// List answers all keys that a filter lets through, newest first, and fetches pages as they are needed. An error is the last that it answers.
func (k *Keys) List(ctx context.Context, filter KeyFilter) iter.Seq2[Key, error] {
	return func(yield func(Key, error) bool) {
		for cursor := ""; ; {
			page, err := k.ListPage(ctx, filter, cursor)
			if err != nil {
				yield(Key{}, err)
				return
			}
			for _, key := range page.Keys {
				if !yield(key, nil) {
					return
				}
			}
			if page.Cursor == "" || page.Cursor == cursor {
				return
			}
			cursor = page.Cursor
		}
	}
}

// ListPage answers one page: the first with the cursor "".
func (k *Keys) ListPage(ctx context.Context, filter KeyFilter, cursor string) (KeyPage, error) {
	a, err := k.do(ctx, call{method: http.MethodGet, path: "/v1/keys", query: filter.query(cursor), isSafe: true})
	if err != nil {
		return KeyPage{}, err
	}
	keys, p, err := readPage(a, func(key Key) string { return key.ID })
	if err != nil {
		return KeyPage{}, err
	}
	page := KeyPage{Keys: keys}
	if p.HasMore {
		page.Cursor = *p.Cursor
	}
	return page, nil
}

func (f KeyFilter) query(cursor string) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"owner_type": string(f.OwnerType), "owner_id": f.OwnerID, "status": string(f.Status), "q": f.Query, "cursor": cursor} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, at := range map[string]time.Time{"expires_before": f.ExpiresBefore, "unused_since": f.UnusedSince} {
		if !at.IsZero() {
			q.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
	if f.PageSize != 0 {
		q.Set("limit", strconv.Itoa(f.PageSize))
	}
	return q
}

// Update changes a key. It is tried once.
func (k *Keys) Update(ctx context.Context, id string, change KeyChange) (ChangedKey, error) {
	path, err := keyPath(id)
	if err != nil {
		return ChangedKey{}, err
	}
	return k.change(ctx, call{method: http.MethodPatch, path: path, body: change})
}

// Revoke ends a key at once and for good. To repeat it is harmless.
func (k *Keys) Revoke(ctx context.Context, id string) (ChangedKey, error) {
	path, err := keyPath(id)
	if err != nil {
		return ChangedKey{}, err
	}
	return k.change(ctx, call{method: http.MethodPost, path: path + "/revoke", isSafe: true})
}

// Reaching are the organization keys that can reach a workspace, for its members: each with its grants there, and no other.
func (k *Keys) Reaching(ctx context.Context, workspaceID string) ([]ReachingKey, error) {
	if !isID(workspaceID) {
		return nil, errNoID
	}
	a, err := k.do(ctx, call{method: http.MethodGet, path: "/v1/workspaces/" + workspaceID + "/reaching-keys", isSafe: true})
	if err != nil {
		return nil, err
	}
	keys, _, err := readPage(a, func(key ReachingKey) string { return key.ID })
	return keys, err
}

func (k *Keys) issue(ctx context.Context, path string, body any, once Once) (issued IssuedKey, err error) {
	if once == "" {
		once = Once(rand.Text())
	}
	a, err := k.do(ctx, call{method: http.MethodPost, path: path, body: body, header: map[string]string{"Idempotency-Key": string(once)}, isSafe: true})
	if err != nil {
		return issued, err
	}
	if issued.ChangedKey, err = changed(a); err != nil {
		return IssuedKey{}, err
	}
	var shown struct {
		Secret *string `json:"secret"`
	}
	issued.Replayed = a.header.Get("Idempotency-Replayed") == "true"
	if json.Unmarshal(a.body, &shown) != nil || issued.Replayed != (shown.Secret == nil) || shown.Secret != nil && !LooksLikeKey(*shown.Secret) {
		return IssuedKey{}, misshapen("a new key", a.status)
	}
	if shown.Secret != nil {
		issued.Secret = NewSecret(*shown.Secret)
	}
	return issued, nil
}

func (k *Keys) change(ctx context.Context, c call) (ChangedKey, error) {
	a, err := k.do(ctx, c)
	if err != nil {
		return ChangedKey{}, err
	}
	return changed(a)
}

func changed(a *answer) (c ChangedKey, err error) {
	if c.Key, err = a.key(); err != nil {
		return ChangedKey{}, err
	}
	if c.Revision, err = a.revision(); err != nil {
		return ChangedKey{}, err
	}
	return c, nil
}

func (k *Keys) do(ctx context.Context, c call) (*answer, error) {
	if k.fault != nil {
		return nil, k.fault
	}
	if k.actor != "" {
		header := map[string]string{"X-Steelgate-Actor": k.actor}
		for name, value := range c.header {
			header[name] = value
		}
		c.header = header
	}
	return k.transport.do(ctx, c)
}

var errNoID = errors.New("steelgate: want an id: 1 to 128 characters of A-Z a-z 0-9 _ - . : @")

func keyPath(id string) (string, error) {
	if !isID(id) {
		return "", errNoID
	}
	return "/v1/keys/" + id, nil
}

// isID tells an id that may be a part of a path: dots alone would make another path of it.
func isID(id string) bool {
	return id != "" && len(id) <= 128 && isMadeOf(id, base62+"_-.:@") && strings.Trim(id, ".") != ""
}
