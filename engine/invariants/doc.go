// Package invariants says what no policy may allow a key, whatever its rules say: to reach a workspace that its owner has no
// part in.
//
// It owns three of the invariants, in one function, that the engine asks of every allow and the check of a draft of every allow
// that the draft gave. It says nothing of what an action requires, which is the policy's, and knows no policy.
package invariants
