// Package cases holds decisions as data: each a small world, a question, and every field of the decision that the contract
// promises, named after the sentence that promises it.
//
// It runs nothing, so that every door can be held to the same cases.
package cases
