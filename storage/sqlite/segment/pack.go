package segment

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"github.com/steelengine/steelgate/authz"
)

// The first byte of a segment is its format. One whose subjects are keys alone, asking for no more than an action by its name, is as the
// first version of the log wrote it.
const (
	keysAlone   = 1
	anySubjects = 2
)

// A decision's first byte says what else stands in it.
const (
	allowBit = 1 << iota
	cutBit
	permissionBit
	grantBit
	billedBit
	randomIDBit
	// askedBit goes before who asked that is no key, and what was added to the action.
	askedBit
)

// idPrefix and 32 hexadecimal digits are a decision's id, nearly always: half as many bytes hold the digits.
const idPrefix = "dec_"

// Pack writes decisions down: the format, the texts that stand in them, each once, and the decisions, in which a text is its
// number. Each is noted as the time since the one before, which
// is short where they are about in the order of time.
func Pack(made []authz.LoggedDecision) []byte {
	p := packer{format: keysAlone, numbers: make(map[string]uint64, 4*len(made))}
	previous := int64(0)
	for i := range made {
		previous = p.decision(&made[i], previous)
	}
	packed := make([]byte, 0, len(p.body)+len(p.texts)+32)
	packed = append(packed, p.format)
	packed = binary.AppendUvarint(packed, uint64(len(p.numbers)))
	packed = append(packed, p.texts...)
	packed = binary.AppendUvarint(packed, uint64(len(made)))
	return append(packed, p.body...)
}

type packer struct {
	format      byte
	numbers     map[string]uint64
	texts, body []byte
}

func (p *packer) text(text string) {
	number, known := p.numbers[text]
	if !known {
		number = uint64(len(p.numbers))
		p.numbers[text] = number
		p.texts = binary.AppendUvarint(p.texts, uint64(len(text)))
		p.texts = append(p.texts, text...)
	}
	p.body = binary.AppendUvarint(p.body, number)
}

func (p *packer) number(n uint64) { p.body = binary.AppendUvarint(p.body, n) }

// decision appends one, and answers its time.
func (p *packer) decision(d *authz.LoggedDecision, previous int64) int64 {
	digits, isRandom := randomID(d.ID)
	flags := bit(d.Allow, allowBit) | bit(d.Cut, cutBit) | bit(d.Permission != nil, permissionBit) | bit(d.GrantedBy != nil, grantBit) |
		bit(d.BilledTo != nil, billedBit) | bit(isRandom, randomIDBit) | bit(d.Subject.Type != "" || d.Request.ActionProperties != nil, askedBit)
	p.body = append(p.body, flags)
	if isRandom {
		p.body = append(p.body, digits[:]...)
	} else {
		p.text(d.ID)
	}
	at := d.Time.UnixMicro()
	p.body = binary.AppendVarint(p.body, at-previous)
	p.number(uint64(d.Took.Microseconds()))
	p.number(d.PolicyRevision)
	p.number(d.DataRevision)
	for _, text := range []string{
		d.Door, string(d.Code), d.KeyID, string(d.KeyType), string(d.KeyOwner.Type), d.KeyOwner.ID, d.Request.Action,
		d.Request.Resource.Type, d.Request.Resource.ID, string(d.Request.Resource.Properties), d.Request.Context.ClientIP, string(d.Request.Context.Extra),
		d.Route, d.WorkspaceID, d.OrganizationID,
	} {
		p.text(text)
	}
	if d.Permission != nil {
		p.body = append(p.body, byte(d.Permission.Required), byte(d.Permission.Granted))
	}
	if d.GrantedBy != nil {
		p.text(d.GrantedBy.WorkspaceID)
		p.text(d.GrantedBy.WorkflowID)
		p.body = append(p.body, byte(d.GrantedBy.Permission))
	}
	if d.BilledTo != nil {
		p.text(string(d.BilledTo.Type))
		p.text(d.BilledTo.ID)
	}
	if flags&askedBit != 0 {
		p.format = anySubjects
		for _, text := range []string{d.Subject.Type, d.Subject.ID, string(d.Subject.Properties), string(d.Request.ActionProperties)} {
			p.text(text)
		}
	}
	return at
}

func bit(is bool, place byte) byte {
	if is {
		return place
	}
	return 0
}

func randomID(id string) (digits [16]byte, ok bool) {
	text, ok := strings.CutPrefix(id, idPrefix)
	if !ok || len(text) != 32 || strings.ToLower(text) != text {
		return digits, false
	}
	_, err := hex.Decode(digits[:], []byte(text))
	return digits, err == nil
}

func timeOf(micro int64) time.Time { return time.UnixMicro(micro).UTC() }
