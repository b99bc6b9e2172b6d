// Package model says what the contract promises, in plain Go over plain maps: the decision that a question must have.
//
// It is written from the contract and from nothing else, to disagree with the engine and the policies where they are wrong.
// It must never share a line with either, nor look at how they do it. It owns no speed: it walks where they look up.
package model
