// Package search finds all whom a policy allows something: the subjects of a type, the resources of a type, or the actions.
//
// It owns which candidates there are and in which order they are asked about, and no rule: each candidate is asked about as any door
// asks. What it leaves out without asking are keys that the invariants would not let reach the resource anyway, where the policy is
// held to them. It knows nothing of pages' tokens, nor of HTTP.
package search
