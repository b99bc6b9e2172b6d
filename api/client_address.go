package api

import (
	"net/http"
	"net/netip"
	"strings"
)

// proxies are the networks of the proxies that may name a client's address and ask forward-auth.
type proxies []netip.Prefix

func (ps proxies) contain(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	for _, p := range ps {
		if p.Contains(address) {
			return true
		}
	}
	return false
}

// peer is the address that the connection came from.
func peer(r *http.Request) (netip.Addr, bool) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	return from.Addr().Unmap(), true
}

// clientAddress is the rightmost X-Forwarded-For entry that is no trusted proxy: whatever stands left of it the client may
// have written itself. It is "" where there is none or that entry is no address.
func (ps proxies) clientAddress(forwardedFor []string) string {
	entries := strings.Split(strings.Join(forwardedFor, ","), ",")
	for i := len(entries) - 1; i >= 0; i-- {
		address, err := netip.ParseAddr(strings.TrimSpace(entries[i]))
		if err != nil || address.Zone() != "" {
			return ""
		}
		if !ps.contain(address) {
			return address.Unmap().String()
		}
	}
	return ""
}

// endClient is the address of whoever is behind a request: the peer's, or, where that is a trusted proxy, the one that it
// names. It is "" where that can't be told, and never a proxy's own.
func (ps proxies) endClient(r *http.Request) string {
	from, ok := peer(r)
	switch {
	case !ok:
		return ""
	case ps.contain(from):
		return ps.clientAddress(r.Header.Values("X-Forwarded-For"))
	}
	return from.String()
}
