package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// wanted are the schemas that the SDKs use, in the order in which they are written.
var wanted = []string{
	"Permission", "KeyType", "OwnerType", "KeyStatus",
	"Grant", "PermissionCheck", "DecisionRequest", "Decision",
	"Key", "KeyCreation", "KeyChange", "Pagination", "Problem",
}

// renamed are schemas and objects inside of them by what people call them.
var renamed = map[string]string{
	"DecisionRequestResource": "Resource",
	"DecisionKey":             "DecidedKey",
	"DecisionBilledTo":        "BilledTo",
	"ProblemErrors":           "FieldError",
}

// described are those that the document leaves to their names.
var described = map[string]string{
	"Permission":      "What a key may do: read < write < admin.",
	"OwnerType":       "Who a key may belong to, and who is billed.",
	"KeyStatus":       "The state that a key is in.",
	"Resource":        "What something is to be done to.",
	"DecisionRequest": "A question: may this key do this?",
	"Decision":        "What was decided, and why.",
	"KeyCreation":     "What a new key shall be.",
	"KeyChange":       "What shall change of a key. What is absent keeps its value.",
	"Pagination":      "Where a page stands in its list.",
	"FieldError":      "What is wrong with one field.",
}

// generated are the files, from the root of the repository, and what writes each.
var generated = map[string]func([]*object) ([]byte, error){
	"sdk/go/types.go":               goTypes,
	"sdk/python/steelgate/types.py": pythonTypes,
}

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	files, err := generate(root)
	if err != nil {
		return err
	}
	for path, text := range files {
		if err := os.WriteFile(filepath.Join(root, path), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// generate answers the files by their paths.
func generate(root string) (map[string][]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, "api", "openapi.yaml"))
	if err != nil {
		return nil, err
	}
	objects, err := readSchemas(text)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for path, write := range generated {
		if files[path], err = write(objects); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return files, nil
}
