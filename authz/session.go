package authz

import "time"

// SignInMethod is how somebody showed who they are.
type SignInMethod string

// The methods: through an OpenID provider, by the set-up link of a new installation, or as one of the demo's users.
const (
	OIDCMethod  SignInMethod = "oidc"
	SetupMethod SignInMethod = "setup"
	DevMethod   SignInMethod = "dev"
)

// Session is the record of a user's being signed in at one browser. It holds no secret.
type Session struct {
	ID     string       `json:"id"`
	UserID string       `json:"user_id"`
	Method SignInMethod `json:"method"`
	// Address is where the sign-in came from, or "".
	Address string `json:"address"`
	// UserAgent is what the browser called itself, cut short.
	UserAgent string    `json:"user_agent"`
	CreatedAt time.Time `json:"created_at"`
	// LastUsedAt may be a minute late.
	LastUsedAt time.Time `json:"last_used_at"`
	// ExpiresAt is when it ends however much it is used.
	ExpiresAt time.Time `json:"expires_at"`
}
