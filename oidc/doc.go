// Package oidc asks an OpenID provider who is at the browser: authorization code flow with PKCE.
//
// It owns the protocol: what a provider's answer must hold to be believed. It does not know who a person is here, keeps
// nothing, and speaks no HTTP but with the provider.
package oidc
