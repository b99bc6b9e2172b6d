// Package management is who changes what: the keys, the directory, service tokens and imports, each operation authorized
// by Rego and done in one transaction with its entry in the change log.
//
// It owns what an operation requires, what a field may hold, and what follows from a change (a workspace that leaves an
// organization ends grants). It knows no HTTP and no SQL, and decides nothing about a request that a key makes.
package management
