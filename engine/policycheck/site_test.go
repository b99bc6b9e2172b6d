package policycheck_test

import (
	"strings"
	"testing"
)

// What the installation's own rules say to subjects that are no API keys is asked for, and what fails is found where it stands. So is a
// denial of another shape than denials have.
func TestTheInstallationsOwnRules(t *testing.T) {
	const fine = `{"allow": true, "code": "allowed"}`
	for name, c := range map[string]struct {
		rules string
		// row is that of the refusal, 0 is none; says is what it says.
		row  int
		says string
	}{
		"a decision":                              {`decision := ` + fine + ` if input.subject.type == "user"`, 0, ""},
		"a decision of some":                      {`decision := {"allow": false, "code": "not_today"} if input.subject.id == "ada"`, 0, ""},
		"no object":                               {`decision := true`, 3, "the user owner may"},
		"no object, for one user":                 {"decision := \"yes\" if input.subject.id == \"reader\"\n\nelse := " + fine, 3, "the user reader"},
		"no object, for one user, in an else":     {"decision := " + fine + " if input.subject.id == \"owner\"\n\nelse := \"yes\" if input.subject.id == \"reader\"", 5, "of type string"},
		"no object, for what is no user":          {`decision := "yes" if input.subject.type == "workspace"`, 3, "the workspace ws"},
		"without a code":                          {`decision := {"allow": true}`, 3, "code is missing"},
		"an allow with another code":              {`decision := {"allow": true, "code": "yes"}`, 3, `allow is true with the code "yes"`},
		"a function that fails":                   {"decision := " + fine + " if {\n\tto_number(input.subject.id) == 7\n}", 4, "to_number"},
		"two decisions":                           {"decision := {\"allow\": false, \"code\": \"a\"} if input.subject.id\n\ndecision := {\"allow\": false, \"code\": \"b\"} if input.action.name", 5, "conflict"},
		"for an action of its own":                {"actions contains name if some name in [\"export\"]\n\ndecision := 7 if input.action.name == \"export\"", 5, "may export"},
		"for an action that only a rule mentions": {`decision := 7 if input.action.name == "report.export"`, 3, "may report.export"},
		"for an action of the table":              {`decision := 7 if input.action.name == "logs.read"`, 3, "may logs.read"},
		"at night":                                {`decision := 7 if { is_string(input.context.time); endswith(input.context.time, "T02:30:00Z") }`, 3, "Sunday"},

		"a denial":                        {`deny contains {"code": "closed"} if input.subject.id`, 0, ""},
		"a text":                          {"deny contains {\"code\": \"closed\"} if input.action.name == \"x\"\n\ndeny contains \"closed\"", 5, `deny holds "closed"`},
		"a text that is worked out":       {`deny contains sprintf("%s", [input.action.name])`, 3, "which is no"},
		"a denial without a code":         {"deny contains {\"message\": \"x\"}", 3, "code is missing"},
		"a denial with the code allowed":  {"\ndeny contains {\"code\": \"allowed\"}", 4, "which is no"},
		"a deny that is no set":           {`deny := "closed"`, 3, "deny is of type string"},
		"a deny that is only a condition": {"deny if input.subject.id", 3, "deny is of type boolean"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := refusals(check(t, draft(t, "site/site.rego", "package steelgate.site\n\n"+c.rules+"\n")))
			if c.row == 0 {
				if len(found) > 0 {
					t.Errorf("refused: %v", found)
				}
				return
			}
			if len(found) == 0 || found[0].Path != "site/site.rego" || found[0].Row != c.row || found[0].Code != "decision" || !strings.Contains(found[0].Message, c.says) {
				t.Errorf("got %v, want %q at row %d", found, c.says, c.row)
			}
		})
	}
}

// What is at fault is blamed, whatever the installation's rules say beside.
func TestAFaultOfTheTableIsNotTheInstallations(t *testing.T) {
	files := draft(t, "site/site.rego", "package steelgate.site\n\ndeny contains {\"code\": \"closed\"}\n\ndecision := {\"allow\": false, \"code\": \"closed\"}\n")
	files["authz/decision.rego"] = strings.Replace(files["authz/decision.rego"], "else := refusal if", `else := "no" if`, 1)
	found := refusals(check(t, files))
	if len(found) == 0 || found[0].Path != "authz/decision.rego" {
		t.Errorf("got %v", found)
	}
}
