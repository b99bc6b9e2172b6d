package decisionlog

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

const (
	// maxObjects is how long the question's context and properties may be together, in bytes.
	maxObjects = 4 << 10
	// maxText is how long an action or a name may be: those that name something are shorter.
	maxText = 256
	// baseSize is about what a record takes in memory without its texts.
	baseSize = 512
)

// sizeOf is about how many bytes a record takes in memory.
func sizeOf(d *authz.LoggedDecision) int64 {
	return int64(baseSize + len(d.Subject.Type) + len(d.Subject.ID) + len(d.Subject.Properties) + len(d.Request.Action) + len(d.Request.ActionProperties) + len(d.Request.Resource.Type) + len(d.Request.Resource.ID) +
		len(d.Request.Resource.Properties) + len(d.Request.Context.Extra) + len(d.Request.Context.ClientIP) + len(d.Code) + len(d.Route))
}

// capped leaves out what is too large, and parts what is kept from the request's body, which would be kept with it. It is on the
// decision's path.
func capped(d *authz.LoggedDecision) {
	length := 0
	for _, object := range objectsOf(d) {
		length += len(*object)
	}
	for _, object := range objectsOf(d) {
		if length > maxObjects {
			*object, d.Cut = nil, true
		}
		*object = bytes.Clone(*object)
	}
	for _, text := range []*string{&d.Subject.Type, &d.Subject.ID, &d.Request.Action, &d.Request.Resource.Type, &d.Request.Resource.ID, &d.Request.Context.ClientIP} {
		if len(*text) > maxText {
			*text, d.Cut = strings.ToValidUTF8(strings.Clone((*text)[:maxText]), ""), true
		}
	}
}

// objectsOf are what a caller added of its own.
func objectsOf(d *authz.LoggedDecision) [4]*authz.Object {
	return [...]*authz.Object{&d.Subject.Properties, &d.Request.ActionProperties, &d.Request.Resource.Properties, &d.Request.Context.Extra}
}

// clean takes out whatever reads like a secret, wherever a caller may have put one, and what not every sink can hold. It is off
// the decision's path.
func clean(d *authz.LoggedDecision) {
	for _, object := range objectsOf(d) {
		if len(*object) > 0 && !isHarmless(*object) {
			*object, d.Cut = nil, true
		}
	}
	texts := []*string{
		&d.Subject.Type, &d.Subject.ID, &d.Request.Action, &d.Request.Resource.Type, &d.Request.Resource.ID, &d.Request.Context.ClientIP, &d.Route, (*string)(&d.Code),
	}
	// What a policy answers may be what a caller said. A decision shares these with whoever else has it.
	if d.BilledTo != nil {
		payer := *d.BilledTo
		d.BilledTo, texts = &payer, append(texts, &payer.ID)
	}
	if d.GrantedBy != nil {
		grant := *d.GrantedBy
		d.GrantedBy, texts = &grant, append(texts, &grant.WorkspaceID, &grant.WorkflowID)
	}
	// A code and a route are a policy's own words, of which one must not hold up all that is written with it.
	for _, text := range texts {
		if !strings.ContainsAny(*text, "_-\x00\ufffd") && utf8.ValidString(*text) {
			continue // nothing that reads like a secret is without these
		}
		cleaned := strings.ReplaceAll(strings.ToValidUTF8(apikey.Redact(*text), "\ufffd"), "\x00", "\ufffd")
		if cleaned != *text {
			*text, d.Cut = cleaned, true
		}
	}
}

// isHarmless tells whether an object is JSON without anything that reads like a secret, however its characters are written.
func isHarmless(object authz.Object) bool {
	decoder := jsontext.NewDecoder(bytes.NewReader(object))
	for depth := -1; depth != 0; depth = decoder.StackDepth() {
		token, err := decoder.ReadToken()
		if err != nil || token.Kind() == '"' && apikey.HoldsSecret(token.String()) {
			return false
		}
	}
	return len(bytes.TrimSpace(object[decoder.InputOffset():])) == 0
}
