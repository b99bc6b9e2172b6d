package segment

import (
	"strconv"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage/decisions"
)

// A filter is a Bloom filter over what decisions are asked for by: one that has not what a question needs belongs to a segment
// without an answer. Of those without, one in a hundred is unpacked nevertheless.
const (
	bitsPerTerm = 10
	probes      = 7
)

// Kinds of terms: the same id may name a key and a resource.
const (
	idTerm = iota
	keyTerm
	ownerTerm
	resourceTerm
	resourceTypeTerm
	workspaceTerm
	organizationTerm
	actionTerm
	codeTerm
	allowTerm
)

// Filter makes the filter of decisions.
func Filter(made []authz.LoggedDecision) []byte {
	terms := make(map[uint64]struct{}, 5*len(made))
	for i := range made {
		d := &made[i]
		for _, t := range [...]uint64{
			term(idTerm, d.ID), term(keyTerm, d.KeyID), ownersTerm(d.KeyOwner), term(resourceTerm, d.Request.Resource.ID),
			term(resourceTypeTerm, d.Request.Resource.Type), term(workspaceTerm, d.WorkspaceID), term(organizationTerm, d.OrganizationID),
			term(actionTerm, d.Request.Action), term(codeTerm, string(d.Code)), term(allowTerm, strconv.FormatBool(d.Allow)),
		} {
			terms[t] = struct{}{}
		}
	}
	filter := make([]byte, (len(terms)*bitsPerTerm+7)/8)
	for t := range terms {
		eachProbe(filter, t, func(octet *byte, mask byte) bool {
			*octet |= mask
			return true
		})
	}
	return filter
}

// MayHold tells whether a segment with the filter may have an answer to a question.
func MayHold(filter []byte, asked decisions.Filter) bool {
	for _, q := range []struct {
		kind uint64
		text string
	}{
		{keyTerm, asked.KeyID}, {resourceTerm, asked.ResourceID}, {resourceTypeTerm, asked.ResourceType}, {workspaceTerm, asked.WorkspaceID},
		{organizationTerm, asked.OrganizationID}, {actionTerm, asked.Action},
	} {
		if q.text != "" && !has(filter, term(q.kind, q.text)) {
			return false
		}
	}
	if asked.KeyOwner != (authz.Owner{}) && !has(filter, ownersTerm(asked.KeyOwner)) {
		return false
	}
	if asked.Allow != nil && !has(filter, term(allowTerm, strconv.FormatBool(*asked.Allow))) {
		return false
	}
	for _, code := range asked.Codes {
		if has(filter, term(codeTerm, string(code))) {
			return true
		}
	}
	return len(asked.Codes) == 0
}

// MayHoldID tells whether a segment with the filter may have the decision.
func MayHoldID(filter []byte, id string) bool { return has(filter, term(idTerm, id)) }

func has(filter []byte, t uint64) bool {
	is := len(filter) > 0
	eachProbe(filter, t, func(octet *byte, mask byte) bool {
		is = is && *octet&mask != 0
		return is
	})
	return is
}

// eachProbe visits a term's places, until visit has enough.
func eachProbe(filter []byte, t uint64, visit func(octet *byte, mask byte) bool) {
	places := uint64(len(filter)) * 8
	if places == 0 {
		return
	}
	step := t>>32 | 1
	for range probes {
		place := t % places
		if !visit(&filter[place/8], 1<<(place%8)) {
			return
		}
		t += step
	}
}

// The parameters of FNV-1a, which is written out for it to stay the same: filters are kept.
const (
	offset = 14695981039346656037
	prime  = 1099511628211
)

func term(kind uint64, text string) uint64 {
	hash := (offset ^ kind) * prime
	for i := range len(text) {
		hash = (hash ^ uint64(text[i])) * prime
	}
	// FNV's upper bits mix little of a short text; this is the end of MurmurHash3.
	hash = (hash ^ hash>>33) * 0xff51afd7ed558ccd
	return hash ^ hash>>33
}

func ownersTerm(owner authz.Owner) uint64 {
	return term(ownerTerm, string(owner.Type)+" "+owner.ID)
}
