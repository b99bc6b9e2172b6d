package management_test

import (
	"context"
	"errors"
	"testing"

	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// aPolicy is the least that decides.
var aPolicy = map[string]string{"authz/decision.rego": "package steelgate.authz\n\ndecision := {\"allow\": false, \"code\": \"closed\"}\n"}

// another decides otherwise.
var another = map[string]string{"authz/decision.rego": "package steelgate.authz\n\ndecision := {\"allow\": false, \"code\": \"shut\"}\n"}

// judge is what a test has the judgement on drafts be.
type judge struct {
	verdict policycheck.Verdict
	err     error
	widens  string
}

func (j *judge) Check(context.Context, map[string]string) (policycheck.Verdict, error) {
	return j.verdict, j.err
}
func (j *judge) Format(_ context.Context, files map[string]string) (policycheck.Formatted, error) {
	return policycheck.Unformatted(files), j.err
}
func (j *judge) Widens(context.Context, uint64, map[string]string) (string, error) {
	return j.widens, j.err
}

// draft is one over the revision in force, which there is from then on.
func (h *house) draft(files map[string]string) management.PolicyDraft {
	h.t.Helper()
	h.must(h.BeginPolicies(h.t.Context(), aPolicy, "v1"))
	active, err := h.ActivePolicy(h.t.Context(), platform)
	h.must(err)
	given := func(text string) strictjson.Optional[string] {
		return strictjson.Optional[string]{Set: true, Value: text}
	}
	return management.PolicyDraft{
		Files:   strictjson.Optional[management.PolicyFiles]{Set: true, Value: files},
		Message: given("m"), BaseRevision: strictjson.Optional[uint64]{Set: true, Value: active.Revision},
	}
}

// mustShadow has a candidate run.
func (h *house) mustShadow() {
	h.t.Helper()
	_, _, err := h.BeginCandidate(h.t.Context(), platform, h.draft(aPolicy))
	h.must(err)
}

// What stands in the way of a draft stands in its way, and an override lets broken invariants pass and nothing else.
func TestJudgement(t *testing.T) {
	t.Parallel()
	fine := policycheck.Verdict{OK: true}
	broken := policycheck.Verdict{Invariants: []policycheck.Invariant{{Name: "i"}}}
	failing := policycheck.Verdict{Tests: policycheck.Tests{Failed: 1}, Invariants: broken.Invariants}
	for name, c := range map[string]struct {
		judge                          judge
		requires                       bool
		acknowledge, override          string
		code                           string
		keptAcknowledged, keptOverride string
	}{
		"passes":                                {judge: judge{verdict: fine}},
		"is refused":                            {judge: judge{verdict: failing}, code: "refused"},
		"a failing test, overridden":            {judge: judge{verdict: failing}, override: "because", code: "refused"},
		"a broken invariant":                    {judge: judge{verdict: broken}, code: "refused"},
		"a broken invariant, overridden":        {judge: judge{verdict: broken}, override: "because", keptOverride: "because"},
		"overridden, and the check finds none":  {judge: judge{verdict: fine}, override: "because", keptOverride: "because"},
		"the check fails itself":                {judge: judge{verdict: fine, err: errors.New("no")}, code: "no"},
		"widens, unasked":                       {judge: judge{verdict: fine, widens: "abc"}, acknowledge: "bogus"},
		"widens, without acknowledgement":       {judge: judge{verdict: fine, widens: "abc"}, requires: true, code: "acknowledgement_required"},
		"widens, with another's":                {judge: judge{verdict: fine, widens: "abc"}, requires: true, acknowledge: "abd", code: "acknowledgement_required"},
		"widens, acknowledged":                  {judge: judge{verdict: fine, widens: "abc"}, requires: true, acknowledge: "abc", keptAcknowledged: "abc"},
		"widens nothing, acknowledged all same": {judge: judge{verdict: fine}, requires: true, acknowledge: "abc"},
	} {
		h := newHouse(t)
		h.Service = management.New(management.Options{Store: h.store, Keyring: h.keyring, Engine: h.engine, Drafts: &c.judge, RequireAcknowledgement: c.requires})
		draft := h.draft(aPolicy)
		draft.Acknowledge = strictjson.Optional[string]{Set: c.acknowledge != "", Value: c.acknowledge}
		draft.Override = strictjson.Optional[string]{Set: c.override != "", Value: c.override}
		published, _, err := h.PublishPolicy(t.Context(), as("policy_admin"), draft)
		got := codeOf(err)
		if _, ok := errors.AsType[*management.DraftRefused](err); ok {
			got = "refused"
		} else if err != nil && got == "" {
			got = err.Error()
		}
		if got != c.code && !(c.code == "no" && err != nil) {
			t.Errorf("%s: %v", name, err)
		}
		active, failed := h.ActivePolicy(t.Context(), platform)
		h.must(failed)
		switch {
		case err != nil && active.Revision != 1:
			t.Errorf("%s: refused, and revision %d is in force", name, active.Revision)
		case err == nil && (active.Revision != 2 || published.Revision != 2 || active.Override != c.keptOverride || active.Acknowledged != c.keptAcknowledged || active.Author != "policy_admin"):
			t.Errorf("%s: %+v", name, active)
		}
	}
}

// What was published is restored though its check would fail today, but not where it does not compile.
func TestRestore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.draft(aPolicy)
	_, err := h.store.Update(t.Context(), func(tx storage.Tx) error {
		return tx.PutPolicyRevision(storage.PolicyRevision{Revision: 2, Files: map[string]string{"a.rego": "no rego"}, Base: 1, Message: "m"})
	})
	h.must(err)
	h.Service = management.New(management.Options{Store: h.store, Keyring: h.keyring, Engine: h.engine, Drafts: &judge{err: errors.New("no")}})
	_, _, err = h.RestorePolicy(t.Context(), platform, 2)
	if refused, ok := errors.AsType[*management.DraftRefused](err); !ok || len(refused.Verdict.Diagnostics) == 0 {
		t.Errorf("what does not compile: %v", err)
	}
	restored, _, err := h.RestorePolicy(t.Context(), platform, 1)
	if err != nil || restored.Revision != 3 || restored.Restores != 1 || restored.Base != 2 || restored.Digest != management.DigestOfPolicy(aPolicy) {
		t.Errorf("%+v, %v", restored, err)
	}
}

// A second start publishes nothing, and another version's files are noted beside those in force.
func TestBeginPolicies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	newer := map[string]string{"authz/decision.rego": aPolicy["authz/decision.rego"] + "\n# newer\n"}
	for _, c := range []struct {
		files   map[string]string
		version string
	}{{aPolicy, "v1"}, {aPolicy, "v1"}, {newer, "v2"}, {aPolicy, "v1"}} {
		h.must(h.BeginPolicies(t.Context(), c.files, c.version))
	}
	active, err := h.ActivePolicy(t.Context(), platform)
	if err != nil || active.Revision != 1 || active.Digest != management.DigestOfPolicy(aPolicy) {
		t.Errorf("%+v, %v", active, err)
	}
	upgrade, err := h.PolicyUpgrade(t.Context(), platform)
	if err != nil || !upgrade.Available || upgrade.Files["authz/decision.rego"] != newer["authz/decision.rego"] {
		t.Errorf("%+v, %v", upgrade, err)
	}
}

// Files that differ in anything have another digest.
func TestDigestOfPolicy(t *testing.T) {
	t.Parallel()
	seen := map[storage.Digest]bool{}
	sets := []map[string]string{nil, {"a": ""}, {"a": "b"}, {"ab": ""}, {"a": "", "b": ""}, {"b": "a"}, {"a": "\x00b"}, {"a\x00": "b"}}
	for _, files := range sets {
		seen[management.DigestOfPolicy(files)] = true
	}
	if len(seen) != len(sets) {
		t.Errorf("%d of %d", len(seen), len(sets))
	}
}

// The audit names the revision that was published, by whichever way it came into force.
func TestTheAuditNamesThePublishedRevision(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Service = management.New(management.Options{Store: h.store, Keyring: h.keyring, Engine: h.engine, Drafts: &judge{verdict: policycheck.Verdict{OK: true}}})
	_, _, err := h.PublishPolicy(t.Context(), as("policy_admin"), h.draft(another))
	h.must(err)
	if entry := h.last(); entry.Action != "policies.publish" || entry.Target != (management.AuditTarget{Kind: "policy", ID: "2"}) {
		t.Errorf("published: %+v", entry)
	}
	_, _, err = h.BeginCandidate(t.Context(), platform, h.draft(aPolicy))
	h.must(err)
	_, _, err = h.PromoteCandidate(t.Context(), platform)
	h.must(err)
	if entry := h.last(); entry.Action != "policies.publish" || entry.Target.ID != "3" {
		t.Errorf("promoted: %+v", entry)
	}
	_, _, err = h.RestorePolicy(t.Context(), platform, 1)
	h.must(err)
	if entry := h.last(); entry.Action != "policies.restore" || entry.Target.ID != "1" {
		t.Errorf("restored: %+v", entry)
	}
}
