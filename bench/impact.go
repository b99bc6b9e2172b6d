package main

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/bench/world"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/impact"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/policy_test"
)

// impact prints what it costs to weigh a draft: over the small world, over live keys, and over what was decided. The draft
// closes at night.
func (b *bench) impact() error {
	keys := b.sizes[0]
	b.title("The impact of a draft that denies at some hours, on one processor; %d keys", keys)
	draft, err := closedAtNight()
	if err != nil {
		return err
	}
	if err := b.check(); err != nil {
		return err
	}
	cpu, begin := cpuTime(), time.Now()
	small, err := impact.Policies(context.Background(), b.policy, draft)
	if err != nil {
		return err
	}
	b.line("the small world: %.1f s, %.1f s of CPU  (%d questions of both policies, %d change, %d classes)",
		time.Since(begin).Seconds(), (cpuTime() - cpu).Seconds(), small.Evaluated, small.Changed, len(small.Classes))

	e, err := world.World{Keys: keys}.Engine(b.policy)
	if err != nil {
		return err
	}
	view, err := e.View()
	if err != nil {
		return err
	}
	begin = time.Now()
	live, err := impact.Touched(context.Background(), view, draft, small)
	if err != nil {
		return err
	}
	b.line("live keys:       %.1f s  (%d of %d keys asked, %d touched)", time.Since(begin).Seconds(), live.Asked, live.Standing, live.Keys)
	return b.replay(view, draft)
}

// check prints what it costs to judge the shipped policy with its tests.
func (b *bench) check() error {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		return err
	}
	tests, err := engine.ReadFiles(policy_test.Files)
	if err != nil {
		return err
	}
	maps.Copy(files, tests)
	cpu, begin := cpuTime(), time.Now()
	verdict, err := policycheck.Check(context.Background(), files)
	if err != nil {
		return err
	}
	if !verdict.OK {
		return fmt.Errorf("the shipped policy does not pass its check: %+v", verdict)
	}
	b.line("the check:       %.2f s, %.2f s of CPU  (the shipped policy, %d tests)", time.Since(begin).Seconds(), (cpuTime() - cpu).Seconds(), verdict.Tests.Passed)
	return nil
}

// replay makes decisions again, round by round, for at least the span.
func (b *bench) replay(view *engine.View, draft *engine.Policy) error {
	w := world.World{Keys: view.Snapshot().Counts().Keys}
	logged := make([]authz.LoggedDecision, 4096)
	for n := range logged {
		i := askedKey(w, n)
		key, _ := view.Snapshot().Key(world.KeyID(i))
		request := w.Question(i, n)
		d, err := view.Authorize(key, request)
		if err != nil {
			return err
		}
		logged[n] = authz.LoggedDecision{
			ID: d.ID, Time: world.Now, KeyID: key.ID(), KeyType: key.Type(), Request: request, Allow: d.Allow, Code: d.Code,
			BilledTo: d.BilledTo, PolicyRevision: d.PolicyRevision, DataRevision: d.DataRevision,
		}
	}
	decisions := func(yield func(authz.LoggedDecision, error) bool) {
		for _, d := range logged {
			if !yield(d, nil) {
				return
			}
		}
	}
	history := impact.NewHistory(view.DataRevision(), view.DataRevision())
	replayed, cpu, begin := 0, cpuTime(), time.Now()
	for replayed == 0 || time.Since(begin) < b.span {
		made, err := impact.Replay(context.Background(), view, draft, decisions, history)
		if err != nil {
			return err
		}
		if made.NotReplayable > 0 {
			return fmt.Errorf("%d decisions could not be made again", made.NotReplayable)
		}
		replayed += made.Evaluated
	}
	b.line("replay:          %.0f decisions a second, %.0f a second of CPU", float64(replayed)/time.Since(begin).Seconds(), float64(replayed)/(cpuTime()-cpu).Seconds())
	return nil
}

func closedAtNight() (*engine.Policy, error) {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		return nil, err
	}
	files["site/site.rego"] = `package steelgate.site

deny contains {"code": "closed", "message": "Keys work from 8 to 18 UTC."} if {
	[hour, _, _] := time.clock(time.parse_rfc3339_ns(input.context.time))
	not hour in {8, 9, 10, 11, 12, 13, 14, 15, 16, 17}
}
`
	return engine.Compile(files, 2)
}
