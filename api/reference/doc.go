// Package reference makes a page of an OpenAPI document: one that people read, with neither script nor anything from
// elsewhere.
//
// It knows as much of OpenAPI as api/openapi.yaml makes use of, and nothing of what the calls do.
package reference
