package bundle

import _ "embed"

// Entrypoint is the rule that whoever runs the bundle asks.
const Entrypoint = "data.steelgate.edge.decision"

// edgePackage is the package of Entrypoint, which no policy may have.
const edgePackage = "data.steelgate.edge"

// EdgeDecision is the Rego of Entrypoint. It is the program's own: no revision of the policy holds it, and nobody edits it.
//
//go:embed edge/decision.rego
var EdgeDecision string
