package main

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/steelengine/steelgate/rotation"
	"github.com/steelengine/steelgate/storage"
)

// keyringMetrics tell whether every replica has a new version, and how far the move to it is.
func keyringMetrics(k *rotation.Keeper) []prometheus.Collector {
	gauge := func(name, help string, labels prometheus.Labels, value func(rotation.Progress) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, func() float64 { return value(k.Progress()) })
	}
	const left = "steelgate_keyring_records_to_move"
	const leftHelp = "Records that were not made under the active version of the keyring."
	return []prometheus.Collector{
		gauge("steelgate_keyring_newest_version", "Newest version of the keyring that this process has.", nil,
			func(p rotation.Progress) float64 { return float64(p.Newest) }),
		gauge("steelgate_keyring_active_version", "Version of the keyring that new secrets are made under; 0 where it is not known.", nil,
			func(p rotation.Progress) float64 { return float64(p.Active) }),
		gauge(left, leftHelp, prometheus.Labels{"kind": "key"}, func(p rotation.Progress) float64 { return float64(p.Keys) }),
		gauge(left, leftHelp, prometheus.Labels{"kind": "token"}, func(p rotation.Progress) float64 { return float64(p.Tokens) }),
	}
}

// keyringAudit enters what is done to the keyring in the audit; by says whether that is a command or the server itself.
func (s *service) keyringAudit(by string) rotation.Audit {
	return func(tx storage.Tx, action string, version uint32) error {
		return s.management.AuditKeyring(tx, by, action, strconv.FormatUint(uint64(version), 10))
	}
}
