package storage

import "time"

// Request is one that may come again: what it made is answered then, and nothing made anew.
type Request struct {
	// Actor and Key name it: a caller, and the caller's own name for the request.
	Actor, Key string
	// Fingerprint stands for all that was asked for.
	Fingerprint [32]byte
	// RecordID is the record that it made.
	RecordID string
	At       time.Time
}
