package impact

import (
	"net"

	"github.com/steelengine/steelgate/engine/snapshot"
)

// addressFor is one that a key may be used from, where it has an allow-list: asked from elsewhere it would be refused for
// that, before and after. Any other key is asked without an address.
func addressFor(key snapshot.Key) string {
	for cidr := range key.AllowedCIDRs() {
		if address, _, err := net.ParseCIDR(cidr); err == nil {
			return address.String()
		}
	}
	return ""
}
