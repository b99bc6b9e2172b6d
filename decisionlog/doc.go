// Package decisionlog takes decisions from the doors, and hands them in batches to where they are kept.
//
// It owns the queue between the two and what is left out of a record: what is too large, and whatever reads like a secret. No
// decision waits for it: what a stuck sink leaves no room for is let go, counted and said. It owns two sinks of its own, a
// file and OpenTelemetry; the store is storage/decisions. It knows no door, and no rule of who may read what.
package decisionlog
