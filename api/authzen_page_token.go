package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"hash"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
)

// pageToken is where the next page of a search begins. It holds nothing that its holder may not know, and no secret; what it says is
// bound to the request by a digest of both, so that it serves that request and no other. Who makes one up gets a page of what they may
// ask for anyway.
type pageToken struct {
	request [sha256.Size]byte
	// limit is what the first request said, where hasLimit.
	limit    uint64
	hasLimit bool
	after    string
}

const (
	// tokenFormat is a token's first byte.
	tokenFormat  = 1
	digestLength = 16
)

var tokenEncoding = base64.RawURLEncoding.Strict()

// digest binds a token's parts to its request.
func (p pageToken) digest() []byte {
	h := sha256.New()
	_, _ = h.Write(p.request[:])
	_, _ = h.Write(p.said())
	return h.Sum(nil)[:digestLength]
}

// said is what stands in a token beside its format and its digest: the limit plus one, or 0 for none, and what the page comes after.
func (p pageToken) said() []byte {
	limit := uint64(0)
	if p.hasLimit {
		limit = min(p.limit, maxFound) + 1
	}
	return append(binary.AppendUvarint(nil, limit), p.after...)
}

// String is the token as its holder has it.
func (p pageToken) String() string {
	return tokenEncoding.EncodeToString(append(append([]byte{tokenFormat}, p.digest()...), p.said()...))
}

// readSearchPage reads which page is asked for, of the request of a digest. A token that was given for another request, or that nobody
// gave, is a fault; so is another limit than the one that it was given for.
func readSearchPage(asked searchPage, request [sha256.Size]byte) (pageToken, *fieldError) {
	page := pageToken{request: request, limit: asked.Limit.Value, hasLimit: asked.Limit.Set && !asked.Limit.Null}
	if asked.Token.Value == "" {
		return page, nil
	}
	fault := &fieldError{Field: "page.token", Message: "is not one that this very request was answered: begin anew without it"}
	text, err := tokenEncoding.DecodeString(asked.Token.Value)
	if err != nil || len(text) < 1+digestLength || text[0] != tokenFormat {
		return pageToken{}, fault
	}
	digest, said := text[1:1+digestLength], text[1+digestLength:]
	limit, length := binary.Uvarint(said)
	if length <= 0 {
		return pageToken{}, fault
	}
	given := pageToken{request: request, limit: limit - 1, hasLimit: limit > 0, after: string(said[length:])}
	if subtle.ConstantTimeCompare(given.digest(), digest) != 1 {
		return pageToken{}, fault
	}
	if page.hasLimit && (!given.hasLimit || min(page.limit, maxFound) != given.limit) {
		return pageToken{}, &fieldError{Field: "page.limit", Message: "is another than the token was given for: leave it out, or begin anew without the token"}
	}
	return given, nil
}

// digestOfSearch stands for all that a search is asked with, but for which page. The subject is a key's own where one was presented.
func digestOfSearch(wanted sought, who authz.Entity, r authz.Request) (digest [sha256.Size]byte) {
	h := sha256.New()
	for _, text := range []string{
		string(wanted), who.Type, who.ID, canonical(who.Properties), r.Action, canonical(r.ActionProperties),
		r.Resource.Type, r.Resource.ID, canonical(r.Resource.Properties), r.Context.ClientIP, canonical(r.Context.Extra),
	} {
		writePart(h, text)
	}
	h.Sum(digest[:0])
	return digest
}

// writePart writes a text so that no other parts are written the same.
func writePart(h hash.Hash, text string) {
	_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(text))))
	_, _ = h.Write([]byte(text))
}

// canonical is an object however its text was laid out.
func canonical(object authz.Object) string {
	text := jsontext.Value(object).Clone()
	if len(text) > 0 && text.Canonicalize() != nil {
		return string(object)
	}
	return string(text)
}
