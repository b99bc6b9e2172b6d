// Package usage notes when keys and service tokens were last used: a mark in memory where a decision is made, and now and
// then a write of what was marked.
//
// It owns the marks and the loop that writes them. No decision waits for a write, and no write is a change of the world:
// nothing decides on when a key was used.
package usage
