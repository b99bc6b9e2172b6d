// Package opastore is OPA's store over a snapshot: it answers the paths that Rego reads under data, each from one record.
//
// It owns the documents' shape (see Documents in documents.go) and nothing else. It is read-only, builds values on
// demand, shows live keys alone, and refuses to answer a whole collection: such a read costs more with every key
// that is created, and no decision may.
package opastore
