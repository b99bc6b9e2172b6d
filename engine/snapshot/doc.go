// Package snapshot holds the keys and the world at one data revision, compactly, in memory.
//
// A Snapshot never changes: a reader that has one needs no lock, and a writer makes the next one beside it, sharing what
// did not change. It owns the layout of records in memory and the finding of them; whether a key is live or what it may
// do is not its to know.
package snapshot
