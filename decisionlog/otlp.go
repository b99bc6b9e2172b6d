package decisionlog

import (
	"context"
	"encoding/json"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdk "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage/decisions"
)

// OTLP sends decisions to an OpenTelemetry collector, over HTTP. What the collector does not take is sent again by the recorder,
// whose queue is the only one. Headers, such as a token, are read from OTEL_EXPORTER_OTLP_HEADERS.
type OTLP struct {
	exporter sdk.Exporter
	provider *sdk.LoggerProvider
	logger   log.Logger
	// batch is what the decisions of one Append became.
	batch *batch
}

// NewOTLP makes a sink that sends to a URL such as http://collector:4318/v1/logs.
func NewOTLP(ctx context.Context, endpoint, version string) (*OTLP, error) {
	exporter, err := otlploghttp.New(ctx, otlploghttp.WithEndpointURL(endpoint), otlploghttp.WithCompression(otlploghttp.GzipCompression),
		// One try: another is the recorder's.
		otlploghttp.WithRetry(otlploghttp.RetryConfig{Enabled: false}))
	if err != nil {
		return nil, errors.New("the OTLP endpoint can't be used: want a URL such as http://collector:4318/v1/logs")
	}
	b := &batch{}
	provider := sdk.NewLoggerProvider(sdk.WithProcessor(b), sdk.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "steelgate"), attribute.String("service.version", version))))
	return &OTLP{exporter: exporter, provider: provider, logger: provider.Logger("steelgate/decisions"), batch: b}, nil
}

// Append implements Sink.
func (o *OTLP) Append(ctx context.Context, made []authz.LoggedDecision) error {
	o.batch.records = o.batch.records[:0]
	for _, d := range made {
		record, err := recordOf(d)
		if err != nil {
			return err
		}
		o.logger.Emit(ctx, record)
	}
	return o.exporter.Export(ctx, o.batch.records)
}

// recordOf is a decision as OpenTelemetry has it: the whole as JSON in the body, what it is looked for by as attributes.
func recordOf(d authz.LoggedDecision) (record log.Record, err error) {
	body, err := json.Marshal(d)
	if err != nil {
		return record, err
	}
	record.SetEventName("steelgate.decision")
	record.SetTimestamp(d.Time)
	record.SetObservedTimestamp(d.Time)
	record.SetSeverity(log.SeverityInfo)
	record.SetBody(attribute.StringValue(string(body)))
	record.AddAttributes(
		attribute.String("steelgate.decision_id", d.ID), attribute.String("steelgate.door", d.Door), attribute.String("steelgate.code", string(d.Code)),
		attribute.Bool("steelgate.allow", d.Allow), attribute.String("steelgate.action", d.Request.Action),
		attribute.String("steelgate.resource.type", d.Request.Resource.Type), attribute.String("steelgate.resource.id", d.Request.Resource.ID),
	)
	if d.KeyID != "" {
		record.AddAttributes(attribute.String("steelgate.key.id", d.KeyID))
	}
	return record, nil
}

// Retain implements Sink: what is kept is the collector's affair.
func (o *OTLP) Retain(context.Context, decisions.Limit) error { return nil }

// Close ends it.
func (o *OTLP) Close() error {
	ctx := context.Background()
	return errors.Join(o.provider.Shutdown(ctx), o.exporter.Shutdown(ctx))
}

// batch collects what a logger emits, with the provider's resource on it.
type batch struct{ records []sdk.Record }

// OnEmit implements sdk.Processor. Only Append's goroutine emits.
func (b *batch) OnEmit(_ context.Context, record *sdk.Record) error {
	b.records = append(b.records, record.Clone())
	return nil
}

// Enabled implements sdk.Processor.
func (*batch) Enabled(context.Context, sdk.EnabledParameters) bool { return true }

// Shutdown implements sdk.Processor.
func (*batch) Shutdown(context.Context) error { return nil }

// ForceFlush implements sdk.Processor.
func (*batch) ForceFlush(context.Context) error { return nil }
