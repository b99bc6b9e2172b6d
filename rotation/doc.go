// Package rotation replaces the pepper and the sealing key of a database's secrets while it is served.
//
// It owns which version of the keyring is active in a database, the way of every record from one version to the next, and
// what a running process takes in from the keyring's file. It knows storage and apikey, and neither rules nor doors.
//
// The order of a rotation, of which each step may be broken off and done again:
//
//  1. Rotate adds a version to the file. Nothing is made under it yet; every process takes it in by itself.
//  2. Activate notes it in the database, and from that transaction on everything new is made under it, on every replica:
//     whoever makes a secret reads the note in the transaction that stores it, and who does not have the version can't.
//  3. Keepers move every record: open under its version, digest and seal under the active one.
//  4. Drop removes the old version from the file, once no record and no import needs it. None will again: see 2.
//
// A process that lacks the active version adopts no data from then on, and so goes stale, rather than call keys unknown that
// it can't recognize.
package rotation
