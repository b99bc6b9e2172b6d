// Package api is steelgate's HTTP: one file a door, each a translation between a request and the one function behind it.
//
// It owns shapes on the wire, credentials of callers, limits and the one map from errors to problems. It decides nothing:
// decisions are the engine's, changes are management's.
package api
