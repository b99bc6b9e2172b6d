// Package apitest holds the API to its document, for tests: each request that was taken, and each answer, must be what
// api/openapi.yaml says.
//
// It knows the document and HTTP, and nothing of what is behind the doors. Nothing but tests may import it.
package apitest
