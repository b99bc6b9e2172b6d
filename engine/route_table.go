package engine

import "maps"

// RouteTarget is what a route stands for: an action, and a resource, whose id may be the name of a wildcard in braces.
type RouteTarget struct {
	Action string `json:"action"`
	Type   string `json:"resource_type"`
	ID     string `json:"resource_id"`
}

func (r route) target() RouteTarget {
	if r.isWildcard {
		return RouteTarget{r.action, r.resourceType, "{" + r.id + "}"}
	}
	return RouteTarget{r.action, r.resourceType, r.id}
}

// RouteTable is the policy's routes by their patterns, as they match.
func (p *Policy) RouteTable() map[string]RouteTarget { return maps.Clone(p.routes.targets) }
