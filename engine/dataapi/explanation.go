package dataapi

import (
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/server/types"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/lineage"
)

// maxEvents is how many events an explanation is made of: a decision of the shipped policy has a few hundred, and a rule that runs away has
// millions.
const maxEvents = 5_000

// tracer keeps the events of one evaluation, as long as they are few enough.
type tracer struct {
	events []*topdown.Event
	isFull bool
}

// Enabled implements topdown.QueryTracer.
func (t *tracer) Enabled() bool { return !t.isFull }

// Config implements topdown.QueryTracer: an explanation has the values of variables.
func (*tracer) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: true} }

// TraceEvent implements topdown.QueryTracer.
func (t *tracer) TraceEvent(e topdown.Event) {
	if t.isFull {
		return
	}
	if len(t.events) == maxEvents {
		// In the same place as the event before it, for an explanation of notes alone is made of where they stand.
		last := t.events[len(t.events)-1]
		t.events = append(t.events, &topdown.Event{
			Op: topdown.NoteOp, Node: last.Node, Location: last.Location, QueryID: last.QueryID, ParentID: last.ParentID,
			Message: fmt.Sprintf("what comes after %d events is left out", maxEvents),
		})
		t.isFull = true
		return
	}
	t.events = append(t.events, &e)
}

var explainModes = []types.ExplainModeV1{types.ExplainNotesV1, types.ExplainFailsV1, types.ExplainFullV1, types.ExplainDebugV1}

// explainMode is the first that is known of those which are given.
func explainMode(given []string) types.ExplainModeV1 {
	for _, mode := range given {
		if slices.Contains(explainModes, types.ExplainModeV1(mode)) {
			return types.ExplainModeV1(mode)
		}
	}
	return types.ExplainOffV1
}

// explanation is what the mode makes of the events: objects, or for people lines.
func (t *tracer) explanation(mode types.ExplainModeV1, pretty bool) (types.TraceV1, error) {
	events := t.events
	switch mode {
	case types.ExplainNotesV1:
		events = lineage.Notes(events)
	case types.ExplainFailsV1:
		events = lineage.Fails(events)
	case types.ExplainFullV1:
		events = lineage.Full(events)
	}
	return types.NewTraceV1(events, pretty)
}
