package policycheck

import (
	"slices"

	"github.com/steelengine/steelgate/engine"
)

// Verdict is the judgement on a draft: whether it may be published, and everything that a person needs to mend it.
type Verdict struct {
	// OK tells that nothing stands in the way: no diagnostic is an error, no test failed and no invariant is broken.
	OK          bool               `json:"ok"`
	Diagnostics engine.Diagnostics `json:"diagnostics"`
	Tests       Tests              `json:"tests"`
	// Coverage is the share of the lines that hold rules, tests left out, that some test evaluates, in percent.
	Coverage float64 `json:"coverage"`
	// Uncovered are the places of the others.
	Uncovered  []Place     `json:"uncovered"`
	Invariants []Invariant `json:"invariants"`
}

// Tests are what a draft's own tests say.
type Tests struct {
	Passed  int      `json:"passed"`
	Failed  int      `json:"failed"`
	Results []Result `json:"results"`
}

// Invariant is something that no edit may break without an explicit reason.
type Invariant struct {
	// Name is a snake_case name for programs, Promise the sentence that it stands for.
	Name    string `json:"name"`
	Promise string `json:"promise"`
	Holds   bool   `json:"holds"`
	// Witness is a smallest case that breaks it, in words; "" where it holds.
	Witness string `json:"witness,omitempty"`
}

// IsBroken tells whether the draft can't decide at all: it does not compile, is refused, or took more than it may.
func (v Verdict) IsBroken() bool {
	return slices.ContainsFunc(v.Diagnostics, func(d engine.Diagnostic) bool { return d.Severity == "error" })
}

// IsOnlyBrokenInvariants tells whether nothing but invariants stands in the way: what an override may let pass.
func (v Verdict) IsOnlyBrokenInvariants() bool {
	return !v.OK && v.Tests.Failed == 0 && !v.IsBroken()
}
