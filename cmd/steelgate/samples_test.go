package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// readSamples makes what the console shows when a key is made, out of the console's own source.
const readSamples = `
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
const typescript = createRequire(process.cwd() + "/")("typescript");
const { outputText } = typescript.transpileModule(readFileSync("src/keys/samples.ts", "utf8"), { compilerOptions: { module: "ESNext", target: "ES2022" } });
const samples = await import("data:text/javascript," + encodeURIComponent(outputText));
const [host, secret] = process.argv.slice(1);
const all = {};
for (const permission of ["read", "write"]) {
  const target = { host, workflow: "invoice", permission };
  all[permission] = [["bash", "-c", samples.curlSample(target, secret)], ["node", "--input-type=module", "-e", samples.typescriptSample(target, secret)], ["python", "-c", samples.pythonSample(target, secret)]];
}
console.log(JSON.stringify(all));`

// The samples that the console shows with a new key hold as they stand, through each of the proxies.
func TestSamplesHoldThroughProxies(t *testing.T) {
	t.Parallel()
	python := program(t, "STEELGATE_TEST_PYTHON")
	if _, err := os.Stat("../../console/node_modules/typescript"); err != nil {
		t.Skip("console/node_modules is not there: make build fetches what the console's samples are read with")
	}
	for _, proxy := range gatewaysUnderTest {
		t.Run(proxy.name, func(t *testing.T) {
			t.Parallel()
			w := newGuarded(t, serve)
			reader := exec.CommandContext(t.Context(), "node", "--input-type=module", "-e", readSamples, "http://"+proxy.start(t, w), w.secrets["core"])
			reader.Dir = "../../console"
			text, err := reader.Output()
			if err != nil {
				t.Fatalf("the samples can't be read: %v", err)
			}
			var samples map[string][][]string
			if err := json.Unmarshal(text, &samples); err != nil || len(samples["read"]) != 3 || len(samples["write"]) != 3 {
				t.Fatalf("%s: %v", text, err)
			}
			for permission, want := range map[string]arrival{
				"read": {method: "GET", uri: "/api/workflows/invoice"}, "write": {method: "POST", uri: executes, body: "{}"},
			} {
				for _, words := range samples[permission] {
					w.runSample(words, python, want)
				}
			}
		})
	}
}

// runSample runs one, and looks at what came of it.
func (w *guarded) runSample(words []string, python string, want arrival) {
	w.t.Helper()
	if words[0] == "python" {
		words[0] = python
	}
	before := len(w.arrivals())
	said, err := exec.CommandContext(w.t.Context(), words[0], words[1:]...).CombinedOutput()
	came := w.arrivals()[before:]
	if err != nil || len(came) != 1 {
		w.t.Errorf("%s: %v, %d requests came to the API: %s", words[len(words)-1], err, len(came), said)
		return
	}
	if a := came[0]; a.method != want.method || a.uri != want.uri || a.body != want.body {
		w.t.Errorf("%s came as %s %s %q", words[len(words)-1], a.method, a.uri, a.body)
	}
	logged := w.decisionLog(came)
	for _, fault := range w.disagreements(came[0], evasion{bytes: "{core}"}, logged) {
		w.t.Errorf("%s: %s", words[len(words)-1], fault)
	}
}
