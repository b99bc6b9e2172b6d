package impact_test

import (
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/impact"
	"github.com/steelengine/steelgate/policies"
)

// compile is the shipped policy with texts replaced, each in some file, at a revision.
func compile(t testing.TB, revision uint64, oldnew ...string) *engine.Policy {
	t.Helper()
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(oldnew); i += 2 {
		replaced := 0
		for path, source := range files {
			replaced += strings.Count(source, oldnew[i])
			files[path] = strings.ReplaceAll(source, oldnew[i], oldnew[i+1])
		}
		if replaced == 0 {
			t.Fatalf("no file has %q", oldnew[i])
		}
	}
	policy, err := engine.Compile(files, revision)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// siteEnd is where rules of the installation's own are put.
const siteEnd = "package steelgate.site\n"

func TestADraftThatDoesSeveralThings(t *testing.T) {
	active := compile(t, 1)
	draft := compile(t, 2,
		`"id": key.user_id`, `"id": workspace.owner_id`,
		"	not key.workflow_ids == _workflows_elsewhere\n	workspace.archived == false", "	workspace.archived == false",
		siteEnd, siteEnd+"\ndeny := 1 / 0 if input.action.name == \"logs.read\"\n")
	small, err := impact.Policies(t.Context(), active, draft)
	if err != nil || small.Truncated {
		t.Fatal(err, small.Truncated)
	}
	for _, c := range small.Classes {
		t.Log(c.Kind, c.Count, c.Summary)
	}
}
