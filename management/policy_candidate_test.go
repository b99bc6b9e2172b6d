package management_test

import (
	"context"
	"testing"

	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/management"
)

// meddler does something while a draft is weighed.
type meddler struct {
	judge
	during func()
}

func (m *meddler) Widens(ctx context.Context, base uint64, files map[string]string) (string, error) {
	if m.during != nil {
		m.during()
	}
	return m.judge.Widens(ctx, base, files)
}

// What is promoted is the candidate that ran when that was asked for: one that takes its place while it is weighed is not published
// unseen, and neither is one that was dropped.
func TestACandidateThatIsReplacedIsNotPromotedUnseen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meddle func(h *house)
		code   string
	}{
		"nothing happens": {func(*house) {}, ""},
		"it is replaced": {func(h *house) {
			_, _, err := h.BeginCandidate(h.t.Context(), platform, h.draft(another))
			h.must(err)
		}, "candidate_replaced"},
		"it is dropped": {func(h *house) {
			_, err := h.DropCandidate(h.t.Context(), platform)
			h.must(err)
		}, "not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			drafts := &meddler{judge: judge{verdict: policycheck.Verdict{OK: true}}}
			elsewhere := management.New(management.Options{Store: h.store, Keyring: h.keyring, Engine: h.engine, Drafts: &drafts.judge})
			h.Service = management.New(management.Options{Store: h.store, Keyring: h.keyring, Engine: h.engine, Drafts: drafts, RequireAcknowledgement: true})
			begun, _, err := h.BeginCandidate(t.Context(), platform, h.draft(another))
			h.must(err)
			drafts.during = func() {
				drafts.during = nil
				mine := h.Service
				h.Service = elsewhere
				c.meddle(h)
				h.Service = mine
			}
			_, _, err = h.PromoteCandidate(t.Context(), platform)
			active, failed := h.ActivePolicy(t.Context(), platform)
			h.must(failed)
			if codeOf(err) != c.code || (active.Revision == 2) != (c.code == "") {
				t.Errorf("%v, and revision %d is in force", err, active.Revision)
			}
			if c.code == "candidate_replaced" {
				if runs, err := h.Candidate(t.Context(), platform); err != nil || runs.ID == begun.ID {
					t.Errorf("the other does not run on: %+v, %v", runs, err)
				}
			}
		})
	}
}
