// Package policycheck judges a draft of the policy before it decides anything: whether it compiles, names only what there is,
// looks records up instead of searching, always decides, and keeps the invariants; what its own tests say, and what they cover.
//
// It compiles a draft as the engine compiles a policy, so that what passes here is what will run. It decides nothing, keeps
// nothing, and knows neither who wrote a draft nor where it is stored. A draft is somebody's program: whoever serves
// strangers runs this package in a process with limits of its own: see the package sandbox.
package policycheck
