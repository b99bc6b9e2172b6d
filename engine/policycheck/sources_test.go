package policycheck_test

import "testing"

// Names that are somebody else's are refused where they stand: OPA's, the records', the bundle's.
func TestReservedNames(t *testing.T) {
	for name, c := range map[string]struct {
		path, source, code string
		row                int
	}{
		"OPA's":                        {"lib/a.rego", "package system.log\n", "reserved_package", 1},
		"the records'":                 {"lib/a.rego", "# a\npackage keys.mine\n", "shadowed_data", 2},
		"the bundle's":                 {"edge/a.rego", "# a\npackage steelgate.edge\n\nx := 1\n", "reserved_package", 2},
		"below the bundle's":           {"edge/a.rego", "package steelgate.edge.more\n", "reserved_package", 1},
		"in a test":                    {"edge/a_test.rego", "package steelgate.edge\n\ntest_x if true\n", "reserved_package", 1},
		"a rule by that name":          {"edge/a.rego", "package steelgate\n\nedge.decision := {\"allow\": true, \"code\": \"allowed\"}\n", "reserved_package", 3},
		"a rule of just that name":     {"edge/a.rego", "package steelgate\n\nx := 1\n\nedge := {\"decision\": 1}\n", "reserved_package", 5},
		"a name that begins like it":   {"edge/a.rego", "package steelgate.edges\n", "", 0},
		"a rule of another package":    {"edge/a.rego", "package steelgate.site\n\nedge := 1\n", "", 0},
		"a package of the same ending": {"edge/a.rego", "package lib.edge\n", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := refusals(check(t, draft(t, c.path, c.source)))
			if c.code == "" {
				if len(found) > 0 {
					t.Errorf("refused: %v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Code != c.code || found[0].Path != c.path || found[0].Row != c.row || found[0].Col != 1 {
				t.Errorf("got %v", found)
			}
		})
	}
}
