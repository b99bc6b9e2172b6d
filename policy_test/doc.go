// Package policy_test holds what the shipped policies are held to: their Rego unit tests, which travel with the binary so
// that an edited policy is held to them too, and below it decisions as data (cases), an independent model of the contract
// (model), and the stage that puts a world before the engine (stage).
//
// It knows nothing of how decisions come in or where the world is stored.
package policy_test
