package dataapi

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/server/types"
	"github.com/open-policy-agent/opa/v1/version"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/bundle"
)

// Exchange is a question and its answer, from when it came.
type Exchange struct {
	pretty, provenance bool
	explain            types.ExplainModeV1
	// metrics is nil where they are not asked for.
	metrics metrics.Metrics
	tracer  *tracer
	// said is what the policy said, unless it was not asked.
	said any
}

// Begin reads the parameters of a question, as OPA does: pretty, metrics, provenance and explain. What else there is passes.
func Begin(parameters url.Values) *Exchange {
	x := &Exchange{pretty: isOn(parameters[types.ParamPrettyV1]), provenance: isOn(parameters[types.ParamProvenanceV1])}
	if isOn(parameters[types.ParamMetricsV1]) {
		x.metrics = metrics.New()
		x.metrics.Timer(metrics.ServerHandler).Start()
		// The question was compiled with the policy.
		x.metrics.Counter(metrics.ServerQueryCacheHit).Incr()
	}
	if x.explain = explainMode(parameters[types.ParamExplainV1]); x.explain != types.ExplainOffV1 {
		x.tracer = &tracer{}
	}
	return x
}

// isOn tells whether a parameter is on: given without a value, or once as true.
func isOn(given []string) bool {
	if len(given) == 1 && given[0] == "" {
		return true
	}
	for _, value := range given {
		if strings.EqualFold(value, "true") {
			return true
		}
	}
	return false
}

// Read has the question read, and measures that.
func (x *Exchange) Read(read func() error) error {
	if x.metrics != nil {
		timer := x.metrics.Timer(metrics.RegoInputParse)
		timer.Start()
		defer timer.Stop()
	}
	return read()
}

// Watch is the view that decides the question.
func (x *Exchange) Watch(view *engine.View) *engine.View {
	watch := &engine.Watch{Metrics: x.metrics, Answer: func(said ast.Value) (err error) {
		x.said, err = ast.JSON(said)
		return err
	}}
	if x.tracer != nil {
		watch.Tracer = x.tracer
	}
	return view.Watched(watch)
}

// refusal is the result where no policy was asked, for the key is not live.
type refusal struct {
	Allow   bool       `json:"allow"`
	Code    authz.Code `json:"code"`
	Message string     `json:"message"`
}

// Answer is the body of the answer to a question that a view decided: the result is what the policy's entrypoint says, in all its fields, or why the
// key is not live.
func (x *Exchange) Answer(view *engine.View, decision authz.Decision) ([]byte, error) {
	if x.said == nil {
		x.said = refusal{Code: decision.Code, Message: decision.Message}
	}
	answer := types.DataResponseV1{DecisionID: decision.ID, Result: &x.said}
	if x.metrics != nil {
		x.metrics.Timer(metrics.ServerHandler).Stop()
		answer.Metrics = x.metrics.All()
	}
	if x.provenance {
		answer.Provenance = &types.ProvenanceV1{
			Version: version.Version, Vcs: version.Vcs, Timestamp: version.Timestamp, Hostname: version.Hostname,
			Bundles: map[string]types.ProvenanceBundleV1{"steelgate": {Revision: bundle.RevisionOf(view)}},
		}
	}
	if x.tracer != nil {
		var err error
		if answer.Explanation, err = x.tracer.explanation(x.explain, x.pretty); err != nil {
			return nil, err
		}
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	if x.pretty {
		encoder.SetIndent("", "  ")
	}
	err := encoder.Encode(answer)
	return body.Bytes(), err
}

// Codes of errors, as OPA has them.
const (
	InvalidParameter = types.CodeInvalidParameter
	ResourceNotFound = types.CodeResourceNotFound
)

// Error is the body of an error, with a code for programs.
func Error(code, message string) []byte {
	return append(types.NewErrorV1(code, "%s", message).Bytes(), '\n')
}
