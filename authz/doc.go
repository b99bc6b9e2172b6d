// Package authz is steelgate's vocabulary: the entities that a decision is about, the question, and the answer.
//
// It owns the meaning of words (a permission's order, a code's status, what an id may look like) and nothing that
// acts on them. It imports nothing of ours, knows no SQL, no HTTP and no Rego, and holds no secret.
package authz
