package shadow

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/impact"
)

const (
	// queued is how many decisions may wait to be compared: each holds the data that it was made on.
	queued = 1024
	// kept is how many disagreements are kept to be looked at.
	kept = 100
)

// Shadow compares decisions with what a candidate would have decided. Its methods may be called from many goroutines.
type Shadow struct {
	clock   func() time.Time
	running atomic.Pointer[run]
	queue   chan observation
	metric  *prometheus.CounterVec
}

// run is one candidate, and what was seen of it.
type run struct {
	id     string
	policy *engine.Policy
	shed   atomic.Uint64

	mutex     sync.Mutex
	compared  uint64
	disagreed map[impact.Kind]uint64
	// latest are disagreements, oldest first.
	latest []Disagreement
}

// observation is a decision that was made.
type observation struct {
	run      *run
	view     *engine.View
	subject  authz.Entity
	request  authz.Request
	decision authz.Decision
	at       time.Time
}

// New makes a shadow without a candidate, and registers its metric.
func New(registry prometheus.Registerer, clock func() time.Time) *Shadow {
	s := &Shadow{clock: clock, queue: make(chan observation, queued), metric: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "steelgate_shadow_decisions_total", Help: "Decisions that a candidate policy was asked for beside the one in force, by how it differs: agrees, errors, widened, narrowed, code_changed, billing_changed, or shed.",
	}, []string{"outcome"})}
	registry.MustRegister(s.metric)
	return s
}

// Use has a candidate run; the id "" ends that. A nil policy is one that does not compile here.
func (s *Shadow) Use(id string, policy *engine.Policy) {
	if id == "" || policy == nil {
		s.running.Store(nil)
		return
	}
	s.running.Store(&run{id: id, policy: policy, disagreed: map[impact.Kind]uint64{}})
}

// Observe is told of every decision, whoever asked: the zero subject is the decision's key, which may be none. It takes those that the
// policy in force made over the view, of a live key or of a subject that is no key. It never waits.
func (s *Shadow) Observe(view *engine.View, subject authz.Entity, request authz.Request, decision authz.Decision) {
	running := s.running.Load()
	if running == nil || decision.Code.Unauthenticated() || decision.PolicyRevision != running.policy.Revision() {
		return
	}
	if subject.Type == "" || subject.Type == authz.APIKeySubject {
		if decision.Key == nil {
			return
		}
		subject = authz.Entity{Type: authz.APIKeySubject, ID: decision.Key.ID}
	}
	select {
	case s.queue <- observation{running, view, subject, request, decision, s.clock()}:
	default:
		running.shed.Add(1)
		s.metric.WithLabelValues("shed").Inc()
	}
}

// Run compares until the context ends.
func (s *Shadow) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-s.queue:
			s.compare(o)
		}
	}
}

func (s *Shadow) compare(o observation) {
	if o.run != s.running.Load() {
		return
	}
	decided, err := o.decide()
	other := impact.OutcomeOf(decided)
	if err != nil {
		other = impact.Outcome{Code: engine.NoDecision(err), Error: err.Error()}
	}
	kind := impact.Change(o.outcome(), other)
	outcome := "agrees"
	if kind != "" {
		outcome = string(kind)
	}
	s.metric.WithLabelValues(outcome).Inc()
	o.run.note(kind, o, other)
}

// decide has the candidate decide what was decided.
func (o observation) decide() (authz.Decision, error) {
	view := o.view.By(o.run.policy)
	if o.subject.Type != authz.APIKeySubject {
		return view.AuthorizeSubject(o.subject, o.request)
	}
	// It was live in this view when it asked.
	key, _ := view.Snapshot().Key(o.subject.ID)
	return view.Authorize(key, o.request)
}

// outcome is what the policy in force decided, or that it could not.
func (o observation) outcome() impact.Outcome {
	outcome := impact.OutcomeOf(o.decision)
	if outcome.Code == authz.PolicyError {
		outcome.Error = "nothing could be decided"
	}
	return outcome
}

func (r *run) note(kind impact.Kind, o observation, other impact.Outcome) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.compared++
	if kind == "" {
		return
	}
	r.disagreed[kind]++
	if len(r.latest) == kept {
		r.latest = slices.Delete(r.latest, 0, 1)
	}
	d := Disagreement{
		Kind: kind, Time: o.at.UTC(), DecisionID: o.decision.ID, Subject: told(o.subject), Action: apikey.Redact(o.request.Action),
		Resource: told(o.request.Resource), Active: o.outcome(), Candidate: other,
	}
	if o.subject.Type == authz.APIKeySubject {
		d.KeyID = o.subject.ID
		key, _ := o.view.Snapshot().Key(d.KeyID)
		d.Owner = &authz.Owner{Type: key.Type().OwnerType(), ID: key.OwnerID()}
	}
	r.latest = append(r.latest, d)
}

// told is who asked, or what about, without whatever reads like a secret: a caller may have put one anywhere.
func told(e authz.Entity) Entity { return Entity{apikey.Redact(e.Type), apikey.Redact(e.ID)} }

// Report is what was seen of a candidate here.
func (s *Shadow) Report(id string) Report {
	report := Report{Disagreed: map[impact.Kind]uint64{}, Disagreements: []Disagreement{}}
	for _, kind := range impact.Kinds {
		report.Disagreed[kind] = 0
	}
	running := s.running.Load()
	if running == nil || running.id != id {
		return report
	}
	running.mutex.Lock()
	defer running.mutex.Unlock()
	report.Running, report.Compared, report.Shed = true, running.compared, running.shed.Load()
	maps.Copy(report.Disagreed, running.disagreed)
	report.Disagreements = append(report.Disagreements, running.latest...)
	slices.Reverse(report.Disagreements)
	return report
}
