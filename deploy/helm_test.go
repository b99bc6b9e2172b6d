package deploy_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// rendered is what a chart made: objects by their kind.
type rendered map[string]map[string]any

// render renders the chart with Helm's own library. What it says where it refuses is an error.
func render(t *testing.T, values string) (rendered, error) {
	t.Helper()
	helm := os.Getenv("STEELGATE_TEST_HELM")
	if helm == "" {
		t.Skip("STEELGATE_TEST_HELM is not set: scripts/test-servers run --proxies … builds scripts/helm and sets it")
	}
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	command := exec.CommandContext(t.Context(), helm, "helm/steelgate", file)
	command.Stdout, command.Stderr = &out, &said
	if err := command.Run(); err != nil {
		return nil, errors.New(said.String())
	}
	objects := rendered{}
	for document := range strings.SplitSeq(out.String(), "\n---\n") {
		var object map[string]any
		if err := yaml.UnmarshalStrict([]byte(document), &object); err != nil {
			t.Fatalf("%v: %s", err, document)
		}
		kind, _ := object["kind"].(string)
		if kind == "" || objects[kind] != nil {
			t.Fatalf("no kind, or two of it: %s", document)
		}
		objects[kind] = object
	}
	return objects, nil
}

// at is what stands at a path: names of fields, "0" for the first of a list.
func at(v any, path ...string) any {
	for _, step := range path {
		switch inner := v.(type) {
		case map[string]any:
			v = inner[step]
		case []any:
			if v = nil; step == "0" && len(inner) > 0 {
				v = inner[0]
			}
		default:
			return nil
		}
	}
	return v
}

func kinds(objects rendered) (all []string) {
	for kind := range objects {
		all = append(all, kind)
	}
	slices.Sort(all)
	return all
}

func TestTheChartInstallsOneOnSQLite(t *testing.T) {
	t.Parallel()
	objects, err := render(t, "adminToken: {existingSecret: admin}\nconfig: {trusted-proxies: [10.0.0.1/32], log-level: warn}\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := kinds(objects); !slices.Equal(got, []string{"ConfigMap", "Service", "ServiceAccount", "StatefulSet"}) {
		t.Errorf("installs %v", got)
	}
	set := objects["StatefulSet"]
	if at(set, "spec", "replicas") != 1.0 || at(set, "spec", "volumeClaimTemplates", "0", "spec", "accessModes", "0") != "ReadWriteOnce" {
		t.Errorf("%v", at(set, "spec"))
	}
	wantConfined(t, set)
	// A pod that starts again finds its keyring as it left it: with mode 0600, or it is refused.
	if at(set, "spec", "template", "spec", "securityContext", "fsGroupChangePolicy") != "OnRootMismatch" {
		t.Error("Kubernetes opens the keyring to the group whenever a pod starts")
	}
	settings, _ := at(objects["ConfigMap"], "data", "steelgate.yaml").(string)
	var config map[string]any
	if err := yaml.UnmarshalStrict([]byte(settings), &config); err != nil || config["log-level"] != "warn" || at(config, "trusted-proxies", "0") != "10.0.0.1/32" {
		t.Errorf("%v: %s", err, settings)
	}
}

func TestTheChartInstallsReplicasOnPostgres(t *testing.T) {
	t.Parallel()
	objects, err := render(t, "database: postgres\npostgres: {existingSecret: store, redis: true}\nadminToken: {existingSecret: admin}\noidc: {existingSecret: oidc}\n"+
		"grpc: true\nserviceMonitor: true\nnetworkPolicy: {enabled: true, from: [{podSelector: {}}]}\npodAnnotations: {a: b}\nnodeSelector: {c: d}\n"+
		"image: {digest: 'sha256:"+strings.Repeat("a", 64)+"'}\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := kinds(objects); !slices.Equal(got, []string{"ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount", "ServiceMonitor"}) {
		t.Errorf("installs %v", got)
	}
	deployment := objects["Deployment"]
	if at(deployment, "spec", "replicas") != 3.0 || at(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable") != 0.0 {
		t.Errorf("%v", at(deployment, "spec"))
	}
	wantConfined(t, deployment)
	// Every mount has its volume, and every volume is mounted.
	pod := at(deployment, "spec", "template", "spec")
	volumes, mounts := map[string]bool{}, map[string]bool{}
	for _, v := range at(pod, "volumes").([]any) {
		volumes[at(v, "name").(string)] = true
	}
	for _, containers := range []string{"initContainers", "containers"} {
		for _, m := range at(pod, containers, "0", "volumeMounts").([]any) {
			if name := at(m, "name").(string); !volumes[name] {
				t.Errorf("no volume %s", name)
			} else {
				mounts[name] = true
			}
		}
	}
	if len(mounts) != len(volumes) || len(volumes) != 7 {
		t.Errorf("volumes %v, mounted %v", volumes, mounts)
	}
	if image := at(pod, "containers", "0", "image"); image != "steelgate@sha256:"+strings.Repeat("a", 64) {
		t.Errorf("the image is %v", image)
	}
}

// wantConfined checks that a pod may do no more than it needs, and that its selector finds it.
func wantConfined(t *testing.T, workload map[string]any) {
	t.Helper()
	pod := at(workload, "spec", "template", "spec")
	container := at(pod, "containers", "0")
	if at(pod, "securityContext", "runAsNonRoot") != true || at(pod, "automountServiceAccountToken") != false ||
		at(container, "securityContext", "readOnlyRootFilesystem") != true || at(container, "securityContext", "allowPrivilegeEscalation") != false ||
		at(container, "securityContext", "capabilities", "drop", "0") != "ALL" {
		t.Errorf("a pod may more than it needs: %v %v", at(pod, "securityContext"), at(container, "securityContext"))
	}
	if at(container, "readinessProbe", "httpGet", "path") != "/readyz" || at(container, "livenessProbe", "httpGet", "path") != "/livez" {
		t.Error("a stale replica must be asked nothing, and not be killed")
	}
	selector, _ := at(workload, "spec", "selector", "matchLabels").(map[string]any)
	for name, value := range selector {
		if at(workload, "spec", "template", "metadata", "labels", name) != value {
			t.Errorf("the selector does not find the pod: %s", name)
		}
	}
	if len(selector) == 0 {
		t.Error("no selector")
	}
}

func TestTheChartRefusesWrongValues(t *testing.T) {
	t.Parallel()
	for values, words := range map[string]string{
		"database: mysql":                                  "database",
		"database: postgres":                               "existingSecret",
		"replicas: 0":                                      "replicas",
		"misspelled: 1":                                    "misspelled",
		"config: {admin-token: x}":                         "admin-token",
		"config: {token: x}":                               "token",
		"config: {database-url: x}":                        "database-url",
		"config: {listen: x}":                              "listen",
		"config: {log-level: {a: b}}":                      "log-level",
		"image: {digest: latest}":                          "digest",
		"service: {port: 0}":                               "port",
		"networkPolicy: {enabled: true, form: []}":         "form",
		"persistence: {size: big}":                         "size",
		"database: postgres\npostgres: {existingSecret: }": "existingSecret",
	} {
		if _, err := render(t, values+"\n"); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", values, err)
		}
	}
}

// Not to be silent where the tests that need Helm skip: at least what is no template is YAML.
func TestTheChartIsYAML(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"helm/steelgate/Chart.yaml", "helm/steelgate/values.yaml", "helm/steelgate/values.schema.json"} {
		readYAML(t, path)
	}
}

// readYAML reads all documents of a file strictly: a name that stands twice is refused.
func readYAML(t *testing.T, path string) map[string]any {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	if err := yaml.UnmarshalStrict(text, &value); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return value
}
