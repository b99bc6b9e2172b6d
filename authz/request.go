package authz

// Entity is a subject or a resource in a question, in AuthZEN's shape.
type Entity struct {
	Type string
	ID   string
	// Properties are the caller's own; they never replace stored ones in an API key's decision.
	Properties Object
}

// APIKeySubject is the subject type of a key.
const APIKeySubject = "api_key"

// Request asks whether an action may be done to a resource. Who asks is the key that is presented with it.
type Request struct {
	Action string
	// ActionProperties are what the caller adds to the action, or nil.
	ActionProperties Object
	Resource         Entity
	Context          Context
}

// Context is what a question knows beside its subject, action and resource.
type Context struct {
	// ClientIP is the end client's address as the caller gave it, or "".
	ClientIP string
	// Extra is what the caller added, without client_ip.
	Extra Object
}
