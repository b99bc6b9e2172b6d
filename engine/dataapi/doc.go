// Package dataapi says what OPA's Data API tells of a decision, in OPA's own shapes: the result, and whatever the question's parameters
// ask for beside it (an explanation, metrics, where the answer comes from).
//
// It decides nothing: it watches the one decision function. It knows parameters and shapes, and nothing of HTTP.
package dataapi
