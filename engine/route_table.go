package engine

import "github.com/open-policy-agent/opa/v1/ast"

// RouteTarget is what a route stands for: an action, and a resource, whose id may be the name of a wildcard in braces.
type RouteTarget struct {
	Action string `json:"action"`
	Type   string `json:"resource_type"`
	ID     string `json:"resource_id"`
}

// RouteTable is the policy's routes by their patterns. It is worked out anew for each call.
func (p *Policy) RouteTable() map[string]RouteTarget {
	targets := map[string]RouteTarget{}
	if len(p.entrypoint.rules.GetRulesExact(ast.MustParseRef(routesRule))) == 0 {
		return targets
	}
	value, err := p.valueOf(routesRule)
	if err != nil {
		return targets
	}
	table, _ := value.(map[string]any)
	for pattern, value := range table {
		r, err := readRoute(pattern, value)
		if err != nil {
			continue
		}
		if r.isWildcard {
			r.id = "{" + r.id + "}"
		}
		targets[pattern] = RouteTarget{r.action, r.resourceType, r.id}
	}
	return targets
}
