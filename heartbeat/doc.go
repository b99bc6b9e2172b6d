// Package heartbeat has a server say, now and then, that it runs and how it is, so that people see all of them together.
//
// It owns the server's own row and the loop that writes it. No decision waits for it, and nothing is decided by it: where the store
// can't be written, the row grows old, and that is all.
package heartbeat
