// Package storage is the contract of the store that the truth lives in: entities, keys, service tokens, and one change
// log with a total order of revisions.
//
// It owns the interfaces, the records and the errors; sqlstore implements them on sqlx for sqlite and postgres, and
// storagetest is the suite that every backend passes. It knows no rule of who may do what: an Update does what it is
// told, atomically, and writes down that it did.
package storage
