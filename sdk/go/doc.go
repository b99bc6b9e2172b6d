// Package steelgate asks a steelgate whether an API key may do something, and who is billed; and manages keys for a user.
//
// An allow is an answer that says so. Whatever else comes back, an error, a timeout, an answer of another shape, is an error here and never an allow.
// Calls end in bounded time, and what is not safe to do twice is not tried twice. Secrets print as [redacted].
//
// It owns the way to the API and back. It knows no rule: what a key may do is decided over there.
package steelgate
