package snapshot

import (
	"encoding/binary"
	"iter"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

// Key is a key's record as decisions need it. The zero Key is none: its ID is "".
type Key struct {
	id      string
	flags   byte
	digest  string
	name    string
	ownerID string
	// expiresAt is in microseconds since 1970, where the flag stands.
	expiresAt uint64
	// scope holds workflow ids, then grants, then CIDRs, each list as its flag says.
	scope reader
}

// A key's first byte: two bits of its type, and what else stands.
const (
	typeMask     = 0b11
	revokedBit   = 2
	disabledBit  = 3
	expiresBit   = 4
	narrowedBit  = 5
	grantsBit    = 6
	allowListBit = 7
)

var keyTypes = [...]authz.KeyType{authz.PersonalKey, authz.WorkspaceKey, authz.OrganizationKey, ""}

func typeBits(t authz.KeyType) byte {
	for i, known := range keyTypes {
		if t == known {
			return byte(i)
		}
	}
	return typeMask
}

// packKey appends a key's record: the flags, the digest, the name, the owner's id, the expiry, the lists. Each list is its
// length and its elements; a grant is its permission, one bit for what it is on, and the id.
func packKey(packed []byte, k authz.APIKey, digest apikey.Digest) []byte {
	flags := typeBits(k.Type) | bit(k.RevokedAt != nil, revokedBit) | bit(k.Disabled, disabledBit) | bit(k.ExpiresAt != nil, expiresBit) |
		bit(k.WorkflowIDs != nil, narrowedBit) | bit(k.Grants != nil, grantsBit) | bit(k.AllowedCIDRs != nil, allowListBit)
	packed = append(append(packed, flags), digest[:]...)
	packed = appendText(appendText(packed, k.Name), k.OwnerID)
	if k.ExpiresAt != nil {
		packed = binary.AppendUvarint(packed, uint64(k.ExpiresAt.UnixMicro()))
	}
	if k.WorkflowIDs != nil {
		packed = appendTexts(packed, k.WorkflowIDs)
	}
	if k.Grants != nil {
		packed = binary.AppendUvarint(packed, uint64(len(k.Grants)))
		for _, g := range k.Grants {
			packed = append(packed, byte(g.Permission)<<1|bit(g.WorkflowID != "", 0))
			packed = appendText(packed, g.WorkspaceID+g.WorkflowID)
		}
	}
	if k.AllowedCIDRs != nil {
		packed = appendTexts(packed, k.AllowedCIDRs)
	}
	return packed
}

func appendTexts(packed []byte, texts []string) []byte {
	packed = binary.AppendUvarint(packed, uint64(len(texts)))
	for _, text := range texts {
		packed = appendText(packed, text)
	}
	return packed
}

func unpackKey(id, record string) Key {
	r := reader(record)
	k := Key{id: id, flags: r.take(1)[0]}
	k.digest = r.take(len(apikey.Digest{}))
	k.name, k.ownerID = r.text(), r.text()
	if k.has(expiresBit) {
		k.expiresAt = r.number()
	}
	k.scope = r
	return k
}

func (k Key) has(place int) bool { return k.flags&(1<<place) != 0 }

// ID is "" for no key.
func (k Key) ID() string { return k.id }

// Type is the key's type.
func (k Key) Type() authz.KeyType { return keyTypes[k.flags&typeMask] }

// Name is what people call the key.
func (k Key) Name() string { return k.name }

// OwnerID is the user, workspace or organization that the key belongs to, by its type.
func (k Key) OwnerID() string { return k.ownerID }

// Revoked tells whether the key was ended for good.
func (k Key) Revoked() bool { return k.has(revokedBit) }

// Disabled tells whether the key is switched off.
func (k Key) Disabled() bool { return k.has(disabledBit) }

// ExpiresAt is when the key ends, in UTC, if it does.
func (k Key) ExpiresAt() (time.Time, bool) {
	return time.UnixMicro(int64(k.expiresAt)).UTC(), k.has(expiresBit)
}

// Narrowed tells whether WorkflowIDs, be they none, are all that the key reaches.
func (k Key) Narrowed() bool { return k.has(narrowedBit) }

// HasGrants tells whether the key has a list of grants, be it empty.
func (k Key) HasGrants() bool { return k.has(grantsBit) }

// Restricted tells whether AllowedCIDRs, be they none, are all that the key may be used from.
func (k Key) Restricted() bool { return k.has(allowListBit) }

// WorkflowIDs are the workflows that the key is narrowed to.
func (k Key) WorkflowIDs() iter.Seq[string] {
	return func(yield func(string) bool) {
		if k.Narrowed() {
			r := k.scope
			eachText(&r, yield)
		}
	}
}

// HasWorkflow tells whether the id is one of WorkflowIDs.
func (k Key) HasWorkflow(id string) bool {
	for workflow := range k.WorkflowIDs() {
		if workflow == id {
			return true
		}
	}
	return false
}

// Grants are those of an organization key.
func (k Key) Grants() iter.Seq[authz.Grant] {
	return func(yield func(authz.Grant) bool) {
		for onWorkflow, target := range k.targets() {
			g := authz.Grant{Permission: target.permission}
			if onWorkflow {
				g.WorkflowID = target.id
			} else {
				g.WorkspaceID = target.id
			}
			if !yield(g) {
				return
			}
		}
	}
}

type target struct {
	id         string
	permission authz.Permission
}

// targets are the grants as they stand, each with whether it is on a workflow.
func (k Key) targets() iter.Seq2[bool, target] {
	return func(yield func(bool, target) bool) {
		if !k.HasGrants() {
			return
		}
		r := k.scope
		if k.Narrowed() {
			skipTexts(&r)
		}
		for range r.number() {
			head := r.take(1)[0]
			if !yield(head&1 == 1, target{r.text(), authz.Permission(head >> 1)}) {
				return
			}
		}
	}
}

// GrantOnWorkspace is the highest permission among the grants on a workspace, if there is one.
func (k Key) GrantOnWorkspace(id string) (authz.Permission, bool) { return k.grantOn(false, id) }

// GrantOnWorkflow is the highest permission among the grants on a workflow itself, if there is one.
func (k Key) GrantOnWorkflow(id string) (authz.Permission, bool) { return k.grantOn(true, id) }

func (k Key) grantOn(workflow bool, id string) (highest authz.Permission, ok bool) {
	for onWorkflow, target := range k.targets() {
		if onWorkflow == workflow && target.id == id {
			highest, ok = max(highest, target.permission), true
		}
	}
	return highest, ok
}

// AllowedCIDRs are the networks that the key may be used from.
func (k Key) AllowedCIDRs() iter.Seq[string] {
	return func(yield func(string) bool) {
		if !k.Restricted() {
			return
		}
		r := k.scope
		if k.Narrowed() {
			skipTexts(&r)
		}
		if k.HasGrants() {
			for range r.number() {
				r.take(1)
				r.skipText()
			}
		}
		eachText(&r, yield)
	}
}

func eachText(r *reader, yield func(string) bool) {
	for range r.number() {
		if !yield(r.text()) {
			return
		}
	}
}

func skipTexts(r *reader) {
	for range r.number() {
		r.skipText()
	}
}
