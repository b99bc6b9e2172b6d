package management

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// maxMessage is the greatest length of a message and of a reason, in characters.
const maxMessage = 2000

// PolicyDraft is what to publish.
type PolicyDraft struct {
	Files   strictjson.Optional[PolicyFiles] `json:"files"`
	Message strictjson.Optional[string]      `json:"message"`
	// BaseRevision is the revision that was in force when the draft was written.
	BaseRevision strictjson.Optional[uint64] `json:"base_revision"`
	// Acknowledge is the digest that impact gave for what the draft widens.
	Acknowledge strictjson.Optional[string] `json:"acknowledge"`
	// Override is why the draft may break an invariant: in its check, and in what it decides.
	Override strictjson.Optional[string] `json:"override"`
}

// PolicyFiles are a policy's sources by path, as they come from outside.
type PolicyFiles map[string]string

// UnmarshalJSONFrom reads them. Null is no source: it would pass for an empty file.
func (f *PolicyFiles) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	var sources map[string]source
	if err := json.UnmarshalDecode(dec, &sources); err != nil {
		return err
	}
	*f = make(PolicyFiles, len(sources))
	for path, text := range sources {
		(*f)[path] = string(text)
	}
	return nil
}

// source is a text that is not null.
type source string

// UnmarshalJSONFrom reads the text.
func (s *source) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == 'n' {
		return &json.SemanticError{JSONPointer: dec.StackPointer(), GoType: reflect.TypeFor[string]()}
	}
	return json.UnmarshalDecode(dec, (*string)(s))
}

// DraftRefused says that a draft may not be published, and all that is wrong with it. Nothing was changed.
type DraftRefused struct{ Verdict policycheck.Verdict }

func (*DraftRefused) Error() string { return "the draft does not pass its check" }

// DigestOfPolicy stands for a set of files: the same files have the same.
func DigestOfPolicy(files map[string]string) storage.Digest {
	hash := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		source := sha256.Sum256([]byte(files[path]))
		// A path holds no NUL, and a digest has one length: no two sets are written alike.
		hash.Write([]byte(path + "\x00"))
		hash.Write(source[:])
	}
	return storage.Digest(hash.Sum(nil))
}

// BeginPolicies publishes what the program ships as revision 1 of a new database, and notes what this version ships. What
// was published before stays in force.
func (s *Service) BeginPolicies(ctx context.Context, shipped map[string]string, version string) error {
	digest := DigestOfPolicy(shipped)
	var stands bool
	if err := s.view(ctx, func(r storage.Reader) error {
		_, _, err := r.NewestPolicy()
		if err != nil {
			return err
		}
		known, err := r.ShippedPolicies()
		stands = slices.ContainsFunc(known, func(p storage.ShippedPolicy) bool { return p.Digest == digest })
		return err
	}); stands || err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	_, err := s.store.Update(ctx, func(tx storage.Tx) error {
		err := tx.PutShippedPolicy(storage.ShippedPolicy{Digest: digest, Files: shipped, Version: version, SeenAt: s.now()})
		if err != nil {
			return err
		}
		_, _, err = tx.NewestPolicy()
		if !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		return tx.PutPolicyRevision(storage.PolicyRevision{
			Revision: 1, Digest: digest, Files: shipped, Message: "As shipped with steelgate " + version + ".", Author: "steelgate", PublishedAt: s.now(),
		})
	})
	return translated(err)
}

// ActivePolicy is the revision in force.
func (s *Service) ActivePolicy(ctx context.Context, a Actor) (active storage.PolicyRevision, err error) {
	err = s.readPolicies(ctx, a, func(r storage.Reader) error {
		active, err = activePolicy(r)
		return err
	})
	return active, err
}

func activePolicy(r storage.Reader) (storage.PolicyRevision, error) {
	revision, _, err := r.NewestPolicy()
	if err != nil {
		return storage.PolicyRevision{}, orNotFound(err, "policy revision")
	}
	return r.PolicyRevision(revision)
}

// PolicyRevision is one of the history.
func (s *Service) PolicyRevision(ctx context.Context, a Actor, revision uint64) (found storage.PolicyRevision, err error) {
	err = s.readPolicies(ctx, a, func(r storage.Reader) error {
		found, err = r.PolicyRevision(revision)
		return orNotFound(err, "policy revision")
	})
	return found, err
}

// PolicyRevisions are one page of the history, newest first, without their files.
func (s *Service) PolicyRevisions(ctx context.Context, a Actor, before uint64, limit int) (page []storage.PolicyRevision, more bool, err error) {
	err = s.readPolicies(ctx, a, func(r storage.Reader) error {
		page, more, err = r.ListPolicyRevisions(before, limit)
		return err
	})
	return page, more, err
}

func (s *Service) readPolicies(ctx context.Context, a Actor, read func(storage.Reader) error) error {
	return s.view(ctx, func(r storage.Reader) error {
		if err := s.authorize(r, a, readPolicies, thePlatform); err != nil {
			return err
		}
		return read(r)
	})
}

// MayReadPolicies refuses whoever may not.
func (s *Service) MayReadPolicies(ctx context.Context, a Actor) error {
	return s.readPolicies(ctx, a, func(storage.Reader) error { return nil })
}

// CheckPolicy judges a draft, and changes nothing.
func (s *Service) CheckPolicy(ctx context.Context, a Actor, files map[string]string) (policycheck.Verdict, error) {
	if err := s.MayReadPolicies(ctx, a); err != nil {
		return policycheck.Verdict{}, err
	}
	return s.drafts.Check(ctx, files)
}

// FormatPolicy writes a draft's files as opa fmt does, and changes nothing.
func (s *Service) FormatPolicy(ctx context.Context, a Actor, files map[string]string) (policycheck.Formatted, error) {
	if err := s.MayReadPolicies(ctx, a); err != nil {
		return policycheck.Formatted{}, err
	}
	return s.drafts.Format(ctx, files)
}

// Vocabulary are the actions that the policy in force knows by name: whoever asks for decisions may know what to ask about.
func (s *Service) Vocabulary(ctx context.Context, a Actor) (engine.Vocabulary, error) {
	if err := s.view(ctx, a.mustBeSomeone); err != nil {
		return engine.Vocabulary{}, err
	}
	return s.engine.Vocabulary()
}

// PublishPolicy puts a draft in force, whole, on every replica, once it passes its check. It fails with DraftRefused where it
// does not, and with a Conflict where another revision was published since its base.
func (s *Service) PublishPolicy(ctx context.Context, a Actor, draft PolicyDraft) (published storage.PolicyRevision, revision uint64, err error) {
	of := a.does("policies.publish", "policy", "")
	if err := s.mayPublish(ctx, of); err != nil {
		return published, 0, err
	}
	published, err = draft.read(a)
	if err != nil {
		return published, 0, err
	}
	// Who is late need not wait for the check to hear it.
	if err := s.view(ctx, func(r storage.Reader) error { return standsOn(r, published.Base) }); err != nil {
		return published, 0, err
	}
	if err := s.judge(ctx, &published); err != nil {
		return published, 0, err
	}
	revision, err = s.publish(ctx, of, &published)
	return published, revision, err
}

// mayPublish refuses whoever may not, before a draft of theirs is run.
func (s *Service) mayPublish(ctx context.Context, of act) error {
	err := s.view(ctx, func(r storage.Reader) error { return s.authorize(r, of.actor, writePolicies, thePlatform) })
	if err != nil {
		s.deny(ctx, of, thePlatform, err)
	}
	return err
}

// read checks the shape of what is to be published.
func (d PolicyDraft) read(a Actor) (storage.PolicyRevision, error) {
	var f faults
	if len(d.Files.Value) == 0 {
		f.add("files", "is required: the whole policy, an object of paths and sources")
	}
	if !d.BaseRevision.Set || d.BaseRevision.Null || d.BaseRevision.Value == 0 {
		f.add("base_revision", "is required: the revision that the draft was written on")
	}
	p := storage.PolicyRevision{
		Files: d.Files.Value, Digest: DigestOfPolicy(d.Files.Value), Base: d.BaseRevision.Value, Author: a.name(),
		Message: strings.TrimSpace(d.Message.Value), Acknowledged: d.Acknowledge.Value, Override: strings.TrimSpace(d.Override.Value),
	}
	if p.Message == "" {
		f.add("message", "is required: what the edit is for")
	}
	for name, text := range map[string]string{"message": p.Message, "override": p.Override} {
		if utf8.RuneCountInString(text) > maxMessage || apikey.HoldsSecret(text) {
			f.add(name, "want at most %d characters, and no API key or token in them", maxMessage)
		}
	}
	if d.Override.Set && !d.Override.Null && p.Override == "" {
		f.add("override", "want the reason why a broken invariant may pass")
	}
	return p, f.err()
}

// standsOn refuses a draft that was written on another revision than the one in force.
func standsOn(r storage.Reader, base uint64) error {
	newest, _, err := r.NewestPolicy()
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if newest != base {
		return refuse(Conflict, "stale_base", "The draft was written on revision %d, and revision %d is in force: look at what changed, and publish on that one.", base, newest)
	}
	return nil
}

// judge runs the check of a draft, and asks for the acknowledgement of what it widens.
func (s *Service) judge(ctx context.Context, p *storage.PolicyRevision) error {
	verdict, err := s.drafts.Check(ctx, p.Files)
	if err != nil {
		return err
	}
	if !verdict.OK && (p.Override == "" || !verdict.IsOnlyBrokenInvariants()) {
		return &DraftRefused{verdict}
	}
	// A reason is kept where the check finds nothing, too: it asks about a few moments and ids, and what it did not ask about would
	// else be no decision.
	return s.mustBeAcknowledged(ctx, p)
}

// mustBeAcknowledged asks for the digest of what a draft widens, where that is asked for. What is recorded as acknowledged was
// compared with what the draft widens.
func (s *Service) mustBeAcknowledged(ctx context.Context, p *storage.PolicyRevision) error {
	given := p.Acknowledged
	p.Acknowledged = ""
	widens, known := s.weighed.find(weighedDraft{p.Base, p.Digest})
	if !s.requireAcknowledgement {
		if known && given == widens {
			p.Acknowledged = given
		}
		return nil
	}
	if !known {
		// One is worked out at a time: it takes a processor for seconds.
		select {
		case s.weighing <- struct{}{}:
			defer func() { <-s.weighing }()
		case <-ctx.Done():
			return ctx.Err()
		}
		var err error
		if widens, err = s.drafts.Widens(ctx, p.Base, p.Files); err != nil {
			return err
		}
	}
	p.Acknowledged = widens
	if widens != "" && widens != given {
		return refuse(Conflict, "acknowledgement_required", "The draft widens what keys may do: look at its impact, and publish with the digest that stands there as acknowledge.")
	}
	return nil
}

// publish makes a judged draft the next revision, where its base is still in force and what else is asked for holds.
func (s *Service) publish(ctx context.Context, of act, p *storage.PolicyRevision, must ...func(storage.Reader) error) (revision uint64, err error) {
	if of.target.ID == "" {
		// On its base there is one number that it can have.
		of.target.ID = strconv.FormatUint(p.Base+1, 10)
	}
	return s.update(ctx, of, func(tx storage.Tx) error {
		if err := s.authorize(tx, of.actor, writePolicies, thePlatform); err != nil {
			return err
		}
		if err := standsOn(tx, p.Base); err != nil {
			return err
		}
		for _, holds := range must {
			if err := holds(tx); err != nil {
				return err
			}
		}
		p.Revision, p.PublishedAt = p.Base+1, s.now()
		if err := tx.PutPolicyRevision(*p); err != nil {
			return err
		}
		// What ran beside the one before is compared with nothing any more.
		err := tx.DeletePolicyCandidate()
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		return err
	})
}

// mustCompile refuses what this program, be it another version than the one that judged it, can't put in force.
func mustCompile(files map[string]string, revision uint64) error {
	_, err := engine.Compile(files, revision)
	if diagnostics, ok := errors.AsType[engine.Diagnostics](err); ok {
		return &DraftRefused{policycheck.Verdict{Diagnostics: diagnostics, Tests: policycheck.Tests{Results: []policycheck.Result{}}}}
	}
	return err
}

// RestorePolicy publishes an older revision again. It was checked when it was published; here it must compile still, so that
// no edit stands in the way of going back.
func (s *Service) RestorePolicy(ctx context.Context, a Actor, number uint64) (published storage.PolicyRevision, revision uint64, err error) {
	of := a.does("policies.restore", "policy", strconv.FormatUint(number, 10))
	if err := s.mayPublish(ctx, of); err != nil {
		return published, 0, err
	}
	var active uint64
	err = s.view(ctx, func(r storage.Reader) error {
		if active, _, err = r.NewestPolicy(); err != nil {
			return err
		}
		published, err = r.PolicyRevision(number)
		return orNotFound(err, "policy revision")
	})
	if err != nil {
		return published, 0, err
	}
	if err := mustCompile(published.Files, active+1); err != nil {
		return published, 0, err
	}
	published.Base, published.Restores, published.Author = active, number, a.name()
	// What broke an invariant for a reason breaks it again, for the same.
	published.Acknowledged = ""
	published.Message = "Restores revision " + strconv.FormatUint(number, 10) + "."
	revision, err = s.publish(ctx, of, &published)
	return published, revision, err
}
