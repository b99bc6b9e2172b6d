package api

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
)

// presentedID is the id under which a subject presents a key by its secret.
const presentedID = "presented"

// subject is who a standard door asks about: a key by its id, a key that was presented by its secret, or somebody whom the
// caller vouches for.
type subject struct {
	// entity holds no properties of a key: a secret may stand in them.
	entity authz.Entity
	// credential counts where isPresented.
	credential  engine.Credential
	isPresented bool
}

// readSubject takes a subject as it was sent. It fails where what should be a secret is no text.
func readSubject(kind, id string, properties jsontext.Value) (subject, *fieldError) {
	who := subject{entity: authz.Entity{Type: kind, ID: id}}
	if kind != authz.APIKeySubject {
		who.entity.Properties = authz.Object(properties)
		return who, nil
	}
	if id != presentedID {
		return who, nil
	}
	var presented struct {
		APIKey *string `json:"api_key"`
	}
	if len(properties) > 0 {
		if err := json.Unmarshal(properties, &presented); err != nil {
			return subject{}, &fieldError{Field: "subject.properties.api_key", Message: "want a string"}
		}
	}
	if presented.APIKey == nil {
		presented.APIKey = new(string)
	}
	who.credential, who.isPresented = engine.Present(*presented.APIKey), true
	return who, nil
}

// decideSubject is the one way from a standard door's question to a decision: a key is authenticated before any policy is asked
// about it, and of anybody else the policy decides. An error is engine.ErrPolicy; a deny is a decision.
func decideSubject(view *engine.View, who subject, request authz.Request) (authz.Decision, error) {
	switch {
	case who.isPresented:
		return view.Decide(who.credential, request)
	case who.entity.Type == authz.APIKeySubject:
		// One that is not known is refused as such.
		key, _ := view.Snapshot().Key(who.entity.ID)
		return view.Authorize(key, request)
	}
	return view.AuthorizeSubject(who.entity, request)
}

// logged is the subject as the decision log has it: a key is told by the decision itself.
func (s subject) logged() authz.Entity {
	if s.entity.Type == authz.APIKeySubject {
		return authz.Entity{}
	}
	return s.entity
}
