package policies

import "embed"

// Files are the shipped policies, by their paths below this folder.
//
//go:embed authz/*.rego management/*.rego site/*.rego
var Files embed.FS
