// Package engine is the decision point: it authenticates a key in Go, authorizes its request in Rego, and answers a
// decision or an error, never a guess.
//
// It owns the one function that every door calls (View.Decide), the policy in force, the snapshot in force and how fresh
// that is. It is pure memory: it knows no SQL, no HTTP and no file, and waits for no writer.
package engine
