// Package sqlstore implements the store on SQL, once for every database: sqlite and postgres open it with what differs
// between them.
//
// It owns the statements and the change log. It knows no rule of who may do what, and no driver.
package sqlstore
