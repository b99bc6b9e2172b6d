// Package decisions is the contract of the decision log's home: where logged decisions are kept, found again, and let go of
// when they are old or too many.
//
// It owns the interface and what a list is narrowed by; sqlite and postgres implement it, each in a home that is apart from
// the truth's, so that no decision that is written down stands in a revoke's way. decisionstest is the suite that every
// backend passes. It knows nobody who decides, and no rule of who may read what.
package decisions
