package deploy_test

import (
	"os"
	"slices"
	"testing"
	"time"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authfilterv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_authz/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	managerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/resource_monitors/downstream_connections/v3"
	upstreamv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
	"sigs.k8s.io/yaml"
)

// validated is a message that knows its own rules.
type validated interface{ ValidateAll() error }

// readEnvoy reads the bootstrap as Envoy does: each field must be known, of its type, and within its bounds, and each extension too.
func readEnvoy(t *testing.T) *bootstrapv3.Bootstrap {
	t.Helper()
	text, err := os.ReadFile("envoy/envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		t.Fatal(err)
	}
	var bootstrap bootstrapv3.Bootstrap
	if err := protojson.Unmarshal(asJSON, &bootstrap); err != nil {
		t.Fatal(err)
	}
	if err := bootstrap.ValidateAll(); err != nil {
		t.Error(err)
	}
	// What is inside an Any is validated by nobody else.
	for _, extension := range extensionsOf(t, &bootstrap) {
		if v, ok := extension.(validated); !ok {
			t.Errorf("%T can't be validated", extension)
		} else if err := v.ValidateAll(); err != nil {
			t.Error(err)
		}
	}
	return &bootstrap
}

// extensionsOf are the messages inside Anys, and those inside them.
func extensionsOf(t *testing.T, m proto.Message) (found []proto.Message) {
	t.Helper()
	err := protorange.Range(m.ProtoReflect(), func(p protopath.Values) error {
		inner, ok := p.Index(-1).Value.Interface().(protoreflect.Message)
		if !ok {
			return nil
		}
		if packed, ok := inner.Interface().(*anypb.Any); ok {
			extension, err := packed.UnmarshalNew()
			if err != nil {
				return err
			}
			found = append(found, extension)
			found = append(found, extensionsOf(t, extension)...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// extension is the one extension of a type.
func extension[T proto.Message](t *testing.T, all []proto.Message) (one T) {
	t.Helper()
	for _, m := range all {
		if found, ok := m.(T); ok {
			return found
		}
	}
	t.Fatalf("there is no %T", one)
	return one
}

func TestEnvoyFailsClosed(t *testing.T) {
	t.Parallel()
	bootstrap := readEnvoy(t)
	all := extensionsOf(t, bootstrap)
	filter, manager := extension[*authfilterv3.ExtAuthz](t, all), extension[*managerv3.HttpConnectionManager](t, all)
	if filter.GetFailureModeAllow() || !filter.GetEncodeRawHeaders() || filter.GetGrpcService().GetTimeout().AsDuration() > 5*time.Second || filter.GetTransportApiVersion() != corev3.ApiVersion_V3 {
		t.Errorf("steelgate is not asked, or not waited for, as it has to be: %v", filter)
	}
	if filter.GetDisallowedHeaders() != nil || filter.GetAllowedHeaders() != nil {
		t.Error("steelgate is not asked about all headers: a key given twice may not be seen")
	}
	if common := manager.GetCommonHttpProtocolOptions(); common.GetHeadersWithUnderscoresAction() != corev3.HttpProtocolOptions_REJECT_REQUEST {
		t.Error("names with underscores pass")
	}
	if manager.GetNormalizePath().GetValue() || manager.GetMergeSlashes() || len(manager.GetUpgradeConfigs()) > 0 || !manager.GetUseRemoteAddress().GetValue() {
		t.Errorf("what is passed on is not what the client wrote: %v", manager)
	}
	var filters []string
	for _, f := range manager.GetHttpFilters() {
		filters = append(filters, f.GetName())
	}
	if !slices.Equal(filters, []string{"envoy.filters.http.ext_authz", "envoy.filters.http.router"}) {
		t.Errorf("the filters are %v", filters)
	}
	for _, name := range []string{"x-api-key", "authorization"} {
		if !slices.Contains(manager.GetRouteConfig().GetRequestHeadersToRemove(), name) {
			t.Errorf("%s goes to the API", name)
		}
	}
	for _, host := range manager.GetRouteConfig().GetVirtualHosts() {
		for _, route := range host.GetRoutes() {
			if len(route.GetTypedPerFilterConfig()) > 0 || route.GetRoute().GetPrefixRewrite() != "" || route.GetRoute().GetRegexRewrite() != nil {
				t.Errorf("a route is not judged, or rewritten: %v", route)
			}
		}
	}
	clusters := map[string]bool{}
	for _, cluster := range bootstrap.GetStaticResources().GetClusters() {
		clusters[cluster.GetName()] = true
	}
	if asked := filter.GetGrpcService().GetEnvoyGrpc().GetClusterName(); !clusters[asked] {
		t.Errorf("there is no cluster %q", asked)
	}
	if extension[*upstreamv3.HttpProtocolOptions](t, all).GetExplicitHttpConfig().GetHttp2ProtocolOptions() == nil {
		t.Error("gRPC goes over HTTP/2 alone")
	}
	if bootstrap.GetAdmin() != nil {
		t.Error("the admin page shows the token")
	}
}
