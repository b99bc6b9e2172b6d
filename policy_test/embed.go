package policy_test

import "embed"

// Files are the Rego tests, by their paths below this folder, which are those of what they test.
//
//go:embed authz/*_test.rego management/*_test.rego site/*_test.rego
var Files embed.FS
