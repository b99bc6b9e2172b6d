package policycheck_test

import (
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
)

func lockout(diagnostics engine.Diagnostics) (found engine.Diagnostics) {
	for _, d := range diagnostics {
		if d.Code == "lockout" {
			found = append(found, d)
		}
	}
	return found
}

// A draft that nobody could undo but the platform is warned of, where it stands, and not refused.
func TestALockoutIsWarnedOf(t *testing.T) {
	const table, standing, allow = "management/operations.rego", "management/standing.rego", "management/allow.rego"
	for name, c := range map[string]struct{ path, old, new, at string }{
		"as shipped":                    {table, "x", "x", ""},
		"no row for reading":            {table, "\t\t\"policies.read\": \"policy_admin\",\n", "", table},
		"no row for writing":            {table, "\t\t\"policies.write\": \"policy_admin\",\n", "", table},
		"a standing that nobody has":    {table, `"policies.write": "policy_admin"`, `"policies.write": "owner"`, table},
		"platform admins alone":         {table, `"policies.write": "policy_admin"`, `"policies.write": "platform_admin"`, ""},
		"policy admins alone":           {standing, `in {"policy_admin", "admin"}`, `== "policy_admin"`, ""},
		"a role that there is not":      {standing, `in {"policy_admin", "admin"}`, `== "boss"`, table},
		"the one may read, other write": {table, `"policies.read": "policy_admin"`, `"policies.read": "self"`, table},
		"no rule":                       {allow, "allow if operations[input.owner.type][input.operation] in standing", "", table},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := draft(t, "site/site.rego", "package steelgate.site\n")
			files[c.path] = strings.Replace(files[c.path], c.old, c.new, 1)
			v := check(t, files)
			found := lockout(v.Diagnostics)
			switch {
			case !v.OK:
				t.Errorf("refused: %v", v.Diagnostics)
			case c.at == "" && len(found) > 0:
				t.Errorf("warned: %v", found)
			case c.at != "" && (len(found) != 1 || found[0].Severity != "warning" || found[0].Path != c.at || found[0].Row == 0):
				t.Errorf("got %v", found)
			}
		})
	}
}

// A rule of management that answers no boolean is refused where it stands.
func TestManagementOfNoShapeIsRefusedWhereItStands(t *testing.T) {
	files := draft(t, "management/allow.rego", "package steelgate.management\n\nallow := \"yes\"\n")
	if found := refusals(check(t, files)); len(found) != 1 || found[0].Code != "management" || found[0].Path != "management/allow.rego" || found[0].Row != 3 {
		t.Errorf("got %v", found)
	}
}
