package segment

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"time"

	"github.com/steelengine/steelgate/authz"
)

// ErrBroken says that bytes are no segment.
var ErrBroken = errors.New("a segment of the decision log can't be read: the file is damaged, or a newer steelgate wrote it")

// Unpack reads what Pack wrote, or fails with ErrBroken.
func Unpack(packed []byte) (made []authz.LoggedDecision, err error) {
	u := unpacker{rest: packed}
	if format := u.octet(); format != keysAlone && format != anySubjects {
		return nil, ErrBroken
	}
	for range u.count() {
		u.texts = append(u.texts, string(u.take(u.number())))
	}
	n := u.count()
	made = make([]authz.LoggedDecision, 0, n)
	at := int64(0)
	for range n {
		var d authz.LoggedDecision
		d, at = u.decision(at)
		made = append(made, d)
	}
	if u.broken || len(u.rest) > 0 {
		return nil, ErrBroken
	}
	return made, nil
}

// unpacker reads on, once it is broken, as if zeros followed.
type unpacker struct {
	rest   []byte
	texts  []string
	broken bool
}

func (u *unpacker) take(n uint64) []byte {
	if n > uint64(len(u.rest)) {
		u.broken, u.rest = true, nil
		return nil
	}
	taken := u.rest[:n]
	u.rest = u.rest[n:]
	return taken
}

func (u *unpacker) octet() byte {
	if taken := u.take(1); len(taken) == 1 {
		return taken[0]
	}
	return 0
}

func (u *unpacker) number() uint64 {
	n, length := binary.Uvarint(u.rest)
	u.take(uint64(max(length, 0)))
	if length <= 0 {
		u.broken = true
		return 0
	}
	return n
}

func (u *unpacker) signed() int64 {
	n, length := binary.Varint(u.rest)
	u.take(uint64(max(length, 0)))
	if length <= 0 {
		u.broken = true
		return 0
	}
	return n
}

// count is a number of things, of which each takes a byte at least.
func (u *unpacker) count() uint64 {
	n := u.number()
	if n > uint64(len(u.rest)) {
		u.broken = true
		return 0
	}
	return n
}

func (u *unpacker) text() string {
	n := u.number()
	if n >= uint64(len(u.texts)) {
		u.broken = true
		return ""
	}
	return u.texts[n]
}

// object is a text that is nil where there is none.
func (u *unpacker) object() authz.Object {
	if text := u.text(); text != "" {
		return authz.Object(text)
	}
	return nil
}

func (u *unpacker) permission() authz.Permission {
	p := authz.Permission(u.octet())
	if p > authz.Admin {
		u.broken = true
		return authz.None
	}
	return p
}

func (u *unpacker) decision(previous int64) (d authz.LoggedDecision, at int64) {
	flags := u.octet()
	has := func(place byte) bool { return flags&place != 0 }
	if has(randomIDBit) {
		d.ID = idPrefix + hex.EncodeToString(u.take(16))
	} else {
		d.ID = u.text()
	}
	at = previous + u.signed()
	d.Time = timeOf(at)
	took := u.number()
	if took > math.MaxInt64/uint64(time.Microsecond) {
		u.broken = true
	}
	d.Took = time.Duration(took) * time.Microsecond
	d.PolicyRevision, d.DataRevision = u.number(), u.number()
	d.Allow, d.Cut = has(allowBit), has(cutBit)
	d.Door, d.Code = u.text(), authz.Code(u.text())
	d.KeyID, d.KeyType = u.text(), authz.KeyType(u.text())
	d.KeyOwner = authz.Owner{Type: authz.OwnerType(u.text()), ID: u.text()}
	d.Request.Action = u.text()
	d.Request.Resource = authz.Entity{Type: u.text(), ID: u.text(), Properties: u.object()}
	d.Request.Context = authz.Context{ClientIP: u.text(), Extra: u.object()}
	d.Route, d.WorkspaceID, d.OrganizationID = u.text(), u.text(), u.text()
	if has(permissionBit) {
		d.Permission = &authz.PermissionCheck{Required: u.permission(), Granted: u.permission()}
	}
	if has(grantBit) {
		d.GrantedBy = &authz.Grant{WorkspaceID: u.text(), WorkflowID: u.text(), Permission: u.permission()}
	}
	if has(billedBit) {
		d.BilledTo = &authz.Owner{Type: authz.OwnerType(u.text()), ID: u.text()}
	}
	if has(askedBit) {
		d.Subject = authz.Entity{Type: u.text(), ID: u.text(), Properties: u.object()}
		d.Request.ActionProperties = u.object()
	}
	return d, at
}
