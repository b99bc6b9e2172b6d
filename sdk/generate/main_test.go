package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheTypesOfTheSDKsAreWhatTheDocumentSays(t *testing.T) {
	root := filepath.Join("..", "..")
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Error(err)
		} else if string(got) != string(want) {
			t.Errorf("%s is not what api/openapi.yaml says: go run ./sdk/generate", path)
		}
	}
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "api", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const before = "    Pagination:\n      type: object\n      required: [cursor, has_more]\n      properties:\n"
	if !strings.Contains(string(text), before) {
		t.Fatal("the document has another Pagination: mend this test")
	}
	for _, property := range []string{"{type: [string, integer]}", "{}", "{type: number}", "{$ref: '#/components/schemas/Nowhere'}"} {
		changed := strings.Replace(string(text), before, before+"        new: "+property+"\n", 1)
		if _, err := readSchemas([]byte(changed)); err == nil || !strings.Contains(err.Error(), "Pagination: new:") {
			t.Errorf("%s: %v", property, err)
		}
	}
}
