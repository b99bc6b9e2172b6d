package shadow

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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

// Observe is told of a decision that the policy in force made of a live key's request, over a view. It never waits.
func (s *Shadow) Observe(view *engine.View, request authz.Request, decision authz.Decision) {
	running := s.running.Load()
	if running == nil || decision.Key == nil || decision.Code.Unauthenticated() || decision.PolicyRevision != running.policy.Revision() {
		return
	}
	select {
	case s.queue <- observation{running, view, request, decision, s.clock()}:
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
	key, ok := o.view.Snapshot().Key(o.decision.Key.ID)
	if !ok {
		return
	}
	decided, err := o.view.By(o.run.policy).Authorize(key, o.request)
	other := impact.OutcomeOf(decided)
	if err != nil {
		other = impact.Outcome{Code: engine.NoDecision(err), Error: err.Error()}
	}
	kind := impact.Change(impact.OutcomeOf(o.decision), other)
	outcome := "agrees"
	if kind != "" {
		outcome = string(kind)
	}
	s.metric.WithLabelValues(outcome).Inc()
	o.run.note(kind, o, authz.Owner{Type: key.Type().OwnerType(), ID: key.OwnerID()}, other)
}

func (r *run) note(kind impact.Kind, o observation, owner authz.Owner, other impact.Outcome) {
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
	r.latest = append(r.latest, Disagreement{
		Kind: kind, Time: o.at.UTC(), DecisionID: o.decision.ID, KeyID: o.decision.Key.ID, Owner: owner, Action: o.request.Action,
		Resource: Resource{o.request.Resource.Type, o.request.Resource.ID}, Active: impact.OutcomeOf(o.decision), Candidate: other,
	})
}

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
